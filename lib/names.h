/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name tree: a tree over reversed labels that knows exact, wildcard, exclusion and "something
 * exists below" in one walk.
 *
 * Every node is one record; a child is found by hashing (parent, label) into a bucket and scanning
 * the few records there, so a name of n labels costs at most n probes and no per-node pointers.
 * Only nodes with children have a number; the view's apex is number 0.
 *
 *   bucket offsets   u32[nbuckets + 1] into IMAGE_RECORDS
 *   record           varint  parent << 1 | has children
 *                    u8      kind << 6 | length of label
 *                    u8[]    label, lower case
 *                    varint  own number            when it has children
 *                    values                        by kind
 *
 *   kind NONE     exists because of its children only; inherits
 *   kind SELF     listed itself; names below inherit        value: varint set, unless uniform
 *   kind TREE     listed with everything below              value: varint set, unless uniform
 *   kind GENERAL  varint self, varint below; each 0: inherit, 1: not listed, else set + 1
 *
 * "Inherit" is the below value of the nearest ancestor that states one (none at the apex).
 *
 * Bounds: names_verify() proves every record whole and inside its bucket, every number and set in
 * range, and no bucket longer than NAMES_BUCKET_MAX records; a lookup is then bounded by the
 * number of labels times that.
 */
#ifndef LIB_NAMES_H
#define LIB_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/image.h"

enum names_kind { NAMES_NONE = 0, NAMES_SELF = 1, NAMES_TREE = 2, NAMES_GENERAL = 3 };

#define NAMES_INHERIT    0u
#define NAMES_UNLISTED   1u /* a set s is stored as s + NAMES_UNLISTED */
#define NAMES_BUCKET_MAX 64 /* records; the builder changes the seed until this holds */
#define NAMES_BUCKET_AVG 4  /* about one octet of index per name */

struct names_result {
    uint32_t set;         /* 0: not listed */
    bool exists;          /* listed, or something below is */
    unsigned match_label; /* index of the first label of the entry that decided; see names_find */
};

/*
 * Look up labels[0..count) of wire (labels[i] is the offset of the i-th label's length octet) below
 * a view's apex; count >= 1.  match_label is count when nothing matched.
 */
void names_find(const struct image *img, const struct image_view *view, const uint8_t *wire,
                const uint8_t *labels, unsigned count, struct names_result *out);

/*
 * The same in steps, for batches whose misses are to overlap: fill in the first five members, then
 * names_start(), names_fetch(), names_step(), names_fetch(), ... until names_step() returns false
 * and has filled in *out.  At most count steps.
 */
struct names_probe {
    const struct image *img;
    const struct image_view *view;
    const uint8_t *wire, *labels; /* borrowed until the last step */
    unsigned count;
    unsigned left;          /* labels not looked at yet, the next is labels[left - 1] */
    unsigned from;          /* match_label if nothing more specific is found */
    uint32_t parent;        /* whose child is looked for */
    uint32_t inherited;     /* below value of the nearest ancestor that states one */
    const uint32_t *bucket; /* where that child's record is if it has one */
};
void names_start(struct names_probe *pr);
void names_fetch(const struct names_probe *pr);
bool names_step(struct names_probe *pr, struct names_result *out);

/* The bucket of a child is its hash modulo nbuckets. */
uint64_t names_hash(uint64_t seed, uint32_t parent, const uint8_t *label, size_t len);

/* Unsigned LEB128, at most five octets.  names_varint_put returns the octets written. */
static inline uint32_t names_varint(const uint8_t **p)
{
    uint32_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t c = *(*p)++;
        v |= (uint32_t)(c & 0x7f) << shift;
        if (c < 0x80)
            break;
    }
    return v;
}

static inline size_t names_varint_put(uint8_t out[static 5], uint32_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        out[n++] = (uint8_t)(v | 0x80);
    out[n++] = (uint8_t)v;
    return n;
}

/*
 * Is there a child of the view's apex that reads as an IPv4 octet or an IPv6 nibble?  Without one
 * no name that reads as an address, or as the end of one, can be found.  Sound images only.
 */
bool names_like_address(const struct image *img, const struct image_view *view);

/* Prove one view's buckets and records sound.  Spans are those of the image.  NULL when good. */
struct names_limits {
    const uint32_t *buckets;
    size_t nbuckets; /* offsets in IMAGE_BUCKETS */
    const uint8_t *records;
    size_t records_len;
    uint32_t nsets;
};
const char *names_verify(const struct names_limits *lim, const struct image_view *view);

#endif
