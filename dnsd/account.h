/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rbldnsd keeps of queries beside its answers: counters of each zone, and a line of the query
 * log for each reply.  Only a server under that name has accounts; for the others a thread's
 * account is NULL and costs one comparison.
 *
 * 1. Each thread has one struct account and is the only one to write it.
 * 2. Counters are relaxed as those of dnsd/stats.h are; anyone may read them.
 * 3. The descriptor of the query log keeps its number; what it stands for is replaced by dup3(2)
 *    from the control thread, so that a line goes whole to the old file or to the new one.
 */
#ifndef DNSD_ACCOUNT_H
#define DNSD_ACCOUNT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/name.h"

/* queries are ok, nxdomain and all others; bytes are those of the messages. */
enum account_counter {
    ACCOUNT_QUERIES,
    ACCOUNT_OK,
    ACCOUNT_NXDOMAIN,
    ACCOUNT_IN,
    ACCOUNT_OUT,
    ACCOUNT_NCOUNTERS
};

struct account;

/* The accounts of all threads. */
struct account_book {
    struct account **thread;
    size_t nthreads;
    size_t nzones;
    int log; /* -1: no query log */
};

/* Zones by their names; NULL: no memory.  log as above, or -1. */
struct account_book *account_open(const struct name *const *zones, size_t nzones, size_t nthreads,
                                  int log);
void account_close(struct account_book *b);

/* One message and what became of it. */
struct account_message {
    const uint8_t *query, *reply;
    size_t query_len, reply_len; /* reply_len 0: none is sent */
    const struct sockaddr *client;
};

/* The owner of a: count it, and keep its line. */
void account_message(struct account *a, const struct account_message *m);

/* The owner of a, after a batch: write the lines. */
void account_flush(struct account *a);

/* Any thread: counters of a zone, or with zone == nzones of everything. */
void account_sum(const struct account_book *b, size_t zone, uint64_t sum[static ACCOUNT_NCOUNTERS]);

#endif
