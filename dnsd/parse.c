/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/parse.h"

#include <string.h>

/*
 * A whole name: length octets are less than 'A' and fold to themselves.  The last step covers what
 * is left over and as much before it as makes it whole, so that nothing outside the name is read;
 * and the usual name of 17 to 32 octets takes two steps, which the processor can foresee.
 */
static void fold_name(uint8_t *out, const uint8_t *in, size_t n)
{
    if (n < NAME_FOLD_STEP) {
        for (size_t i = 0; i < n; i++)
            out[i] = name_fold(in[i]);
        return;
    }
    for (size_t i = 0; i < n - NAME_FOLD_STEP; i += NAME_FOLD_STEP)
        name_fold_step(out + i, in + i);
    name_fold_step(out + n - NAME_FOLD_STEP, in + n - NAME_FOLD_STEP);
}

/*
 * The question name: plain labels only.  A pointer has nothing earlier to point at but the header,
 * and the label types 01 and 10 are not in use (RFC 6891 section 5).  Returns the offset behind
 * the name, 0 when it is malformed.
 */
static size_t parse_name(struct query *q, const uint8_t *msg, size_t len)
{
    const uint8_t *wire = msg + DNS_HEADER_LEN;
    size_t end = len - DNS_HEADER_LEN < NAME_WIRE_MAX ? len - DNS_HEADER_LEN : NAME_WIRE_MAX;
    size_t at = 0, n = 0, odd = 0;
    if (end == 0)
        return 0;
    for (size_t c; (c = wire[at]) != 0;) {
        q->labels[n++] = (uint8_t)at; /* at is less than 255 */
        odd |= c;
        at += c + 1;
        if (at >= end)
            return 0;
    }
    if (odd > NAME_LABEL_MAX)
        return 0;
    q->nlabels = (uint8_t)n;
    q->name_len = (uint8_t)(at + 1);
    fold_name(q->name, wire, at + 1);
    return DNS_HEADER_LEN + at + 1;
}

/* --- records behind the question --- */

struct rr {
    bool root; /* the owner is the root, spelt out */
    const uint8_t *owner;
    uint16_t type, class;
    uint32_t ttl;
    const uint8_t *rdata;
    size_t rdlen;
};

/* The owner of a record we only skip may end in a pointer; it is not followed. */
static size_t skip_name(const uint8_t *msg, size_t len, size_t at)
{
    size_t from = at;
    while (at < len && at - from < NAME_WIRE_MAX) {
        uint8_t n = msg[at];
        if (n == 0)
            return at + 1;
        if ((n & 0xc0) == 0xc0)
            return len - at >= 2 ? at + 2 : 0;
        if (n > NAME_LABEL_MAX)
            return 0;
        at += n + 1u;
    }
    return 0;
}

/* One record at *at; false when it does not fit.  *at is moved behind it. */
static bool take_rr(const uint8_t *msg, size_t len, size_t *at, struct rr *rr)
{
    size_t p = skip_name(msg, len, *at);
    if (p == 0 || len - p < 10)
        return false;
    rr->root = p == *at + 1;
    rr->owner = msg + *at;
    rr->type = dns_get16(msg + p);
    rr->class = dns_get16(msg + p + 2);
    rr->ttl = (uint32_t)dns_get16(msg + p + 4) << 16 | dns_get16(msg + p + 6);
    rr->rdlen = dns_get16(msg + p + 8);
    rr->rdata = msg + p + 10;
    if (len - p - 10 < rr->rdlen)
        return false;
    *at = p + 10 + rr->rdlen;
    return true;
}

/* Of several cookies the first counts (RFC 7873 section 5.2).  False: its length is impossible. */
static bool take_option(struct query *q, enum dns_option code, const uint8_t *data, size_t n)
{
    if (code == DNS_OPTION_NSID)
        q->nsid = true;
    else if (code == DNS_OPTION_KEEPALIVE)
        q->keepalive = true;
    else if (code != DNS_OPTION_COOKIE || q->cookie)
        return true;
    q->asks = true;
    if (code != DNS_OPTION_COOKIE)
        return true;
    q->cookie = data;
    q->cookie_len = (uint8_t)n;
    return n == 8 || (n >= 16 && n <= 40);
}

/* Options fill the data exactly (RFC 6891 section 6.1.2). */
static bool take_options(struct query *q, const struct rr *rr)
{
    bool good = true;
    size_t at = 0;
    q->asks = q->nsid = q->keepalive = false;
    q->cookie = NULL;
    while (at < rr->rdlen) {
        if (rr->rdlen - at < 4)
            return false;
        const uint8_t *o = rr->rdata + at;
        size_t n = dns_get16(o + 2);
        if (rr->rdlen - at - 4 < n)
            return false;
        good &= take_option(q, (enum dns_option)dns_get16(o), o + 4, n);
        at += 4 + n;
    }
    return good;
}

/* The OPT record, RFC 6891 section 6.1.3; NOERROR when it can be used. */
static enum dns_rcode take_opt(struct query *q, const struct rr *rr)
{
    if (q->edns || !rr->root) {
        q->edns = false; /* no OPT is returned to a message that has none or two */
        return DNS_FORMERR;
    }
    q->edns = true;
    q->edns_size = rr->class;
    q->edns_do = (rr->ttl >> 15 & 1) != 0;
    if (!take_options(q, rr))
        return DNS_FORMERR;
    return rr->ttl >> 16 & 0xff ? DNS_BADVERS : DNS_NOERROR;
}

