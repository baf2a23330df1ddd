/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP thread: all TCP listeners and connections (RFC 7766), one epoll set, one RCU reader.
 * Nothing a TCP client does reaches the UDP workers.
 *
 * When the table is full the connection that has used up most of its time makes room for a new one
 * (RFC 9210 section 4.2), once what it has sent is answered; one address has at most
 * TCP_PER_ADDRESS connections, beyond that its own longest-idle one goes, or the new one when none
 * of them is idle.
 */
#ifndef DNSD_TCP_H
#define DNSD_TCP_H

#include <stdbool.h>
#include <stddef.h>

#include "dnsd/account.h"
#include "dnsd/acl.h"
#include "dnsd/stats.h"
#include "dnsd/zoneset.h"

#define TCP_PER_ADDRESS   25
#define TCP_LISTENERS_MAX 64

/* All borrowed until tcp_stop(). */
struct tcp_config {
    const int *listeners;    /* from listen_tcp() */
    size_t nlisteners;       /* at most TCP_LISTENERS_MAX */
    const bool *proxied;     /* for each: connections start with a PROXY header; or NULL: none */
    const struct acl *proxy; /* who may send one */
    unsigned connections;    /* limit, at least 1 */
    unsigned idle;           /* seconds */
    struct zoneset_point *point;
    const struct acl *acl;
    const struct query_config *query;
    struct stats *stats;     /* owned by the thread while it runs */
    struct account *account; /* likewise, or NULL */
};

struct tcp;

/* Start the thread.  NULL: errno says why. */
struct tcp *tcp_start(const struct tcp_config *cfg);

/*
 * Stop taking connections, answer what clients have already sent, let replies under way finish
 * within TCPCONN_WRITE_MS, close everything, end the thread and free it.  tcp_ask_stop() returns
 * at once, tcp_join() waits.
 */
void tcp_ask_stop(struct tcp *t);
void tcp_join(struct tcp *t);

#endif
