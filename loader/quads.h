/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of lines that are one dotted quad each: loader/quad.h over all of them, on all processors.
 */
#ifndef LOADER_QUADS_H
#define LOADER_QUADS_H

#include <stdbool.h>

#include "loader/entries.h"
#include "loader/lines.h"

/*
 * Pass all lines from the cursor on that are one dotted quad, adding each to e->addr4; the cursor
 * is left at the first that is not.  False: no memory.
 */
__attribute__((warn_unused_result)) bool quads_pass(struct lines *l, struct entries *e);

#endif
