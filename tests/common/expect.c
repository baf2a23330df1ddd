/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/expect.h"

#include <arpa/inet.h>
#include <check.h>
#include <ctype.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/dnswalk.h"

#define OPTION_EDE 15 /* RFC 8914 section 2 */

/* One exchange under examination. */
struct exam {
    const struct row *row;
    const struct fixture *f;
    uint8_t msg[ASK_MAX];
    size_t len;
    struct heard h;
    struct walk w;
};

#define NEED(e, cond)                                                                              \
    ck_assert_msg((cond), "%s (%s): %s", (e)->row->id,                                             \
                  (e)->row->ask.name ? (e)->row->ask.name : "-", #cond)

/* --- the second opinion --- */

static ldns_pkt *decode(const struct heard *h)
{
    ldns_pkt *pkt = NULL;
    return ldns_wire2pkt(&pkt, h->p, h->len) == LDNS_STATUS_OK ? pkt : NULL;
}

/* "OWNER TTL CLASS TYPE DATA" of ldns without owner and class. */
static void add_rr(FILE *out, const ldns_rr *rr, bool first)
{
    char *text = ldns_rr2str(rr), *rest = text;
    text[strcspn(text, "\n")] = 0;
    strsep(&rest, "\t");
    fprintf(out, "%s%s", first ? "" : "; ", strsep(&rest, "\t"));
    strsep(&rest, "\t");
    for (const char *field; (field = strsep(&rest, "\t"));)
        if (*field)
            fprintf(out, " %s", field);
    free(text);
}

char *expect_text(const struct heard *h, unsigned section)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ldns_pkt *pkt = decode(h);
    ck_assert_msg(pkt, "ldns cannot read the reply");
    const ldns_rr_list *list = section == WALK_ANSWER      ? ldns_pkt_answer(pkt)
                               : section == WALK_AUTHORITY ? ldns_pkt_authority(pkt)
                                                           : ldns_pkt_additional(pkt);
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
        add_rr(out, ldns_rr_list_rr(list, i), i == 0);
    ldns_pkt_free(pkt);
    fclose(out);
    return text;
}

static void check_text(const struct exam *e, unsigned section, const char *want)
{
    char *got = expect_text(&e->h, section);
    ck_assert_msg(strcmp(got, want) == 0, "%s: section %u is\n  \"%s\", not\n  \"%s\"", e->row->id,
                  section, got, want);
    free(got);
}

/* --- header and question --- */

static enum dns_rcode want_rcode(const struct row *row)
{
    switch (row->shape) {
    case SHAPE_NXD:
        return DNS_NXDOMAIN;
    case SHAPE_ECHO:
    case SHAPE_HEADER:
        return row->rcode;
    default:
        return DNS_NOERROR;
    }
}

static unsigned want_flags(const struct row *row)
{
    unsigned flags = ASK_QR | row->ask.opcode << 11 | (want_rcode(row) & 15);
    if (row->shape == SHAPE_HEADER)
        return flags;
    flags |= row->ask.flags & ASK_RD;
    if (row->shape != SHAPE_ECHO && !row->no_aa)
        flags |= ASK_AA;
    return row->shape == SHAPE_TRUNCATED ? flags | ASK_TC : flags;
}

static enum query_result want_result(const struct row *row)
{
    switch (row->shape) {
    case SHAPE_DROP:
        return QUERY_DROPPED;
    case SHAPE_NODATA:
        return QUERY_NODATA;
    case SHAPE_LISTED:
    case SHAPE_TRUNCATED:
        return QUERY_LISTED;
    default:
        break;
    }
    switch (want_rcode(row)) {
    case DNS_NXDOMAIN:
        return QUERY_NXDOMAIN;
    case DNS_FORMERR:
        return QUERY_FORMERR;
    case DNS_NOTIMP:
        return QUERY_NOTIMP;
    case DNS_SERVFAIL:
        return QUERY_SERVFAIL;
    case DNS_BADVERS:
        return QUERY_BADVERS;
    case DNS_NOTAUTH:
        return QUERY_NOTAUTH;
    case DNS_BADCOOKIE:
        return QUERY_COOKIE;
    default:
        return QUERY_REFUSED;
    }
}

