/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open addressing over zone names.  A query tries only suffixes of lengths that some zone has, so
 * that a name of 36 labels costs one or two probes.
 */
#include "dnsd/zonetab.h"

#include <stdlib.h>
#include <string.h>

struct zonetab {
    size_t n;
    struct zonetab_zone *zones;
    uint32_t *slots; /* index + 1 */
    size_t mask;
    unsigned ndepths;
    uint8_t depths[NAME_LABELS_MAX + 1]; /* label counts of zones, largest first, each once */
};

/* A name in words of eight octets, the last ones overlapping; len is at least 8. */
static inline uint64_t word_at(const uint8_t *wire, size_t at)
{
    uint64_t w;
    memcpy(&w, wire + at, 8);
    return w;
}

/*
 * The first and the last octets.  Names come from the configuration: nobody outside can make them
 * collide, so this need not be strong, only quick.
 */
static inline uint64_t hash_name(const uint8_t *wire, size_t len)
{
    uint64_t h = len;
    if (len >= 8)
        h += word_at(wire, 0) ^ (word_at(wire, len - 8) << 1);
    else
        memcpy(&h, wire, len);
    h *= 0x9e3779b97f4a7c15u;
    return (h ^ h >> 32) * 0x9e3779b97f4a7c15u >> 32;
}

/* memcmp() takes longer to call than names of zones to compare. */
static inline bool same_octets(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len < 8)
        return memcmp(a, b, len) == 0;
    uint64_t differ = word_at(a, len - 8) ^ word_at(b, len - 8);
    for (size_t at = 0; at + 8 < len; at += 8)
        differ |= word_at(a, at) ^ word_at(b, at);
    return differ == 0;
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

static void add_depth(struct zonetab *t, unsigned labels)
{
    unsigned i = t->ndepths;
    if (memchr(t->depths, (int)labels, t->ndepths))
        return;
    for (; i > 0 && t->depths[i - 1] < labels; i--)
        t->depths[i] = t->depths[i - 1];
    t->depths[i] = (uint8_t)labels;
    t->ndepths++;
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
        add_depth(t, z->labels);
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
    for (unsigned i = 0; i < t->ndepths; i++) { /* longest suffix first */
        unsigned depth = t->depths[i];
        if (depth > nlabels)
            continue;
        size_t from = depth ? labels[nlabels - depth] : wire_len - 1;
        uint32_t found = t->slots[find_slot(t, wire + from, wire_len - from)];
        if (found)
            return &t->zones[found - 1];
    }
    return NULL;
}
