/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One DNS message from the network, taken apart.  Pure; every octet is hostile; nothing is read
 * behind msg[len).
 */
#ifndef DNSD_PARSE_H
#define DNSD_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/name.h"

#define DNS_HEADER_LEN 12

enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_TSIG = 250,
    DNS_TYPE_IXFR = 251,
    DNS_TYPE_AXFR = 252,
    DNS_TYPE_ANY = 255,
};

enum dns_class { DNS_CLASS_IN = 1, DNS_CLASS_CH = 3, DNS_CLASS_ANY = 255 };

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_NOTAUTH = 9,
    DNS_BADVERS = 16, /* RFC 6891 section 9: the upper eight bits go into the OPT */
    DNS_BADCOOKIE = 23,
};

enum dns_option {
    DNS_OPTION_NSID = 3,       /* RFC 5001 */
    DNS_OPTION_COOKIE = 10,    /* RFC 7873 */
    DNS_OPTION_KEEPALIVE = 11, /* RFC 7828 */
    DNS_OPTION_EDE = 15,       /* RFC 8914 */
};

/* Extended errors, RFC 8914 section 4; 0 ("other") is never sent and stands for none. */
enum dns_ede {
    DNS_EDE_NONE = 0,
    DNS_EDE_NOT_READY = 14,
    DNS_EDE_PROHIBITED = 18,
    DNS_EDE_NOT_AUTHORITATIVE = 20,
    DNS_EDE_EXPIRED = 24
};

/* How far a message could be understood. */
enum parse_verdict {
    PARSE_DROP,   /* no reply: shorter than a header, or a response */
    PARSE_HEADER, /* reply with a bare header: rcode holds why */
    PARSE_ERROR,  /* the question is good, something behind it is not: reply echoes it */
    PARSE_COOKIE, /* no question, only a cookie to be made or looked at (RFC 7873 section 5.4) */
    PARSE_GOOD,
};

/* A TSIG record (RFC 8945 section 4.2) whose fields fill it exactly, names without pointers. */
struct query_tsig {
    const uint8_t *key, *algorithm; /* the fields behind them up to the MAC follow the algorithm */
    uint16_t key_len, algorithm_len;
};

struct query {
    const uint8_t *msg;
    enum dns_rcode rcode; /* for PARSE_HEADER and PARSE_ERROR */
    uint16_t qtype, qclass;
    uint16_t question_end; /* offset behind the question; it starts at DNS_HEADER_LEN */
    bool edns;             /* one valid OPT */
    bool edns_do;
    bool asks;                           /* with edns: a cookie, NSID or keepalive is there */
    bool nsid, keepalive;                /* with edns */
    uint8_t cookie_len;                  /* with cookie: 8 or 16 to 40 */
    const uint8_t *cookie;               /* with edns: data of the first COOKIE option, or NULL */
    struct query_tsig tsig;              /* when rcode is DNS_NOTAUTH */
    uint16_t edns_size;                  /* as sent */
    uint8_t nlabels;                     /* root not counted */
    uint8_t name_len;                    /* octets of name, root included */
    uint8_t labels[NAME_LABELS_MAX + 1]; /* their offsets in name; one more is found too long */
    uint8_t name[NAME_WIRE_MAX];         /* the question name in lower case */
};

enum parse_verdict query_parse(struct query *q, const uint8_t *msg, size_t len);

static inline uint16_t dns_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void dns_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void dns_put32(uint8_t *p, uint32_t v)
{
    dns_put16(p, (uint16_t)(v >> 16));
    dns_put16(p + 2, (uint16_t)v);
}

#endif
