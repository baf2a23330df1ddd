/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which part of the address space a list may claim.  Runs on decoded entries, whatever the format;
 * exclusions are left alone, they can only take something out.
 */
#ifndef LOADER_SPACE_H
#define LOADER_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/entries.h"

#define SPACE_NO_LIMIT 100

/* Addresses that the data sets cover, counted as often as they are listed: IPv4 addresses and IPv6
 * /64 networks.  Exclusions do not count. */
uint64_t space_covered(const struct entries *e);

/* The share of the Internet, rounded down to percent of 0.0.0.0/0 or of 2000::/3, whichever is
 * more, that the data sets cover together.  -1: out of memory. */
int space_percent(const struct entries *e);

/*
 * Take special-purpose addresses (RFC 6890) out of all data sets; a range that reaches into them
 * is cut.  Documentation networks stay: nobody sends mail from there, and tests list them.  So do
 * single addresses of 127.0.0.0/24 and their IPv4-mapped forms, the test points of RFC 5782
 * section 5.  *touched counts the entries dropped or cut.  False: out of memory.
 */
bool space_strip(struct entries *e, size_t *touched);

#endif
