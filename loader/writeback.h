/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetched files on their way to the disk while they are read and compiled. */
#ifndef LOADER_WRITEBACK_H
#define LOADER_WRITEBACK_H

#include "loader/run.h"

/*
 * Begin to write out what was fetched, in a thread of its own that nobody waits for.  Only a start:
 * whether all is on the disk is asked, as ever, by the fsync() in front of the rename.
 */
void writeback_start(const struct run *run);

#endif
