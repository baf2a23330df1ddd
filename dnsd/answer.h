/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing replies.  A struct reply is a cursor over the caller's buffer: a record that does not fit
 * sets overflow and leaves no trace; reply_finish() then turns the message into a truncated one.
 */
#ifndef DNSD_ANSWER_H
#define DNSD_ANSWER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* Where the number of its records stands in the header's counts. */
enum reply_section {
    REPLY_QUESTION = 48,
    REPLY_ANSWER = 32,
    REPLY_AUTHORITY = 16,
    REPLY_ADDITIONAL = 0
};

struct reply {
    const struct query *q;
    uint8_t *p;
    size_t len;
    size_t limit;                        /* octets for the whole message, the OPT included */
    size_t opt_len;                      /* octets kept free for the OPT */
    const struct reply_options *options; /* or NULL */
    uint64_t counts;                     /* records, by section */
    enum dns_rcode rcode;
    enum dns_ede ede;
    bool aa, overflow;
};

static inline void reply_count(struct reply *r, enum reply_section s, unsigned n)
{
    r->counts += (uint64_t)n << s;
}

static inline bool reply_has_answer(const struct reply *r)
{
    return (r->counts >> REPLY_ANSWER & 0xffff) != 0;
}

#define REPLY_OPT_LEN 11 /* RFC 6891 section 6.1.2 without options */

/*
 * Copies of a few octets, which take less time than a call of memcpy(): sixteen at once, of which
 * the last end where the octets end.  Up to 64 there is no branch to guess.
 */
static inline void reply_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    uint8_t v[4][16];
    if (n < 16 || n > 64) {
        memcpy(to, from, n);
        return;
    }
    size_t last = n - 16, b = last < 16 ? last : 16, c = last < 32 ? last : 32;
    memcpy(v[0], from, 16);
    memcpy(v[1], from + b, 16);
    memcpy(v[2], from + c, 16);
    memcpy(v[3], from + last, 16);
    memcpy(to, v[0], 16);
    memcpy(to + b, v[1], 16);
    memcpy(to + c, v[2], 16);
    memcpy(to + last, v[3], 16);
}

/* The 12-octet reply: ID and opcode copied, every flag but QR clear, no counts. */
size_t reply_header_only(const struct query *q, uint8_t *out, enum dns_rcode rcode);

#define REPLY_AA 0x04
#define REPLY_TC 0x02
#define REPLY_RD 0x01

/* ID and opcode as sent, QR; counts: four of 16 bits, that of questions first. */
static inline void reply_put_header(uint8_t *out, const uint8_t *msg, uint8_t flags,
                                    enum dns_rcode rcode, uint64_t counts)
{
    counts = htobe64(counts);
    memcpy(out, msg, 2);
    out[2] = (uint8_t)(0x80 | (msg[2] & 0x78) | flags);
    out[3] = (uint8_t)(rcode & 15);
    memcpy(out + 4, &counts, 8);
}

/* Start a reply that echoes the question. */
static inline void reply_start(struct reply *r, const struct query *q, uint8_t *out, size_t limit)
{
    *r = (struct reply){.q = q,
                        .p = out,
                        .limit = limit,
                        .len = q->question_end,
                        .counts = (uint64_t)(q->question_end > DNS_HEADER_LEN) << REPLY_QUESTION,
                        .opt_len = q->edns ? REPLY_OPT_LEN : 0};
    reply_copy(out + DNS_HEADER_LEN, q->msg + DNS_HEADER_LEN, q->question_end - DNS_HEADER_LEN);
}

/* Before anything is added, and only when the query has an OPT; o is borrowed. */
void reply_set_options(struct reply *r, const struct reply_options *o);
/* Header, OPT and counts; returns the length of the message. */
uint8_t reply_finish_odd(struct reply *r);
static inline size_t reply_finish(struct reply *r)
{
    uint8_t flags = (uint8_t)((r->q->msg[2] & REPLY_RD) | (r->aa ? REPLY_AA : 0));
    if (r->overflow || r->q->edns || r->rcode == DNS_NOTAUTH)
        flags |= reply_finish_odd(r);
    reply_put_header(r->p, r->q->msg, flags, r->rcode, r->counts);
    return r->len;
}

#define RR_FIXED 12 /* owner pointer, type, class, TTL, length */

static inline size_t reply_fixed_len(const struct image_rr *rr)
{
    return rr->owner_len + (size_t)RR_FIXED + rr->rdlen;
}

/* One of them at o; apex points to the zone's name. */
__attribute__((always_inline)) static inline void
reply_write_fixed(uint8_t *o, const struct image_rr *rr, uint32_t ttl, uint16_t apex)
{
    if (rr->owner_len > 0)
        o = mempcpy(o, rr->data, rr->owner_len);
    dns_put16(o, apex);
    dns_put16(o + 2, rr->type);
    dns_put16(o + 4, DNS_CLASS_IN);
    dns_put32(o + 6, ttl);
    dns_put16(o + 10, rr->rdlen);
    reply_copy(o + RR_FIXED, rr->data + rr->owner_len, rr->rdlen);
    for (unsigned i = 0; i < 2; i++)
        if (rr->hole[i] != IMAGE_NO_HOLE)
            dns_put16(o + RR_FIXED + rr->hole[i], apex);
}

/* The zone's fixed records of one type at the apex, for the question's zone. */
void reply_fixed(struct reply *r, const struct image *img, uint16_t type, enum reply_section s);
/* Addresses of name servers inside the zone. */
void reply_glue(struct reply *r, const struct image *img);
/* The SOA of a negative answer: its TTL is the smaller of its own and MINIMUM (RFC 2308). */
void reply_negative(struct reply *r, const struct image *img);

/* A and TXT records of what was found, as qtype asks (ANY: both); true when there were any. */
void reply_put_sets(struct reply *r, const struct image *img, const struct lookup_result *found);
static inline bool reply_sets(struct reply *r, const struct image *img,
                              const struct lookup_result *found)
{
    if (found->nset == 0)
        return false;
    reply_put_sets(r, img, found);
    return r->overflow || reply_has_answer(r);
}

/* One TXT record of class CH with TTL 0 at the question name. */
void reply_chaos(struct reply *r, const char *text);

#endif
