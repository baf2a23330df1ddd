/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One UDP worker: a thread that owns one socket and answers what arrives there.
 *
 * Per batch of up to QUERY_BATCH datagrams it makes two system calls, one receive and one send,
 * and nothing else: no allocation, lock or log line, and one look at the clock, which the kernel
 * keeps in memory.  It is an RCU reader that is offline
 * while it waits, so an idle worker never holds up a publication and a busy one only for the
 * length of one batch.
 */
#ifndef DNSD_UDP_H
#define DNSD_UDP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "dnsd/account.h"
#include "dnsd/acl.h"
#include "dnsd/rrl.h"
#include "dnsd/stats.h"
#include "dnsd/zoneset.h"

/* All borrowed until udp_join(). */
struct udp_config {
    int fd; /* from listen_udp() */
    bool wildcard;
    struct zoneset_point *point;
    const struct acl *acl;
    const struct query_config *query;
    const struct acl *proxy;      /* who may send PROXY headers, which are then needed; or NULL */
    const struct rrl_config *rrl; /* NULL: replies are not limited */
    struct stats *stats;          /* owned by the worker while it runs */
    const atomic_bool *stop;
    struct account *account; /* owned likewise, or NULL */
};

struct udp_worker;

/* Start the thread; signals stay blocked as in the caller.  NULL: errno says why. */
struct udp_worker *udp_start(const struct udp_config *cfg);

/*
 * Wait for the end of a worker whose stop flag has been set, and free it.  It first answers what
 * the kernel had received for it.  The socket stays open.
 */
void udp_join(struct udp_worker *w);

#endif
