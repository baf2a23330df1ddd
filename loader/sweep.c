/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/sweep.h"

#include <stdlib.h>

#define KEY_MAX (~(sweep_key)0)
#define STRETCH 32 /* fewer points are emitted in less time than it takes to hand them on */

/* A layer being read: its current interval, and whether the sweep is inside it. */
struct cursor {
    const struct layer *layer;
    size_t next; /* interval to read */
    sweep_key first, last;
    uint32_t set;
    bool inside;
};

#define CROWD_MAX  64 /* a bit for each */
#define BLOCK_KEYS 65536

/* Layers of listed points whose addresses lie among each other's: a /16 at a time, without a heap.
 */
struct crowd {
    uint64_t holders[BLOCK_KEYS];      /* members that hold the address */
    uint64_t some[BLOCK_KEYS / 64];    /* bit: holders[] is not 0 */
    uint64_t words[BLOCK_KEYS / 4096]; /* bit: some[] is not 0 */
    uint32_t member[CROWD_MAX];        /* cursors, ascending */
    uint64_t live;                     /* members that have not ended */
    size_t n;
    unsigned skip, skipped; /* looks for a crowd that are left out after one in vain */
};

struct sweep {
    struct cursor *cursors;
    uint32_t *heap; /* cursors by the position of their next event, least first */
    size_t nheap;
    uint32_t *active; /* cursors whose interval the sweep is in, ascending */
    size_t nactive;
    enum layer_role *role; /* of the active ones, for sweep_combine() */
    uint32_t *set;
    struct sets *sets;
    sweep_sink sink;
    sweep_points points;
    void *arg;
    struct crowd *crowd;   /* NULL: no memory, or fewer than two layers of points */
    sweep_key first, last; /* interval held back to be joined with the next */
    uint32_t held;         /* its set, 0: none held */
};

uint32_t sweep_combine(const enum layer_role *role, const uint32_t *set, size_t n,
                       struct sets *sets)
{
    uint32_t all = 0, fallback = 0;
    bool excluded = false;
    for (size_t i = 0; i < n; i++) {
        if (role[i] == LAYER_LISTED)
            all = sets_union(sets, all, set[i]);
        else if (role[i] == LAYER_FALLBACK)
            fallback = sets_union(sets, fallback, set[i]);
        else
            excluded = true;
    }
    if (excluded)
        all = 0;
    return all ? all : fallback;
}

/* --- output --- */

static void flush(struct sweep *s)
{
    if (s->held)
        s->sink(s->arg, s->first, s->last, s->held);
    s->held = 0;
}

static void emit(struct sweep *s, sweep_key first, sweep_key last, uint32_t set)
{
    if (set == 0)
        return;
    if (s->held == set && s->last + 1 == first) {
        s->last = last;
        return;
    }
    flush(s);
    s->first = first;
    s->last = last;
    s->held = set;
}

/* --- cursors and their heap --- */

static sweep_key widen(struct addr6 a)
{
    return (sweep_key)a.hi << 64 | a.lo;
}

/* Load the next interval; false at the end of the layer. */
static bool advance(struct cursor *c)
{
    const struct layer *l = c->layer;
    size_t i = c->next++;
    c->inside = false;
    if (i >= l->n)
        return false;
    if (l->form == LAYER_POINTS4) {
        c->first = c->last = l->points[i];
        c->set = l->set;
    } else if (l->form == LAYER_SPANS4) {
        c->first = l->spans4[i].first;
        c->last = l->spans4[i].last;
        c->set = l->spans4[i].set;
    } else {
        c->first = widen(l->spans6[i].first);
        c->last = widen(l->spans6[i].last);
        c->set = l->spans6[i].set;
    }
    return true;
}

/* Where the cursor's next event lies: the start of its interval, or just behind its end. */
static sweep_key event(const struct cursor *c)
{
    return c->inside ? c->last + 1 : c->first;
}

static void sift_down(struct sweep *s, size_t i)
{
    uint32_t item = s->heap[i];
    sweep_key key = event(&s->cursors[item]);
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= s->nheap)
            break;
        if (child + 1 < s->nheap &&
            event(&s->cursors[s->heap[child + 1]]) < event(&s->cursors[s->heap[child]]))
            child++;
        if (event(&s->cursors[s->heap[child]]) >= key)
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = item;
}

