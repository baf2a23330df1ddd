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

static void add_soa(struct buf *out, const struct conf_zone *z, uint32_t serial)
{
    struct rdata r = {0};
    put_name(&r, &z->mname, &z->name);
    put_name(&r, &z->rname, &z->name);
    put_be32(&r, serial);
    put_be32(&r, z->soa_refresh);
    put_be32(&r, z->soa_retry);
    put_be32(&r, z->soa_expire);
    put_be32(&r, z->negative_ttl);
    add_item(out, TYPE_SOA, z->soa_ttl, NULL, &r);
}

static void add_glue(struct buf *out, const struct conf_zone *z, const struct conf_ns *ns)
{
    if (!name_is_under(&ns->name, &z->name) || ns->name.len == z->name.len)
        return;
    struct name owner = ns->name;
    owner.len = (uint8_t)(ns->name.len - z->name.len);
    if (ns->has_a) {
        struct rdata r = {0};
        put_be32(&r, ns->a);
        add_item(out, TYPE_A, z->ttl, &owner, &r);
    }
    if (ns->has_aaaa) {
        struct rdata r = {0};
        put_be32(&r, (uint32_t)(ns->aaaa.hi >> 32));
        put_be32(&r, (uint32_t)ns->aaaa.hi);
        put_be32(&r, (uint32_t)(ns->aaaa.lo >> 32));
        put_be32(&r, (uint32_t)ns->aaaa.lo);
        add_item(out, TYPE_AAAA, z->ttl, &owner, &r);
    }
}

void fixed_encode(struct buf *out, const struct conf_zone *zone, uint32_t serial)
{
    add_soa(out, zone, serial);
    for (size_t i = 0; i < zone->nns; i++) {
        struct rdata r = {0};
        put_name(&r, &zone->ns[i].name, &zone->name);
        add_item(out, TYPE_NS, zone->soa_ttl, NULL, &r);
    }
    for (size_t i = 0; i < zone->nns; i++)
        add_glue(out, zone, &zone->ns[i]);
}
