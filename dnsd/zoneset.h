/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of zones that is served, and the one place that replaces it.
 *
 * Shared: one pointer, struct zoneset_point.current.  A struct zoneset and all it reaches never
 * changes after zoneset_build(), the generation excepted, which is written before publication.
 *
 * Who may call: "control thread" is the single writer; a worker must be an RCU reader (dnsd/rcu.h)
 * and online.
 *
 *  A. A worker that loads the point sees a complete set: everything written before
 *     zoneset_publish() swapped the pointer is visible through it.
 *  B. A worker that loads the point once per batch answers the whole batch from one set.
 *  C. While zoneset_publish() of generation g + 1 runs, online workers hold generation g or g + 1;
 *     no worker ever holds g once it has returned.  At any time at most two sets exist.
 *  D. zoneset_publish() waits for the workers; workers wait for nobody.
 */
#ifndef DNSD_ZONESET_H
#define DNSD_ZONESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsd/rcu.h"
#include "dnsd/zonetab.h"
#include "lib/image.h"
#include "lib/name.h"

/* A loaded image shared by successive sets.  The count belongs to the control thread. */
struct zoneset_image {
    struct image *img;
    unsigned refs;
};

/* Takes img (closed even on failure); one reference is the caller's.  NULL: out of memory. */
struct zoneset_image *zoneset_image_new(struct image *img);
/* Control thread.  NULL is allowed; the last put closes the image. */
struct zoneset_image *zoneset_image_get(struct zoneset_image *zi);
void zoneset_image_put(struct zoneset_image *zi);

/* A zone to be served; image NULL: configured but not loaded. */
struct zoneset_zone {
    struct name name;
    struct zoneset_image *image;
    bool expired; /* the image is kept, and its entries are not answered */
};

struct zoneset {
    struct zonetab *tab;
    uint64_t generation; /* 1 for the first set published at a point, then counting up */
    size_t nimages;
    struct zoneset_image *images[];
};

/* Where workers find the current set. */
struct zoneset_point {
    struct zoneset *current;
};

/* Copies zones[] and takes a reference on each image; NULL when memory is exhausted. */
struct zoneset *zoneset_build(const struct zoneset_zone *zones, size_t n);

/*
 * Control thread.  Takes set, makes it current, waits until no worker uses the previous one and
 * frees that.  set NULL: nothing is served any more (used once, after the workers have ended).
 */
void zoneset_publish(struct zoneset_point *point, struct zoneset *set);

/* Worker, online: borrowed until the worker goes offline or quiescent.  NULL before the first. */
static inline const struct zoneset *zoneset_current(struct zoneset_point *point)
{
    return rcu_reader_load(point->current);
}

/* Control thread only, borrowed until its next zoneset_publish(). */
const struct zoneset *zoneset_peek(const struct zoneset_point *point);

#endif
