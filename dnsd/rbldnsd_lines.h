/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rbl-loader(8) says, in rbldnsd's words: "file NAME(LINE): REASON" for the first five bad
 * lines of a data set, then one line with the number of the others, then its counts.  Everything
 * that has no such form is passed on as it is.
 */
#ifndef DNSD_RBLDNSD_LINES_H
#define DNSD_RBLDNSD_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/rbldnsd_opt.h"

#define RBLDNSD_LINES_SHOWN 5

struct rbldnsd_lines {
    const struct rbldnsd_opt *o;
    size_t *seen; /* bad lines of each data set in this run, o->ndata of them */
};

/* Before each run of the loader. */
void rbldnsd_lines_start(struct rbldnsd_lines *l);

/*
 * One line of the loader's output, without its end; it is changed.  mtime(data) is asked for the
 * time stamp of a data set's newest file.  Writes through lib/log.h.
 */
void rbldnsd_lines_take(struct rbldnsd_lines *l, char *line,
                        int64_t (*mtime)(void *ctx, size_t data), void *ctx);

#endif
