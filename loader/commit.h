/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Make the results of a run the truth: images first, for whom mail waits, then data, which take the
 * disk longer, then states.  A kill or a loss of power between any two steps leaves whole files,
 * and the next run finds what is missing by itself: a list whose state was not written is still
 * due, data that the state does not describe are read again, an image that is not of its lists'
 * data is made again.
 */
#ifndef LOADER_COMMIT_H
#define LOADER_COMMIT_H

#include "loader/run.h"

/* Rename the new images, retire those of zones that are gone. */
void commit_zones(struct run *run);

/* fault: why the compiling child's results cannot be used, or NULL.  An accepted candidate that
 * cannot be stored counts as not fetched. */
void commit_lists(struct run *run, const char *fault);

#endif
