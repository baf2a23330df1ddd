/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "lib/names.h"
#include "loader/names_node.h"
#include "loader/threads.h"

#define SEED_TRIES    100
#define RECORDS_AHEAD 8 /* places that are loaded while a record is written; all are far apart */
#define RECORD_MAX    (5 + 1 + NAME_LABEL_MAX + 5 + 5 + 5)
#define BUCKET_FILL                                                                                \
    6 /* records per bucket at most on average: under 1.4 octets of index a name                   \
       */
#define NO_BUCKET     UINT32_MAX /* the node is not needed */
#define THREADS_WORTH 65536      /* nodes; with fewer a thread's start is not */

/* What is being encoded. */
struct encoder {
    struct names_builder *b;
    uint64_t seed;
    uint32_t nbuckets;
    uint32_t *bucket; /* of each node */
    uint32_t *fill;   /* how full each bucket gets, for each share of the nodes */
    uint32_t *at;     /* where the next record of a bucket goes */
    uint8_t *records;
    size_t nshares;
    uint32_t uniform;
    uint32_t nparents;
};

/* The fill of a bucket is octets << FILL_SHIFT | records.  Records are counted up to one too many,
 * so that their octets never overflow. */
#define FILL_SHIFT   8
#define FILL_RECORDS ((1u << FILL_SHIFT) - 1)
_Static_assert(NAMES_BUCKET_MAX < FILL_RECORDS, "records of a bucket");
_Static_assert(RECORD_MAX <= UINT8_MAX, "octets of a record");

/*
 * One thread's share: of the nodes, or of the buckets.  Records of one bucket are all in one share,
 * in the order of their nodes, so that the outcome is the same for any number of threads.
 */
struct share {
    const struct encoder *e;
    uint32_t from, to;
    uint32_t *fill;
    bool fits;
};

static void run_shares(const struct encoder *e, void (*fn)(void *share), uint32_t n,
                       struct share share[static THREADS_MAX])
{
    for (size_t k = 0; k < e->nshares; k++)
        share[k] = (struct share){.e = e,
                                  .from = (uint32_t)((uint64_t)n * k / e->nshares),
                                  .to = (uint32_t)((uint64_t)n * (k + 1) / e->nshares),
                                  .fill = e->fill + k * e->nbuckets};
    threads_run(fn, share, sizeof *share, e->nshares);
}

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
    struct buf ranked = {0};
    for (uint32_t i = 1; i < names_count(e->b); i++) {
        const struct node *n = names_node(e->b, i);
        if (n->needed && n->children > 0)
            buf_add(&ranked, &(struct ranked){n->children, i}, sizeof(struct ranked));
    }
    struct ranked *r = (void *)ranked.p;
    uint32_t n = (uint32_t)(ranked.len / sizeof *r);
    if (n > 1)
        qsort(r, n, sizeof *r, more_children);
    for (uint32_t i = 0; i < n; i++)
        names_node(e->b, r[i].node)->number = i + 1; /* 0 is the apex */
    e->nparents = n + 1;
    bool good = !ranked.oom;
    buf_free(&ranked);
    return good;
}

