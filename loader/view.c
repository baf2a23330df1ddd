/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/view.h"

#include <stdlib.h>
#include <string.h>

#include "loader/build_names.h"
#include "loader/build_tree.h"
#include "loader/layer.h"
#include "loader/sweep.h"

/*
 * RFC 5782 section 5: 127.0.0.2 and TEST are listed, 127.0.0.1 and INVALID never, in either
 * spelling.  The IPv6 forms are the mapped addresses, which lookups take to the IPv4 tree; the IPv6
 * tree only has to keep a wider prefix from listing the mapped 127.0.0.1.
 */
static const uint32_t test_listed = 0x7f000002;
static const struct span4 test_never4 = {0x7f000001, 0x7f000001, 0};
static const struct span6 test_never6 = {{0, 0xffff7f000001u}, {0, 0xffff7f000001u}, 0};

#define EXCLUDED_SET 1 /* any set but 0: an excluding layer's is not looked at */

/* The layers of one family, with the copies they read. */
struct layers {
    struct layer *v;
    size_t n;
    void **owned;
    size_t nowned;
};

static bool layers_init(struct layers *l, size_t max)
{
    *l = (struct layers){.v = calloc(max, sizeof *l->v), .owned = calloc(max, sizeof *l->owned)};
    return l->v && l->owned;
}

static void layers_free(struct layers *l)
{
    for (size_t i = 0; i < l->nowned; i++)
        free(l->owned[i]);
    free(l->owned);
    free(l->v);
}

static enum layer_role role_of(const struct view_list *l)
{
    return l->role == VIEW_EXCLUDE ? LAYER_EXCLUDE : LAYER_LISTED;
}

static void add_layer(struct layers *l, struct layer layer)
{
    if (layer.n > 0)
        l->v[l->n++] = layer;
}

/* --- IPv4 --- */

static struct span4 *spans4_of(const struct view_list *l)
{
    const struct entries *e = &l->data->entries;
    struct span4 *s = calloc(e->nrange4 + 1, sizeof *s);
    for (size_t i = 0; s && i < e->nrange4; i++)
        s[i] = (struct span4){e->range4[i].first, e->range4[i].last, l->set};
    return s;
}

static bool add_list4(struct layers *out, const struct view_list *l)
{
    const struct entries *e = &l->data->entries;
    struct span4 *spans = spans4_of(l);
    if (!spans)
        return false;
    out->owned[out->nowned++] = spans;
    add_layer(out,
              (struct layer){LAYER_POINTS4, role_of(l), l->set, e->naddr4, {.points = e->addr4}});
    add_layer(out, (struct layer){
                       .form = LAYER_SPANS4, .role = role_of(l), .n = e->nrange4, .spans4 = spans});
    return true;
}

static bool build4(const struct view_input *in, struct buf *cells, uint32_t *root)
{
    struct layers l;
    struct tree_builder *b = tree_builder_new(cells);
    bool good = layers_init(&l, 2 * in->nlists + 2) && b;
    for (size_t i = 0; good && i < in->nlists; i++)
        good = add_list4(&l, &in->lists[i]);
    if (good && in->test_set) {
        add_layer(&l,
                  (struct layer){
                      LAYER_POINTS4, LAYER_FALLBACK, in->test_set, 1, {.points = &test_listed}});
        add_layer(&l,
                  (struct layer){
                      .form = LAYER_SPANS4, .role = LAYER_EXCLUDE, .n = 1, .spans4 = &test_never4});
    }
    good = good && sweep(l.v, l.n, in->sets, tree_builder_add4, b) && tree_builder_finish(b, root);
    tree_builder_free(b);
    layers_free(&l);
    return good;
}

/* --- IPv6 --- */

static bool add_list6(struct layers *out, const struct view_list *l)
{
    const struct entries *e = &l->data->entries;
    struct span6 *s = calloc(e->nrange6 + 1, sizeof *s);
    if (!s)
        return false;
    out->owned[out->nowned++] = s;
    for (size_t i = 0; i < e->nrange6; i++)
        s[i] = (struct span6){e->range6[i].first, e->range6[i].last, l->set};
    add_layer(out, (struct layer){
                       .form = LAYER_SPANS6, .role = role_of(l), .n = e->nrange6, .spans6 = s});
    return true;
}

