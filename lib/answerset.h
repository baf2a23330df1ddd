/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an answer set says: its A records, its texts, the lists it came from.
 *
 * A set points at a group (records ready to copy, and the lists they came from) and at its texts in
 * IMAGE_TEXTS:
 *
 *   texts:     u8 n below TEXT_END, u32 template offset[n]; or one template, at once
 *   template:  segments: TEXT_LITERAL u16 n, n octets | TEXT_SUBJECT | TEXT_MATCHED, up to an end,
 *              which is TEXT_END | TEXT_LAST u8 n, n octets
 *
 * Values are little-endian and unaligned.  image_open() has checked all of it.  A list whose every
 * entry has a text of its own pays 2 octets beside it here, and 8 for the set.
 */
#ifndef LIB_ANSWERSET_H
#define LIB_ANSWERSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/image.h"

enum text_op {
    TEXT_END = 0xf0, /* the lowest: what is below counts templates */
    TEXT_LITERAL,
    TEXT_SUBJECT, /* the queried address or name */
    TEXT_MATCHED, /* the listed name that matched */
    TEXT_LAST,    /* a literal with the end behind it */
};
#define TEXT_LAST_MAX 255

/* One step through a template: TEXT_LITERAL with its octets, TEXT_SUBJECT or TEXT_MATCHED. */
struct text_segment {
    enum text_op op;
    const uint8_t *octets; /* of a literal; not NUL-terminated */
    size_t n;
};

/* The segment at *at, which moves behind it; false at the end. */
bool text_next(const uint8_t **at, struct text_segment *s);

/* What "$" stands for in one answer; not NUL-terminated. */
struct text_subject {
    const char *query;   /* the queried address or name as text */
    const char *matched; /* the listed name as text */
    size_t query_len, matched_len;
};

static inline const struct image_group *answerset_group(const struct image *img, uint32_t set)
{
    return (const struct image_group *)(const void *)(img->groups + img->sets[set].group);
}

/* Number of A records and the i-th address, host order. */
unsigned answerset_na(const struct image *img, uint32_t set);
uint32_t answerset_a(const struct image *img, uint32_t set, unsigned i);

unsigned answerset_ntexts(const struct image *img, uint32_t set);
/* The segments of text i; two texts at one place are the same. */
const uint8_t *answerset_template(const struct image *img, uint32_t set, unsigned i);
/* Octets of text i after substitution, cut at cap; returns the length written. */
size_t answerset_text(const struct image *img, uint32_t set, unsigned i,
                      const struct text_subject *subject, uint8_t *out, size_t cap);

/* Indexes into img->sources of the lists that contributed. */
unsigned answerset_nsources(const struct image *img, uint32_t set);
unsigned answerset_source(const struct image *img, uint32_t set, unsigned i);

#endif
