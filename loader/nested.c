/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both rules are one: entries of one level (a prefix length, or one of ip4set's octet levels) are
 * first made disjoint among themselves, then the finest level that says anything decides.
 *
 * Exclusions take part as a set of their own, EXCLUDED, so that a finer one hides a coarser
 * listing; they leave only at the end.
 */
#include "loader/nested.h"

#include <stdlib.h>
#include <string.h>

#include "loader/sweep.h"

#define EXCLUDED   UINT32_MAX
#define LEVELS     129 /* prefix lengths 0..128 */
#define VALUES_MAX 255 /* values that one address may have at one level; more are dropped */

/* A range of either family, as the work below sees it. */
struct piece {
    sweep_key first, last;
    uint32_t set; /* EXCLUDED: an exclusion */
};

/* What the two families differ in: where ranges come from, and where spans go. */
struct family {
    const void *ranges;
    struct piece (*get)(const void *ranges, size_t i, const uint32_t *value_set);
    void (*put)(struct buf *out, sweep_key first, sweep_key last, uint32_t set);
    enum layer_form form;
    size_t span_size;
};

struct work {
    const struct family *f;
    const uint32_t *value_set;
    struct sets *sets;
    bool first_wins;   /* RULE_LONGEST */
    struct buf *out;   /* of the level being made */
    struct piece held; /* span not yet put, so that neighbours join; set 0: none */
    struct piece active[VALUES_MAX];
    size_t nactive;
};

static sweep_key widen(struct addr6 a)
{
    return (sweep_key)a.hi << 64 | a.lo;
}

static struct addr6 narrow(sweep_key k)
{
    return (struct addr6){(uint64_t)(k >> 64), (uint64_t)k};
}

static struct piece get4(const void *ranges, size_t i, const uint32_t *value_set)
{
    const struct range4 *r = (const struct range4 *)ranges + i;
    return (struct piece){r->first, r->last, r->exclude ? EXCLUDED : value_set[r->value]};
}

static struct piece get6(const void *ranges, size_t i, const uint32_t *value_set)
{
    const struct range6 *r = (const struct range6 *)ranges + i;
    return (struct piece){widen(r->first), widen(r->last),
                          r->exclude ? EXCLUDED : value_set[r->value]};
}

static void put4(struct buf *out, sweep_key first, sweep_key last, uint32_t set)
{
    struct span4 *s = buf_grow(out, sizeof *s);
    if (s)
        *s = (struct span4){(uint32_t)first, (uint32_t)last, set};
}

static void put6(struct buf *out, sweep_key first, sweep_key last, uint32_t set)
{
    struct span6 *s = buf_grow(out, sizeof *s);
    if (s)
        *s = (struct span6){narrow(first), narrow(last), set};
}

static const struct family ipv4 = {NULL, get4, put4, LAYER_SPANS4, sizeof(struct span4)};
static const struct family ipv6 = {NULL, get6, put6, LAYER_SPANS6, sizeof(struct span6)};

/* --- one level --- */

static void put_span(struct work *w, sweep_key first, sweep_key last, uint32_t set)
{
    if (set == 0)
        return;
    if (w->held.set == set && w->held.last + 1 == first) {
        w->held.last = last;
        return;
    }
    if (w->held.set)
        w->f->put(w->out, w->held.first, w->held.last, w->held.set);
    w->held = (struct piece){first, last, set};
}

static uint32_t active_set(struct work *w)
{
    uint32_t set = 0;
    for (size_t i = 0; i < w->nactive; i++) {
        if (w->active[i].set == EXCLUDED)
            return EXCLUDED;
        set = sets_union(w->sets, set, w->active[i].set);
    }
    return set;
}

/* Put what the active pieces say from a position up to before limit, in steps as pieces end. */
static sweep_key run_active(struct work *w, sweep_key from, sweep_key last)
{
    while (w->nactive > 0 && from <= last) {
        sweep_key end = last;
        for (size_t i = 0; i < w->nactive; i++)
            if (w->active[i].last < end)
                end = w->active[i].last;
        put_span(w, from, end, active_set(w));
        size_t kept = 0;
        for (size_t i = 0; i < w->nactive; i++)
            if (w->active[i].last > end)
                w->active[kept++] = w->active[i];
        w->nactive = kept;
        from = end + 1;
        if (from == 0) /* the end of the address space */
            break;
    }
    return from;
}

static void activate(struct work *w, const struct piece *p)
{
    for (size_t i = 0; i < w->nactive; i++) {
        bool same = w->active[i].set == p->set;
        /* Equal prefixes: the first in the file stands.  Equal values: one piece does for both. */
        if (same && p->last > w->active[i].last)
            w->active[i].last = p->last;
        if (same || w->first_wins)
            return;
    }
    if (w->nactive < VALUES_MAX)
        w->active[w->nactive++] = *p;
}

/* Ranges [from, to) are of one level, ascending by first address and then in file order. */
static void flatten(struct work *w, size_t from, size_t to)
{
    sweep_key at = 0;
    w->nactive = 0;
    w->held.set = 0;
    for (size_t i = from; i < to; i++) {
        struct piece p = w->f->get(w->f->ranges, i, w->value_set);
        if (w->nactive > 0 && p.first > at)
            run_active(w, at, p.first - 1);
        at = p.first;
        activate(w, &p);
    }
    run_active(w, at, ~(sweep_key)0);
    if (w->held.set)
        w->f->put(w->out, w->held.first, w->held.last, w->held.set);
}

/* --- all levels --- */

struct output {
    const struct family *f;
    struct buf out;
};

static void sink(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct output *o = arg;
    if (set != EXCLUDED)
        o->f->put(&o->out, first, last, set);
}

/* count[l] ranges of each level l, coarse levels first in the array. */
static bool resolve(struct work *w, const size_t *count, void **out, size_t *n)
{
    struct buf level[LEVELS] = {{0}};
    struct layer layers[LEVELS];
    struct output o = {.f = w->f};
    size_t nlayers = 0, at = 0;
    bool good = true;
    for (unsigned l = 0; l < LEVELS; l++) {
        w->out = &level[l];
        flatten(w, at, at + count[l]);
        at += count[l];
        good &= !level[l].oom;
        struct layer layer = {.form = w->f->form, .n = level[l].len / w->f->span_size};
        layer.points = (const void *)level[l].p;
        if (layer.n > 0)
            layers[nlayers++] = layer;
    }
    good = good && !w->sets->oom && sweep_last(layers, nlayers, sink, &o) && !o.out.oom;
    for (unsigned l = 0; l < LEVELS; l++)
        buf_free(&level[l]);
    if (!good)
        buf_free(&o.out);
    *out = o.out.p;
    *n = o.out.len / w->f->span_size;
    return good;
}

/*
 * Stable, by level and then by first address: file order must hold among equals, and qsort does not
 * promise it.  Returns the sorted array, tmp or r.
 */
static struct range4 *sort4(struct range4 *r, struct range4 *tmp, size_t n)
{
    for (unsigned pass = 0; pass < 4; pass++) {
        size_t at[2048] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            at[pass < 3 ? r[i].first >> (11 * pass) & 2047 : r[i].specific]++;
        for (unsigned k = 0; k < 2048; k++) {
            size_t c = at[k];
            at[k] = sum;
            sum += c;
        }
        for (size_t i = 0; i < n; i++)
            tmp[at[pass < 3 ? r[i].first >> (11 * pass) & 2047 : r[i].specific]++] = r[i];
        struct range4 *swap = r;
        r = tmp;
        tmp = swap;
    }
    return r;
}

bool nested_resolve4(struct entries *e, const uint32_t *value_set, struct sets *sets,
                     struct span4 **out, size_t *n)
{
    struct family f = ipv4;
    struct work *w = calloc(1, sizeof *w);
    struct range4 *tmp = malloc((e->nrange4 + 1) * sizeof *tmp);
    size_t count[LEVELS] = {0};
    bool good = w && tmp;
    *out = NULL;
    *n = 0;
    if (good) {
        void *spans;
        f.ranges = sort4(e->range4, tmp, e->nrange4);
        for (size_t i = 0; i < e->nrange4; i++)
            count[e->range4[i].specific]++;
        *w = (struct work){
            .f = &f, .value_set = value_set, .sets = sets, .first_wins = e->rule == RULE_LONGEST};
        good = resolve(w, count, &spans, n);
        *out = spans;
    }
    free(tmp);
    free(w);
    return good;
}

/* --- IPv6: fewer entries, so order is kept by an index --- */

struct indexed6 {
    struct range6 r;
    size_t i;
};

static int compare6(const void *a, const void *b)
{
    const struct indexed6 *x = a, *y = b;
    if (x->r.specific != y->r.specific)
        return x->r.specific < y->r.specific ? -1 : 1;
    sweep_key kx = widen(x->r.first), ky = widen(y->r.first);
    if (kx != ky)
        return kx < ky ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static bool sort6(struct range6 *r, size_t n)
{
    struct indexed6 *tmp = malloc((n + 1) * sizeof *tmp);
    for (size_t i = 0; tmp && i < n; i++)
        tmp[i] = (struct indexed6){r[i], i};
    if (tmp)
        qsort(tmp, n, sizeof *tmp, compare6);
    for (size_t i = 0; tmp && i < n; i++)
        r[i] = tmp[i].r;
    free(tmp);
    return tmp != NULL;
}

bool nested_resolve6(struct entries *e, const uint32_t *value_set, struct sets *sets,
                     struct span6 **out, size_t *n)
{
    struct family f = ipv6;
    struct work *w = calloc(1, sizeof *w);
    size_t count[LEVELS] = {0};
    bool good = w && sort6(e->range6, e->nrange6);
    *out = NULL;
    *n = 0;
    if (good) {
        void *spans;
        f.ranges = e->range6;
        for (size_t i = 0; i < e->nrange6; i++)
            count[e->range6[i].specific]++;
        *w = (struct work){
            .f = &f, .value_set = value_set, .sets = sets, .first_wins = e->rule == RULE_LONGEST};
        good = resolve(w, count, &spans, n);
        *out = spans;
    }
    free(w);
    return good;
}
