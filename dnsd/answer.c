/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/answer.h"

#include <string.h>

#include "dnsd/opt.h"
#include "lib/answerset.h"

#define A_RR_LEN (RR_FIXED + 4)
#define TEXT_MAX 4096 /* octets of one text after substitution; what is longer is cut */
#define TXT_SEEN 64   /* texts compared when several trees answer at once */

size_t reply_header_only(const struct query *q, uint8_t *out, enum dns_rcode rcode)
{
    reply_put_header(out, q->msg, 0, rcode, 0);
    return DNS_HEADER_LEN;
}

/* Room for n octets, or NULL and overflow. */
static uint8_t *room(struct reply *r, size_t n)
{
    if (r->limit - r->opt_len - r->len < n) {
        r->overflow = true;
        return NULL;
    }
    uint8_t *at = r->p + r->len;
    r->len += n;
    return at;
}

void reply_set_options(struct reply *r, const struct reply_options *o)
{
    r->options = o;
    r->opt_len = opt_room(r->q, o);
}

/* TC: nothing but the question (RFC 2181 section 9), or not all that should stand in the OPT. */
uint8_t reply_finish_odd(struct reply *r)
{
    uint8_t flags = 0;
    if (r->overflow) {
        flags = REPLY_TC;
        r->len = r->q->question_end;
        r->counts &= (uint64_t)0xffff << REPLY_QUESTION;
    }
    if (r->q->edns)
        opt_put(r);
    if (r->rcode == DNS_NOTAUTH && !opt_put_badkey(r))
        flags = REPLY_TC; /* over TCP there is room */
    return flags;
}

/* --- fixed records --- */

/* A pointer to the apex inside the question name. */
static uint16_t apex_pointer(const struct reply *r, const struct image *img)
{
    return (uint16_t)(0xc000 | (DNS_HEADER_LEN + r->q->name_len - img->h->zone_len));
}

__attribute__((always_inline)) static inline void
put_fixed(struct reply *r, const struct image *img, const struct image_rr *rr, uint32_t ttl)
{
    uint8_t *o = room(r, reply_fixed_len(rr));
    if (o)
        reply_write_fixed(o, rr, ttl, apex_pointer(r, img));
}

static const struct image_rr *fixed_next(const struct image *img, const struct image_rr *rr)
{
    const uint8_t *p = rr ? (const uint8_t *)rr + image_rr_size(rr) : img->fixed;
    return p < img->fixed_end ? (const struct image_rr *)(const void *)p : NULL;
}

void reply_fixed(struct reply *r, const struct image *img, uint16_t type, enum reply_section s)
{
    for (const struct image_rr *rr = fixed_next(img, NULL); rr; rr = fixed_next(img, rr)) {
        if (rr->type != type || rr->owner_len != 0)
            continue;
        put_fixed(r, img, rr, rr->ttl);
        reply_count(r, s, 1);
    }
}

void reply_glue(struct reply *r, const struct image *img)
{
    for (const struct image_rr *rr = fixed_next(img, NULL); rr; rr = fixed_next(img, rr)) {
        if (rr->owner_len == 0)
            continue;
        bool before = r->overflow;
        put_fixed(r, img, rr, rr->ttl);
        if (r->overflow) { /* a hint that does not fit is left out, the answer stands */
            r->overflow = before;
            return;
        }
        reply_count(r, REPLY_ADDITIONAL, 1);
    }
}

void reply_negative(struct reply *r, const struct image *img)
{
    put_fixed(r, img, fixed_next(img, NULL), img->h->negative_ttl);
    reply_count(r, REPLY_AUTHORITY, 1);
}

/* --- answer sets --- */

static void put_rr_head(uint8_t *o, uint16_t type, uint16_t class, uint32_t ttl, uint16_t rdlen)
{
    dns_put16(o, 0xc00c);
    dns_put16(o + 2, type);
    dns_put16(o + 4, class);
    dns_put32(o + 6, ttl);
    dns_put16(o + 10, rdlen);
}

/* Text as character-strings of at most 255 octets (RFC 1035 section 3.3.14) behind o. */
static void put_strings(uint8_t *o, const uint8_t *text, size_t n)
{
    while (n > 0) {
        uint8_t part = n > 255 ? 255 : (uint8_t)n;
        *o++ = part;
        memcpy(o, text, part);
        o += part;
        text += part;
        n -= part;
    }
}

static uint8_t *put_txt(struct reply *r, uint16_t class, uint32_t ttl, const uint8_t *text,
                        size_t n)
{
    size_t rdlen = n + (n + 254) / 255;
    uint8_t *o = room(r, RR_FIXED + rdlen);
    if (!o)
        return NULL;
    put_rr_head(o, DNS_TYPE_TXT, class, ttl, (uint16_t)rdlen);
    put_strings(o + RR_FIXED, text, n);
    reply_count(r, REPLY_ANSWER, 1);
    return o;
}

void reply_chaos(struct reply *r, const char *text)
{
    put_txt(r, DNS_CLASS_CH, 0, (const uint8_t *)text, strlen(text));
}

/* All records of one type in an answer have one TTL (RFC 2181 section 5.2): the smallest. */
static uint32_t answer_ttl(const struct image *img, const struct lookup_result *found)
{
    uint32_t ttl = UINT32_MAX;
    for (unsigned i = 0; i < found->nset; i++) {
        uint32_t t = answerset_group(img, found->set[i])->txt_ttl;
        ttl = t < ttl ? t : ttl;
    }
    return ttl;
}

