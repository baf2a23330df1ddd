/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All names of a view, parents before children and children in label order, for tools.  Records
 * are found by hashing when a name is looked up; to list them all they are sorted first, which
 * takes some 40 octets of memory per name.
 */
#ifndef LIB_NAMES_WALK_H
#define LIB_NAMES_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/image.h"
#include "lib/name.h"

/* Sets are those that lookups answer, 0: not listed. */
struct names_item {
    struct name name;   /* relative to the view, lower case */
    uint32_t self;      /* of the name itself */
    uint32_t below;     /* of names below it that have no record */
    uint32_t inherited; /* what both would be without this record */
    bool children;      /* records lie below it */
    /* Where in name.wire the name begins whose entry says so: 0 for this one. */
    unsigned self_from, below_from;
};

/* Return false to stop the walk. */
typedef bool (*names_walk_fn)(void *arg, const struct names_item *item);

/*
 * NULL when all names were passed on, else what is wrong ("out of memory", "name records form no
 * tree", "stopped").
 */
const char *names_walk(const struct image *img, const struct image_view *view, names_walk_fn fn,
                       void *arg);

#endif