static void drop_top(struct sweep *s)
{
    s->heap[0] = s->heap[--s->nheap];
    if (s->nheap)
        sift_down(s, 0);
}

/* Position of the next event of any cursor but the top one. */
static sweep_key second_event(const struct sweep *s)
{
    sweep_key least = KEY_MAX;
    for (size_t i = 1; i < 3 && i < s->nheap; i++)
        if (event(&s->cursors[s->heap[i]]) < least)
            least = event(&s->cursors[s->heap[i]]);
    return least;
}

/* --- active layers --- */

static void activate(struct sweep *s, uint32_t cursor)
{
    size_t i = s->nactive++;
    for (; i > 0 && s->active[i - 1] > cursor; i--)
        s->active[i] = s->active[i - 1];
    s->active[i] = cursor;
}

static void deactivate(struct sweep *s, uint32_t cursor)
{
    size_t i = 0;
    while (s->active[i] != cursor)
        i++;
    for (s->nactive--; i < s->nactive; i++)
        s->active[i] = s->active[i + 1];
}

static uint32_t combined(struct sweep *s)
{
    if (!s->sets) /* sweep_last() */
        return s->nactive ? s->cursors[s->active[s->nactive - 1]].set : 0;
    for (size_t i = 0; i < s->nactive; i++) {
        const struct cursor *c = &s->cursors[s->active[i]];
        s->role[i] = c->layer->role;
        s->set[i] = c->set;
    }
    return sweep_combine(s->role, s->set, s->nactive, s->sets);
}

/* Handle the top cursor's event; an interval that reaches the last address never ends. */
static void handle_top(struct sweep *s)
{
    uint32_t i = s->heap[0];
    struct cursor *c = &s->cursors[i];
    if (!c->inside) {
        c->inside = true;
        activate(s, i);
        if (c->last == KEY_MAX)
            drop_top(s);
        else
            sift_down(s, 0);
        return;
    }
    deactivate(s, i);
    if (advance(c))
        sift_down(s, 0);
    else
        drop_top(s);
}

/* How many of n ascending points lie before limit. */
static size_t points_before(const uint32_t *p, size_t n, sweep_key limit)
{
    size_t low = 0;
    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (p[mid] < limit)
            low = mid + 1;
        else
            n = mid;
    }
    return low;
}

/*
 * Points from i up to before limit as one stretch, but for the last of them and those it follows
 * on, which what comes next may follow on.  The index of the first that is left.
 */
static size_t take_stretch(struct sweep *s, const struct cursor *c, size_t i, sweep_key limit)
{
    const uint32_t *p = c->layer->points;
    size_t end = i + points_before(p + i, c->layer->n - i, limit) - 1;
    while (end > i && p[end - 1] + 1 == p[end])
        end--;
    flush(s);
    if (end > i)
        s->points(s->arg, p + i, end - i, c->set);
    return end;
}

/*
 * The cursor's points up to before limit, which most of the largest lists is: as run_alone(), with
 * nothing but the addresses at hand.  False when the layer ends.
 */
static bool run_points(struct sweep *s, struct cursor *c, sweep_key limit)
{
    const uint32_t *p = c->layer->points;
    size_t n = c->layer->n, i = c->next - 1;
    while (i < n && p[i] < limit) {
        size_t from = i++;
        while (i < n && p[i] == p[i - 1] + 1 && p[i] < limit)
            i++;
        emit(s, p[from], p[i - 1], c->set);
        if (s->points && n - i > STRETCH && p[i + STRETCH] < limit)
            i = take_stretch(s, c, i, limit);
    }
    c->next = i;
    return advance(c);
}

/*
 * While nothing is active and the top cursor's intervals end before any other begins, they need no
 * heap: most of a large list passes here.
 */