/* The octets of a name without pointers, 0 when it is none. */
static uint16_t plain_name(const uint8_t *p, size_t len)
{
    size_t at = 0;
    while (at < len && at < NAME_WIRE_MAX && p[at] <= NAME_LABEL_MAX) {
        if (p[at] == 0)
            return (uint16_t)(at + 1);
        at += p[at] + 1u;
    }
    return 0;
}

/*
 * RFC 8945 section 5.1.  Nobody here has a key, so all that a good one can get is NOTAUTH.  Its
 * names are never compressed by anyone who signs; as they go back where pointers would lead
 * elsewhere, a pointer counts as an error.
 */
static enum dns_rcode take_tsig(struct query *q, const struct rr *rr)
{
    struct query_tsig *t = &q->tsig;
    const uint8_t *p = rr->rdata;
    size_t left = rr->rdlen;
    *t = (struct query_tsig){.key = rr->owner, .algorithm = p};
    t->key_len = plain_name(rr->owner, (size_t)(p - rr->owner) - 10);
    t->algorithm_len = plain_name(p, left);
    if (t->key_len == 0 || t->algorithm_len == 0 || rr->class != DNS_CLASS_ANY || rr->ttl != 0)
        return DNS_FORMERR;
    p += t->algorithm_len;
    left -= t->algorithm_len;
    if (left < 10 || left - 10 < dns_get16(p + 8)) /* time, fudge, length of the MAC */
        return DNS_FORMERR;
    size_t mac = 10u + dns_get16(p + 8);
    p += mac;
    left -= mac;
    /* The original ID, an error, and other data. */
    return left >= 6 && left - 6 == dns_get16(p + 4) ? DNS_NOTAUTH : DNS_FORMERR;
}

/*
 * A query has no answer or authority records except in transfers and updates, which are refused
 * anyway.  They are walked all the same: an OPT behind them is to be answered by one (RFC 6891
 * section 7).  Counts that promise more than the message holds end the walk at its last octet.
 */
__attribute__((noinline)) static enum dns_rcode parse_rest(struct query *q, const uint8_t *msg,
                                                           size_t len, size_t at)
{
    enum dns_rcode rcode = DNS_NOERROR;
    bool ixfr = q->qtype == DNS_TYPE_IXFR;
    bool bad = dns_get16(msg + 6) != 0 || dns_get16(msg + 8) > (ixfr ? 1 : 0);
    struct rr rr;
    for (unsigned n = dns_get16(msg + 6) + dns_get16(msg + 8); n > 0; n--) {
        if (!take_rr(msg, len, &at, &rr))
            return DNS_FORMERR;
        bad |= rr.type != DNS_TYPE_SOA;
    }
    for (unsigned n = dns_get16(msg + 10); n > 0; n--) {
        if (!take_rr(msg, len, &at, &rr))
            return DNS_FORMERR;
        if (rr.type == DNS_TYPE_TSIG && n > 1)
            return DNS_FORMERR; /* it is the last one */
        if (rr.type != DNS_TYPE_OPT && rr.type != DNS_TYPE_TSIG)
            continue;
        enum dns_rcode found = rr.type == DNS_TYPE_OPT ? take_opt(q, &rr) : take_tsig(q, &rr);
        if (found == DNS_FORMERR)
            return found;
        if (rcode == DNS_NOERROR)
            rcode = found;
    }
    return bad || at != len ? DNS_FORMERR : rcode;
}

static enum parse_verdict parse_behind(struct query *q, const uint8_t *msg, size_t len)
{
    q->rcode = parse_rest(q, msg, len, q->question_end);
    return q->rcode == DNS_NOERROR ? PARSE_GOOD : PARSE_ERROR;
}

/* Without a question there may be a cookie. */
static enum parse_verdict parse_cookie(struct query *q, const uint8_t *msg, size_t len)
{
    q->qtype = q->qclass = 0;
    q->question_end = DNS_HEADER_LEN;
    if (parse_rest(q, msg, len, DNS_HEADER_LEN) != DNS_NOERROR || !q->edns || !q->cookie)
        return PARSE_HEADER;
    q->rcode = DNS_NOERROR;
    return PARSE_COOKIE;
}

enum parse_verdict query_parse(struct query *q, const uint8_t *msg, size_t len)
{
    static const uint8_t counts[8] = {0, 1}; /* one question, nothing else */
    q->msg = msg;
    q->edns = q->edns_do = false;
    q->edns_size = 0;
    if (len < DNS_HEADER_LEN || msg[2] & 0x80)
        return PARSE_DROP;
    q->rcode = DNS_NOTIMP;
    if (msg[2] >> 3 & 15)
        return PARSE_HEADER;
    q->rcode = DNS_FORMERR;
    if (dns_get16(msg + 4) == 0)
        return parse_cookie(q, msg, len);
    if (dns_get16(msg + 4) != 1)
        return PARSE_HEADER;
    size_t at = parse_name(q, msg, len);
    if (at == 0 || len - at < 4)
        return PARSE_HEADER;
    q->qtype = dns_get16(msg + at);
    q->qclass = dns_get16(msg + at + 2);
    q->question_end = (uint16_t)(at + 4);
    q->rcode = DNS_NOERROR;
    if (at + 4 < len || memcmp(msg + 4, counts, sizeof counts) != 0)
        return parse_behind(q, msg, len);
    return PARSE_GOOD;
}
