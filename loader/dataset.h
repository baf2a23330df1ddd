/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One data set of one list, ready to take part in views: its values as answer sets of the zone, its
 * addresses as sorted disjoint spans.
 */
#ifndef LOADER_DATASET_H
#define LOADER_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/build_sets.h"
#include "loader/compile.h"
#include "loader/layer.h"

struct dataset {
    struct entries *e;
    enum layer_role role; /* LAYER_LISTED or LAYER_EXCLUDE */
    uint32_t ttl;         /* of its answers */
    uint32_t source;      /* index of its list among the image's sources */
    uint32_t *value_set;  /* by value; [0] is what the configuration says of the list */
    struct span4 *spans4; /* ranges; the addresses of e->addr4[] stand beside them */
    size_t nspans4;
    struct span6 *spans6;
    size_t nspans6;
};

/*
 * Fill d, whose e, role, ttl and source are set, from its entries; list is what the configuration
 * says.  False: no memory.  dataset_free() is needed in either case.
 */
__attribute__((warn_unused_result)) bool
dataset_prepare(struct dataset *d, const struct conf_list *list, struct sets *sets);
void dataset_free(struct dataset *d);

#endif
