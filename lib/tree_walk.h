/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All ranges of an address tree in address order, for tools: dumps and statistics.  Time and calls
 * grow with what the tree holds, not with the address space.
 */
#ifndef LIB_TREE_WALK_H
#define LIB_TREE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/tree.h"

/*
 * A closed range whose addresses all have the set, which is never 0; IPv4 addresses lie in lo.
 * Neighbouring ranges with one set come joined.  Return false to stop the walk.
 */
typedef bool (*tree_walk_fn)(void *arg, struct addr6 first, struct addr6 last, uint32_t set);

/*
 * Walk the tree at root (0: empty) of a verified image; levels is TREE_LEVELS4 or TREE_LEVELS6.
 * False when memory ran out or the callback stopped the walk.
 */
bool tree_walk(const uint64_t *cells, uint32_t root, unsigned levels, tree_walk_fn fn, void *arg);

#endif
