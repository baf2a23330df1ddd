/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of the server.
 *
 * 1. Each thread owns one struct stats and is the only one to write it.
 * 2. Writing is a relaxed load and a relaxed store, never a locked add: the owner is alone.
 * 3. Anyone may read; a reader sees each counter at some recent value, and no relation between
 *    two counters is promised.
 * 4. Counters only grow, and wrap after 2^64.
 */
#ifndef DNSD_STATS_H
#define DNSD_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dnsd/query.h"

/*
 * The one table: constant, name as printed.  The first rows are in the order of enum query_result
 * (checked when compiling).
 */
#define STATS_TABLE(ROW)                                                                           \
    ROW(STAT_DROPPED, "answer-none")                                                               \
    ROW(STAT_LISTED, "answer-listed")                                                              \
    ROW(STAT_NODATA, "answer-nodata")                                                              \
    ROW(STAT_NXDOMAIN, "answer-nxdomain")                                                          \
    ROW(STAT_REFUSED, "answer-refused")                                                            \
    ROW(STAT_FORMERR, "answer-formerr")                                                            \
    ROW(STAT_NOTIMP, "answer-notimp")                                                              \
    ROW(STAT_SERVFAIL, "answer-servfail")                                                          \
    ROW(STAT_BADVERS, "answer-badvers")                                                            \
    ROW(STAT_NOTAUTH, "answer-notauth")                                                            \
    ROW(STAT_COOKIE, "answer-cookie")                                                              \
    ROW(STAT_UDP_QUERIES, "udp-queries")                                                           \
    ROW(STAT_UDP_BATCHES, "udp-batches")                                                           \
    ROW(STAT_UDP_BYTES_IN, "udp-bytes-in")                                                         \
    ROW(STAT_UDP_BYTES_OUT, "udp-bytes-out")                                                       \
    ROW(STAT_UDP_DROP_PORT0, "udp-drop-port0")                                                     \
    ROW(STAT_UDP_DROP_TOO_LONG, "udp-drop-too-long")                                               \
    ROW(STAT_UDP_DROP_PROXY, "udp-drop-proxy")                                                     \
    ROW(STAT_UDP_DROP_CLIENT, "udp-drop-client")                                                   \
    ROW(STAT_UDP_RATE_DROPPED, "udp-rate-dropped")                                                 \
    ROW(STAT_UDP_RATE_TRUNCATED, "udp-rate-truncated")                                             \
    ROW(STAT_UDP_DROP_SEND, "udp-drop-send")                                                       \
    ROW(STAT_UDP_RECV_ERRORS, "udp-recv-errors")                                                   \
    ROW(STAT_TCP_QUERIES, "tcp-queries")                                                           \
    ROW(STAT_TCP_BYTES_IN, "tcp-bytes-in")                                                         \
    ROW(STAT_TCP_BYTES_OUT, "tcp-bytes-out")                                                       \
    ROW(STAT_TCP_ACCEPTED, "tcp-accepted")                                                         \
    ROW(STAT_TCP_ACCEPT_ERRORS, "tcp-accept-errors")                                               \
    ROW(STAT_TCP_CLOSED_PEER, "tcp-closed-peer")                                                   \
    ROW(STAT_TCP_CLOSED_IDLE, "tcp-closed-idle")                                                   \
    ROW(STAT_TCP_CLOSED_PARTIAL, "tcp-closed-partial")                                             \
    ROW(STAT_TCP_CLOSED_WRITE, "tcp-closed-write")                                                 \
    ROW(STAT_TCP_CLOSED_LENGTH, "tcp-closed-length")                                               \
    ROW(STAT_TCP_CLOSED_FULL, "tcp-closed-full")                                                   \
    ROW(STAT_TCP_CLOSED_ADDRESS, "tcp-closed-address")                                             \
    ROW(STAT_TCP_CLOSED_PROXY, "tcp-closed-proxy")                                                 \
    ROW(STAT_TCP_CLOSED_CLIENT, "tcp-closed-client")                                               \
    ROW(STAT_TCP_CLOSED_ERROR, "tcp-closed-error")                                                 \
    ROW(STAT_TCP_CLOSED_STOP, "tcp-closed-stop")                                                   \
    ROW(STAT_PUBLISHED, "published")                                                               \
    ROW(STAT_RELOADS, "reloads")                                                                   \
    ROW(STAT_RELOAD_FAILURES, "reload-failures")                                                   \
    ROW(STAT_IMAGES_LOADED, "images-loaded")                                                       \
    ROW(STAT_IMAGES_REFUSED, "images-refused")                                                     \
    ROW(STAT_IMAGES_RETIRED, "images-retired")                                                     \
    ROW(STAT_CONTROL_REQUESTS, "control-requests")

#define STATS_ENUM_ROW(constant, text) constant,
enum stats_counter { STATS_TABLE(STATS_ENUM_ROW) STATS_N };

/* Aligned so that two threads never write one cache line. */
struct stats {
    _Alignas(64) _Atomic uint64_t v[STATS_N];
};

/* Owner only. */
static inline void stats_add(struct stats *s, enum stats_counter which, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&s->v[which], memory_order_relaxed);
    atomic_store_explicit(&s->v[which], old + n, memory_order_relaxed);
}

/* Owner only: count what became of one query. */
static inline void stats_result(struct stats *s, enum query_result r)
{
    stats_add(s, (enum stats_counter)(STAT_DROPPED + (unsigned)r), 1);
}

/* n zeroed blocks, one per thread, freed with free(); NULL when memory is exhausted. */
struct stats *stats_alloc(size_t n);

/* Any thread: sum n blocks into sum. */
void stats_sum(const struct stats *blocks, size_t n, uint64_t sum[static STATS_N]);

const char *stats_name(enum stats_counter which);

/* "NAME VALUE" per line, every counter, in the order of the table. */
void stats_write(FILE *out, const uint64_t sum[static STATS_N]);

#endif
