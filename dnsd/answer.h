/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing replies.  A struct reply is a cursor over the caller's buffer: a record that does not fit
 * sets overflow and leaves no trace; reply_finish() then turns the message into a truncated one.
 */
#ifndef DNSD_ANSWER_H
#define DNSD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsd/cookie.h"
#include "dnsd/parse.h"
#include "lib/image.h"
#include "lib/lookup.h"

/* What the OPT of a reply carries beside an extended error. */
struct reply_options {
    const uint8_t *nsid;
    uint8_t nsid_len; /* 0: none */
    bool cookie, keepalive;
    uint16_t keepalive_units; /* 100 ms each */
    uint8_t cookie_data[COOKIE_LEN];
};

struct reply {
    const struct query *q;
    uint8_t *p;
    size_t len;
    size_t limit;                        /* octets for the whole message, the OPT included */
    size_t opt_len;                      /* octets kept free for the OPT */
    const struct reply_options *options; /* or NULL */
    uint16_t count[3];                   /* records in answer, authority, additional */
    enum dns_rcode rcode;
    enum dns_ede ede;
    bool aa, overflow;
};

enum reply_section { REPLY_ANSWER, REPLY_AUTHORITY, REPLY_ADDITIONAL };

/* The 12-octet reply: ID and opcode copied, every flag but QR clear, no counts. */
size_t reply_header_only(const struct query *q, uint8_t *out, enum dns_rcode rcode);

/* Start a reply that echoes the question. */
void reply_start(struct reply *r, const struct query *q, uint8_t *out, size_t limit);
/* Before anything is added, and only when the query has an OPT; o is borrowed. */
void reply_set_options(struct reply *r, const struct reply_options *o);
/* Header, OPT and counts; returns the length of the message. */
size_t reply_finish(struct reply *r);

/* The zone's fixed records of one type at the apex, for the question's zone. */
void reply_fixed(struct reply *r, const struct image *img, uint16_t type, enum reply_section s);
/* Addresses of name servers inside the zone. */
void reply_glue(struct reply *r, const struct image *img);
/* The SOA of a negative answer: its TTL is the smaller of its own and MINIMUM (RFC 2308). */
void reply_negative(struct reply *r, const struct image *img);

/* A and TXT records of what was found, as qtype asks (ANY: both); true when there were any. */
bool reply_sets(struct reply *r, const struct image *img, const struct lookup_result *found);

/* One TXT record of class CH with TTL 0 at the question name. */
void reply_chaos(struct reply *r, const char *text);

#endif
