/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/opt.h"

#include <string.h>

#include "dnsd/query.h"

#define OPTION_HEAD   4 /* code and length */
#define EDE_LEN       2 /* RFC 8914 section 2 without text */
#define KEEPALIVE_LEN 2
#define TSIG_BADKEY   17

size_t opt_room(const struct query *q, const struct reply_options *o)
{
    if (!q->edns)
        return 0;
    size_t n = REPLY_OPT_LEN;
    if (o && o->nsid_len)
        n += OPTION_HEAD + o->nsid_len;
    if (o && o->cookie)
        n += OPTION_HEAD + COOKIE_LEN;
    if (o && o->keepalive)
        n += OPTION_HEAD + KEEPALIVE_LEN;
    return n;
}

static uint8_t *put_option(uint8_t *to, enum dns_option code, const void *data, size_t n)
{
    dns_put16(to, (uint16_t)code);
    dns_put16(to + 2, (uint16_t)n);
    memcpy(to + OPTION_HEAD, data, n);
    return to + OPTION_HEAD + n;
}

static uint8_t *put_options(uint8_t *to, const struct reply_options *o)
{
    uint8_t units[KEEPALIVE_LEN];
    if (o->nsid_len)
        to = put_option(to, DNS_OPTION_NSID, o->nsid, o->nsid_len);
    if (o->cookie)
        to = put_option(to, DNS_OPTION_COOKIE, o->cookie_data, COOKIE_LEN);
    dns_put16(units, o->keepalive_units);
    if (o->keepalive)
        to = put_option(to, DNS_OPTION_KEEPALIVE, units, sizeof units);
    return to;
}

void opt_put(struct reply *r)
{
    uint8_t *o = r->p + r->len, *to = o + REPLY_OPT_LEN, ede[EDE_LEN];
    size_t left = r->limit - r->opt_len - r->len;
    o[0] = 0;
    dns_put16(o + 1, DNS_TYPE_OPT);
    dns_put16(o + 3, QUERY_UDP_MAX);
    o[5] = (uint8_t)(r->rcode >> 4);
    o[6] = 0; /* version */
    dns_put16(o + 7, r->q->edns_do ? 0x8000 : 0);
    if (r->options)
        to = put_options(to, r->options);
    dns_put16(ede, (uint16_t)r->ede);
    if (r->ede != DNS_EDE_NONE && left >= OPTION_HEAD + EDE_LEN)
        to = put_option(to, DNS_OPTION_EDE, ede, sizeof ede);
    dns_put16(o + 9, (uint16_t)(to - o - REPLY_OPT_LEN));
    r->len += (size_t)(to - o);
    reply_count(r, REPLY_ADDITIONAL, 1);
}

bool opt_put_badkey(struct reply *r)
{
    const struct query_tsig *t = &r->q->tsig;
    size_t rdlen = t->algorithm_len + 16u, n = t->key_len + 10u + rdlen;
    uint8_t *o = r->p + r->len;
    if (r->limit - r->len < n)
        return false;
    memcpy(o, t->key, t->key_len);
    o += t->key_len;
    dns_put16(o, DNS_TYPE_TSIG);
    dns_put16(o + 2, DNS_CLASS_ANY);
    dns_put32(o + 4, 0);
    dns_put16(o + 8, (uint16_t)rdlen);
    memcpy(o + 10, t->algorithm, t->algorithm_len + 8u); /* with time and fudge */
    o += 10 + t->algorithm_len + 8;
    dns_put16(o, 0); /* no MAC: RFC 8945 section 5.2.1 */
    memcpy(o + 2, r->q->msg, 2);
    dns_put16(o + 4, TSIG_BADKEY);
    dns_put16(o + 6, 0);
    r->len += n;
    reply_count(r, REPLY_ADDITIONAL, 1);
    return true;
}