/* The one set of all simple records, or 0. */
static uint32_t find_uniform(const struct encoder *e)
{
    uint32_t set = 0;
    for (uint32_t i = 1; i < names_count(e->b); i++) {
        const struct node *n = names_node(e->b, i);
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

/* At most RECORD_MAX octets to out; how many. */
static size_t encode_record(const struct encoder *e, const struct node *n, uint8_t *out)
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

/* Into which bucket each node of the share goes, with how many octets. */
static void place_nodes(void *arg)
{
    struct share *s = arg;
    const struct encoder *e = s->e;
    uint32_t *fill = s->fill;
    uint8_t rec[RECORD_MAX];
    bool fits = true;
    memset(fill, 0, e->nbuckets * sizeof *fill);
    for (uint32_t i = s->from, to = s->to; i < to && fits; i++) {
        const struct node *n = names_node(e->b, i);
        uint32_t parent = names_node(e->b, n->parent)->number;
        e->bucket[i] = NO_BUCKET;
        if (!n->needed)
            continue;
        uint64_t h = names_hash(e->seed, parent, n->label + 1, n->label[0]);
        uint32_t k = (uint32_t)h & (e->nbuckets - 1), octets = (uint32_t)encode_record(e, n, rec);
        e->bucket[i] = k;
        fill[k] += octets << FILL_SHIFT | 1;
        fits = (fill[k] & FILL_RECORDS) <= NAMES_BUCKET_MAX;
    }
    s->fits = fits;
}

static void write_record(const struct encoder *e, uint32_t i)
{
    uint32_t *at = &e->at[e->bucket[i]];
    *at += (uint32_t)encode_record(e, names_node(e->b, i), e->records + *at);
}

/* The records of the share's buckets; a record's place is loaded some records ahead. */
static void write_buckets(void *arg)
{
    struct share *s = arg;
    const struct encoder *e = s->e;
    uint32_t count = names_count(e->b), from = s->from, mine = s->to - from;
    uint32_t node[RECORDS_AHEAD], n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (e->bucket[i] - from >= mine)
            continue;
        __builtin_prefetch(e->records + e->at[e->bucket[i]], 1);
        if (n >= RECORDS_AHEAD)
            write_record(e, node[n % RECORDS_AHEAD]);
        node[n++ % RECORDS_AHEAD] = i;
    }
    for (uint32_t k = n < RECORDS_AHEAD ? 0 : n - RECORDS_AHEAD; k < n; k++)
        write_record(e, node[k % RECORDS_AHEAD]);
}

/* Spread the records with the current seed; false when some bucket is too full. */
static bool try_seed(const struct encoder *e)
{
    struct share share[THREADS_MAX];
    bool fits = true;
    run_shares(e, place_nodes, names_count(e->b), share);
    for (size_t k = 0; k < e->nshares; k++)
        fits &= share[k].fits;
    for (uint32_t i = 0; fits && i < e->nbuckets; i++) {
        uint32_t records = 0, octets = 0;
        for (size_t k = 0; k < e->nshares; k++) {
            records += share[k].fill[i] & FILL_RECORDS;
            octets += share[k].fill[i] >> FILL_SHIFT;
        }
        e->at[i] = octets;
        fits = records <= NAMES_BUCKET_MAX;
    }
    e->at[e->nbuckets] = 0;
    return fits;
}

static bool write_records(struct encoder *e, struct buf *buckets, struct buf *records)
{
    struct share share[THREADS_MAX];
    uint64_t at = records->len;
    for (uint32_t k = 0; k <= e->nbuckets; k++) {
        uint32_t octets = e->at[k];
        e->at[k] = (uint32_t)at;
        at += octets;
    }
    if (at > UINT32_MAX || !buf_grow(records, (size_t)at - records->len))
        return false;
    buf_add(buckets, e->at, (e->nbuckets + 1u) * sizeof *e->at);
    e->records = records->p;
    run_shares(e, write_buckets, e->nbuckets, share);
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
    uint32_t count = names_count(b), needed = names_evaluate(b);
    while (e.nbuckets < needed / BUCKET_FILL + 1u)
        e.nbuckets *= 2;
    e.nshares = count < THREADS_WORTH ? 1 : threads_usable();
    e.bucket = malloc(count * sizeof *e.bucket);
    e.fill = malloc(e.nshares * e.nbuckets * sizeof *e.fill);
    e.at = malloc((e.nbuckets + 1u) * sizeof *e.at);
    bool good = e.bucket && e.fill && e.at && !b->sets->oom;
    names_builder_no_more(b);
    uint32_t bucket0 = (uint32_t)(buckets->len / sizeof(uint32_t));
    if (good && needed > 0) {
        good = encode(&e, buckets, records);
        view->bucket0 = bucket0;
        view->nbuckets = e.nbuckets;
        view->seed = e.seed;
        view->uniform = e.uniform;
        view->nparents = e.nparents;
    }
    free(e.bucket);
    free(e.fill);
    free(e.at);
    return good;
}