static void run_alone(struct sweep *s)
{
    struct cursor *c = &s->cursors[s->heap[0]];
    if (c->layer->role == LAYER_EXCLUDE)
        return;
    sweep_key limit = second_event(s);
    if (c->layer->form == LAYER_POINTS4) {
        if (run_points(s, c, limit))
            sift_down(s, 0);
        else
            drop_top(s);
        return;
    }
    while (c->last < limit) {
        emit(s, c->first, c->last, c->set);
        if (!advance(c)) {
            drop_top(s);
            return;
        }
    }
    sift_down(s, 0);
}

/* --- crowds --- */

static bool may_crowd(const struct cursor *c)
{
    return c->layer->form == LAYER_POINTS4 && c->layer->role == LAYER_LISTED;
}

/* Does somebody else's event come in the same /16?  Nothing is active. */
static bool is_crowded(struct sweep *s)
{
    const struct cursor *top = &s->cursors[s->heap[0]];
    if (!s->crowd || s->nheap < 2 || !may_crowd(top) || second_event(s) >> 16 != top->first >> 16)
        return false;
    if (s->crowd->skipped >= s->crowd->skip)
        return true;
    s->crowd->skipped++;
    return false;
}

/* Take the members out of the heap; before which event of the others they are among themselves. */
static sweep_key crowd_gather(struct sweep *s)
{
    struct crowd *c = s->crowd;
    sweep_key limit = KEY_MAX;
    size_t others = 0;
    c->n = 0;
    for (size_t i = 0; i < s->nheap; i++) {
        uint32_t item = s->heap[i];
        const struct cursor *cursor = &s->cursors[item];
        size_t k = c->n;
        if (!may_crowd(cursor) || c->n == CROWD_MAX) {
            limit = event(cursor) < limit ? event(cursor) : limit;
            s->heap[others++] = item;
            continue;
        }
        for (c->n++; k > 0 && c->member[k - 1] > item; k--)
            c->member[k] = c->member[k - 1];
        c->member[k] = item;
    }
    s->nheap = others;
    c->live = c->n < 64 ? (UINT64_C(1) << c->n) - 1 : UINT64_MAX;
    return limit;
}

/* Those that go on return to the heap. */
static void crowd_dissolve(struct sweep *s)
{
    for (size_t k = 0; k < s->crowd->n; k++)
        if (s->crowd->live >> k & 1)
            s->heap[s->nheap++] = s->crowd->member[k];
    for (size_t i = s->nheap; i-- > 0;)
        sift_down(s, i);
}

/* Where the next /16 begins that several members have addresses in; KEY_MAX: the next is not so. */
static sweep_key crowd_block(const struct sweep *s)
{
    const struct crowd *c = s->crowd;
    uint32_t least = UINT32_MAX, second = UINT32_MAX;
    for (uint64_t live = c->live; live != 0; live &= live - 1) {
        uint32_t block = (uint32_t)s->cursors[c->member[__builtin_ctzll(live)]].first >> 16;
        second = block < least ? least : block < second ? block : second;
        least = block < least ? block : least;
    }
    return least == second && least != UINT32_MAX ? (sweep_key)least << 16 : KEY_MAX;
}

/* The members' addresses from those they are at to before end, into one /16. */
static size_t crowd_fill(struct sweep *s, uint64_t end)
{
    struct crowd *c = s->crowd;
    size_t points = 0;
    for (uint64_t live = c->live; live != 0; live &= live - 1) {
        unsigned k = (unsigned)__builtin_ctzll(live);
        struct cursor *cursor = &s->cursors[c->member[k]];
        const uint32_t *p = cursor->layer->points;
        size_t i = cursor->next - 1, n = cursor->layer->n, from = i;
        for (; i < n && p[i] < end; i++) {
            uint32_t key = p[i] & 0xffff;
            c->holders[key] |= UINT64_C(1) << k;
            c->some[key / 64] |= UINT64_C(1) << key % 64;
            c->words[key / 4096] |= UINT64_C(1) << key / 64 % 64;
        }
        if (i == from)
            continue;
        points += i - from;
        cursor->next = i;
        if (!advance(cursor))
            c->live &= ~(UINT64_C(1) << k);
    }
    return points;
}

