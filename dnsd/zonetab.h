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
#include <string.h>

#include "lib/image.h"
#include "lib/name.h"

/*
 * image NULL: nothing to answer from (SERVFAIL), never loaded or expired.  With an image that
 * expired the zone answers, and lists nothing.
 */
struct zonetab_zone {
    struct name name;
    const struct image *image;
    bool expired; /* its data may no longer be served; with an image: nothing is listed */
    /* Filled by zonetab_build(): */
    unsigned labels; /* of the name */
    bool parent;     /* another zone is below it */
    bool plain;      /* nothing but the image's tree decides about an address right below it */
};

/*
 * Open addressing over zone names.  A query tries only suffixes of lengths that some zone has, so
 * that a name of 36 labels costs one or two probes.  Open here because every query is inlined one.
 */
struct zonetab_key {
    uint64_t head, tail; /* the first and the last eight octets */
    uint32_t len;
};

struct zonetab {
    size_t n;
    struct zonetab_zone *zones; /* behind the slots, for a few zones in the same page */
    unsigned ndepths;
    uint8_t depths[NAME_LABELS_MAX + 1]; /* label counts of zones, largest first, each once */
    size_t mask;
    struct zonetab_slot {
        struct zonetab_key key;
        const struct zonetab_zone *zone; /* NULL: free */
    } slots[];
};

/* Copies zones[]; NULL when memory is exhausted.  Names must differ. */
struct zonetab *zonetab_build(const struct zonetab_zone *zones, size_t n);
void zonetab_free(struct zonetab *t);

size_t zonetab_count(const struct zonetab *t);
const struct zonetab_zone *zonetab_get(const struct zonetab *t, size_t i);

/* A name in words of eight octets; the last ones overlap. */
static inline uint64_t zonetab_word(const uint8_t *wire, size_t at)
{
    uint64_t w;
    memcpy(&w, wire + at, 8);
    return w;
}

static inline struct zonetab_key zonetab_key(const uint8_t *wire, size_t len)
{
    struct zonetab_key k = {0, 0, (uint32_t)len};
    if (len >= 8) {
        k.head = zonetab_word(wire, 0);
        k.tail = zonetab_word(wire, len - 8);
    } else {
        for (size_t i = 0; i < len; i++)
            k.head = k.head << 8 | wire[i];
    }
    return k;
}

/*
 * Names come from the configuration: nobody outside can make them collide, so this need not be
 * strong, only quick.
 */
static inline size_t zonetab_hash(const struct zonetab_key *k)
{
    return (size_t)((k->head + k->tail * 3) * 0x9e3779b97f4a7c15u >> 40);
}

/* What lies between head and tail. */
static inline bool zonetab_same(const struct zonetab_zone *z, const uint8_t *wire, size_t len)
{
    uint64_t differ = 0;
    for (size_t at = 8; at + 8 < len; at += 8)
        differ |= zonetab_word(z->name.wire, at) ^ zonetab_word(wire, at);
    return differ == 0;
}

/* The slot of a name, or the free one where it would be. */
static inline const struct zonetab_slot *zonetab_slot(const struct zonetab *t, const uint8_t *wire,
                                                      size_t len)
{
    struct zonetab_key k = zonetab_key(wire, len);
    const struct zonetab_slot *s;
    for (size_t at = zonetab_hash(&k);; at++) {
        s = &t->slots[at & t->mask];
        if (!s->zone || (((s->key.head ^ k.head) | (s->key.tail ^ k.tail)) == 0 &&
                         s->key.len == len && zonetab_same(s->zone, wire, len)))
            return s;
    }
}

/*
 * The longest zone that is a suffix of a lower-case wire name, or NULL.  labels[i] is the offset of
 * the i-th label in wire, nlabels of them (root not counted).
 */
static inline const struct zonetab_zone *zonetab_find(const struct zonetab *t, const uint8_t *wire,
                                                      const uint8_t *labels, unsigned nlabels,
                                                      size_t wire_len)
{
    for (unsigned i = 0; i < t->ndepths; i++) { /* longest suffix first */
        unsigned depth = t->depths[i];
        if (depth > nlabels)
            continue;
        size_t from = depth ? labels[nlabels - depth] : wire_len - 1;
        const struct zonetab_zone *found = zonetab_slot(t, wire + from, wire_len - from)->zone;
        if (found)
            return found;
    }
    return NULL;
}

#endif
