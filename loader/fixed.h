/* SPDX-License-Identifier: BSD-2-Clause */
/* The records every zone has, SOA and NS, as IMAGE_FIXED items (struct image_rr). */
#ifndef LOADER_FIXED_H
#define LOADER_FIXED_H

#include <stdint.h>

#include "lib/conf.h"
#include "loader/buf.h"

/* SOA first, then NS, then the addresses of name servers inside the zone.  Errors stick in out. */
void fixed_encode(struct buf *out, const struct conf_zone *zone, uint32_t serial);

#endif
