/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A response policy zone: "CNAME ." (NXDOMAIN) for what is listed, "CNAME rpz-passthru." for names
 * taken out of a wildcard.  Policies have no values, so these are not written.
 */
#include <string.h>

#include "lib/answerset.h"
#include "lib/dump_internal.h"

#define LISTED   "CNAME ."
#define EXCLUDED "CNAME rpz-passthru."

/* --- addresses --- */

static void owner4(const struct prefix *p, char out[static 64])
{
    uint32_t a = (uint32_t)p->addr.lo;

    snprintf(out, 64, "%u.%u.%u.%u.%u.rpz-ip", p->len, a & 255, a >> 8 & 255, a >> 16 & 255,
             a >> 24);
}

static unsigned word(struct addr6 a, unsigned i)
{
    return (unsigned)((i < 4 ? a.hi : a.lo) >> (48 - 16 * (i % 4)) & 0xffff);
}

/*
 * Words from the last to the first; "zz" for the longest run of two or more that are zero.  Of
 * equal runs the one written first, which is how name servers write it to compare.
 */
static void owner6(const struct prefix *p, char out[static 64])
{
    unsigned from = 0, len = 0, run = 0;

    for (unsigned i = 0; i < 8; i++) {
        run = word(p->addr, i) ? 0 : run + 1;
        if (run > 1 && run >= len) {
            len = run;
            from = i + 1 - run;
        }
    }
    size_t n = (size_t)snprintf(out, 64, "%u.", p->len);
    for (unsigned i = 8; i-- > 0;) {
        if (len > 0 && i >= from && i < from + len) {
            if (i == from)
                n += (size_t)snprintf(out + n, 64 - n, "zz.");
            continue;
        }
        n += (size_t)snprintf(out + n, 64 - n, "%x.", word(p->addr, i));
    }
    snprintf(out + n, 64 - n, "rpz-ip");
}

static bool put_prefix(struct dumper *d, void *arg, const struct prefix *p)
{
    char owner[64];

    (void)arg;
    if (p->family == 4)
        owner4(p, owner);
    else
        owner6(p, owner);
    if (!d->dry)
        fprintf(d->out, "%s " LISTED "\n", owner);
    return true;
}

struct ranges {
    struct addr6 first, last;
    unsigned family;
    bool waits;
};

static bool flush(struct dumper *d, struct ranges *r)
{
    struct dump_cut cut = {r->family, 1, 1}; /* a prefix length of 0 is no policy */
    bool waits = r->waits;

    r->waits = false;
    return !waits || dump_split(d, &cut, r->first, r->last, put_prefix, NULL);
}

/* Sets do not matter here, so ranges side by side are one. */
static bool one_range(struct dumper *d, void *arg, struct addr6 first, struct addr6 last,
                      uint32_t set)
{
    struct ranges *r = arg;

    (void)set;
    if (r->waits && first.lo == r->last.lo + 1 && first.hi == r->last.hi + (first.lo == 0)) {
        r->last = last;
        return true;
    }
    if (!flush(d, r))
        return false;
    r->first = first;
    r->last = last;
    return r->waits = true;
}

static bool addresses(struct dumper *d, const struct image_view *v, unsigned family)
{
    struct ranges r = {.family = family};

    return dump_ranges(d, v, family, one_range, &r) && flush(d, &r);
}

/* --- names --- */

/*
 * Wildcards are those of DNS: what has a record, or one below it, is not matched by a wildcard
 * above.  So every name under a wildcard gets both records, whether they change anything or not.
 */
static bool one_name(struct dumper *d, void *arg, const struct names_item *item)
{
    char text[NAME_TEXT_MAX + 4];
    /* Records at a name, such as the address of a web site, list nothing. */
    bool self = item->self && dump_has_values(d->img, item->self);

    (void)arg;
    if (d->dry)
        return true;
    dump_name_text(text, &item->name);
    if (self || item->inherited)
        fprintf(d->out, "%s %s\n", text, self ? LISTED : EXCLUDED);
    if (item->below || item->inherited)
        fprintf(d->out, "*.%s %s\n", text, item->below ? LISTED : EXCLUDED);
    return true;
}

static void put_soa(struct dumper *d, const struct dump_fixed *f)
{
    char mname[NAME_TEXT_MAX], rname[NAME_TEXT_MAX];

    name_format(mname, f->name[0].wire, f->name[0].len);
    name_format(rname, f->name[1].wire, f->name[1].len);
    fprintf(d->out, "@ %u SOA %s. %s. %u %u %u %u %u\n", f->ttl, mname, rname, dump_be32(f->rest),
            dump_be32(f->rest + 4), dump_be32(f->rest + 8), dump_be32(f->rest + 12),
            dump_be32(f->rest + 16));
}

static bool begin(struct dumper *d)
{
    char zone[NAME_TEXT_MAX];
    const uint8_t *p = d->img->fixed;
    struct dump_fixed f;

    if (d->dry)
        return true;
    name_format(zone, d->img->h->zone, d->img->h->zone_len);
    fprintf(d->out, "$ORIGIN %s.\n$TTL %u\n", zone, d->img->h->ttl);
    if (dump_fixed_next(d->img, &p, &f))
        put_soa(d, &f);
    fputs("@ NS localhost.\n", d->out); /* nobody asks a policy zone for its servers */
    return true;
}

static bool view(struct dumper *d, const struct image_view *v)
{
    if (v->sub_len > 1)
        return dump_fail(d, "the zone has sub-names; use --as rbldnsd or bind");
    return addresses(d, v, 4) && addresses(d, v, 6) && dump_names(d, v, one_name, NULL);
}

const struct dump_writer dump_rpz = {begin, view};
