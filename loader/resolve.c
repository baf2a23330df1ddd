/* SPDX-License-Identifier: BSD-2-Clause */
/* One list's entries into order; the meaning of several lists together is the sweep's. */
#include <stdlib.h>

#include "loader/layer.h"

static int compare4(const void *a, const void *b)
{
    const struct range4 *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static int compare6(const void *a, const void *b)
{
    const struct range6 *x = a, *y = b;
    if (x->first.hi != y->first.hi)
        return x->first.hi > y->first.hi ? 1 : -1;
    return (x->first.lo > y->first.lo) - (x->first.lo < y->first.lo);
}

/* Does the range that starts at b follow, touch or overlap one that ends at a? */
static bool joins6(struct addr6 a, struct addr6 b)
{
    struct addr6 next = {a.hi + (a.lo == UINT64_MAX), a.lo + 1};
    bool wrapped = next.hi == 0 && next.lo == 0;
    return wrapped || b.hi < next.hi || (b.hi == next.hi && b.lo <= next.lo);
}

static size_t merge4(struct range4 *r, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && (r[kept - 1].last == UINT32_MAX || r[i].first <= r[kept - 1].last + 1)) {
            if (r[i].last > r[kept - 1].last)
                r[kept - 1].last = r[i].last;
        } else {
            r[kept++] = r[i];
        }
    }
    return kept;
}

static size_t merge6(struct range6 *r, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct addr6 *end = kept ? &r[kept - 1].last : NULL;
        if (end && joins6(*end, r[i].first)) {
            if (r[i].last.hi > end->hi || (r[i].last.hi == end->hi && r[i].last.lo > end->lo))
                *end = r[i].last;
        } else {
            r[kept++] = r[i];
        }
    }
    return kept;
}

bool entries_resolve(struct entries *e)
{
    if (e->naddr4) {
        size_t n = addr4_sort(e->addr4, e->naddr4);
        if (n == SIZE_MAX)
            return false;
        e->naddr4 = n;
    }
    if (e->nrange4) {
        qsort(e->range4, e->nrange4, sizeof *e->range4, compare4);
        e->nrange4 = merge4(e->range4, e->nrange4);
    }
    if (e->nrange6) {
        qsort(e->range6, e->nrange6, sizeof *e->range6, compare6);
        e->nrange6 = merge6(e->range6, e->nrange6);
    }
    return true;
}
