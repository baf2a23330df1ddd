/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsed lists of one zone -> the bytes of an image: sources, views, sets, header. */
#include "loader/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image.h"
#include "loader/build_sets.h"
#include "loader/fixed.h"
#include "loader/layer.h"
#include "loader/view.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SOURCES_MAX 250 /* an answer set counts its lists in one octet */
#define FORMAT_SALT 1u  /* raised when the same input is to give other bytes */

/* Everything that is being put together for one image. */
struct work {
    const struct compile_job *job;
    size_t source[SOURCES_MAX]; /* indexes into conf->lists */
    bool exclude[SOURCES_MAX];
    size_t nsources;
    uint32_t set[SOURCES_MAX]; /* what each list's entries answer */
    uint32_t test_set;
    struct sets sets;
    struct view_sections trees;
    struct buf sources, views, setbuf, groups, texts, fixed;
};

/* --- which lists --- */

static bool add_source(struct work *w, size_t list, bool exclude)
{
    for (size_t i = 0; i < w->nsources; i++)
        if (w->source[i] == list && w->exclude[i] == exclude)
            return true;
    if (w->nsources == SOURCES_MAX)
        return false;
    w->source[w->nsources] = list;
    w->exclude[w->nsources++] = exclude;
    return true;
}

static bool collect_sources(struct work *w)
{
    const struct conf_zone *z = w->job->zone;
    bool good = true;
    for (size_t i = 0; i < z->nlists; i++)
        good = good && add_source(w, z->lists[i], false);
    for (size_t s = 0; s < z->nsub; s++)
        for (size_t i = 0; i < z->sub[s].nlists; i++)
            good = good && add_source(w, z->sub[s].lists[i], false);
    for (size_t i = 0; i < z->nexclude; i++)
        good = good && add_source(w, z->exclude[i], true);
    return good;
}

static void encode_sources(struct work *w)
{
    for (size_t i = 0; i < w->nsources; i++) {
        const struct list_data *d = w->job->lists[w->source[i]];
        struct image_source s = {.exclude = w->exclude[i], .missing = d == NULL};
        snprintf(s.name, sizeof s.name, "%s", w->job->conf->lists[w->source[i]].name);
        if (d) {
            s.digest = d->digest;
            s.fetched = d->fetched;
            s.modified = d->modified;
            s.entries = entries_count(&d->entries);
            s.bad = d->bad;
        }
        buf_add(&w->sources, &s, sizeof s);
    }
}

/* --- what they answer --- */

static void make_sets(struct work *w)
{
    const struct conf_zone *z = w->job->zone;
    for (size_t i = 0; i < w->nsources; i++) {
        const struct conf_list *l = &w->job->conf->lists[w->source[i]];
        struct set_value v = {.has_a = 1,
                              .a = l->a,
                              .ttl = z->ttl,
                              .text = sets_template(&w->sets, l->txt),
                              .source = (uint32_t)i};
        if (!w->exclude[i])
            w->set[i] = sets_single(&w->sets, &v);
    }
    if (z->test_points) {
        struct set_value v = {.has_a = 1,
                              .a = z->test_a,
                              .ttl = z->ttl,
                              .text = sets_template(&w->sets, z->test_txt),
                              .source = SETS_NONE};
        w->test_set = sets_single(&w->sets, &v);
    }
}

/* --- views --- */

static bool holds(size_t source, const size_t *lists, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lists[i] == source)
            return true;
    return false;
}

/* sub NULL: the zone itself.  Lists to take out are taken out everywhere. */
static bool add_view(struct work *w, const struct conf_sub *sub)
{
    static const struct name root = {.len = 1};
    const struct conf_zone *z = w->job->zone;
    const struct name *name = sub ? &sub->name : &root;
    struct view_list lists[SOURCES_MAX];
    struct view_input in = {.zone = z,
                            .lists = lists,
                            .test_set = w->test_set,
                            .sets = &w->sets,
                            .seed = compile_inputs(w->job),
                            .apex = sub == NULL};
    for (size_t i = 0; i < w->nsources; i++) {
        const struct list_data *d = w->job->lists[w->source[i]];
        bool used = w->exclude[i] || (sub ? holds(w->source[i], sub->lists, sub->nlists)
                                          : holds(w->source[i], z->lists, z->nlists));
        if (d && used)
            lists[in.nlists++] =
                (struct view_list){d, w->exclude[i] ? VIEW_EXCLUDE : VIEW_LISTED, w->set[i]};
    }
    struct image_view view = {.sub_len = name->len};
    memcpy(view.sub, name->wire, name->len);
    if (!view_build(&in, &w->trees, &view))
        return false;
    buf_add(&w->views, &view, sizeof view);
    return true;
}

static bool add_views(struct work *w)
{
    buf_grow(&w->trees.cells, IMAGE_ALIGN); /* cell 0 means "none" */
    if (w->trees.cells.oom)
        return false;
    memset(w->trees.cells.p, 0, IMAGE_ALIGN);
    if (!add_view(w, NULL))
        return false;
    for (size_t i = 0; i < w->job->zone->nsub; i++)
        if (!add_view(w, &w->job->zone->sub[i]))
            return false;
    return true;
}

/* --- the file --- */

static uint64_t count_entries(const struct work *w)
{
    uint64_t n = 0;
    for (size_t i = 0; i < w->nsources; i++)
        if (!w->exclude[i] && w->job->lists[w->source[i]])
            n += entries_count(&w->job->lists[w->source[i]]->entries);
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
    h->serial = w->job->serial;
    h->ttl = z->ttl;
    h->negative_ttl = z->negative_ttl < z->soa_ttl ? z->negative_ttl : z->soa_ttl;
    h->soa_ttl = z->soa_ttl;
    h->entries = count_entries(w);
    h->zone_len = z->name.len;
    memcpy(h->zone, z->name.wire, z->name.len);
}

