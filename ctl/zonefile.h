/* SPDX-License-Identifier: BSD-2-Clause */
/* Image files, opened as the server opens them: symbolic links are followed. */
#ifndef CTL_ZONEFILE_H
#define CTL_ZONEFILE_H

#include "lib/conf.h"
#include "lib/image.h"

/* Open and verify; NULL with the reason in why, which names the file.  The caller closes. */
struct image *zonefile_read(const char *path, char why[static IMAGE_WHY_MAX]);

/* The published image of a zone, images/ZONE.rbl; the zone inside must be that one. */
struct image *zonefile_open(const struct conf *c, const char *zone, char why[static IMAGE_WHY_MAX]);

/* Has an operator gone back to an older image?  The loader keeps the newer one as ZONE.rbl.bad. */
bool zonefile_rolled_back(const struct conf *c, const char *zone);

/* Have the data run out, so that the server refuses to answer from them? */
bool zonefile_expired(const struct image *img, int64_t now);

#endif
