/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/points.h"

#include <stdlib.h>
#include <string.h>

#include "loader/layer.h"

#define DIGIT ((size_t)1 << 11) /* 32 bits in three passes */

/*
 * Intervals packed first << 32 | last, ascending by first alone: enough to join them.  Takes the
 * array and gives the sorted one; NULL: no memory.
 */
static uint64_t *sort_by_first(uint64_t *from, size_t n)
{
    uint64_t *to = malloc(n * sizeof(*to));
    for (unsigned shift = 32; to != NULL && shift < 64; shift += 11) {
        size_t at[DIGIT] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++)
            at[from[i] >> shift & (DIGIT - 1)]++;
        for (size_t k = 0; k < DIGIT; k++) {
            size_t count = at[k];
            at[k] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[at[from[i] >> shift & (DIGIT - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    bool good = to != NULL;
    free(to);
    if (good)
        return from;
    free(from);
    return NULL;
}

/* What the ranges cover, as disjoint ascending intervals; *n of them.  NULL: no memory. */
static uint64_t *covered(const struct entries *e, size_t *n)
{
    uint64_t *at = malloc(e->nrange4 * sizeof(*at));
    size_t kept = 0;
    bool sorted = true;
    if (at == NULL)
        return NULL;
    for (size_t i = 0; i < e->nrange4; i++) {
        at[i] = (uint64_t)e->range4[i].first << 32 | e->range4[i].last;
        sorted &= i == 0 || at[i] >= at[i - 1];
    }
    if (!sorted && (at = sort_by_first(at, e->nrange4)) == NULL)
        return NULL;
    for (size_t i = 0; i < e->nrange4; i++) {
        uint32_t first = (uint32_t)(at[i] >> 32), last = (uint32_t)at[i];
        if (kept == 0 || first > (uint32_t)at[kept - 1])
            at[kept++] = at[i];
        else if (last > (uint32_t)at[kept - 1])
            at[kept - 1] = (at[kept - 1] & ~(uint64_t)UINT32_MAX) | last;
    }
    *n = kept;
    return at;
}

/* The covered addresses go behind the others; how many are not covered. */
static size_t split(struct entries *e, uint32_t *moved, const uint64_t *at, size_t n)
{
    size_t kept = 0, nmoved = 0;
    for (size_t i = 0, k = 0; i < e->naddr4; i++) {
        uint32_t a = e->addr4[i];
        while (k < n && (uint32_t)at[k] < a)
            k++;
        if (k < n && (uint32_t)(at[k] >> 32) <= a)
            moved[nmoved++] = a;
        else
            e->addr4[kept++] = a;
    }
    return kept;
}

static bool put_in_front(struct entries *e, const uint32_t *moved, size_t n)
{
    struct range4 *bigger = malloc((e->nrange4 + n) * sizeof(*bigger));
    if (bigger == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        bigger[i] = (struct range4){
            .first = moved[i], .last = moved[i], .value = e->addr4_value, .specific = 32};
    memcpy(bigger + n, e->range4, e->nrange4 * sizeof(*bigger));
    free(e->range4);
    e->range4 = bigger;
    e->nrange4 += n;
    e->range4_cap = e->nrange4;
    return true;
}

bool points_settle(struct entries *e)
{
    size_t n = addr4_sort(e->addr4, e->naddr4);
    if (n == SIZE_MAX)
        return false;
    e->naddr4 = n;
    if (n == 0 || e->nrange4 == 0)
        return true;
    size_t ncovered;
    uint64_t *at = covered(e, &ncovered);
    uint32_t *moved = malloc(n * sizeof(*moved));
    bool good = at != NULL && moved != NULL;
    if (good) {
        size_t kept = split(e, moved, at, ncovered);
        good = kept == n || put_in_front(e, moved, n - kept);
        /* On failure the list is given up as a whole: what was taken out need not come back. */
        e->naddr4 = kept;
    }
    free(moved);
    free(at);
    return good;
}
