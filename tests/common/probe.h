/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does an image do harm?  Every kind of lookup over one whose bytes may be anything, with each
 * section in a heap block of its exact size, where AddressSanitizer sees a read beside it.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include "lib/image.h"

/* Sections as the header places them, not verified; NULL when they do not lie inside the bytes. */
struct image *probe_open(const uint8_t *bytes, size_t len);
void probe_close(struct image *img);

/* Lookups of all kinds in an image that has passed image_verify(). */
void probe_lookups(const struct image *img, uint64_t seed, unsigned count);

/*
 * Open bytes both ways; where they are accepted, look up.  True when accepted.  Aborts when the two
 * ways disagree.
 */
bool probe_bytes(const uint8_t *bytes, size_t len, uint64_t seed, unsigned count);

/* Make the checksum right; len at least that of a header. */
void probe_seal(uint8_t *bytes, size_t len);

/*
 * Images to damage, malloc'd: all but the last small, of every kind of content; the last has nodes
 * of every encoding.
 */
#define PROBE_IMAGES 5
uint8_t *probe_image(unsigned i, size_t *len);

#endif
