/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What two versions of a list differ in: entries by their address, range or name, and what those
 * that are in both answer.
 */
#ifndef LOADER_DIFF_H
#define LOADER_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/entries.h"

#define DIFF_SHOWN    10
#define DIFF_TEXT_MAX 256

struct diff_side {
    uint64_t entries;
    uint64_t covered[2]; /* IPv4 addresses and /64 networks of IPv6, each once; what is excluded is
                            not taken off */
    uint64_t only;       /* distinct entries that the other side does not have */
    size_t nshown;
    char shown[DIFF_SHOWN][DIFF_TEXT_MAX]; /* the first of those, as a list would spell them */
};

struct diff {
    struct diff_side before, after;
    struct diff_side changed; /* in both, with other answers; only and shown alone */
};

/* False: out of memory. */
bool diff_entries(const struct entries *before, const struct entries *after, struct diff *d);

#endif