/* A records of several sets at once: each address once, one TTL. */
__attribute__((noinline)) static void put_a_merged(struct reply *r, const struct image *img,
                                                   const struct lookup_result *found)
{
    uint32_t ttl = answer_ttl(img, found);
    size_t first = r->len;
    for (unsigned i = 0; i < found->nset; i++) {
        const struct image_group *g = answerset_group(img, found->set[i]);
        for (unsigned k = 0; k < g->na; k++) {
            const uint8_t *rr = g->rr + k * A_RR_LEN;
            bool known = false;
            for (size_t at = first; at < r->len && !known; at += A_RR_LEN)
                known = memcmp(r->p + at + RR_FIXED, rr + RR_FIXED, 4) == 0;
            uint8_t *o = known ? NULL : room(r, A_RR_LEN);
            if (!o)
                continue;
            memcpy(o, rr, A_RR_LEN);
            dns_put32(o + 6, ttl);
            reply_count(r, REPLY_ANSWER, 1);
        }
    }
}

static void put_a(struct reply *r, const struct image *img, const struct lookup_result *found)
{
    if (found->nset > 1) {
        put_a_merged(r, img, found);
        return;
    }
    const struct image_group *g = answerset_group(img, found->set[0]);
    uint8_t *o = room(r, g->a_len);
    if (!o)
        return;
    reply_copy(o, g->rr, g->a_len);
    reply_count(r, REPLY_ANSWER, g->na);
}

/* The part of the question name from label i up to the view, as text. */
static size_t name_text(const struct query *q, const struct lookup_result *found, unsigned i,
                        char out[static NAME_TEXT_MAX])
{
    uint8_t wire[NAME_WIRE_MAX];
    size_t from = i < q->nlabels ? q->labels[i] : q->name_len - 1u;
    size_t to = found->name_labels < q->nlabels ? q->labels[found->name_labels] : q->name_len - 1u;
    size_t n = to > from ? to - from : 0;
    memcpy(wire, q->name + from, n);
    wire[n] = 0;
    return name_format(out, wire, n + 1);
}

static size_t subject_text(const struct query *q, const struct lookup_result *found,
                           char out[static NAME_TEXT_MAX])
{
    char text[ADDR6_TEXT_MAX];
    size_t n;
    if (found->kind == LOOKUP_NAME)
        return name_text(q, found, 0, out);
    if (found->kind == LOOKUP_ADDR4)
        n = addr4_format(text, (uint32_t)found->addr.lo);
    else
        n = addr6_format(text, found->addr);
    memcpy(out, text, n);
    return n;
}

/* Texts of several sets may turn out equal; each is answered once. */
__attribute__((noinline)) static void put_txts(struct reply *r, const struct image *img,
                                               const struct lookup_result *found)
{
    char query[NAME_TEXT_MAX], matched[NAME_TEXT_MAX];
    uint8_t text[TEXT_MAX];
    const uint8_t *seen[TXT_SEEN];
    size_t nseen = 0;
    struct text_subject subject = {query, matched, subject_text(r->q, found, query),
                                   name_text(r->q, found, found->match_label, matched)};
    uint32_t ttl = answer_ttl(img, found);
    for (unsigned i = 0; i < found->nset; i++) {
        for (unsigned k = 0; k < answerset_ntexts(img, found->set[i]); k++) {
            size_t n = answerset_text(img, found->set[i], k, &subject, text, sizeof text);
            size_t before = r->len;
            uint64_t counts = r->counts;
            uint8_t *o = n ? put_txt(r, DNS_CLASS_IN, ttl, text, n) : NULL;
            for (size_t s = 0; o && s < nseen; s++)
                if (dns_get16(seen[s] + 10) == dns_get16(o + 10) &&
                    memcmp(seen[s] + RR_FIXED, o + RR_FIXED, dns_get16(o + 10)) == 0) {
                    r->len = before;
                    r->counts = counts;
                    o = NULL;
                }
            if (o && nseen < TXT_SEEN)
                seen[nseen++] = o;
        }
    }
}

/* Records of the remaining types that a set may carry. */
__attribute__((noinline)) static void put_other(struct reply *r, const struct image *img,
                                                const struct lookup_result *found)
{
    for (unsigned i = 0; i < found->nset; i++) {
        const struct image_group *g = answerset_group(img, found->set[i]);
        const uint8_t *rr = g->rr + g->a_len;
        for (unsigned k = 0; k < g->nother; k++) {
            size_t n = RR_FIXED + (size_t)dns_get16(rr + 10);
            bool wanted = r->q->qtype == DNS_TYPE_ANY || r->q->qtype == dns_get16(rr + 2);
            uint8_t *o = wanted ? room(r, n) : NULL;
            if (o) {
                memcpy(o, rr, n);
                reply_count(r, REPLY_ANSWER, 1);
            }
            rr += n;
        }
    }
}

void reply_put_sets(struct reply *r, const struct image *img, const struct lookup_result *found)
{
    uint16_t type = r->q->qtype;
    if (type == DNS_TYPE_A || type == DNS_TYPE_ANY)
        put_a(r, img, found);
    if (type == DNS_TYPE_A)
        return;
    if (type == DNS_TYPE_TXT || type == DNS_TYPE_ANY)
        put_txts(r, img, found);
    put_other(r, img, found); /* TXT records of a list stand beside the texts of others */
}
