/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zone file.  Ranges are cut at whole octets or nibbles; what is wider than an address becomes a
 * wildcard.  A block of one set has no finer entries in it, so that no wildcard hides another, but
 * for names that read like the end of an address, which no real zone has.
 *
 * Among names, DNS wildcards end at names that exist (RFC 4592), those of this server do not: every
 * name under a wildcard gets the wildcard again.  An exclusion is "CNAME excluded", as rbldnsd has
 * it: the name exists, so that no wildcard matches, and has no address.
 */
#include <string.h>

#include "lib/answerset.h"
#include "lib/dump_internal.h"

#define OWNER_MAX (2 * NAME_TEXT_MAX + 8)

struct bind {
    const struct image_view *view;
    char sub[NAME_TEXT_MAX + 1]; /* ".usa" behind every owner, or "" */
    unsigned family;             /* of the ranges being cut */
    uint32_t set;                /* and theirs */
};

/* --- records --- */

static void put_octet(struct dumper *d, uint8_t c)
{
    if (c == '"' || c == '\\')
        fprintf(d->out, "\\%c", c);
    else if (c < ' ' || c > '~')
        fprintf(d->out, "\\%03u", c);
    else
        fputc(c, d->out);
}

/* Strings of at most 255 octets (RFC 1035 section 3.3). */
static void put_txt(struct dumper *d, const char *owner, uint32_t ttl, const uint8_t *text,
                    size_t n)
{
    fprintf(d->out, "%s %u TXT \"", owner, ttl);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && i % 255 == 0)
            fputs("\" \"", d->out);
        put_octet(d, text[i]);
    }
    fputs("\"\n", d->out);
}

static void put_strings(struct dumper *d, const char *owner, const struct dump_rr *rr)
{
    fprintf(d->out, "%s %u TXT", owner, rr->ttl);
    for (size_t at = 0; at < rr->rdlen; at += rr->rdata[at] + 1u) {
        fputs(" \"", d->out);
        for (size_t i = at + 1; i <= at + rr->rdata[at] && i < rr->rdlen; i++)
            put_octet(d, rr->rdata[i]);
        fputc('"', d->out);
    }
    fputc('\n', d->out);
}

/* In the form of RFC 3597 section 5, which needs no knowledge of the type. */
static void put_other(struct dumper *d, const char *owner, const struct dump_rr *rr)
{
    if (rr->type == DUMP_TXT) {
        put_strings(d, owner, rr);
        return;
    }
    fprintf(d->out, "%s %u TYPE%u \\# %u", owner, rr->ttl, rr->type, rr->rdlen);
    for (uint16_t i = 0; i < rr->rdlen; i++)
        fprintf(d->out, "%s%02x", i ? "" : " ", rr->rdata[i]);
    fputc('\n', d->out);
}

/* query: what "$" becomes; matched: the listed name. */
static void put_set(struct dumper *d, const char *owner, uint32_t set, const char *query,
                    const char *matched)
{
    struct text_subject subject = {query, matched, strlen(query), strlen(matched)};
    uint8_t text[65535 / 256 * 255];
    char a[ADDR4_TEXT_MAX];
    struct dump_rr rr;

    for (unsigned i = 0; i < answerset_na(d->img, set); i++) {
        addr4_format(a, answerset_a(d->img, set, i));
        fprintf(d->out, "%s %u A %s\n", owner, dump_a_ttl(d->img, set), a);
    }
    for (unsigned i = 0; i < answerset_ntexts(d->img, set); i++) {
        size_t n = answerset_text(d->img, set, i, &subject, text, sizeof(text));
        put_txt(d, owner, answerset_group(d->img, set)->txt_ttl, text, n);
    }
    for (size_t at = 0; dump_other(d->img, set, &at, &rr);)
        put_other(d, owner, &rr);
}

/* --- addresses --- */

static void reverse(const struct prefix *p, char out[static 80])
{
    static const char digit[] = "0123456789abcdef";
    unsigned step = p->family == 4 ? 8 : 4, max = p->family == 4 ? 32 : 128;
    size_t n = p->len < max ? (size_t)snprintf(out, 80, "*.") : 0;

    for (unsigned at = p->len; at > 0; at -= step) {
        unsigned shift = max - at; /* of the last bit of this label */
        uint64_t word = shift < 64 ? p->addr.lo >> shift : p->addr.hi >> (shift - 64);
        const char *dot = at > step ? "." : "";
        if (step == 8)
            n += (size_t)snprintf(out + n, 80 - n, "%u%s", (unsigned)(word & 255), dot);
        else
            n += (size_t)snprintf(out + n, 80 - n, "%c%s", digit[word & 15], dot);
    }
}

