/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether data files changed, and the run of rbl-loader(8) that compiles them. */
#ifndef DNSD_RBLDNSD_LOAD_H
#define DNSD_RBLDNSD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "dnsd/rbldnsd_lines.h"
#include "dnsd/rbldnsd_state.h"

struct rbldnsd_file; /* what was seen of one */

struct rbldnsd_load {
    const struct rbldnsd_opt *o;
    const struct rbldnsd_state *state;
    struct rbldnsd_lines lines;
    struct rbldnsd_file *file; /* all files of all data sets, in their order */
    size_t nfiles;
    bool failed; /* the last run was not good: the next look is a run whatever the files say */
    /* While the loader runs. */
    pid_t pid; /* 0: it does not */
    int out;   /* its output, or -1 */
    size_t len;
    char text[4096];
    double started;
    /* Of the last run. */
    double elapsed, user;
};

/* False: no memory. */
bool rbldnsd_load_init(struct rbldnsd_load *l, const struct rbldnsd_opt *o,
                       const struct rbldnsd_state *state);

/* Did any file change since it was last asked about, or does the last run want another? */
bool rbldnsd_load_due(struct rbldnsd_load *l);

/* Start the loader; false: it cannot be started, which is logged and counts as a failed run. */
bool rbldnsd_load_start(struct rbldnsd_load *l);

/* Read what it said, when poll(2) reports out; false: it has ended, and was it good? */
bool rbldnsd_load_read(struct rbldnsd_load *l, bool *good);

/* End it. */
void rbldnsd_load_kill(struct rbldnsd_load *l);

void rbldnsd_load_free(struct rbldnsd_load *l);

#endif
