/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsed lists of one zone -> the bytes of an image: sources, views, sets, header. */
#include "loader/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image.h"
#include "loader/build_sets.h"
#include "loader/dataset.h"
#include "loader/fixed.h"
#include "loader/sweep.h"
#include "loader/view.h"

#define SOURCES_MAX 250 /* an answer set counts its lists in one octet */

/* A list as a zone uses it: under which name, and whether its entries are taken out. */
struct use {
    size_t list; /* index into conf->lists */
    const struct name *at;
    enum layer_role role;
    bool clients; /* an access list: its view is apart from all others */
    uint32_t source;
};

/* A data set in use; where its own sub-names lie below the use's name. */
struct placed {
    struct dataset d;
    const struct use *use;
};

/* Everything that is being put together for one image. */
struct work {
    const struct compile_job *job;
    struct use *uses;
    size_t nuses;
    struct placed *placed;
    size_t nplaced;
    struct buf views; /* struct name[]: of the views, the zone itself first */
    uint32_t test_set;
    struct sets sets;
    struct view_sections trees;
    struct fixed_input fixed;
    struct name *ns_names;
    uint32_t acl_view;
    int64_t expires; /* of the data: the earliest that any list in use states */
    struct buf part[IMAGE_NSECTIONS];
};

static const struct name root_name = {.len = 1};

/* --- which lists, and where --- */

static void add_uses(struct work *w, const size_t *lists, size_t n, const struct name *at,
                     enum layer_role role)
{
    for (size_t i = 0; i < n; i++)
        w->uses[w->nuses++] = (struct use){.list = lists[i], .at = at, .role = role};
}

static bool collect_uses(struct work *w)
{
    const struct conf_zone *z = w->job->zone;
    size_t n = z->nlists + z->nexclude + z->nacl;
    for (size_t i = 0; i < z->nsub; i++)
        n += z->sub[i].nlists;
    w->uses = calloc(n + 1, sizeof *w->uses);
    if (!w->uses)
        return false;
    add_uses(w, z->lists, z->nlists, &root_name, LAYER_LISTED);
    for (size_t i = 0; i < z->nsub; i++)
        add_uses(w, z->sub[i].lists, z->sub[i].nlists, &z->sub[i].name, LAYER_LISTED);
    add_uses(w, z->exclude, z->nexclude, &root_name, LAYER_EXCLUDE);
    size_t acl = w->nuses;
    add_uses(w, z->acl, z->nacl, &root_name, LAYER_LISTED);
    for (size_t i = acl; i < w->nuses; i++)
        w->uses[i].clients = true;
    return true;
}

/* The data behind a use; NULL: none. */
static struct list_data *use_data(const struct work *w, const struct use *u)
{
    struct list_data *d = w->job->lists[u->list];
    bool listed = u->role == LAYER_LISTED && !u->clients;
    return d && listed && d->expired ? NULL : d;
}

static void encode_source(struct buf *out, const struct conf_list *list, const struct list_data *d,
                          uint32_t exclude)
{
    struct image_source s = {.exclude = exclude, .missing = d == NULL};
    snprintf(s.name, sizeof s.name, "%s", list->name);
    if (d) {
        s.digest = d->digest;
        s.fetched = d->fetched;
        s.modified = d->modified;
        s.expires = d->expires;
        s.entries = entries_count(&d->entries);
        s.bad = d->bad;
    }
    buf_add(out, &s, sizeof s);
}

/* Each list once, however many places it is used in. */
static bool encode_sources(struct work *w)
{
    uint32_t n = 0;
    for (size_t i = 0; i < w->nuses; i++) {
        struct use *u = &w->uses[i];
        size_t k = 0;
        while (k < i && (w->uses[k].list != u->list || w->uses[k].role != u->role))
            k++;
        u->source = k < i ? w->uses[k].source : n;
        if (k < i)
            continue;
        if (n++ == SOURCES_MAX)
            return false;
        encode_source(&w->part[IMAGE_SOURCES], &w->job->conf->lists[u->list], use_data(w, u),
                      u->clients ? 2 : u->role == LAYER_EXCLUDE);
    }
    return true;
}

/* --- data sets --- */

static bool place(struct work *w, const struct use *u, struct entries *e)
{
    struct placed *p = &w->placed[w->nplaced++];
    p->use = u;
    p->d.e = e;
    p->d.role = u->role;
    p->d.ttl = fixed_ttl(w->job->zone, e->ttl);
    p->d.source = u->source;
    return dataset_prepare(&p->d, &w->job->conf->lists[u->list], &w->sets);
}

