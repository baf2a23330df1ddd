/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes nest, and of those that cover an address the longest decides: one walk over them in the
 * order of their first addresses, with those that are open on a stack, gives the spans.  What does
 * not nest, octet levels and prefixes that were cut, takes the general way.
 *
 * There both rules are one: entries of one level (a prefix length, or one of ip4set's octet levels)
 * are first made disjoint among themselves, then the finest level that says anything decides.
 *
 * Exclusions take part as a set of their own, EXCLUDED, so that a finer one hides a coarser
 * listing; they leave only at the end.
 */
#include "loader/nested.h"

#include <stdlib.h>
#include <string.h>

#include "loader/range_sort.h"
#include "loader/sweep.h"

#define EXCLUDED   UINT32_MAX
#define LEVELS     129 /* prefix lengths 0..128 */
#define VALUES_MAX 255 /* values that one address may have at one level; more are dropped */

/* A range of either family, as the work below sees it. */
struct piece {
    sweep_key first, last;
    uint32_t set; /* EXCLUDED: an exclusion */
    uint8_t level;
};

/* What the two families differ in: where ranges come from, and where spans go. */
struct family {
    struct piece (*get)(const struct entries *e, size_t i, const uint32_t *value_set);
    void (*put)(struct buf *out, sweep_key first, sweep_key last, uint32_t set);
    enum layer_form form;
    size_t span_size;
    const void *(*where)(const struct entries *e, size_t i); /* a range, to be loaded early */
    struct range_order by_address, by_level;                 /* without arg */
};

struct work {
    const struct family *f;
    const struct entries *e;
    struct range_item *item; /* of the ranges, in order */
    size_t n;
    const uint32_t *value_set;
    struct sets *sets;
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

static struct piece get4(const struct entries *e, size_t i, const uint32_t *value_set)
{
    const struct range4 *r = &e->range4[i];
    uint32_t set = r->exclude ? EXCLUDED : value_set[r->value];
    return (struct piece){r->first, r->last, set, r->specific};
}

static struct piece get6(const struct entries *e, size_t i, const uint32_t *value_set)
{
    const struct range6 *r = &e->range6[i];
    uint32_t set = r->exclude ? EXCLUDED : value_set[r->value];
    return (struct piece){widen(r->first), widen(r->last), set, r->specific};
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

static const void *where4(const struct entries *e, size_t i)
{
    return &e->range4[i];
}

static const void *where6(const struct entries *e, size_t i)
{
    return &e->range6[i];
}

static uint32_t word4(const void *arg, uint32_t i, unsigned k)
{
    const struct range4 *r = &((const struct entries *)arg)->range4[i];
    return k == 0 ? r->first : r->specific;
}

static uint32_t word6(const void *arg, uint32_t i, unsigned k)
{
    const struct range6 *r = &((const struct entries *)arg)->range6[i];
    if (k == 4)
        return r->specific;
    uint64_t half = k < 2 ? r->first.hi : r->first.lo;
    return (uint32_t)(k % 2 ? half : half >> 32);
}

/* The level in front. */
static uint32_t level_word4(const void *arg, uint32_t i, unsigned k)
{
    return word4(arg, i, k == 0 ? 1 : 0);
}

static uint32_t level_word6(const void *arg, uint32_t i, unsigned k)
{
    return word6(arg, i, k == 0 ? 4 : k - 1);
}

static const struct family ipv4 = {get4,
                                   put4,
                                   LAYER_SPANS4,
                                   sizeof(struct span4),
                                   where4,
                                   {word4, NULL, 2},
                                   {level_word4, NULL, 2}};
static const struct family ipv6 = {get6,
                                   put6,
                                   LAYER_SPANS6,
                                   sizeof(struct span6),
                                   where6,
                                   {word6, NULL, 5},
                                   {level_word6, NULL, 5}};

/* The i-th range in order. */
static struct piece piece_at(const struct work *w, size_t i)
{
    return w->f->get(w->e, w->item[i].i, w->value_set);
}

/* --- spans --- */

static void put_held(struct work *w)
{
    if (w->held.set)
        w->f->put(w->out, w->held.first, w->held.last, w->held.set);
    w->held.set = 0;
}

static void put_span(struct work *w, sweep_key first, sweep_key last, uint32_t set)
{
    if (set == 0)
        return;
    if (w->held.set == set && w->held.last + 1 == first) {
        w->held.last = last;
        return;
    }
    put_held(w);
    w->held = (struct piece){.first = first, .last = last, .set = set};
}

/* --- prefixes that nest --- */

/* Those that are open, each finer than the one below it; what lies before at is put. */
struct nest {
    struct piece open[LEVELS];
    size_t n;
    sweep_key at;
    bool over; /* the very last address is put, and at too large for a key */
};

/* Put what the finest of those that are open says up to last. */
static void put_open(struct work *w, struct nest *s, sweep_key last)
{
    uint32_t set = s->open[s->n - 1].set;
    if (s->over || s->at > last)
        return;
    put_span(w, s->at, last, set == EXCLUDED ? 0 : set);
    s->at = last + 1;
    s->over = s->at == 0;
}

/* False: it does not nest in what is open. */
static bool open_piece(struct work *w, struct nest *s, const struct piece *p)
{
    for (; s->n > 0 && s->open[s->n - 1].last < p->first; s->n--)
        put_open(w, s, s->open[s->n - 1].last);
    const struct piece *top = s->n > 0 ? &s->open[s->n - 1] : NULL;
    if (top && p->level == top->level && p->first == top->first && p->last == top->last)
        return true; /* the first in the file stands */
    if (p->set == 0 || (top && (p->level <= top->level || p->last > top->last)))
        return false;
    if (top && p->first > 0)
        put_open(w, s, p->first - 1);
    s->at = p->first;
    s->open[s->n++] = *p;
    return true;
}

#define AHEAD 8 /* ranges that are on their way while one is looked at */

/* The ranges are in the order of their first addresses, coarse before fine.  False: some do not
 * nest; what was put is of no use. */
static bool walk_nest(struct work *w)
{
    struct nest s = {.n = 0};
    w->held.set = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (i + AHEAD < w->n)
            __builtin_prefetch(w->f->where(w->e, w->item[i + AHEAD].i));
        struct piece p = piece_at(w, i);
        if (!open_piece(w, &s, &p))
            return false;
    }
    for (; s.n > 0; s.n--)
        put_open(w, &s, s.open[s.n - 1].last);
    put_held(w);
    return true;
}

/* --- one level --- */

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
        if (same || w->e->rule == RULE_LONGEST)
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
        struct piece p = piece_at(w, i);
        if (w->nactive > 0 && p.first > at)
            run_active(w, at, p.first - 1);
        at = p.first;
        activate(w, &p);
    }
    run_active(w, at, ~(sweep_key)0);
    put_held(w);
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

/* The ranges of each level l are count[l], coarse levels first. */
static bool resolve_levels(struct work *w, const size_t *count, struct buf *out)
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
    *out = o.out;
    return good;
}

