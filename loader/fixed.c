/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/fixed.h"

#include <string.h>

#include "lib/image.h"

enum { TYPE_A = 1, TYPE_NS = 2, TYPE_SOA = 6, TYPE_AAAA = 28 };

struct rdata {
    uint8_t p[2 * NAME_WIRE_MAX + 20];
    uint16_t len;
    uint16_t hole[2];
    unsigned nholes;
};

static void put(struct rdata *r, const void *bytes, size_t n)
{
    memcpy(r->p + r->len, bytes, n);
    r->len = (uint16_t)(r->len + n);
}

static void put_be32(struct rdata *r, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    put(r, b, sizeof b);
}

/* A name; one at or below the apex ends in a pointer that the answer fills in. */
static void put_name(struct rdata *r, const struct name *n, const struct name *zone)
{
    if (zone->len == 1 || !name_is_under(n, zone)) {
        put(r, n->wire, n->len);
        return;
    }
    put(r, n->wire, (size_t)n->len - zone->len);
    r->hole[r->nholes++] = r->len;
    put(r, "\0\0", 2);
}

static void add_item(struct buf *out, uint16_t type, uint32_t ttl, const struct name *owner,
                     const struct rdata *r)
{
    struct image_rr rr = {.type = type, .rdlen = r->len, .ttl = ttl};
    for (unsigned i = 0; i < 2; i++)
        rr.hole[i] = i < r->nholes ? r->hole[i] : IMAGE_NO_HOLE;
    rr.owner_len = owner ? owner->len : 0;
    buf_add(out, &rr, sizeof rr);
    if (owner)
        buf_add(out, owner->wire, owner->len);
    buf_add(out, r->p, r->len);
    buf_align(out, 4);
}

static void add_soa(struct buf *out, const struct fixed_input *in)
{
    struct rdata r = {0};
    put_name(&r, &in->mname, &in->zone);
    put_name(&r, &in->rname, &in->zone);
    put_be32(&r, in->serial);
    put_be32(&r, in->refresh);
    put_be32(&r, in->retry);
    put_be32(&r, in->expire);
    put_be32(&r, in->minimum);
    add_item(out, TYPE_SOA, in->soa_ttl, NULL, &r);
}

static void add_glue(struct buf *out, const struct fixed_input *in, const struct conf_ns *ns)
{
    if (!name_is_under(&ns->name, &in->zone) || ns->name.len == in->zone.len)
        return;
    struct name owner = ns->name;
    owner.len = (uint8_t)(ns->name.len - in->zone.len);
    if (ns->has_a) {
        struct rdata r = {0};
        put_be32(&r, ns->a);
        add_item(out, TYPE_A, in->glue_ttl, &owner, &r);
    }
    if (ns->has_aaaa) {
        struct rdata r = {0};
        put_be32(&r, (uint32_t)(ns->aaaa.hi >> 32));
        put_be32(&r, (uint32_t)ns->aaaa.hi);
        put_be32(&r, (uint32_t)(ns->aaaa.lo >> 32));
        put_be32(&r, (uint32_t)ns->aaaa.lo);
        add_item(out, TYPE_AAAA, in->glue_ttl, &owner, &r);
    }
}

uint32_t fixed_ttl(const struct conf_zone *zone, uint32_t stated)
{
    uint32_t ttl = stated ? stated : zone->ttl;
    if (zone->max_ttl && ttl > zone->max_ttl)
        ttl = zone->max_ttl;
    return ttl < zone->min_ttl ? zone->min_ttl : ttl;
}

void fixed_from(struct fixed_input *out, const struct conf_zone *zone, uint32_t serial,
                const struct entries_meta *soa, const struct entries_meta *ns, struct name *names)
{
    *out = (struct fixed_input){.zone = zone->name,
                                .mname = zone->mname,
                                .rname = zone->rname,
                                .soa_ttl = zone->soa_ttl,
                                .serial = serial,
                                .refresh = zone->soa_refresh,
                                .retry = zone->soa_retry,
                                .expire = zone->soa_expire,
                                .minimum = zone->negative_ttl,
                                .ns_ttl = zone->soa_ttl,
                                .ns = names,
                                .nns = zone->nns,
                                .glue = zone->ns,
                                .nglue = zone->nns,
                                .glue_ttl = zone->ttl};
    for (size_t i = 0; i < zone->nns; i++)
        names[i] = zone->ns[i].name;
    if (soa && !zone->own_soa) {
        out->mname = soa->mname;
        out->rname = soa->rname;
        out->soa_ttl = fixed_ttl(zone, soa->soa_ttl);
        out->refresh = soa->refresh;
        out->retry = soa->retry;
        out->expire = soa->expire;
        out->minimum = soa->minimum;
        if (soa->serial)
            out->serial = soa->serial; /* the publisher's own, as a mirror of the zone has it */
    }
    if (ns && zone->nns == 0) {
        out->ns = ns->ns;
        out->nns = ns->nns;
        out->ns_ttl = fixed_ttl(zone, ns->ns_ttl);
    }
}

uint32_t fixed_negative_ttl(const struct fixed_input *in)
{
    return in->minimum < in->soa_ttl ? in->minimum : in->soa_ttl;
}

void fixed_encode(struct buf *out, const struct fixed_input *in)
{
    add_soa(out, in);
    for (size_t i = 0; i < in->nns; i++) {
        struct rdata r = {0};
        put_name(&r, &in->ns[i], &in->zone);
        add_item(out, TYPE_NS, in->ns_ttl, NULL, &r);
    }
    for (size_t i = 0; i < in->nglue; i++)
        add_glue(out, in, &in->glue[i]);
}
