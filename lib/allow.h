/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local allow list: what this site never wants listed, whatever publishers say.  One text file
 * that rblctl writes, an operator may edit, and rbl-loader compiles into every block zone as a list
 * of its own (rblctl(1) describes it).  This module knows its lines; all functions are pure.
 *
 *   192.0.2.0/24                              # our own network
 *   example.org    until 2026-12-01T08:00:00Z # partner, delisting asked for
 */
#ifndef LIB_ALLOW_H
#define LIB_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/name.h"

#define ALLOW_LIST     "rblctl-allow" /* the list's name, and its directory below the mirror */
#define ALLOW_FILE     "allow"        /* the file in that directory */
#define ALLOW_WHY_MAX  200            /* bytes of the reason, printable ASCII */
#define ALLOW_TIME_MAX 24             /* "2026-12-01T08:00:00Z" and NUL */

enum allow_kind { ALLOW_BLANK, ALLOW_PREFIX, ALLOW_NAME };

struct allow_entry {
    enum allow_kind kind; /* ALLOW_BLANK: an empty line or a comment; the rest says nothing */
    struct prefix prefix;
    struct name name; /* and all names below it */
    int64_t until;    /* unix time of its end; 0: none */
    const char *why;  /* in the line, not terminated; NULL: not said */
    size_t why_len;
};

/* One line without its end.  NULL when good, else what is wrong (static). */
const char *allow_parse(const char *line, size_t len, struct allow_entry *out);

/* The entry alone, the whole of s; NULL when good. */
const char *allow_parse_what(const char *s, size_t len, struct allow_entry *out);

/* Do both speak of the same addresses or names? */
bool allow_same(const struct allow_entry *a, const struct allow_entry *b);

/* RFC 3339, UTC, whole seconds; times from 1970 to 9999. */
bool allow_time_parse(const char *s, size_t len, int64_t *out);
void allow_time_format(char buf[static ALLOW_TIME_MAX], int64_t t);

static inline bool allow_is_over(const struct allow_entry *e, int64_t now)
{
    return e->until != 0 && e->until <= now;
}

#endif
