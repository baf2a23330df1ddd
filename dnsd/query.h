/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Query bytes -> answer bytes.  Pure: no sockets, no clock, no allocation, no globals; the same
 * input always gives the same output.  UDP, TCP, tests, fuzzers and benchmarks all call this.
 */
#ifndef DNSD_QUERY_H
#define DNSD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dnsd/cookie.h"
#include "dnsd/zonetab.h"

#define QUERY_UDP_MAX   1232  /* our EDNS size and largest UDP reply (DNS Flag Day 2020) */
#define QUERY_PLAIN_MAX 512   /* without EDNS, RFC 1035 section 4.2.1 */
#define QUERY_TCP_MAX   65535 /* RFC 1035 section 4.2.2 */

/* What became of a query; also the index of a counter. */
enum query_result {
    QUERY_DROPPED, /* too short or a response: no reply (RFC 8906 section 3.1.4 aside) */
    QUERY_LISTED,  /* NOERROR with data */
    QUERY_NODATA,  /* NOERROR without */
    QUERY_NXDOMAIN,
    QUERY_REFUSED, /* outside the zones, or the client is not allowed */
    QUERY_FORMERR,
    QUERY_NOTIMP,
    QUERY_SERVFAIL, /* zone configured but not loaded */
    QUERY_BADVERS,
    QUERY_NOTAUTH, /* signed, and we have no keys */
    QUERY_COOKIE,  /* nothing but a cookie: it is demanded, or was all that was asked for */
    QUERY_NRESULTS
};

/* What a server is told to say, the same for all its queries.  Borrowed parts outlive it. */
struct query_config {
    const struct cookie_secrets *cookies; /* NULL: cookies are ignored */
    bool demand_cookies;                  /* over UDP, of clients that know them */
    const char *nsid;                     /* RFC 5001, at most QUERY_NSID_MAX octets; NULL: none */
    bool drop_strangers;                  /* outside allow-query: no reply at all */
    const char *version;                  /* version.bind; NULL: REFUSED */
};
#define QUERY_NSID_MAX 100

struct query_options {
    const struct query_config *config; /* NULL: no cookies, no names but the product's */
    uint32_t now;                      /* for cookies: as struct query_batch says */
    uint16_t keepalive;                /* over TCP: idle limit in units of 100 ms, RFC 7828 */
    bool tcp;                          /* no size limit but QUERY_TCP_MAX */
    bool refused; /* the client is outside allow-query: REFUSED for everything well-formed */
    const struct sockaddr *client; /* for access lists; NULL: none applies */
};

/*
 * Answer one message.  reply must have room for QUERY_UDP_MAX bytes (UDP) or QUERY_TCP_MAX (TCP).
 * Returns the length of the reply, 0 for none, and stores what it was in *result.
 */
size_t query_answer(const struct zonetab *zones, const struct query_options *opt,
                    const uint8_t *msg, size_t len, uint8_t *reply, enum query_result *result);

/*
 * Instead of an answer over UDP: nothing but the question, TC, and an OPT when there is one.  The
 * message was answered before.  0 when there is no question to repeat.
 */
size_t query_truncate(const uint8_t *msg, size_t len, uint8_t *reply);

/*
 * The same for up to QUERY_BATCH messages over UDP: parses all, starts the memory loads of all,
 * then answers all, so that cache misses overlap.  reply_len[i] is 0 where nothing is to be sent.
 */
#define QUERY_BATCH 64
struct query_batch {
    const struct query_config *config;
    uint32_t now; /* for cookies: seconds since 1970, modulo 2^32; 0: the time of day */
    const uint8_t *msg[QUERY_BATCH];
    size_t len[QUERY_BATCH];
    bool refused[QUERY_BATCH];
    const struct sockaddr *client[QUERY_BATCH]; /* NULL: no access list applies */
    bool shown[QUERY_BATCH];                    /* out: the client has shown its address */
    uint8_t *reply[QUERY_BATCH];                /* each QUERY_UDP_MAX bytes */
    size_t reply_len[QUERY_BATCH];
    enum query_result result[QUERY_BATCH];
};
void query_answer_batch(const struct zonetab *zones, struct query_batch *b, unsigned n);

#endif