static uint32_t crowd_set(const struct sweep *s, uint64_t holders)
{
    const struct crowd *c = s->crowd;
    uint32_t set = 0;
    if (!s->sets) /* sweep_last() */
        return s->cursors[c->member[63 - __builtin_clzll(holders)]].layer->set;
    for (; holders != 0; holders &= holders - 1)
        set = sets_union(s->sets, set, s->cursors[c->member[__builtin_ctzll(holders)]].layer->set);
    return set;
}

static void crowd_emit(struct sweep *s, sweep_key base)
{
    struct crowd *c = s->crowd;
    for (uint32_t i = 0; i < BLOCK_KEYS / 4096; i++) {
        for (; c->words[i] != 0; c->words[i] &= c->words[i] - 1) {
            uint32_t word = i * 64 + (uint32_t)__builtin_ctzll(c->words[i]);
            for (; c->some[word] != 0; c->some[word] &= c->some[word] - 1) {
                uint32_t key = word * 64 + (uint32_t)__builtin_ctzll(c->some[word]);
                emit(s, base | key, base | key, crowd_set(s, c->holders[key]));
                c->holders[key] = 0;
            }
        }
    }
}

/* Addresses of several layers, as long as they share the next /16 and nothing else begins. */
static void run_crowd(struct sweep *s)
{
    struct crowd *c = s->crowd;
    sweep_key limit = crowd_gather(s), base;
    size_t points = 0;
    while ((base = crowd_block(s)) < limit) {
        sweep_key end = base + BLOCK_KEYS < limit ? base + BLOCK_KEYS : limit;
        size_t more = crowd_fill(s, (uint64_t)end);
        if (more == 0)
            break;
        points += more;
        crowd_emit(s, base);
    }
    crowd_dissolve(s);
    c->skip = points >= STRETCH ? 0 : c->skip < 1024 ? 2 * c->skip + 1 : c->skip;
    c->skipped = 0;
}

static void run(struct sweep *s)
{
    sweep_key from = 0;
    uint32_t set = 0;
    while (s->nheap) {
        if (s->nactive == 0) {
            if (is_crowded(s))
                run_crowd(s);
            if (s->nheap > 0)
                run_alone(s);
            if (s->nheap == 0)
                break;
        }
        sweep_key at = event(&s->cursors[s->heap[0]]);
        if (at > from)
            emit(s, from, at - 1, set);
        while (s->nheap && event(&s->cursors[s->heap[0]]) == at)
            handle_top(s);
        set = combined(s);
        from = at;
    }
    emit(s, from, KEY_MAX, set);
    flush(s);
}

static bool sweep_all(const struct layer *layers, size_t n, struct sweep s)
{
    s.cursors = calloc(n + 1, sizeof *s.cursors);
    s.heap = calloc(n + 1, sizeof *s.heap);
    s.active = calloc(n + 1, sizeof *s.active);
    s.role = calloc(n + 1, sizeof *s.role);
    s.set = calloc(n + 1, sizeof *s.set);
    bool good = s.cursors && s.heap && s.active && s.role && s.set;
    for (size_t i = 0; good && i < n; i++) {
        s.cursors[i].layer = &layers[i];
        if (advance(&s.cursors[i]))
            s.heap[s.nheap++] = (uint32_t)i;
    }
    for (size_t i = s.nheap; i-- > 0;)
        sift_down(&s, i);
    size_t points = 0;
    for (size_t i = 0; good && i < n; i++)
        points += may_crowd(&s.cursors[i]) && layers[i].n >= STRETCH;
    s.crowd = points > 1 ? calloc(1, sizeof *s.crowd) : NULL; /* it goes without */
    if (good)
        run(&s);
    free(s.crowd);
    free(s.cursors);
    free(s.heap);
    free(s.active);
    free(s.role);
    free(s.set);
    return good;
}

bool sweep(const struct layer *layers, size_t n, struct sets *sets, sweep_sink sink,
           sweep_points points, void *arg)
{
    struct sweep s = {.sets = sets, .sink = sink, .points = points, .arg = arg};
    return sweep_all(layers, n, s) && !sets->oom;
}

bool sweep_last(const struct layer *layers, size_t n, sweep_sink sink, void *arg)
{
    return sweep_all(layers, n, (struct sweep){.sink = sink, .arg = arg});
}
