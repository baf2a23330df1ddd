/* SPDX-License-Identifier: BSD-2-Clause */
/* One view of a zone (the zone itself or a sub-name): data sets -> trees in the image's sections.
 */
#ifndef LOADER_VIEW_H
#define LOADER_VIEW_H

#include "lib/image.h"
#include "loader/dataset.h"

struct view_input {
    const struct conf_zone *zone;
    const struct dataset *const *datasets; /* in the order in which their answers stand */
    size_t ndatasets;
    uint32_t test_set; /* of the RFC 5782 test points; 0: the zone has none */
    struct sets *sets;
    uint64_t seed;
    bool apex; /* name servers inside the zone are answered here */
};

struct view_sections {
    struct buf cells, buckets, records;
};

/* Fill *view (but for its sub-name).  False when memory ran out. */
__attribute__((warn_unused_result)) bool
view_build(const struct view_input *in, struct view_sections *out, struct image_view *view);

#endif
