/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name tree (lib/names.h) of one view from the names of all its lists: what each node answers
 * itself and for what lies below it, with nodes that say nothing new left out.
 */
#ifndef LOADER_BUILD_NAMES_H
#define LOADER_BUILD_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/image.h"
#include "loader/build_sets.h"
#include "loader/layer.h"

struct names_builder;

/* NULL when memory ran out.  roles[layer] says how each layer takes part; borrowed. */
struct names_builder *names_builder_new(struct sets *sets, const enum layer_role *roles);
void names_builder_free(struct names_builder *b);

/* One entry of a layer: its key, what it says. */
struct name_value {
    uint32_t layer;
    uint32_t set;
    uint8_t scope; /* enum name_scope */
    bool exclude;  /* the layer does not list this key, whatever else it says */
};

/*
 * Within one layer, entries for the name itself decide before wildcards, the longest wildcard
 * before shorter ones, and an exclusion before values of the same key.  wire is lower case and
 * stays the caller's, unchanged until the builder is freed.
 */
__attribute__((warn_unused_result)) bool names_builder_add(struct names_builder *b,
                                                           const uint8_t *wire, size_t len,
                                                           const struct name_value *value);

#define NAMES_EXCLUDED 1 /* any set but 0: an excluding layer's is not looked at */

/* All names of a list, value_set[v] being the set of value v. */
__attribute__((warn_unused_result)) bool names_builder_add_all(struct names_builder *b,
                                                               const struct entries *e,
                                                               uint32_t layer,
                                                               const uint32_t *value_set);

/*
 * Append to the sections and fill the view's name fields.  seed: any number, the same input with
 * the same seed gives the same bytes.  False: no memory, or the sections would pass 4 GiB.
 */
__attribute__((warn_unused_result)) bool names_builder_finish(struct names_builder *b,
                                                              uint64_t seed, struct buf *buckets,
                                                              struct buf *records,
                                                              struct image_view *view);

#endif
