/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address trees (lib/tree.h) from a sweep's output, bottom-up in one pass: each node is written
 * once when its last interval is known, in the form that takes the fewest octets.
 */
#ifndef LOADER_BUILD_TREE_H
#define LOADER_BUILD_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/buf.h"
#include "loader/sweep.h"

struct tree_builder;

/* cells: where nodes go, shared by all trees of an image.  NULL when memory ran out. */
struct tree_builder *tree_builder_new(struct buf *cells);
void tree_builder_free(struct tree_builder *b);

/* A sweep_sink and a sweep_points for IPv4, and a sweep_sink for IPv6; arg is the builder. */
void tree_builder_add4(void *arg, sweep_key first, sweep_key last, uint32_t set);
void tree_builder_points4(void *arg, const uint32_t *addr, size_t n, uint32_t set);
void tree_builder_add6(void *arg, sweep_key first, sweep_key last, uint32_t set);

/* As tree_builder_points4(), with what is long spread over all processors; the same tree. */
void tree_builder_points4_beside(void *arg, const uint32_t *addr, size_t n, uint32_t set);

/*
 * Take over the IPv4 nodes of another builder, with cells of its own that start empty: all its
 * addresses lie in /16s above those added so far, and what is added from now on in /16s above them.
 */
void tree_builder_join4(struct tree_builder *b, struct tree_builder *other);

/* The root of what was added (0: nothing), in *root.  False when memory ran out. */
__attribute__((warn_unused_result)) bool tree_builder_finish(struct tree_builder *b,
                                                             uint32_t *root);

#endif