static bool prepare_datasets(struct work *w)
{
    const struct conf_zone *z = w->job->zone;
    size_t n = 0;
    for (size_t i = 0; i < w->nuses; i++)
        for (const struct list_data *d = use_data(w, &w->uses[i]); d; d = NULL)
            for (const struct entries *e = &d->entries; e; e = e->next)
                n++;
    w->placed = calloc(n + 1, sizeof *w->placed);
    if (!w->placed)
        return false;
    for (size_t i = 0; i < w->nuses; i++) {
        struct list_data *d = use_data(w, &w->uses[i]);
        for (struct entries *e = d ? &d->entries : NULL; e; e = e->next)
            if (!place(w, &w->uses[i], e))
                return false;
    }
    struct set_value v = {.has_a = 1,
                          .a = z->test_a,
                          .ttl = z->ttl,
                          .text = sets_template(&w->sets, z->test_txt),
                          .other = SETS_NONE,
                          .source = SETS_NONE};
    if (z->test_points)
        w->test_set = sets_single(&w->sets, &v);
    return !w->sets.oom;
}

/* --- SOA, NS, expiry --- */

/* When the last of the lists expires, 0: never. */
static int64_t lists_expire(const struct work *w)
{
    int64_t last = 0;
    for (size_t i = 0; i < w->nuses; i++) {
        const struct use *u = &w->uses[i];
        const struct list_data *d = use_data(w, u);
        if (!d || u->role != LAYER_LISTED || u->clients)
            continue;
        if (d->expires == 0)
            return 0;
        last = d->expires > last ? d->expires : last;
    }
    return last;
}

/* Who states the serial 0 leaves it to the server; rbldnsd takes the time of the newest file. */
static uint32_t serial(const struct work *w, const struct entries_meta *soa)
{
    int64_t newest = 0;
    for (size_t i = 0; soa && !w->job->zone->own_soa && i < w->nplaced; i++) {
        const struct list_data *d = use_data(w, w->placed[i].use);
        if (d && !w->placed[i].use->clients && d->written > newest)
            newest = d->written;
    }
    return newest != 0 ? (uint32_t)newest : w->job->serial;
}

static bool prepare_fixed(struct work *w)
{
    const struct entries_meta *soa = NULL, *ns = NULL;
    const struct conf_zone *z = w->job->zone;
    for (size_t i = 0; i < w->nplaced; i++) {
        const struct entries_meta *m = w->placed[i].d.e->meta;
        if (!m || w->placed[i].d.role != LAYER_LISTED || w->placed[i].use->clients)
            continue;
        if (!soa && m->has_soa)
            soa = m;
        if (!ns && m->nns > 0)
            ns = m;
        if (m->expires && (w->expires == 0 || m->expires < w->expires))
            w->expires = m->expires;
    }
    int64_t last = lists_expire(w);
    if (last && (w->expires == 0 || last < w->expires))
        w->expires = last;
    w->ns_names = calloc(z->nns + 1, sizeof *w->ns_names);
    if (!w->ns_names)
        return false;
    fixed_from(&w->fixed, z, serial(w, soa), soa, ns, w->ns_names);
    return true;
}

/* --- views --- */

static size_t nviews(const struct work *w)
{
    return w->views.len / sizeof(struct name);
}

static const struct name *view_name(const struct work *w, size_t i)
{
    return (const struct name *)(const void *)w->views.p + i;
}

static void add_view_name(struct work *w, const struct name *n)
{
    for (size_t i = 0; i < nviews(w); i++)
        if (name_equal(view_name(w, i), n))
            return;
    buf_add(&w->views, n, sizeof *n);
}

/* The i-th name a data set stands under; false behind the last, or when it is too long to exist. */
static bool placed_at(const struct placed *p, size_t i, struct name *out)
{
    if (p->d.e->nsub == 0) {
        *out = *p->use->at;
        return i == 0;
    }
    return i < p->d.e->nsub && name_join(&p->d.e->sub[i], p->use->at, out);
}

static bool collect_views(struct work *w)
{
    add_view_name(w, &root_name);
    for (size_t i = 0; i < w->job->zone->nsub; i++)
        add_view_name(w, &w->job->zone->sub[i].name);
    for (size_t p = 0; p < w->nplaced; p++) {
        struct name at;
        bool listed = w->placed[p].d.role == LAYER_LISTED && !w->placed[p].use->clients;
        for (size_t i = 0; listed && placed_at(&w->placed[p], i, &at); i++)
            add_view_name(w, &at);
    }
    return !w->views.oom;
}

