/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/guard.h"

#include <stdio.h>
#include <string.h>

/* In percent of the lines that are neither blank nor comment.  Good lists have none; a format
 * change upstream or an error page makes nearly all lines bad. */
#define BAD_LINES_LIMIT 1

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool refuse(char why[static GUARD_WHY_MAX], const char *reason)
{
    snprintf(why, GUARD_WHY_MAX, "%s", reason);
    return false;
}

bool guard_bytes(const char *text, size_t len, bool may_be_empty, char why[static GUARD_WHY_MAX])
{
    size_t pos = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (pos < len && is_space(text[pos]))
        pos++;
    if (pos == len)
        return may_be_empty ? true : refuse(why, "empty file");
    if (text[pos] == '<')
        return refuse(why, "HTML instead of data (starts with '<')");
    if (memchr(text, '\0', len) != NULL)
        return refuse(why, "contains NUL bytes");
    return true;
}

bool guard_parsed(const struct parse *p, bool may_be_empty, char why[static GUARD_WHY_MAX])
{
    if (p->fatal[0] != '\0')
        return refuse(why, p->fatal);
    if (p->bad * 100 > p->lines * BAD_LINES_LIMIT) {
        snprintf(why, GUARD_WHY_MAX, "%zu of %zu lines are bad (limit %d %%)", p->bad, p->lines,
                 BAD_LINES_LIMIT);
        return false;
    }
    if (!may_be_empty && entries_count(p->out) == 0)
        return refuse(why, "no entries");
    return true;
}
