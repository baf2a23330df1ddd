/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The private state of one run under the name rbldnsd: a directory for the configuration that the
 * command line stands for, what rbl-loader(8) keeps, and the images; and rbl-loader itself.
 */
#ifndef DNSD_RBLDNSD_STATE_H
#define DNSD_RBLDNSD_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/rbldnsd_opt.h"

#define RBLDNSD_LISTEN_MAX 64

struct rbldnsd_state {
    char dir[PATH_MAX];  /* "": none was made */
    char conf[PATH_MAX]; /* dir/rbldnsd.conf */
    int loader;          /* rbl-loader, open for fexecve(3), or -1 */
};

/*
 * Find rbl-loader beside this program, else in PATH, and make a fresh directory under
 * RUNTIME_DIRECTORY, TMPDIR or /tmp.  False with the reason in why.
 */
bool rbldnsd_state_make(struct rbldnsd_state *s, char why[static RBLDNSD_WHY_MAX]);

/* Write the configuration; listen as for rbldnsd_opt_conf(), as text. */
bool rbldnsd_state_conf(const struct rbldnsd_state *s, const struct rbldnsd_opt *o,
                        const char *const *listen, size_t nlisten,
                        char why[static RBLDNSD_WHY_MAX]);

/* Give all of it to the account that the server and the loader run as. */
bool rbldnsd_state_give(const struct rbldnsd_state *s, uid_t uid, gid_t gid,
                        char why[static RBLDNSD_WHY_MAX]);

/* Remove it with all that is in it.  Only as the account it belongs to. */
void rbldnsd_state_remove(struct rbldnsd_state *s);

/* The path of a file in it; false when it does not fit. */
bool rbldnsd_state_path(const struct rbldnsd_state *s, const char *name, char out[static PATH_MAX]);

#endif
