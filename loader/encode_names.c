/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "lib/names.h"
#include "loader/names_node.h"

#define SEED_TRIES    100
#define RECORDS_AHEAD 8 /* places that are loaded while a record is written; all are far apart */
#define RECORD_MAX    (5 + 1 + NAME_LABEL_MAX + 5 + 5 + 5)
#define BUCKET_FILL                                                                                \
    6 /* records per bucket at most on average: under 1.4 octets of index a name                   \
       */

/* What is being encoded, with the nodes that are kept. */
struct encoder {
    struct names_builder *b;
    uint64_t seed;
    uint32_t *kept; /* node indexes */
    uint32_t nkept;
    uint32_t nbuckets;
    uint32_t *bucket; /* of each kept node */
    uint32_t *count;  /* per bucket; then octets, then the offset of its end */
    uint32_t uniform;
    uint32_t nparents;
};

/* How a value is stored: see lib/names.h. */
static uint32_t code(bool own, uint32_t set, uint32_t inherited)
{
    return set == inherited && !own ? NAMES_INHERIT : set + NAMES_UNLISTED;
}

static enum names_kind kind_of(uint32_t self, uint32_t below)
{
    if (self == NAMES_INHERIT && below == NAMES_INHERIT)
        return NAMES_NONE;
    if (self > NAMES_UNLISTED && below == NAMES_INHERIT)
        return NAMES_SELF;
    if (self > NAMES_UNLISTED && below == self)
        return NAMES_TREE;
    return NAMES_GENERAL;
}

/* --- numbers of parents --- */

struct ranked {
    uint32_t children, node;
};

static int more_children(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->children != y->children)
        return x->children > y->children ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

/* The more children, the smaller the number: it is written in every child. */
static bool number_parents(struct encoder *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->nkept; i++)
        n += names_node(e->b, e->kept[i])->children > 0;
    struct ranked *r = calloc(n + 1u, sizeof *r);
    if (!r)
        return false;
    n = 0;
    for (uint32_t i = 0; i < e->nkept; i++) {
        const struct node *node = names_node(e->b, e->kept[i]);
        if (node->children > 0)
            r[n++] = (struct ranked){node->children, e->kept[i]};
    }
    qsort(r, n, sizeof *r, more_children);
    for (uint32_t i = 0; i < n; i++)
        names_node(e->b, r[i].node)->number = i + 1; /* 0 is the apex */
    e->nparents = n + 1;
    free(r);
    return true;
}

/* The one set of all simple records, or 0. */
static uint32_t find_uniform(const struct encoder *e)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < e->nkept; i++) {
        const struct node *n = names_node(e->b, e->kept[i]);
        uint32_t inherited = names_node(e->b, n->parent)->below;
        enum names_kind kind =
            kind_of(code(n->own_self, n->self, inherited), code(n->own_below, n->below, inherited));
        if (kind != NAMES_SELF && kind != NAMES_TREE)
            continue;
        if (set && set != n->self)
            return 0;
        set = n->self;
    }
    return set;
}

/* --- records --- */

static size_t encode_record(const struct encoder *e, const struct node *n,
                            uint8_t out[static RECORD_MAX])
{
    const struct node *parent = names_node(e->b, n->parent);
    const uint8_t *label = n->label;
    uint32_t self = code(n->own_self, n->self, parent->below);
    uint32_t below = code(n->own_below, n->below, parent->below);
    enum names_kind kind = kind_of(self, below);
    size_t at = names_varint_put(out, parent->number << 1 | (n->children > 0));
    out[at++] = (uint8_t)(kind << 6 | label[0]);
    memcpy(out + at, label + 1, label[0]);
    at += label[0];
    if (n->children > 0)
        at += names_varint_put(out + at, n->number);
    if (kind == NAMES_GENERAL) {
        at += names_varint_put(out + at, self);
        at += names_varint_put(out + at, below);
    } else if (kind != NAMES_NONE && e->uniform == 0) {
        at += names_varint_put(out + at, n->self);
    }
    return at;
}