static bool stands_in(const struct placed *p, const struct name *view)
{
    struct name at;
    if (p->use->clients)
        return false;
    for (size_t i = 0; placed_at(p, i, &at); i++)
        if (name_equal(&at, view))
            return true;
    return p->d.role == LAYER_EXCLUDE; /* what is taken out is taken out everywhere */
}

static uint32_t kinds_of(const struct dataset *d)
{
    const struct entries *e = d->e;
    if (d->role != LAYER_LISTED)
        return 0;
    return e->kinds | (e->naddr4 || e->nrange4 ? IMAGE_HAS_ADDR4 : 0) |
           (e->nrange6 ? IMAGE_HAS_ADDR6 : 0) | (e->nname ? IMAGE_HAS_NAMES : 0);
}

/*
 * Of each list those data sets are asked that stand nearest above a name, and to those above the
 * view the whole name is just a name, never an address.
 */
static uint32_t view_kinds(const struct work *w, const struct name *view)
{
    uint32_t kinds = 0, own = 0;
    size_t nearest = 0;
    for (size_t k = 0; k < w->nplaced; k++) {
        const struct placed *p = &w->placed[k];
        struct name at;
        if (k == 0 || p->use != p[-1].use) {
            kinds |= own;
            own = 0;
            nearest = 0;
        }
        for (size_t i = 0; !p->use->clients && placed_at(p, i, &at); i++) {
            if (at.len < nearest || !name_is_under(view, &at))
                continue;
            own = at.len > nearest ? 0 : own;
            nearest = at.len;
            if (at.len == view->len)
                own |= kinds_of(&p->d);
            else if (kinds_of(&p->d) & IMAGE_HAS_NAMES)
                own |= IMAGE_HAS_NAMES_ABOVE;
        }
    }
    return kinds | own;
}

static bool add_view(struct work *w, size_t i)
{
    const struct name *name = view_name(w, i);
    const struct dataset **datasets = calloc(w->nplaced + 1, sizeof *datasets);
    struct view_input in = {.zone = w->job->zone,
                            .datasets = datasets,
                            .test_set = w->test_set,
                            .sets = &w->sets,
                            .seed = compile_inputs(w->job),
                            .apex = i == 0};
    struct image_view view;
    memset(&view, 0, sizeof view); /* the padding is written too */
    view.sub_len = name->len;
    memcpy(view.sub, name->wire, name->len);
    view.kinds = view_kinds(w, name);
    for (size_t p = 0; datasets && p < w->nplaced; p++)
        if (stands_in(&w->placed[p], name))
            datasets[in.ndatasets++] = &w->placed[p].d;
    bool good =
        datasets && in.ndatasets < SWEEP_LAYERS_MAX / 2 - 2 && view_build(&in, &w->trees, &view);
    free(datasets);
    if (good)
        buf_add(&w->part[IMAGE_VIEWS], &view, sizeof view);
    return good;
}

/* Clients stand in a view of their own, whose name (the zone's) never leads to it. */
static bool add_clients(struct work *w)
{
    const struct dataset **datasets = calloc(w->nplaced + 1, sizeof *datasets);
    struct view_input in = {.zone = w->job->zone, .datasets = datasets, .sets = &w->sets};
    struct image_view view;
    memset(&view, 0, sizeof view);
    view.sub_len = 1;
    for (size_t p = 0; datasets && p < w->nplaced; p++)
        if (w->placed[p].use->clients)
            datasets[in.ndatasets++] = &w->placed[p].d;
    bool good = datasets && view_build(&in, &w->trees, &view);
    if (good && in.ndatasets > 0) {
        w->acl_view = (uint32_t)(w->part[IMAGE_VIEWS].len / sizeof view);
        buf_add(&w->part[IMAGE_VIEWS], &view, sizeof view);
    }
    free(datasets);
    return good;
}

static bool add_views(struct work *w)
{
    buf_grow(&w->trees.cells, IMAGE_ALIGN); /* cell 0 means "none" */
    if (w->trees.cells.oom || !collect_views(w))
        return false;
    memset(w->trees.cells.p, 0, IMAGE_ALIGN);
    for (size_t i = 0; i < nviews(w); i++)
        if (!add_view(w, i))
            return false;
    if (!add_clients(w))
        return false;
    w->part[IMAGE_CELLS] = w->trees.cells;
    w->part[IMAGE_BUCKETS] = w->trees.buckets;
    w->part[IMAGE_RECORDS] = w->trees.records;
    w->trees = (struct view_sections){0};
    return true;
}