static void sort_ranges(struct work *w, const struct range_order *order)
{
    struct range_order o = *order;
    o.arg = w->e;
    range_sort(&o, w->item, w->item + w->n, (uint32_t)w->n);
}

static bool resolve(struct work *w, struct buf *out)
{
    size_t count[LEVELS] = {0};
    if (w->e->rule == RULE_LONGEST) {
        w->out = out;
        sort_ranges(w, &w->f->by_address);
        if (walk_nest(w))
            return !out->oom;
        buf_free(out);
    }
    sort_ranges(w, &w->f->by_level);
    for (size_t i = 0; i < w->n; i++)
        count[piece_at(w, i).level]++;
    return resolve_levels(w, count, out);
}

static bool resolve_family(const struct family *f, const struct entries *e, size_t n,
                           const uint32_t *value_set, struct sets *sets, struct buf *out)
{
    if (n == 0)
        return true;
    struct work *w = calloc(1, sizeof *w);
    struct range_item *item = n <= UINT32_MAX ? malloc(2 * n * sizeof *item) : NULL;
    bool good = w && item;
    if (good) {
        *w = (struct work){
            .f = f, .e = e, .item = item, .n = n, .value_set = value_set, .sets = sets};
        good = resolve(w, out);
    }
    if (!good)
        buf_free(out);
    free(item);
    free(w);
    return good;
}

bool nested_resolve4(const struct entries *e, const uint32_t *value_set, struct sets *sets,
                     struct span4 **out, size_t *n)
{
    struct buf spans = {0};
    bool good = resolve_family(&ipv4, e, e->nrange4, value_set, sets, &spans);
    *out = (void *)spans.p;
    *n = spans.len / sizeof **out;
    return good;
}

bool nested_resolve6(const struct entries *e, const uint32_t *value_set, struct sets *sets,
                     struct span6 **out, size_t *n)
{
    struct buf spans = {0};
    bool good = resolve_family(&ipv6, e, e->nrange6, value_set, sets, &spans);
    *out = (void *)spans.p;
    *n = spans.len / sizeof **out;
    return good;
}
