/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual question on a shorter way: the A record of an IPv4 address, spelt by octets right below
 * a zone that has nothing special about it, and nothing else in the message.  It is not taken apart
 * into a struct query; the answer is that of the long way to the octet (tests answer every message
 * both ways).  What looks the least different is left to that.
 */
#ifndef DNSD_EXPRESS_H
#define DNSD_EXPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsd/query.h"
#include "dnsd/zonetab.h"
#include "lib/tree_many.h"

struct express {
    const uint8_t *msg;
    size_t len;
    const struct zonetab_zone *zone;
    uint16_t apex; /* a compression pointer to the zone's name in the question */
    struct tree_probe probe;
};

/* False: the long way.  Else the probe is to be looked up by tree_find_many(). */
bool express_start(struct express *e, const struct zonetab *zones, const uint8_t *msg, size_t len);

/* Writes the reply and returns its length; 0 when it would not fit into QUERY_PLAIN_MAX. */
size_t express_answer(const struct express *e, uint8_t *out, enum query_result *result);

#endif