/* Spread the records with the current seed; false when some bucket is too full. */
static bool try_seed(struct encoder *e)
{
    memset(e->count, 0, (e->nbuckets + 1u) * sizeof *e->count);
    bool fits = true;
    for (uint32_t i = 0; i < e->nkept; i++) {
        const struct node *n = names_node(e->b, e->kept[i]);
        const uint8_t *label = n->label;
        uint32_t parent = names_node(e->b, n->parent)->number;
        uint64_t h = names_hash(e->seed, parent, label + 1, label[0]);
        e->bucket[i] = (uint32_t)h & (e->nbuckets - 1);
        fits &= ++e->count[e->bucket[i]] <= NAMES_BUCKET_MAX;
    }
    return fits;
}

static bool write_records(struct encoder *e, struct buf *buckets, struct buf *records)
{
    uint8_t rec[RECORD_MAX];
    uint64_t at = records->len;
    memset(e->count, 0, (e->nbuckets + 1u) * sizeof *e->count);
    for (uint32_t i = 0; i < e->nkept; i++)
        e->count[e->bucket[i]] += (uint32_t)encode_record(e, names_node(e->b, e->kept[i]), rec);
    for (uint32_t k = 0; k <= e->nbuckets; k++) {
        uint32_t octets = e->count[k];
        e->count[k] = (uint32_t)at;
        at += octets;
    }
    if (at > UINT32_MAX || !buf_grow(records, (size_t)at - records->len))
        return false;
    buf_add(buckets, e->count, (e->nbuckets + 1u) * sizeof *e->count);
    for (uint32_t i = 0; i < e->nkept; i++) {
        if (i + RECORDS_AHEAD < e->nkept)
            __builtin_prefetch(records->p + e->count[e->bucket[i + RECORDS_AHEAD]], 1);
        size_t n = encode_record(e, names_node(e->b, e->kept[i]), rec);
        memcpy(records->p + e->count[e->bucket[i]], rec, n);
        e->count[e->bucket[i]] += (uint32_t)n;
    }
    return !buckets->oom;
}

static bool encode(struct encoder *e, struct buf *buckets, struct buf *records)
{
    if (!number_parents(e))
        return false;
    e->uniform = find_uniform(e);
    for (unsigned i = 0; i < SEED_TRIES; i++) {
        if (try_seed(e))
            return write_records(e, buckets, records);
        e->seed = e->seed * 0x9e3779b97f4a7c15u + 1;
    }
    return false;
}

bool names_builder_finish(struct names_builder *b, uint64_t seed, struct buf *buckets,
                          struct buf *records, struct image_view *view)
{
    struct encoder e = {.b = b, .seed = seed, .nbuckets = 1};
    names_evaluate(b);
    uint32_t count = names_count(b);
    e.kept = calloc(count, sizeof *e.kept);
    for (uint32_t i = 1; e.kept && i < count; i++)
        if (names_node(b, i)->needed)
            e.kept[e.nkept++] = i;
    while (e.nbuckets < e.nkept / BUCKET_FILL + 1u)
        e.nbuckets *= 2;
    e.bucket = calloc(e.nkept + 1u, sizeof *e.bucket);
    e.count = calloc(e.nbuckets + 1u, sizeof *e.count);
    bool good = e.kept && e.bucket && e.count && !b->sets->oom;
    uint32_t bucket0 = (uint32_t)(buckets->len / sizeof(uint32_t));
    if (good && e.nkept > 0) {
        good = encode(&e, buckets, records);
        view->bucket0 = bucket0;
        view->nbuckets = e.nbuckets;
        view->seed = e.seed;
        view->uniform = e.uniform;
        view->nparents = e.nparents;
    }
    free(e.kept);
    free(e.bucket);
    free(e.count);
    return good;
}
