/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of one prefix and nothing else, which nearly every line of a long trie is. */
#ifndef LOADER_PLAIN_RANGES_H
#define LOADER_PLAIN_RANGES_H

#include "loader/entries.h"
#include "loader/lines.h"

/*
 * Add the prefixes of such lines from the cursor on, all with this value; IPv4: "a.b.c.d" and
 * "a.b.c.d/n" of at most `most` addresses, single ones to addr4[], whose value theirs is.  The
 * cursor stops at the first line that is something else, or unusual: leading zeros, host bits, few
 * groups, IPv4 in IPv6, the last line without its end.  False: no memory.
 */
__attribute__((warn_unused_result)) bool plain_prefixes4(struct lines *l, struct entries *e,
                                                         uint32_t value, uint64_t most);
__attribute__((warn_unused_result)) bool plain_prefixes6(struct lines *l, struct entries *e,
                                                         uint32_t value);

#endif
