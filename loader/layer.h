/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One list's addresses, resolved: sorted, disjoint, each with the answer set of that list alone.
 * The sweep (loader/sweep.h) reads layers and never changes them.
 */
#ifndef LOADER_LAYER_H
#define LOADER_LAYER_H

#include <stddef.h>
#include <stdint.h>

#include "loader/entries.h"

/* How a layer takes part in the answer of an address or name that it covers. */
enum layer_role {
    LAYER_LISTED,   /* adds its set */
    LAYER_EXCLUDE,  /* nothing is listed here, whatever other layers say */
    LAYER_FALLBACK, /* its set answers where nothing else is listed, exclusions or not */
};

enum layer_form { LAYER_POINTS4, LAYER_SPANS4, LAYER_SPANS6 };

struct span4 {
    uint32_t first, last, set;
};

struct span6 {
    struct addr6 first, last;
    uint32_t set;
};

struct layer {
    enum layer_form form;
    enum layer_role role;
    uint32_t set; /* of all points */
    size_t n;
    union {
        const uint32_t *points;
        const struct span4 *spans4;
        const struct span6 *spans6;
    };
};

/*
 * Entries -> sorted and disjoint, in place: addr4[] becomes ascending without duplicates, range4[]
 * and range6[] ascending without overlaps or neighbours that could be one range.  False when memory
 * ran out (entries are then unsorted but whole).
 */
__attribute__((warn_unused_result)) bool entries_resolve(struct entries *e);

/* Sort addresses ascending and drop duplicates; returns how many are left, SIZE_MAX: no memory. */
size_t addr4_sort(uint32_t *addr, size_t n);

#endif
