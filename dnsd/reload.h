/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which images are served: looks at the images directory, reads what changed, publishes.
 *
 * Every regular file ZONE.rbl whose name is the zone written inside is served; hidden files are
 * not looked at.  Configured zones without an image stay in the set and are answered SERVFAIL.  A
 * file is read again only when its identity (device, inode, size, times) changed.  A file that
 * does not verify is logged once and changes nothing: what its zone served before stays.  A file
 * that is gone retires its zone.  A directory that cannot be read changes nothing.
 *
 * Control thread only.
 */
#ifndef DNSD_RELOAD_H
#define DNSD_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsd/stats.h"
#include "dnsd/zoneset.h"
#include "lib/conf.h"

struct reload;

/* All borrowed until reload_free(). */
struct reload_config {
    const struct conf *conf;
    struct zoneset_point *point;
    struct stats *stats; /* the control thread's own */
};

/* Nothing is published yet.  NULL: out of memory. */
struct reload *reload_new(const struct reload_config *cfg);

/* Forgets the images; what is published keeps its own references. */
void reload_free(struct reload *r);

enum reload_why {
    RELOAD_NOTICED, /* something moved, or the periodic look: says only what changed */
    RELOAD_ASKED    /* the operator wants to know: problems that persist are said again */
};

/*
 * One look.  Publishes at most once, and not at all when nothing changed, the first call excepted.
 * True when everything that should be served is; false when anything was refused or unreadable.
 */
bool reload_scan(struct reload *r, enum reload_why why);

/* For reports: one zone as it is served now. */
struct reload_status {
    const char *zone;        /* borrowed until the next reload_scan() */
    const struct image *img; /* NULL: not loaded; borrowed likewise */
    const char *problem;     /* why a newer file is not served, or "" */
};
size_t reload_count(const struct reload *r);
void reload_get(const struct reload *r, size_t i, struct reload_status *out);

#endif