static bool put_prefix(struct dumper *d, void *arg, const struct prefix *p)
{
    const struct bind *b = arg;
    char labels[80], owner[OWNER_MAX], text[PREFIX_TEXT_MAX];

    if (d->dry)
        return true;
    reverse(p, labels);
    prefix_format(text, p);
    snprintf(owner, sizeof(owner), "%s%s", labels, b->sub);
    put_set(d, owner, b->set, text, text);
    return true;
}

static bool put_range(struct dumper *d, void *arg, struct addr6 first, struct addr6 last,
                      uint32_t set)
{
    struct bind *b = arg;
    struct dump_cut cut = {b->family, b->family == 4 ? 8 : 4, b->family == 4 ? 8 : 4};

    b->set = set;
    return dump_split(d, &cut, first, last, put_prefix, b);
}

static bool addresses(struct dumper *d, struct bind *b, unsigned family)
{
    b->family = family;
    return dump_ranges(d, b->view, family, put_range, b);
}

/* --- names --- */

/* The name whose entry says what is said of this one. */
static void stating(const struct names_item *item, unsigned from, char out[static NAME_TEXT_MAX])
{
    name_format(out, item->name.wire + from, item->name.len - from);
}

static bool put_name(struct dumper *d, void *arg, const struct names_item *item)
{
    const struct bind *b = arg;
    char text[NAME_TEXT_MAX + 4], shown[NAME_TEXT_MAX + 2], matched[NAME_TEXT_MAX];
    char owner[OWNER_MAX];

    if (d->dry || (!item->self && !item->below && !item->inherited))
        return true;
    dump_name_text(text, &item->name);
    snprintf(owner, sizeof(owner), "%s%s", text, b->sub);
    name_format(shown, item->name.wire, item->name.len);
    stating(item, item->self_from, matched);
    if (item->self)
        put_set(d, owner, item->self, shown, matched);
    else if (item->inherited)
        fprintf(d->out, "%s CNAME excluded\n", owner);
    memmove(shown + 2, shown, strlen(shown) + 1);
    memcpy(shown, "*.", 2);
    stating(item, item->below_from, matched);
    snprintf(owner, sizeof(owner), "*.%s%s", text, b->sub);
    if (item->below)
        put_set(d, owner, item->below, shown, matched);
    return true;
}

static bool view(struct dumper *d, const struct image_view *v)
{
    struct bind b = {.view = v};
    char sub[NAME_TEXT_MAX];

    if (v->sub_len > 1) {
        name_format(sub, v->sub, v->sub_len);
        snprintf(b.sub, sizeof(b.sub), ".%s", sub);
    }
    if (v->apex && answerset_nsources(d->img, v->apex) > 0 && !d->dry)
        put_set(d, v->sub_len > 1 ? sub : "@", v->apex, "", "");
    return addresses(d, &b, 4) && addresses(d, &b, 6) && dump_names(d, v, put_name, &b);
}

/* --- head --- */

static void put_fixed(struct dumper *d, const struct dump_fixed *f)
{
    char name[2][NAME_TEXT_MAX], owner[NAME_TEXT_MAX], a[ADDR6_TEXT_MAX];

    name_format(name[0], f->name[0].wire, f->name[0].len);
    name_format(owner, f->owner.wire, f->owner.len);
    if (f->type == DUMP_SOA) {
        name_format(name[1], f->name[1].wire, f->name[1].len);
        fprintf(d->out, "@ %u SOA %s. %s. (%u %u %u %u %u)\n", f->ttl, name[0], name[1],
                dump_be32(f->rest), dump_be32(f->rest + 4), dump_be32(f->rest + 8),
                dump_be32(f->rest + 12), dump_be32(f->rest + 16));
    } else if (f->type == DUMP_NS) {
        fprintf(d->out, "@ %u NS %s.\n", f->ttl, name[0]);
    } else if (f->type == DUMP_A) {
        addr4_format(a, dump_be32(f->rest));
        fprintf(d->out, "%s %u A %s\n", owner, f->ttl, a);
    } else if (f->type == DUMP_AAAA) {
        struct addr6 a6 = {(uint64_t)dump_be32(f->rest) << 32 | dump_be32(f->rest + 4),
                           (uint64_t)dump_be32(f->rest + 8) << 32 | dump_be32(f->rest + 12)};
        addr6_format(a, a6);
        fprintf(d->out, "%s %u AAAA %s\n", owner, f->ttl, a);
    }
}

static bool begin(struct dumper *d)
{
    const uint8_t *p = d->img->fixed;
    struct dump_fixed f;
    char zone[NAME_TEXT_MAX];

    if (d->dry)
        return true;
    name_format(zone, d->img->h->zone, d->img->h->zone_len);
    fprintf(d->out, "$ORIGIN %s.\n$TTL %u\n", zone, d->img->h->ttl);
    while (dump_fixed_next(d->img, &p, &f))
        put_fixed(d, &f);
    return true;
}

const struct dump_writer dump_bind = {begin, view};
