/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The zones a server answers for: an immutable table from names to images.
 *
 * Built by the control thread, read by workers, never changed after zonetab_build() returns.  It
 * borrows the images (dnsd/zoneset.c owns and closes them).  No sockets, no clock, no RCU here.
 */
#ifndef DNSD_ZONETAB_H
#define DNSD_ZONETAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/image.h"
#include "lib/name.h"

/*
 * image NULL: nothing to answer from (SERVFAIL), never loaded or expired.  With an image that
 * expired the zone answers, and lists nothing.
 */
struct zonetab_zone {
    struct name name;
    const struct image *image;
    bool expired;    /* its data may no longer be served; with an image: nothing is listed */
    unsigned labels; /* of the name; filled by zonetab_build() */
};

struct zonetab;

/* Copies zones[]; NULL when memory is exhausted.  Names must differ. */
struct zonetab *zonetab_build(const struct zonetab_zone *zones, size_t n);
void zonetab_free(struct zonetab *t);

size_t zonetab_count(const struct zonetab *t);
const struct zonetab_zone *zonetab_get(const struct zonetab *t, size_t i);

/*
 * The longest zone that is a suffix of a lower-case wire name, or NULL.  labels[i] is the offset of
 * the i-th label in wire, nlabels of them (root not counted).
 */
const struct zonetab_zone *zonetab_find(const struct zonetab *t, const uint8_t *wire,
                                        const uint8_t *labels, unsigned nlabels, size_t wire_len);

#endif