static const char *assemble(struct work *w, uint8_t **out, size_t *outlen)
{
    struct buf *part[IMAGE_NSECTIONS] = {
        [IMAGE_SOURCES] = &w->sources,       [IMAGE_VIEWS] = &w->views,
        [IMAGE_CELLS] = &w->trees.cells,     [IMAGE_BUCKETS] = &w->trees.buckets,
        [IMAGE_RECORDS] = &w->trees.records, [IMAGE_SETS] = &w->setbuf,
        [IMAGE_GROUPS] = &w->groups,         [IMAGE_TEXTS] = &w->texts,
        [IMAGE_FIXED] = &w->fixed,
    };
    struct image_header h = {0};
    struct buf file = {0};
    buf_add(&file, &h, sizeof h);
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++) {
        buf_align(&file, IMAGE_ALIGN);
        h.section[i] = (struct image_span){file.len, part[i]->len};
        buf_add(&file, part[i]->p, part[i]->len);
        file.oom |= part[i]->oom;
        buf_free(part[i]);
    }
    if (file.oom) {
        buf_free(&file);
        return "out of memory";
    }
    fill_header(w, &h);
    h.file_len = file.len;
    memcpy(file.p, &h, sizeof h);
    h.checksum = image_checksum(file.p, file.len);
    memcpy(file.p, &h, sizeof h);
    *out = file.p;
    *outlen = file.len;
    return NULL;
}

static const char *build(struct work *w, uint8_t **out, size_t *outlen)
{
    if (!collect_sources(w))
        return "too many lists in one zone (at most 250)";
    for (size_t i = 0; i < w->nsources; i++) {
        struct list_data *d = w->job->lists[w->source[i]];
        if (d && !entries_resolve(&d->entries))
            return "out of memory";
    }
    encode_sources(w);
    make_sets(w);
    if (!add_views(w))
        return "out of memory";
    sets_encode(&w->sets, &w->setbuf, &w->groups, &w->texts);
    fixed_encode(&w->fixed, w->job->zone, w->job->serial);
    if (w->sets.oom)
        return "out of memory";
    return assemble(w, out, outlen);
}

const char *compile_zone(const struct compile_job *job, uint8_t **out, size_t *outlen,
                         char why[static COMPILE_WHY_MAX])
{
    struct work *w = calloc(1, sizeof *w);
    const char *reason = "out of memory";
    if (w) {
        w->job = job;
        sets_init(&w->sets, job->zone->combine == CONF_COMBINE_BITMASK);
        reason = build(w, out, outlen);
        struct buf *all[] = {&w->trees.cells, &w->trees.buckets, &w->trees.records,
                             &w->sources,     &w->views,         &w->setbuf,
                             &w->groups,      &w->texts,         &w->fixed};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            buf_free(all[i]);
        sets_free(&w->sets);
        free(w);
    }
    if (!reason)
        return NULL;
    snprintf(why, COMPILE_WHY_MAX, "%s", reason);
    return why;
}

/* --- inputs --- */

static void add_number(XXH3_state_t *x, uint64_t v)
{
    XXH3_64bits_update(x, &v, sizeof v);
}

static void add_string(XXH3_state_t *x, const char *s)
{
    XXH3_64bits_update(x, s, strlen(s) + 1);
}

static void add_name(XXH3_state_t *x, const struct name *n)
{
    XXH3_64bits_update(x, n->wire, n->len);
}

static void add_lists(XXH3_state_t *x, const struct compile_job *job, const size_t *lists, size_t n)
{
    add_number(x, n);
    for (size_t i = 0; i < n; i++) {
        const struct conf_list *l = &job->conf->lists[lists[i]];
        const struct list_data *d = job->lists[lists[i]];
        add_string(x, l->name);
        add_string(x, l->format);
        add_string(x, l->txt);
        add_number(x, l->a);
        add_number(x, d != NULL);
        add_number(x, d ? d->digest : 0);
    }
}

static void add_zone(XXH3_state_t *x, const struct conf_zone *z)
{
    const uint64_t numbers[] = {z->combine,    z->soa_ttl, z->soa_refresh,  z->soa_retry,
                                z->soa_expire, z->ttl,     z->negative_ttl, z->test_points,
                                z->test_a,     z->nns,     z->nsub};
    XXH3_64bits_update(x, numbers, sizeof numbers);
    add_name(x, &z->name);
    add_name(x, &z->mname);
    add_name(x, &z->rname);
    add_string(x, z->test_txt);
    for (size_t i = 0; i < z->nns; i++) {
        add_name(x, &z->ns[i].name);
        add_number(x, z->ns[i].has_a ? z->ns[i].a : UINT64_MAX);
        add_number(x, z->ns[i].has_aaaa);
        add_number(x, z->ns[i].aaaa.hi);
        add_number(x, z->ns[i].aaaa.lo);
    }
}

uint64_t compile_inputs(const struct compile_job *job)
{
    XXH3_state_t x;
    XXH3_64bits_reset(&x);
    add_number(&x, IMAGE_VERSION);
    add_number(&x, FORMAT_SALT);
    add_zone(&x, job->zone);
    add_lists(&x, job, job->zone->lists, job->zone->nlists);
    add_lists(&x, job, job->zone->exclude, job->zone->nexclude);
    for (size_t i = 0; i < job->zone->nsub; i++) {
        add_name(&x, &job->zone->sub[i].name);
        add_lists(&x, job, job->zone->sub[i].lists, job->zone->sub[i].nlists);
    }
    return XXH3_64bits_digest(&x);
}
