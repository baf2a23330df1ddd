/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/view.h"

#include <stdlib.h>
#include <string.h>

#include "loader/build_names.h"
#include "loader/build_tree.h"
#include "loader/fixed.h"
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

enum { TYPE_A = 1, TYPE_AAAA = 28 };

static void add_layer(struct layer *layers, size_t *n, struct layer layer)
{
    if (layer.n > 0)
        layers[(*n)++] = layer;
}

static bool build4(const struct view_input *in, struct buf *cells, uint32_t *root)
{
    struct layer *l = calloc(2 * in->ndatasets + 2, sizeof *l);
    struct tree_builder *b = tree_builder_new(cells);
    size_t n = 0, octets = 0;
    for (size_t i = 0; l && i < in->ndatasets; i++) {
        const struct dataset *d = in->datasets[i];
        struct layer points = {
            LAYER_POINTS4, d->role, d->value_set[d->e->addr4_value], d->e->naddr4, {NULL}};
        struct layer spans = {LAYER_SPANS4, d->role, 0, d->nspans4, {NULL}};
        points.points = d->e->addr4;
        octets += points.n * 2;
        spans.spans4 = d->spans4;
        add_layer(l, &n, points);
        add_layer(l, &n, spans);
    }
    if (l && in->test_set) {
        l[n++] = (struct layer){
            LAYER_POINTS4, LAYER_FALLBACK, in->test_set, 1, {.points = &test_listed}};
        l[n++] = (struct layer){LAYER_SPANS4, LAYER_EXCLUDE, 0, 1, {.spans4 = &test_never4}};
    }
    /* About what they take at most; what is not touched costs nothing, moving it would. */
    buf_reserve(cells, octets);
    bool good = l && b &&
                sweep(l, n, in->sets, tree_builder_add4, tree_builder_points4_beside, b) &&
                tree_builder_finish(b, root);
    tree_builder_free(b);
    free(l);
    return good;
}

static bool build6(const struct view_input *in, struct buf *cells, uint32_t *root)
{
    struct layer *l = calloc(in->ndatasets + 1, sizeof *l);
    struct tree_builder *b = tree_builder_new(cells);
    size_t n = 0;
    for (size_t i = 0; l && i < in->ndatasets; i++) {
        const struct dataset *d = in->datasets[i];
        struct layer spans = {LAYER_SPANS6, d->role, 0, d->nspans6, {NULL}};
        spans.spans6 = d->spans6;
        add_layer(l, &n, spans);
    }
    if (l && in->test_set)
        l[n++] = (struct layer){LAYER_SPANS6, LAYER_EXCLUDE, 0, 1, {.spans6 = &test_never6}};
    bool good =
        l && b && sweep(l, n, in->sets, tree_builder_add6, NULL, b) && tree_builder_finish(b, root);
    tree_builder_free(b);
    free(l);
    return good;
}

/* --- names --- */

/* The answer set of one record; A records stand with the A values of lists. */
static uint32_t record_set(const struct view_input *in, const struct dataset *d,
                           const struct entry_record *r)
{
    const uint8_t *data = d->e->bytes + r->rdata;
    struct set_value v = {.action = IMAGE_RECORD,
                          .ttl = r->ttl ? fixed_ttl(in->zone, r->ttl) : d->ttl,
                          .text = SETS_NONE,
                          .other = SETS_NONE,
                          .source = d->source};
    if (r->type == TYPE_A && r->rdata_len == 4) {
        v.has_a = 1;
        v.a = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    } else {
        v.other = sets_other(in->sets, r->type, data, r->rdata_len);
    }
    return sets_single(in->sets, &v);
}

static bool add_records(struct names_builder *b, const struct view_input *in,
                        const struct dataset *d, uint32_t layer, uint32_t *apex)
{
    for (size_t i = 0; i < d->e->nrecord; i++) {
        const struct entry_record *r = &d->e->record[i];
        struct name_value v = {layer, record_set(in, d, r), NAME_SELF, false};
        if (r->name_len == 1)
            *apex = sets_union(in->sets, *apex, v.set);
        else if (!names_builder_add(b, d->e->bytes + r->name, r->name_len, &v))
            return false;
    }
    return true;
}

static bool add_test_names(struct names_builder *b, const struct view_input *in, uint32_t fallback,
                           uint32_t never)
{
    struct name_value listed = {fallback, in->test_set, NAME_SELF, false};
    struct name_value none = {never, NAMES_EXCLUDED, NAME_TREE, false};
    return names_builder_add(b, (const uint8_t *)"\4test", 6, &listed) &&
           names_builder_add(b, (const uint8_t *)"\7invalid", 9, &none);
}

static uint32_t server_set(const struct view_input *in, const struct conf_ns *ns)
{
    struct set_value a = {.action = IMAGE_RECORD,
                          .has_a = 1,
                          .a = ns->a,
                          .ttl = in->zone->ttl,
                          .text = SETS_NONE,
                          .other = SETS_NONE,
                          .source = SETS_NONE};
    struct set_value aaaa = a;
    uint8_t data[16];
    for (unsigned i = 0; i < 16; i++)
        data[i] = (uint8_t)((i < 8 ? ns->aaaa.hi : ns->aaaa.lo) >> (56 - 8 * (i % 8)));
    aaaa.has_a = aaaa.a = 0;
    aaaa.other = ns->has_aaaa ? sets_other(in->sets, TYPE_AAAA, data, sizeof data) : SETS_NONE;
    return sets_union(in->sets, ns->has_a ? sets_single(in->sets, &a) : 0,
                      ns->has_aaaa ? sets_single(in->sets, &aaaa) : 0);
}

/* Name servers below the apex answer with their addresses. */
static bool add_servers(struct names_builder *b, const struct view_input *in, uint32_t layer)
{
    const struct conf_zone *z = in->zone;
    for (size_t i = 0; i < z->nns; i++) {
        const struct conf_ns *ns = &z->ns[i];
        if ((!ns->has_a && !ns->has_aaaa) || !name_is_under(&ns->name, &z->name))
            continue;
        struct name_value v = {layer, server_set(in, ns), NAME_SELF, false};
        size_t len = (size_t)ns->name.len - z->name.len; /* of the labels in front of the zone */
        if (!names_builder_add(b, ns->name.wire, len + 1, &v))
            return false;
    }
    return true;
}

static bool build_names(const struct view_input *in, struct view_sections *out,
                        struct image_view *view)
{
    uint32_t n = (uint32_t)in->ndatasets;
    enum layer_role *roles = calloc(n + 2u, sizeof *roles);
    struct names_builder *b = roles ? names_builder_new(in->sets, roles) : NULL;
    bool good = b != NULL;
    for (uint32_t i = 0; good && i < n; i++) {
        roles[i] = in->datasets[i]->role;
        good = names_builder_add_all(b, in->datasets[i]->e, i, in->datasets[i]->value_set) &&
               add_records(b, in, in->datasets[i], i, &view->apex);
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
