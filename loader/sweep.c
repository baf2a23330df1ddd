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

static void run(struct sweep *s)
{
    sweep_key from = 0;
    uint32_t set = 0;
    while (s->nheap) {
        if (s->nactive == 0) {
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
    if (good)
        run(&s);
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
