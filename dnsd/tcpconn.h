/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP connections of the one TCP thread: reading, answering, writing, and when each must end.
 *
 * A connection is in one of three states, each with a list in order of entry and one time limit,
 * so that the first of each list is the next to expire:
 *
 *   IDLE     no message begun, nothing to write   the configured idle limit since the last
 *                                                 complete message (RFC 7766 section 6.2.3)
 *   PARTIAL  a message begun and not complete     TCPCONN_PARTIAL_MS since it began
 *   WRITE    replies the client does not take,    TCPCONN_WRITE_MS since it last took some
 *            or queries beyond its turn
 *
 * Memory: an idle connection holds its struct only.  An unfinished message holds its announced
 * size, TCPFRAME_MSG_MAX at most.  A connection in WRITE holds at most TCPCONN_FLUSH_AT octets and
 * one reply, and TCPCONN_READ_MAX octets of queries not looked at; it is not read from meanwhile.
 *
 * TCP thread only, an online RCU reader.
 */
#ifndef DNSD_TCPCONN_H
#define DNSD_TCPCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dnsd/account.h"
#include "dnsd/acl.h"
#include "dnsd/proxy.h"
#include "dnsd/query.h"
#include "dnsd/stats.h"
#include "dnsd/tcpframe.h"
#include "dnsd/zoneset.h"

/* Both limits are promised as "2 s at most"; the rest is for timers and scheduling. */
#define TCPCONN_PARTIAL_MS 1900
#define TCPCONN_WRITE_MS   1900

/*
 * One read; some 150 queries.  With replies of common size a client that does not read them holds
 * this and TCPCONN_FLUSH_AT at most; half of it would cost one that does a tenth more CPU time.
 */
#define TCPCONN_READ_MAX (8 * 1024)

/* Messages of one connection that are answered before the others have their turn. */
#define TCPCONN_TURN 32

/* Replies are collected and written at once: a turn of short answers is one write. */
#define TCPCONN_FLUSH_AT (8 * 1024)

enum tcpconn_state { TCPCONN_IDLE, TCPCONN_PARTIAL, TCPCONN_WRITE, TCPCONN_NSTATES };

/* Octets not yet processed: an owned block and the part of it that is left. */
struct tcpconn_rest {
    uint8_t *block;
    size_t at, len;
};

struct tcpconn_head {
    size_t have;
    uint8_t octets[PROXY_HEADER_MAX];
};

struct tcpconn {
    int fd; /* -1: this slot is free */
    uint32_t id;
    bool refused;              /* outside allow-query */
    bool proxied;              /* came through a PROXY listener */
    struct tcpconn_head *head; /* PROXY header that is still to come whole, or NULL */
    enum tcpconn_state state;
    int64_t since;    /* ms, when it entered its state or last made progress there */
    int64_t complete; /* ms, last complete message, or the connect */
    struct addr6 addr;
    struct sockaddr_storage from; /* for access lists */
    sa_family_t family;
    struct tcpframe frame;
    struct tcpconn_rest in;  /* queries received while replies wait */
    struct tcpconn_rest out; /* replies the client has not taken; in WRITE only */
    struct tcpconn *prev, *next;
};

struct tcpconn_list {
    struct tcpconn *first, *last;
};

/* What all connections share.  Borrowed parts outlive it. */
struct tcpconn_shared {
    struct zoneset_point *point;
    const struct acl *acl;
    const struct query_config *query;
    struct stats *stats;
    struct account *account; /* or NULL */
    int epoll;
    int64_t now;        /* ms of CLOCK_MONOTONIC, set at each wake-up */
    uint16_t keepalive; /* announced to clients that ask, in units of 100 ms */
    int64_t limit_ms[TCPCONN_NSTATES];
    struct tcpconn_list list[TCPCONN_NSTATES];
    size_t count;
    size_t out_len;
    uint8_t in[TCPCONN_READ_MAX];
    uint8_t out[TCPCONN_FLUSH_AT + TCPFRAME_PREFIX + QUERY_TCP_MAX];
};

/*
 * Take a connected non-blocking socket into a free slot.  c->id is set by the caller and comes
 * back as epoll data.  Returns -1, with fd closed, when epoll refuses it.
 */
int tcpconn_open(struct tcpconn_shared *sh, struct tcpconn *c, int fd,
                 const struct sockaddr_storage *from);

/* After opening: a PROXY header comes first.  Closes when memory is exhausted. */
void tcpconn_expect_head(struct tcpconn_shared *sh, struct tcpconn *c);

/* React to epoll events on a slot in use. */
void tcpconn_event(struct tcpconn_shared *sh, struct tcpconn *c, uint32_t events);

/* Close and free all it holds; why is the counter of the reason. */
void tcpconn_close(struct tcpconn_shared *sh, struct tcpconn *c, enum stats_counter why);

/* Close what is beyond its limit; returns ms until the next limit, -1 when there is none. */
int tcpconn_expire(struct tcpconn_shared *sh);

/* Same client address (ports do not matter)? */
bool tcpconn_same_client(const struct tcpconn *c, const struct tcpconn *d);

#endif
