/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a fetched file fit to replace the last good one?  Each check may only refuse, and refusing
 * keeps yesterday's data (the caller sees to that).  Pure; no I/O.
 */
#ifndef LOADER_GUARD_H
#define LOADER_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/format.h"

#define GUARD_WHY_MAX 256

/* Before parsing: empty file, HTML ("<" is the first non-blank byte), NUL bytes. */
bool guard_bytes(const char *text, size_t len, bool may_be_empty, char why[static GUARD_WHY_MAX]);

/* After parsing: what the parser found fatal, no entry at all, more than max_bad percent of the
 * lines bad.  False: refused, reason in why. */
bool guard_parsed(const struct parse *p, bool may_be_empty, unsigned max_bad,
                  char why[static GUARD_WHY_MAX]);

#endif
