/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of ranges of either family, kept beside them: they are large.  A key is a few words of
 * 32 bits, of which mostly the first tells two ranges apart; only it is fetched from all of them.
 */
#ifndef LOADER_RANGE_SORT_H
#define LOADER_RANGE_SORT_H

#include <stddef.h>
#include <stdint.h>

struct range_item {
    uint32_t key; /* scratch */
    uint32_t i;   /* number of a range */
};

struct range_order {
    uint32_t (*word)(const void *arg, uint32_t i, unsigned k); /* of the key of range i */
    const void *arg;
    unsigned words;
};

/* item[] and tmp[] have n elements each; on return item[] is in ascending order of keys, and ranges
 * of one key in that of their numbers. */
void range_sort(const struct range_order *o, struct range_item *item, struct range_item *tmp,
                uint32_t n);

#endif
