/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lists that are due, fetched side by side: as many as the configuration allows, and from one
 * publisher one at a time.
 */
#ifndef LOADER_QUEUE_H
#define LOADER_QUEUE_H

#include "loader/run.h"

/*
 * Fetch every list that is due; fills fetch and seconds of each, which is pending until then. Calls
 * between(ctx) now and then while transfers are under way; it may run a child of its own.  A signal
 * to stop ends it early (child_stop_signal()).
 */
void queue_fetch(struct run *run, void (*between)(void *ctx), void *ctx);

#endif
