/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/express.h"

#include <string.h>

#include "dnsd/answer.h"
#include "lib/answerset.h"
#include "lib/hot.h"
#include "lib/lookup.h"

#define ZONE_MAX 64 /* octets of a zone's name, in steps */
#define NIBBLES  8  /* octets of four labels of one: the start of an IPv6 address, too */

_Static_assert(EXPRESS_MIN >= DNS_HEADER_LEN + LOOKUP_READ4 + EXPRESS_TAIL, "read unknown octets");

/*
 * The zone whose name is the n octets that end at end, in any case.  They are folded from their end
 * on, so that whole steps read what stands before them in the message and nothing behind it.
 * Nobody has looked at them yet: octets that are those of a zone's name are a name.
 */
static inline const struct zonetab_zone *find_zone(const struct zonetab *zones, const uint8_t *end,
                                                   size_t n)
{
    uint8_t name[ZONE_MAX];
    for (size_t at = NAME_FOLD_STEP;; at += NAME_FOLD_STEP) {
        name_fold_step(name + ZONE_MAX - at, end - at);
        if (at >= n)
            break;
    }
    return zonetab_slot(zones, name + ZONE_MAX - n, n)->zone;
}

/* RFC 6891 section 6.1.3, as opt_put() writes it: our size, and DO as it came. */
static inline void put_opt(uint8_t *o, const uint8_t *asked)
{
    static const uint8_t plain[REPLY_OPT_LEN] = {
        [2] = DNS_TYPE_OPT, [3] = QUERY_UDP_MAX >> 8, [4] = QUERY_UDP_MAX & 0xff};
    memcpy(o, plain, sizeof plain);
    o[7] = asked[7] & 0x80;
}

HOT bool express_go(struct express *e, const struct zonetab *zones, const uint8_t *msg, size_t len)
{
    uint32_t addr;
    size_t opt = express_opt(msg);
    len -= opt;
    size_t octets = lookup_read4(msg + DNS_HEADER_LEN, &addr), from = DNS_HEADER_LEN + octets;
    size_t n = len - EXPRESS_TAIL - from;
    if (octets == 0 || octets == NIBBLES || n == 0 || n > ZONE_MAX)
        return false;
    const struct zonetab_zone *zone = find_zone(zones, msg + len - EXPRESS_TAIL, n);
    if (!zone || !zone->plain)
        return false;
    e->msg = msg;
    e->len = len;
    e->opt = opt;
    e->zone = zone;
    e->apex = (uint16_t)(0xc000 | from);
    tree_probe_start(&e->probe, zone->image->cells, zone->image->views[0].tree4, addr);
    return true;
}

HOT size_t express_answer(const struct express *e, uint8_t *out, enum query_result *result)
{
    const struct image *img = e->zone->image;
    const struct image_group *g = e->probe.set ? answerset_group(img, e->probe.set) : NULL;
    const struct image_rr *soa = (const struct image_rr *)(const void *)img->fixed;
    enum dns_rcode rcode = g ? DNS_NOERROR : DNS_NXDOMAIN;
    bool listed = g && g->na > 0;
    size_t more = listed ? g->a_len : reply_fixed_len(soa);
    if (e->len + more + e->opt > QUERY_PLAIN_MAX)
        return 0;
    reply_copy(out + DNS_HEADER_LEN, e->msg + DNS_HEADER_LEN, e->len - DNS_HEADER_LEN);
    uint64_t counts = UINT64_C(1) << REPLY_QUESTION;
    if (listed) {
        reply_copy(out + e->len, g->rr, more);
        counts |= (uint64_t)g->na << REPLY_ANSWER;
        *result = QUERY_LISTED;
    } else {
        reply_write_fixed(out + e->len, soa, img->h->negative_ttl, e->apex);
        counts |= UINT64_C(1) << REPLY_AUTHORITY;
        *result = g ? QUERY_NODATA : QUERY_NXDOMAIN;
    }
    if (e->opt) {
        put_opt(out + e->len + more, e->msg + e->len);
        counts |= UINT64_C(1) << REPLY_ADDITIONAL;
    }
    reply_put_header(out, e->msg, (uint8_t)(REPLY_AA | (e->msg[2] & REPLY_RD)), rcode, counts);
    return e->len + more + e->opt;
}
