/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a line says beside its address or name, and how it comes into the answer.  A list's a and
 * txt may name it: "%{ref}" is the reference text of the entry, "%{2}" a column, "%{sblid}" a field
 * of a JSON object.  An entry of a list that does has a value of its own.
 *
 * For loader/format_*.c.  Text is borrowed from the file that is parsed.
 */
#ifndef LOADER_BESIDE_H
#define LOADER_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/name.h"
#include "loader/format.h"
#include "loader/lines.h"

#define BESIDE_COLUMNS                                                                             \
    64                  /* columns of a line that can be named; those behind are not looked at     \
                         */
#define BESIDE_TEXT 200 /* octets of one of them that come into an answer */

struct word {
    const char *s;
    size_t len;
};

struct beside {
    struct word column[BESIDE_COLUMNS]; /* %{1} is column[0] */
    unsigned ncolumns;
    struct word ref; /* %{ref}; len 0: none */
    /* Any other %{NAME}, or an empty word; NULL: there are no names. */
    struct word (*named)(const void *ctx, const char *name, size_t len);
    const void *ctx;
};

struct word word_trim(struct word w);

/* Once, before the first entry: does the list name anything beside it?  Sets p->beside. */
void beside_start(struct parse *p);

/*
 * One entry with what stands beside it.  LINE_GOOD or LINE_NOTED, LINE_BAD with *reason (static),
 * LINE_NO_MEMORY.  A prefix wider than the list allows is bad.
 */
enum line_kind beside_prefix(struct parse *p, struct word key, const struct beside *b,
                             const char **reason);
/* All IPv4 addresses from first to last, as the prefixes that make them up. */
enum line_kind beside_range(struct parse *p, uint32_t first, uint32_t last, const struct beside *b,
                            const char **reason);
enum line_kind beside_name(struct parse *p, const struct name *name, enum name_scope scope,
                           const struct beside *b, const char **reason);

#endif