static bool build6(const struct view_input *in, struct buf *cells, uint32_t *root)
{
    struct layers l;
    struct tree_builder *b = tree_builder_new(cells);
    bool good = layers_init(&l, in->nlists + 1) && b;
    for (size_t i = 0; good && i < in->nlists; i++)
        good = add_list6(&l, &in->lists[i]);
    if (good && in->test_set)
        add_layer(&l,
                  (struct layer){
                      .form = LAYER_SPANS6, .role = LAYER_EXCLUDE, .n = 1, .spans6 = &test_never6});
    good = good && sweep(l.v, l.n, in->sets, tree_builder_add6, b) && tree_builder_finish(b, root);
    tree_builder_free(b);
    layers_free(&l);
    return good;
}

/* --- names --- */

static bool add_names(struct names_builder *b, const struct view_list *l, uint32_t layer)
{
    const struct entries *e = &l->data->entries;
    uint32_t set = l->role == VIEW_EXCLUDE ? EXCLUDED_SET : l->set;
    for (size_t i = 0; i < e->nname; i++) {
        const struct name_entry *n = &e->name[i];
        struct name_value v = {layer, set, n->scope, n->exclude};
        if (!names_builder_add(b, e->bytes + n->off, n->len, &v))
            return false;
    }
    return true;
}

static bool add_test_names(struct names_builder *b, const struct view_input *in, uint32_t fallback,
                           uint32_t never)
{
    struct name_value listed = {fallback, in->test_set, NAME_SELF, false};
    struct name_value none = {never, EXCLUDED_SET, NAME_TREE, false};
    return names_builder_add(b, (const uint8_t *)"\4test", 6, &listed) &&
           names_builder_add(b, (const uint8_t *)"\7invalid", 9, &none);
}

/* Name servers below the apex answer with their addresses. */
static bool add_servers(struct names_builder *b, const struct view_input *in, uint32_t layer)
{
    const struct conf_zone *z = in->zone;
    for (size_t i = 0; i < z->nns; i++) {
        const struct conf_ns *ns = &z->ns[i];
        if ((!ns->has_a && !ns->has_aaaa) || !name_is_under(&ns->name, &z->name))
            continue;
        struct set_value addr = {.has_a = ns->has_a,
                                 .a = ns->a,
                                 .ttl = z->ttl,
                                 .text = SETS_NONE,
                                 .source = SETS_NONE,
                                 .has_aaaa = ns->has_aaaa,
                                 .aaaa = ns->aaaa};
        struct name_value v = {layer, sets_single(in->sets, &addr), NAME_SELF, false};
        uint8_t wire[NAME_WIRE_MAX + 1];
        size_t len = (size_t)ns->name.len - z->name.len;
        memcpy(wire, ns->name.wire, len);
        wire[len] = 0;
        if (!names_builder_add(b, wire, len + 1, &v))
            return false;
    }
    return true;
}

static bool build_names(const struct view_input *in, struct view_sections *out,
                        struct image_view *view)
{
    uint32_t n = (uint32_t)in->nlists;
    enum layer_role *roles = calloc(n + 2u, sizeof *roles);
    struct names_builder *b = roles ? names_builder_new(in->sets, roles) : NULL;
    bool good = b != NULL;
    for (uint32_t i = 0; good && i < n; i++) {
        roles[i] = role_of(&in->lists[i]);
        good = add_names(b, &in->lists[i], i);
    }
    if (good) {
        roles[n] = LAYER_FALLBACK;
        roles[n + 1] = LAYER_EXCLUDE;
    }
    if (good && in->test_set)
        good = add_test_names(b, in, n, n + 1);
    if (good && in->apex)
        good = add_servers(b, in, n);
    good = good && names_builder_finish(b, in->seed, &out->buckets, &out->records, view);
    names_builder_free(b);
    free(roles);
    return good;
}

bool view_build(const struct view_input *in, struct view_sections *out, struct image_view *view)
{
    return build4(in, &out->cells, &view->tree4) && build6(in, &out->cells, &view->tree6) &&
           build_names(in, out, view);
}