/* --- the file --- */

static uint64_t count_entries(const struct work *w)
{
    uint64_t n = 0;
    const struct image_source *s = (const void *)w->part[IMAGE_SOURCES].p;
    for (size_t i = 0; i < w->part[IMAGE_SOURCES].len / sizeof *s; i++)
        n += s[i].exclude ? 0 : s[i].entries;
    return n;
}

static void fill_header(const struct work *w, struct image_header *h)
{
    const struct conf_zone *z = w->job->zone;
    memcpy(h->magic, IMAGE_MAGIC, sizeof h->magic);
    h->version = IMAGE_VERSION;
    h->header_len = sizeof *h;
    h->inputs = compile_inputs(w->job);
    h->built = w->job->now;
    h->serial = w->fixed.serial;
    h->ttl = z->ttl;
    h->negative_ttl = fixed_negative_ttl(&w->fixed);
    h->soa_ttl = w->fixed.soa_ttl;
    h->entries = count_entries(w);
    h->expires = w->expires;
    h->expired_empty = z->expired == CONF_EXPIRED_EMPTY;
    h->acl_view = w->acl_view;
    h->zone_len = z->name.len;
    memcpy(h->zone, z->name.wire, z->name.len);
}

/* Lay the sections out behind the header, and say what the file holds. */
static const char *lay_out(struct work *w, struct compiled *c)
{
    static uint8_t zeros[IMAGE_ALIGN];
    size_t at = sizeof c->header, n = 1;
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++) {
        if (w->part[i].oom)
            return "out of memory";
        size_t pad = (IMAGE_ALIGN - at % IMAGE_ALIGN) % IMAGE_ALIGN, len = w->part[i].len;
        c->part[i] = w->part[i];
        c->piece[n++] = (struct iovec){zeros, pad};
        c->piece[n++] = (struct iovec){c->part[i].p, len};
        c->header.section[i] = (struct image_span){at + pad, len};
        at += pad + len;
        w->part[i] = (struct buf){0};
    }
    c->header.file_len = at;
    c->piece[0] = (struct iovec){&c->header, sizeof c->header};
    c->header.checksum = image_checksum_pieces(c->piece, COMPILED_PIECES);
    return NULL;
}

/* Who is refused must be known before anybody is answered. */
static bool clients_known(const struct work *w)
{
    for (size_t i = 0; i < w->nuses; i++)
        if (w->uses[i].clients && w->job->lists[w->uses[i].list] == NULL)
            return false;
    return true;
}

static const char *build(struct work *w, struct compiled *out)
{
    if (!collect_uses(w))
        return "out of memory";
    if (!clients_known(w))
        return "an access list has no data";
    if (!encode_sources(w))
        return "too many lists in one zone (at most 250)";
    if (!prepare_datasets(w) || !prepare_fixed(w) || !add_views(w))
        return "out of memory";
    sets_encode(&w->sets, &w->part[IMAGE_SETS], &w->part[IMAGE_GROUPS], &w->part[IMAGE_TEXTS]);
    fixed_encode(&w->part[IMAGE_FIXED], &w->fixed);
    if (w->sets.oom)
        return "out of memory";
    fill_header(w, &out->header);
    return lay_out(w, out);
}

static void work_free(struct work *w)
{
    for (size_t i = 0; i < w->nplaced; i++)
        dataset_free(&w->placed[i].d);
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++)
        buf_free(&w->part[i]);
    buf_free(&w->trees.cells);
    buf_free(&w->trees.buckets);
    buf_free(&w->trees.records);
    buf_free(&w->views);
    sets_free(&w->sets);
    free(w->ns_names);
    free(w->placed);
    free(w->uses);
    free(w);
}

void compiled_free(struct compiled *c)
{
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++)
        buf_free(&c->part[i]);
}

const char *compile_zone(const struct compile_job *job, struct compiled *out,
                         char why[static COMPILE_WHY_MAX])
{
    struct work *w = calloc(1, sizeof *w);
    const char *reason = "out of memory";
    memset(out, 0, sizeof *out); /* padding too, it is written */
    if (w) {
        w->job = job;
        sets_init(&w->sets, job->zone->combine == CONF_COMBINE_BITMASK);
        reason = build(w, out);
        work_free(w);
    }
    if (!reason)
        return NULL;
    compiled_free(out);
    snprintf(why, COMPILE_WHY_MAX, "%s", reason);
    return why;
}
