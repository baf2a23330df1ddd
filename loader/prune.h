/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of the local allow list whose time is over (lib/allow.h) become comments of its file, so
 * that the pass that follows finds a changed list and compiles its zones anew.
 */
#ifndef LOADER_PRUNE_H
#define LOADER_PRUNE_H

#include <stdint.h>

#include "lib/conf.h"

/* Reports through lib/log.h; a file that cannot be changed stays, and is compiled as it is now. */
void prune_allowed(const struct conf *conf, int64_t now);

#endif
