/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets a service manager has bound for us: the protocol of sd_listen_fds(3), without libsystemd.
 *
 * A socket is recognised by its type and the address it is bound to, which is one of server.listen;
 * its name (LISTEN_FDNAMES) says nothing that these do not.  Startup only, before any thread runs.
 */
#ifndef DNSD_ACTIVATE_H
#define DNSD_ACTIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"

#define ACTIVATE_FIRST   3   /* SD_LISTEN_FDS_START */
#define ACTIVATE_MAX     256 /* sockets passed */
#define ACTIVATE_WHY_MAX 160

struct activate {
    int first;
    size_t n;
    bool given[ACTIVATE_MAX];
};

/*
 * What the environment says was passed from descriptor first on, and remove the variables.  Takes
 * the descriptors.  0, also when there are none; -1 with the reason in why.
 */
int activate_open(struct activate *a, int first, char why[static ACTIVATE_WHY_MAX]);

/*
 * A descriptor of the socket of that type (SOCK_DGRAM, SOCK_STREAM) bound to l, the caller's to
 * close: each passed socket once, then duplicates of the first.  -1: none was passed for l, or
 * there is no descriptor for another duplicate.
 */
int activate_socket(struct activate *a, const struct conf_listen *l, int type);

/* Close what nobody took; 0, or -1 with the reason when there was any. */
int activate_close(struct activate *a, char why[static ACTIVATE_WHY_MAX]);

#endif
