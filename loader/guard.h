/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a fetched file fit to replace the last good one?  Each check may only refuse, and refusing
 * keeps yesterday's data (the caller sees to that).  Pure; no I/O.
 */
#ifndef LOADER_GUARD_H
#define LOADER_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/format.h"

#define GUARD_WHY_MAX 256

/* Before parsing: empty file, HTML ("<" is the first non-blank byte). */
bool guard_bytes(const char *text, size_t len, bool may_be_empty, char why[static GUARD_WHY_MAX]);

/* After parsing: what the parser found fatal, no entry at all, more than max_bad percent of the
 * lines bad.  False: refused, reason in why. */
bool guard_parsed(const struct parse *p, bool may_be_empty, unsigned max_bad,
                  char why[static GUARD_WHY_MAX]);

/* A change smaller than this is never held: small lists double within the hour. */
#define GUARD_CHANGE_MIN 100
/* The same for covered addresses: a /16 comes and goes. */
#define GUARD_COVERED_MIN 65536
/* So many more at once are held whatever the list had: two percent of IPv4. */
#define GUARD_COVERED_MORE (UINT64_C(0x100000000) / 50)
#define GUARD_HELD_TIMES   3
#define GUARD_HELD_TIME    86400 /* seconds */

struct guard_change {
    uint64_t before, after; /* entries; an empty list before is nothing to compare with */
    uint64_t covered_before, covered_after; /* addresses, loader/space.h; the same */
    unsigned below, above; /* held under and over so many percent of before; 0: never */
    uint64_t times;        /* how often in a row a change was held already */
    int64_t since, now;    /* when the first one was */
};

/* False: the candidate is to be held, reason in why.  It passes when seen so often, over so long,
 * that the change must be meant. */
bool guard_change(const struct guard_change *c, char why[static GUARD_WHY_MAX]);

#endif