static void check_header(const struct exam *e)
{
    NEED(e, dns_get16(e->h.p) == ASK_ID);
    ck_assert_msg(dns_get16(e->h.p + 2) == want_flags(e->row), "%s: flags %04x, not %04x",
                  e->row->id, dns_get16(e->h.p + 2), want_flags(e->row));
    NEED(e, e->w.count[WALK_QUESTION] == (e->row->shape == SHAPE_HEADER ? 0 : 1));
    if (e->row->shape == SHAPE_HEADER)
        return;
    size_t n = e->w.question_end - DNS_HEADER_LEN;
    NEED(e, e->len >= e->w.question_end);
    NEED(e, memcmp(e->msg + DNS_HEADER_LEN, e->h.p + DNS_HEADER_LEN, n) == 0);
}

/* --- EDNS --- */

/* RFC 6891 section 6.1.3 of a reply, extended rcode included. */
static void check_opt(const struct exam *e)
{
    bool sent = e->row->opt_in_tail || (e->row->ask.edns && !e->row->no_opt);
    bool want = sent && e->row->shape != SHAPE_HEADER;
    NEED(e, e->w.nopt == want);
    if (!want)
        return;
    const struct walk_rr *o = &e->w.rr[e->w.last_opt];
    uint32_t ttl = (uint32_t)(want_rcode(e->row) >> 4) << 24 | (e->row->ask.oflags & 0x8000u);
    NEED(e, o->section == WALK_ADDITIONAL);
    NEED(e, e->h.p[o->owner] == 0);
    NEED(e, o->class == QUERY_UDP_MAX);
    NEED(e, o->ttl == ttl);
    size_t n = e->row->opt_len;
    NEED(e, o->rdlen == n + (e->row->ede ? 6 : 0));
    if (n > 0)
        NEED(e, memcmp(o->rdata, e->row->opt, n) == 0);
    if (!e->row->ede)
        return;
    NEED(e, dns_get16(o->rdata + n) == OPTION_EDE);
    NEED(e, dns_get16(o->rdata + n + 2) == 2);
    NEED(e, dns_get16(o->rdata + n + 4) == e->row->ede);
}

/* RFC 8945 section 5.2.1: the key and algorithm asked with, no MAC, the error. */
static void check_badkey(const struct exam *e)
{
    static const uint8_t end[] = {0, 0, ASK_ID >> 8, ASK_ID & 0xff, 0, 17, 0, 0};
    const struct walk_rr *t = &e->w.rr[e->w.nrr - 1];
    NEED(e, t->section == WALK_ADDITIONAL && t->type == DNS_TYPE_TSIG);
    NEED(e, t->class == DNS_CLASS_ANY && t->ttl == 0 && t->rdlen > sizeof end + 8);
    NEED(e, memcmp(t->rdata + t->rdlen - sizeof end, end, sizeof end) == 0);
    NEED(e, e->h.len <= e->len + 17);
}

/* --- sections --- */

static void check_answers(const struct exam *e)
{
    NEED(e, e->w.count[WALK_ANSWER] > 0);
    NEED(e, e->w.count[WALK_AUTHORITY] == 0);
    for (size_t i = 0; i < e->w.count[WALK_ANSWER]; i++)
        NEED(e, dns_get16(e->h.p + e->w.rr[i].owner) == 0xc00c);
    if (e->row->answer)
        check_text(e, WALK_ANSWER, e->row->answer);
}

/* Octets of the longest zone that the question lies in. */
static size_t zone_octets(const struct exam *e)
{
    struct name asked = {.len = (uint8_t)(e->w.question_end - 4 - DNS_HEADER_LEN)};
    size_t best = 0;
    for (size_t i = 0; i < asked.len; i++)
        asked.wire[i] = (uint8_t)tolower(e->h.p[DNS_HEADER_LEN + i]);
    for (size_t i = 0; i < zonetab_count(e->f->zones); i++) {
        const struct name *zone = &zonetab_get(e->f->zones, i)->name;
        if (name_is_under(&asked, zone) && zone->len > best)
            best = zone->len;
    }
    return best;
}

