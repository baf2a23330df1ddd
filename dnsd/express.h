/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual question on a shorter way: the A record of an IPv4 address, spelt by octets right below
 * a zone that has nothing special about it, and nothing else in the message but an OPT without
 * options, as resolvers send it.  It is not taken apart into a struct query; the answer is that of
 * the long way to the octet (tests answer every message both ways).  What looks the least different
 * is left to that.
 */
#ifndef DNSD_EXPRESS_H
#define DNSD_EXPRESS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dnsd/answer.h"
#include "dnsd/parse.h"
#include "dnsd/query.h"
#include "dnsd/zonetab.h"
#include "lib/tree_many.h"

struct express {
    const uint8_t *msg;
    size_t len; /* of header and question */
    size_t opt; /* octets behind them: 0 or REPLY_OPT_LEN */
    const struct zonetab_zone *zone;
    uint16_t apex; /* a compression pointer to the zone's name in the question */
    struct tree_probe probe;
};

#define EXPRESS_TAIL 4   /* type and class */
#define EXPRESS_MIN  32  /* octets: those of an address may all be read, and a step of the zone's */
#define EXPRESS_MAX  128 /* longer than with the longest zone that is taken */

/* The octets of the OPT when there is one: where more than one is counted nobody may believe it. */
static inline size_t express_opt(const uint8_t *msg)
{
    return msg[DNS_HEADER_LEN - 1] & 1 ? REPLY_OPT_LEN : 0;
}

/* An OPT of version 0 without options; its size, flags and the rest may be any. */
static inline bool express_opt_is_plain(const uint8_t *opt)
{
    return opt[0] == 0 && dns_get16(opt + 1) == DNS_TYPE_OPT && opt[6] == 0 &&
           dns_get16(opt + 9) == 0;
}

/*
 * A standard query with one question and at most a plain OPT behind it, for an A record in class
 * IN, of a name that begins with a number.  Here and with one branch but that for the OPT, which
 * the usual client always sends or never, as questions for names should lose no time: how long
 * these and their labels are the processor cannot guess.
 */
static inline bool express_looks(const uint8_t *msg, size_t len)
{
    uint64_t counts;
    uint32_t tail;
    if (len < DNS_HEADER_LEN + 2 + REPLY_OPT_LEN)
        return false;
    size_t opt = express_opt(msg);
    len -= opt;
    if (opt && !express_opt_is_plain(msg + len))
        return false;
    memcpy(&counts, msg + 4, sizeof counts);
    memcpy(&tail, msg + len - EXPRESS_TAIL, sizeof tail);
    uint64_t wrong = counts ^ htobe64(UINT64_C(1) << 48 | (opt > 0));
    wrong |= tail ^ htobe32(DNS_TYPE_A << 16 | DNS_CLASS_IN);
    wrong |= msg[2] & 0xf8;
    wrong |= msg[DNS_HEADER_LEN] & 0xfc;
    wrong |= (uint8_t)(msg[DNS_HEADER_LEN + 1] - '0') > 9;
    wrong |= len - EXPRESS_MIN > EXPRESS_MAX - EXPRESS_MIN;
    return wrong == 0;
}

/* The rest of express_start(), for what looks like it. */
bool express_go(struct express *e, const struct zonetab *zones, const uint8_t *msg, size_t len);

/* False: the long way.  Else the probe is to be looked up by tree_find_many(). */
static inline bool express_start(struct express *e, const struct zonetab *zones, const uint8_t *msg,
                                 size_t len)
{
    return express_looks(msg, len) && express_go(e, zones, msg, len);
}

/* Writes the reply and returns its length; 0 when it would not fit into QUERY_PLAIN_MAX. */
size_t express_answer(const struct express *e, uint8_t *out, enum query_result *result);

#endif
