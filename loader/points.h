/* SPDX-License-Identifier: BSD-2-Clause */
/* Single addresses of a data set whose rule looks at what else covers them. */
#ifndef LOADER_POINTS_H
#define LOADER_POINTS_H

#include <stdbool.h>

#include "loader/entries.h"

/*
 * Sort addr4[], and make a range in front of all others of each address that some range of the data
 * set covers: there the rule decides.  The rest answers for itself, and stays where it needs four
 * octets.  False: no memory.
 */
__attribute__((warn_unused_result)) bool points_settle(struct entries *e);

#endif