/* RFC 2308: the SOA at the apex with the smaller of its own TTL and MINIMUM. */
static void check_negative(const struct exam *e)
{
    size_t apex = e->w.question_end - 4 - zone_octets(e);
    NEED(e, e->w.count[WALK_ANSWER] == 0);
    NEED(e, e->w.count[WALK_AUTHORITY] == 1);
    NEED(e, e->w.rr[0].type == DNS_TYPE_SOA);
    NEED(e, e->w.rr[0].class == DNS_CLASS_IN);
    NEED(e, e->w.rr[0].ttl == 150);
    NEED(e, dns_get16(e->h.p + e->w.rr[0].owner) == (0xc000 | apex));
}

static void check_sections(const struct exam *e)
{
    const struct row *row = e->row;
    if (row->shape == SHAPE_LISTED)
        check_answers(e);
    else if (row->shape == SHAPE_NODATA || row->shape == SHAPE_NXD)
        check_negative(e);
    else
        NEED(e, e->w.nrr == e->w.nopt + row->badkey);
    if (row->additional)
        check_text(e, WALK_ADDITIONAL, row->additional);
    else
        NEED(e, e->w.count[WALK_ADDITIONAL] == e->w.nopt + row->badkey);
    if (row->badkey)
        check_badkey(e);
}

static void set_client(struct sockaddr_storage *to, const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(5353)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(5353)};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        memcpy(to, &in, sizeof in);
    else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        memcpy(to, &in6, sizeof in6);
    else
        ck_abort_msg("not an address: %s", text);
}

void expect_row(const struct fixture *f, const struct row *row)
{
    struct exam e = {.row = row, .f = f};
    struct query_options opt = row->ask.with ? *row->ask.with : (struct query_options){0};
    struct sockaddr_storage client;
    opt.tcp = row->ask.tcp;
    opt.refused = row->ask.refused;
    if (row->ask.client) {
        set_client(&client, row->ask.client);
        opt.client = (const struct sockaddr *)&client;
    }
    e.len = ask_build(&row->ask, e.msg);
    e.h = fixture_hear(f, &opt, e.msg, e.len);
    NEED(&e, e.h.result == want_result(row));
    expect_sane(row->id, &e.h, e.msg, e.len, opt.tcp);
    NEED(&e, (e.h.len == 0) == (row->shape == SHAPE_DROP));
    if (e.h.len == 0)
        return;
    NEED(&e, walk_message(&e.w, e.h.p, e.h.len));
    if (row->len)
        ck_assert_uint_eq(e.h.len, row->len);
    if (row->shape == SHAPE_HEADER)
        NEED(&e, e.h.len == DNS_HEADER_LEN);
    check_header(&e);
    check_opt(&e);
    check_sections(&e);
    free(e.h.p);
}

void expect_sane(const char *id, const struct heard *h, const uint8_t *msg, size_t len, bool tcp)
{
    struct walk w;
    size_t limit = tcp ? QUERY_TCP_MAX : walk_udp_limit(msg, len);
    if (h->len == 0)
        return;
    ck_assert_msg(walk_message(&w, h->p, h->len), "%s: the reply does not end where it says", id);
    ck_assert_msg(h->len <= limit, "%s: %zu octets, allowed are %zu", id, h->len, limit);
    ck_assert_msg(memcmp(h->p, msg, 2) == 0, "%s: other ID", id);
    ck_assert_msg(h->p[2] & 0x80 && !(msg[2] & 0x80), "%s: QR", id);
    ck_assert_msg((h->p[3] & 0xf0) == 0, "%s: RA, Z, AD or CD is set", id);
    ck_assert_msg(w.nopt <= 1, "%s: more than one OPT", id);
    if (w.nopt)
        ck_assert_msg(walk_options(&w.rr[w.last_opt]), "%s: EDNS options", id);
    ldns_pkt *pkt = decode(h);
    ck_assert_msg(pkt, "%s: ldns cannot read the reply", id);
    ck_assert_msg(ldns_pkt_ancount(pkt) == w.count[WALK_ANSWER] &&
                      ldns_pkt_nscount(pkt) == w.count[WALK_AUTHORITY],
                  "%s: ldns counts otherwise", id);
    ldns_pkt_free(pkt);
}
