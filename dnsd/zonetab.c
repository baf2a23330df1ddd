/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open addressing over zone names.  A query tries only suffixes of lengths that some zone has:
 * depths is a bit mask of label counts, so that a name of 36 labels costs one or two probes.
 */
#include "dnsd/zonetab.h"

#include <stdlib.h>
#include <string.h>

struct zonetab {
    size_t n;
    struct zonetab_zone *zones;
    uint32_t *slots; /* index + 1 */
    size_t mask;
    uint64_t depths[2]; /* label counts 0..127 */
};

/*
 * Eight octets at a time, the last ones overlapping.  Names come from the configuration: nobody
 * outside can make them collide, so this need not be strong, only quick.
 */
static inline uint64_t hash_name(const uint8_t *wire, size_t len)
{
    uint64_t h = len, w = 0;
    size_t at = 0;
    if (len < 8) {
        memcpy(&w, wire, len);
        return (h ^ w) * 0x9e3779b97f4a7c15u >> 32;
    }
    for (; at + 8 < len; at += 8) {
        memcpy(&w, wire + at, 8);
        h = (h ^ w) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    memcpy(&w, wire + len - 8, 8);
    return (h ^ w) * 0x9e3779b97f4a7c15u >> 32;
}

/* memcmp() takes longer to call than names of zones to compare. */
static inline bool same_octets(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint64_t v = 0, w = 0, differ = 0;
    if (len < 8) {
        memcpy(&v, a, len);
        memcpy(&w, b, len);
        return v == w;
    }
    for (size_t at = 0; at + 8 < len; at += 8) {
        memcpy(&v, a + at, 8);
        memcpy(&w, b + at, 8);
        differ |= v ^ w;
    }
    memcpy(&v, a + len - 8, 8);
    memcpy(&w, b + len - 8, 8);
    return (differ | (v ^ w)) == 0;
}

static inline size_t find_slot(const struct zonetab *t, const uint8_t *wire, size_t len)
{
    size_t at = (size_t)hash_name(wire, len) & t->mask;
    for (; t->slots[at]; at = (at + 1) & t->mask) {
        const struct name *n = &t->zones[t->slots[at] - 1].name;
        if (n->len == len && same_octets(n->wire, wire, len))
            break;
    }
    return at;
}

struct zonetab *zonetab_build(const struct zonetab_zone *zones, size_t n)
{
    struct zonetab *t = calloc(1, sizeof *t);
    size_t slots = 4;
    while (slots < 2 * n + 2)
        slots *= 2;
    if (!t)
        return NULL;
    t->mask = slots - 1;
    t->slots = calloc(slots, sizeof *t->slots);
    t->zones = calloc(n + 1, sizeof *t->zones);
    if (!t->slots || !t->zones) {
        zonetab_free(t);
        return NULL;
    }
    for (; t->n < n; t->n++) {
        struct zonetab_zone *z = &t->zones[t->n];
        *z = zones[t->n];
        z->labels = name_labels(z->name.wire);
        t->depths[z->labels / 64] |= 1ull << (z->labels % 64);
        t->slots[find_slot(t, z->name.wire, z->name.len)] = (uint32_t)t->n + 1;
    }
    return t;
}

void zonetab_free(struct zonetab *t)
{
    if (!t)
        return;
    free(t->slots);
    free(t->zones);
    free(t);
}

size_t zonetab_count(const struct zonetab *t)
{
    return t->n;
}

const struct zonetab_zone *zonetab_get(const struct zonetab *t, size_t i)
{
    return &t->zones[i];
}

const struct zonetab_zone *zonetab_find(const struct zonetab *t, const uint8_t *wire,
                                        const uint8_t *labels, unsigned nlabels, size_t wire_len)
{
    for (unsigned w = nlabels / 64 + 1; w-- > 0;) { /* longest suffix first */
        uint64_t left = t->depths[w];
        if (w == nlabels / 64)
            left &= UINT64_MAX >> (63 - nlabels % 64);
        while (left) {
            unsigned bit = 63 - (unsigned)__builtin_clzll(left), depth = 64 * w + bit;
            size_t from = depth ? labels[nlabels - depth] : wire_len - 1;
            size_t at = find_slot(t, wire + from, wire_len - from);
            if (t->slots[at])
                return &t->zones[t->slots[at] - 1];
            left ^= 1ull << bit;
        }
    }
    return NULL;
}
