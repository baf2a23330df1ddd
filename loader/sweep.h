/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sweep: k layers of sorted disjoint intervals -> one sequence of disjoint intervals, each with
 * the answer set of all layers together.  One pass in address order, O(n log k), no expansion.
 */
#ifndef LOADER_SWEEP_H
#define LOADER_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/build_sets.h"
#include "loader/layer.h"

typedef unsigned __int128 sweep_key; /* an address of either family as a number */

#define SWEEP_LAYERS_MAX 1024

/* Called with ascending, disjoint intervals (closed); neighbours with one set come as one. */
typedef void (*sweep_sink)(void *arg, sweep_key first, sweep_key last, uint32_t set);

/*
 * Called instead with a stretch of IPv4 addresses, ascending and distinct, of which neighbours were
 * not joined; none has a neighbour outside the stretch.  They are the layer's own, to be read until
 * the sweep's end.
 */
typedef void (*sweep_points)(void *arg, const uint32_t *addr, size_t n, uint32_t set);

/*
 * All layers must be of one family.  Union order is layer order.  points may be NULL: all comes to
 * the sink.  False when memory ran out (also seen in sets->oom).
 */
__attribute__((warn_unused_result)) bool sweep(const struct layer *layers, size_t n,
                                               struct sets *sets, sweep_sink sink,
                                               sweep_points points, void *arg);

/* The same, but where several layers cover an address the last of them alone decides. */
__attribute__((warn_unused_result)) bool sweep_last(const struct layer *layers, size_t n,
                                                    sweep_sink sink, void *arg);

/*
 * The combined set of layers that cover one thing: act[] are indexes in ascending order, set[] the
 * set each gives there.
 */
uint32_t sweep_combine(const enum layer_role *role, const uint32_t *set, size_t n,
                       struct sets *sets);

#endif
