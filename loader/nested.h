/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data sets whose entries may cover the same address with different values: entries -> sorted
 * disjoint spans, each with the answer set that the set's own rule gives (enum entries_rule).
 */
#ifndef LOADER_NESTED_H
#define LOADER_NESTED_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/build_sets.h"
#include "loader/layer.h"

/*
 * value_set[v] is the answer set of value v.  *out is malloc'd (NULL when *n is 0).  False: no
 * memory.
 */
__attribute__((warn_unused_result)) bool nested_resolve4(const struct entries *e,
                                                         const uint32_t *value_set,
                                                         struct sets *sets, struct span4 **out,
                                                         size_t *n);
__attribute__((warn_unused_result)) bool nested_resolve6(const struct entries *e,
                                                         const uint32_t *value_set,
                                                         struct sets *sets, struct span6 **out,
                                                         size_t *n);

#endif
