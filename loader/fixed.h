/* SPDX-License-Identifier: BSD-2-Clause */
/* The records every zone has, SOA and NS, as IMAGE_FIXED items (struct image_rr). */
#ifndef LOADER_FIXED_H
#define LOADER_FIXED_H

#include <stdint.h>

#include "lib/conf.h"
#include "loader/buf.h"
#include "loader/entries.h"

/* What the SOA and NS records of a zone are made of. */
struct fixed_input {
    struct name zone, mname, rname;
    uint32_t soa_ttl, serial, refresh, retry, expire, minimum;
    uint32_t ns_ttl;
    const struct name *ns; /* names of the servers, from the configuration or from a list */
    size_t nns;
    const struct conf_ns *glue; /* servers with addresses, from the configuration */
    size_t nglue;
    uint32_t glue_ttl;
};

/*
 * The configuration's words, and where it says nothing those of the first list that has them
 * (soa, ns: may be NULL).  names[] has room for zone->nns names and must outlive *out.
 */
void fixed_from(struct fixed_input *out, const struct conf_zone *zone, uint32_t serial,
                const struct entries_meta *soa, const struct entries_meta *ns, struct name *names);

/* SOA first, then NS, then the addresses of name servers inside the zone.  Errors stick in out. */
void fixed_encode(struct buf *out, const struct fixed_input *in);

/* A TTL that a list states, within the zone's bounds; 0 (not stated) becomes the zone's. */
uint32_t fixed_ttl(const struct conf_zone *zone, uint32_t stated);

/* The TTL of the SOA in a negative answer, RFC 2308 section 5. */
uint32_t fixed_negative_ttl(const struct fixed_input *in);

#endif
