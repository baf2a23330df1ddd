/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* stats_result() counts by adding a query_result to the first row. */
_Static_assert(STAT_LISTED == STAT_DROPPED + (int)QUERY_LISTED, "first rows follow query_result");
_Static_assert(STAT_REFUSED == STAT_DROPPED + (int)QUERY_REFUSED, "first rows follow query_result");
_Static_assert(STAT_BADVERS == STAT_DROPPED + (int)QUERY_BADVERS, "first rows follow query_result");
_Static_assert(STAT_COOKIE == STAT_DROPPED + (int)QUERY_COOKIE, "rows follow query_result");
_Static_assert(STAT_UDP_QUERIES == STAT_DROPPED + (int)QUERY_NRESULTS, "one row per query_result");

#define STATS_NAME_ROW(constant, text) [constant] = (text),
static const char *const stats_names[STATS_N] = {STATS_TABLE(STATS_NAME_ROW)};

struct stats *stats_alloc(size_t n)
{
    if (n == 0 || n > SIZE_MAX / sizeof(struct stats))
        return NULL;
    struct stats *s = aligned_alloc(_Alignof(struct stats), n * sizeof *s);
    if (s)
        memset(s, 0, n * sizeof *s);
    return s;
}

void stats_sum(const struct stats *blocks, size_t n, uint64_t sum[static STATS_N])
{
    memset(sum, 0, STATS_N * sizeof sum[0]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < STATS_N; k++)
            sum[k] += atomic_load_explicit(&blocks[i].v[k], memory_order_relaxed);
}

const char *stats_name(enum stats_counter which)
{
    return stats_names[which];
}

void stats_write(FILE *out, const uint64_t sum[static STATS_N])
{
    for (size_t k = 0; k < STATS_N; k++)
        fprintf(out, "%s %" PRIu64 "\n", stats_names[k], sum[k]);
}
