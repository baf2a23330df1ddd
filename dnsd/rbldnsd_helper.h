/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process beside the server that does what the server, once confined, cannot: look at the data
 * files every -c seconds, run rbl-loader(8), speak to syslog, open and write the log files.
 *
 * It runs as the same account, never sees a byte from the network, and ends when the server does,
 * taking the state directory with it.
 */
#ifndef DNSD_RBLDNSD_HELPER_H
#define DNSD_RBLDNSD_HELPER_H

#include <sys/types.h>

#include "dnsd/priv.h"
#include "dnsd/rbldnsd_state.h"

struct rbldnsd_helper {
    const struct rbldnsd_opt *o;
    struct rbldnsd_state *state;
    const struct priv_account *account; /* to become, or NULL */
};

/*
 * Fork it; no thread may run.  Returns our end of the link (dnsd/rbldnsd_link.h) and its pid, or
 * -1 with a message in why.
 */
int rbldnsd_helper_start(const struct rbldnsd_helper *h, pid_t *pid,
                         char why[static RBLDNSD_WHY_MAX]);

/* One look at the files in this process, and a run of the loader: for -d.  True when good. */
bool rbldnsd_helper_once(const struct rbldnsd_helper *h);

#endif
