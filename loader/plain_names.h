/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of one name and nothing else, which nearly every line of a long list of names is: letters,
 * digits, hyphens, underscores and dots, "." or "*." in front.
 */
#ifndef LOADER_PLAIN_NAMES_H
#define LOADER_PLAIN_NAMES_H

#include "loader/entries.h"
#include "loader/lines.h"

/*
 * Add the names of such lines from the cursor on, all with this value; "." is NAME_TREE, "*."
 * NAME_BELOW.  The cursor stops at the first line that is something else, names that are too long
 * and the last line without its end included.  False: no memory.
 */
__attribute__((warn_unused_result)) bool plain_names_pass(struct lines *l, struct entries *e,
                                                          uint32_t value);

#endif
