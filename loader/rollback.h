/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Back to the image before the published one, by an operator's hand, and forward again.  While a
 * zone is rolled back no pass publishes it.  Both hold the lock of the mirror and report through
 * lib/log.h.
 */
#ifndef LOADER_ROLLBACK_H
#define LOADER_ROLLBACK_H

#include "loader/run.h"

/* The older image takes the published one's place, which is kept as the mark. */
enum run_status rollback_zone(const struct conf *conf, const char *zone);

/* The mark goes; the next pass compiles what the lists say now. */
enum run_status rollback_undo(const struct conf *conf, const char *zone);

#endif
