/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counters of dnsd/account.h in the two forms rbldnsd gives them: lines in the log, and lines
 * of the statistics file, which the helper writes.  Control thread only.
 */
#ifndef DNSD_RBLDNSD_STATS_H
#define DNSD_RBLDNSD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "dnsd/account.h"
#include "lib/rbldnsd_opt.h"

/* Counters at some time, one row per zone and one for everything. */
struct rbldnsd_figures {
    uint64_t v[ACCOUNT_NCOUNTERS];
};

struct rbldnsd_stats {
    const struct rbldnsd_opt *o;
    struct account_book *book;
    size_t *order;                       /* zones as they are written: a zone before its parent */
    struct rbldnsd_figures *base, *last; /* at the last reset; at the last line, for -s + */
    time_t since;
};

/* log: of the query log, or -1.  False: no memory. */
bool rbldnsd_stats_open(struct rbldnsd_stats *s, const struct rbldnsd_opt *o, size_t nthreads,
                        int log);

void rbldnsd_stats_log(const struct rbldnsd_stats *s);

/* Without -s these two do nothing.  link: to the helper, or -1 when it is gone. */
void rbldnsd_stats_line(struct rbldnsd_stats *s, int link);
void rbldnsd_stats_mark(const struct rbldnsd_stats *s, int link);

/* Count from zero. */
void rbldnsd_stats_reset(struct rbldnsd_stats *s);

void rbldnsd_stats_close(struct rbldnsd_stats *s);

#endif
