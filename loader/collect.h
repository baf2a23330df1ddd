/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parent's side of loader/assemble.h: start the compiling child, take in what it reports.
 */
#ifndef LOADER_COLLECT_H
#define LOADER_COLLECT_H

#include "loader/run.h"

/*
 * Run the child over run->lists (as fetched) and run->zones; fills their reports and verdicts.
 * NULL: it came to its end.  Else the reason, in why, and none of its results may be used.
 */
const char *collect(struct run *run, char why[static RUN_WHY_MAX]);

#endif
