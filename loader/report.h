/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operator reads: one line per list that was due and per zone that changed, and a line
 * for everything that is not as it should be.
 */
#ifndef LOADER_REPORT_H
#define LOADER_REPORT_H

#include "loader/run.h"

/* After the commit.  fault as in commit_lists(). */
enum run_status report_run(const struct run *run, const char *fault);

/* Instead of it after a dry run, whose changes are told already. */
enum run_status report_dry_run(const struct run *run, const char *fault);

#endif
