/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an answer set says: its A records, its texts, the lists it came from.
 *
 * A set points at a group (records ready to copy) and at a text list in IMAGE_TEXTS:
 *
 *   text list:  u8 ntexts, u8 nsources, u16 source[nsources], u32 template offset[ntexts]
 *   template:   u16 length, then segments: 0x00 end | 0x01 u16 n, n octets | 0x02 query subject
 *               | 0x03 the listed name that matched
 *
 * Values are little-endian and unaligned.  image_open() has checked all of it.
 */
#ifndef LIB_ANSWERSET_H
#define LIB_ANSWERSET_H

#include <stddef.h>
#include <stdint.h>

#include "lib/image.h"

enum text_op { TEXT_END = 0, TEXT_LITERAL = 1, TEXT_SUBJECT = 2, TEXT_MATCHED = 3 };

/* What "$" stands for in one answer; not NUL-terminated. */
struct text_subject {
    const char *query;   /* the queried address or name as text */
    const char *matched; /* the listed name as text */
    size_t query_len, matched_len;
};

const struct image_group *answerset_group(const struct image *img, uint32_t set);

/* Number of A records and the i-th address, host order. */
unsigned answerset_na(const struct image *img, uint32_t set);
uint32_t answerset_a(const struct image *img, uint32_t set, unsigned i);

unsigned answerset_ntexts(const struct image *img, uint32_t set);
/* The segments of text i; two texts are the same when they are at one place. */
const uint8_t *answerset_template(const struct image *img, uint32_t set, unsigned i);
/* Octets of text i after substitution, cut at cap; returns the length written. */
size_t answerset_text(const struct image *img, uint32_t set, unsigned i,
                      const struct text_subject *subject, uint8_t *out, size_t cap);

/* Indexes into img->sources of the lists that contributed. */
unsigned answerset_nsources(const struct image *img, uint32_t set);
unsigned answerset_source(const struct image *img, uint32_t set, unsigned i);

#endif
