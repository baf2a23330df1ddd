/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling a service manager how the server is: the datagram protocol of sd_notify(3), without
 * libsystemd.  Without NOTIFY_SOCKET every call does nothing.  Control thread only.
 */
#ifndef DNSD_NOTIFY_H
#define DNSD_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd;               /* -1: nobody listens */
    uint64_t watchdog_us; /* ping at least this often, 0: not asked for */
};

/*
 * Connect to the socket the environment names (a path or "@abstract") and remove the variables.
 * Before privileges are dropped.  Returns NULL when good or not asked for, else what is wrong; the
 * server can run on.
 */
const char *notify_open(struct notify *n);

/* Send one state, e.g. "READY=1" or several lines. */
void notify_send(const struct notify *n, const char *state);

/* "RELOADING=1" with the time stamp systemd wants with it; "READY=1" ends the reload. */
void notify_reloading(const struct notify *n);

void notify_close(struct notify *n);

/* What the environment says in decimal; 0 when it says anything else.  s may be NULL. */
uint64_t notify_number(const char *s);

#endif
