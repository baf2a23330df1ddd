/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of query and reply: what must come back, checked octet by octet and again with ldns. */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/common/ask.h"
#include "tests/common/fixture.h"

enum shape {
    SHAPE_LISTED,    /* NOERROR, AA, answers, nothing else but OPT */
    SHAPE_NODATA,    /* NOERROR, AA, the SOA in authority with the negative TTL */
    SHAPE_NXD,       /* NXDOMAIN, otherwise the same */
    SHAPE_TRUNCATED, /* NOERROR, AA, TC, question and OPT alone */
    SHAPE_ECHO,      /* rcode, question and OPT alone, AA clear */
    SHAPE_HEADER,    /* rcode, 12 octets, no flag but QR */
    SHAPE_DROP,
};

struct row {
    const char *id;
    struct ask ask;
    enum shape shape;
    enum dns_rcode rcode;   /* SHAPE_ECHO, SHAPE_HEADER */
    unsigned ede;           /* the extended error in the OPT, 0: no option at all */
    const char *answer;     /* SHAPE_LISTED: "TTL TYPE DATA; TTL TYPE DATA" in this order */
    const char *additional; /* the same; NULL: nothing but OPT */
    size_t len;             /* octets of the reply, 0: any */
    bool no_aa;             /* class ANY */
    bool no_opt;            /* the query's OPT cannot be used */
    bool opt_in_tail;       /* a good OPT is in ask.tail */
    const char *opt;        /* options in the OPT, an extended error aside */
    size_t opt_len;
    bool badkey; /* a TSIG record with that error ends the reply */
};

#define IS(name)    .shape = SHAPE_##name
#define ECHOES(rc)  .shape = SHAPE_ECHO, .rcode = DNS_##rc
#define BARE(rc)    .shape = SHAPE_HEADER, .rcode = DNS_##rc
#define SENDS(data) .opt = (data), .opt_len = sizeof(data) - 1
#define SAYS(text)  .shape = SHAPE_LISTED, .answer = (text)

/* Ask, check and free. */
void expect_row(const struct fixture *f, const struct row *row);

/*
 * Any reply to a message of which nothing is known: ends where it should for the walker and for
 * ldns, has the ID, QR and a legal size.  Nothing (len 0) is fine too.
 */
void expect_sane(const char *id, const struct heard *h, const uint8_t *msg, size_t len, bool tcp);

/* Records of one section of a reply as in struct row.answer; malloc'd. */
char *expect_text(const struct heard *h, unsigned section);

#endif
