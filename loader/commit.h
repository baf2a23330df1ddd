/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Make the results of a run the truth: data first, then states, then images.  A kill between any
 * two steps leaves whole files, and the next run finds what is missing by itself: data that the
 * state does not describe are read again, an image that is older than its lists is made again.
 */
#ifndef LOADER_COMMIT_H
#define LOADER_COMMIT_H

#include "loader/run.h"

/* fault: why the compiling child's results cannot be used, or NULL.  False: an accepted candidate
 * could not be stored; no image may be published then. */
bool commit_lists(struct run *run, const char *fault);

/* After commit_lists(): rename the new images, retire those of zones that are gone. */
void commit_zones(struct run *run);

#endif
