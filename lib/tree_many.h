/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookups of many addresses at once: in steps, each for all before the next, so that what they wait
 * for in memory overlaps.
 */
#ifndef LIB_TREE_MANY_H
#define LIB_TREE_MANY_H

#include <stdint.h>

#include "lib/prefetch.h"
#include "lib/tree.h"

#define TREE_PROBES 32 /* at once */

/*
 * One address: tree_probe_start() asks for its entry in the first level, tree_find_many() finds
 * its set.  In an IPv6 tree that goes as far as the second level and set means nothing, but what
 * tree_find6() then reads of these two has been asked for.
 */
struct tree_probe {
    const uint64_t *cells, *entry;
    uint32_t key; /* in the second level: bits 16 to 31 */
    uint32_t set;
    uint64_t ref;            /* read from entry */
    const uint8_t *keys;     /* of a node of points: the low octets, or the word */
    struct tree_place place; /* in what it refers to */
};

static inline void tree_probe_start(struct tree_probe *p, const uint64_t *cells, uint32_t root,
                                    uint32_t bits)
{
    p->cells = cells;
    p->entry = tree_entry(cells, root, bits >> 16);
    p->key = bits & 0xffff;
    prefetch(p->entry);
}

/* n is at most TREE_PROBES. */
void tree_find_many(struct tree_probe *const *p, unsigned n);

/* The same without instructions that only some processors have; tests compare the two. */
void tree_find_many_plain(struct tree_probe *const *p, unsigned n);

#endif
