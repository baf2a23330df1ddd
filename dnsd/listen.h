/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets bound to the configured addresses, our own or those a service manager has passed.
 * Startup only, while still privileged.
 */
#ifndef DNSD_LISTEN_H
#define DNSD_LISTEN_H

#include <stdbool.h>

#include "lib/conf.h"

#define LISTEN_WHY_MAX 160

/*
 * A blocking UDP socket that shares its address with those of other workers (SO_REUSEPORT) and
 * whose receive calls return after LISTEN_RECV_TIMEOUT_MS at the latest.  -1 with the reason,
 * which names the address, in why.
 */
int listen_udp(const struct conf_listen *l, char why[static LISTEN_WHY_MAX]);

/* A non-blocking listening TCP socket, or -1 as above. */
int listen_tcp(const struct conf_listen *l, char why[static LISTEN_WHY_MAX]);

/*
 * The same from a socket that is bound to l already.  Takes fd, also on failure.
 *
 * Workers share what is passed: a socket of their own, with SO_REUSEPORT, needs the account that
 * bound the first one, and often a privilege.  The kernel wakes one of them for each datagram.
 */
int listen_adopt_udp(int fd, const struct conf_listen *l, char why[static LISTEN_WHY_MAX]);
int listen_adopt_tcp(int fd, const struct conf_listen *l, char why[static LISTEN_WHY_MAX]);

/* Is it 0.0.0.0 or [::], so that replies must be told which local address to leave from? */
bool listen_is_wildcard(const struct conf_listen *l);

/* Is it [::1], which the default has, on a host without IPv6, such as many a container is? */
bool listen_is_absent(const struct conf_listen *l);

/* Is it an address of this host or a private network (RFC 1918, 3927, 4193, 4291)? */
bool listen_is_private(const struct conf_listen *l);

/*
 * How long a worker may sleep in a receive without looking at its stop flag.  It bounds how long
 * SIGTERM takes on a silent server and costs two wake-ups per second and worker; a signal would
 * be quicker, but one that arrives between the look at the flag and the receive is lost.
 */
#define LISTEN_RECV_TIMEOUT_MS 500

#endif
