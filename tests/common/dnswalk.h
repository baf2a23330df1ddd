/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DNS message walked from end to end, for tests: written apart from dnsd/parse.c, so that the two
 * cannot share a mistake.  Reads nothing behind msg[len).
 */
#ifndef TESTS_DNSWALK_H
#define TESTS_DNSWALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_RR_MAX 512 /* records kept; more are counted only */

enum walk_section { WALK_QUESTION, WALK_ANSWER, WALK_AUTHORITY, WALK_ADDITIONAL };

struct walk_rr {
    enum walk_section section;
    size_t owner; /* offset of the owner name */
    uint16_t type, class, rdlen;
    uint32_t ttl;
    const uint8_t *rdata;
};

struct walk {
    uint16_t count[4];
    size_t question_end; /* offset behind the questions */
    size_t nrr;          /* of all sections */
    size_t nopt;
    uint16_t opt_size; /* of the last OPT */
    size_t last_opt;   /* index of it, when below WALK_RR_MAX */
    struct walk_rr rr[WALK_RR_MAX];
};

/* True when names, counts and lengths lead exactly to the last octet. */
bool walk_message(struct walk *w, const uint8_t *msg, size_t len);

/* The EDNS options fill the data of an OPT exactly. */
bool walk_options(const struct walk_rr *opt);

/* The octets a reply over UDP to this query may have: 512, or what its one OPT allows. */
size_t walk_udp_limit(const uint8_t *query, size_t len);

#endif
