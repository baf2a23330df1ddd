/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The images directory: how a compiled zone becomes visible, and how it goes.
 *
 * An image is written and synced under a hidden name in the same directory (by the compiling
 * child), then renamed over ZONE.rbl (by the parent).  A reader sees the old image or the new one,
 * whole, whatever happens in between; hidden names are leftovers to whoever holds the mirror lock.
 * The image that was there before is kept as ZONE.rbl.old.  ZONE.rbl.bad is one that an operator
 * took out of service again; while it is there the zone is rolled back.
 */
#ifndef LOADER_PUBLISH_H
#define LOADER_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/conf.h"

#define PUBLISH_WHY_MAX  256
#define PUBLISH_NAME_MAX 256 /* file name and NUL */

/* The directory, made if it is missing and cleared of leftovers; -1 with errno. */
int publish_open(const char *path);

/* Remove images that were staged and not published. */
void publish_sweep(int dir);

/* File name of a zone's image; false when the zone's text cannot be one. */
bool publish_name(char name[static PUBLISH_NAME_MAX], const char *zone);

/* Of n pieces, back to back.  NULL when good, else a reason in why. */
const char *publish_stage(int dir, const char *zone, const struct iovec *piece, size_t n,
                          char why[static PUBLISH_WHY_MAX]);
const char *publish_commit(int dir, const char *zone, char why[static PUBLISH_WHY_MAX]);

/* File name of the image before the published one. */
bool publish_older_name(char name[static PUBLISH_NAME_MAX], const char *zone);

bool publish_is_rolled_back(int dir, const char *zone);
/* The older image becomes the published one, which becomes the mark of it; 0, or -1 with errno.
 */
int publish_roll_back(int dir, const char *zone);
/* The mark goes; 0, or -1 with errno. */
int publish_roll_forward(int dir, const char *zone);

/* Remove images of zones that are not configured; gone() is told of each. */
void publish_retire(int dir, const struct conf *conf, void (*gone)(const char *zone));

#endif
