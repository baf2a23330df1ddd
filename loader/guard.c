/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
    return true;
}

/* Good lists have no bad line; a format change upstream or an error page makes nearly all bad. */
bool guard_parsed(const struct parse *p, bool may_be_empty, unsigned max_bad,
                  char why[static GUARD_WHY_MAX])
{
    if (p->fatal[0] != '\0')
        return refuse(why, p->fatal);
    if (p->bad * 100 > p->lines * max_bad) {
        snprintf(why, GUARD_WHY_MAX, "%zu of %zu lines are bad (limit %u %%)", p->bad, p->lines,
                 max_bad);
        return false;
    }
    size_t good = p->lines - p->bad;
    if (p->has_stated && good < p->stated) {
        snprintf(why, GUARD_WHY_MAX, "has %zu entries and says that it has %" PRIu64 ": it was cut",
                 good, p->stated);
        return false;
    }
    bool says_so = p->has_stated && p->stated == 0;
    if (!may_be_empty && !says_so && entries_count(p->out) == 0)
        return refuse(why, "no entries");
    return true;
}

static bool is_absurd(uint64_t before, uint64_t after, uint64_t least, const struct guard_change *c)
{
    uint64_t moved = after > before ? after - before : before - after;
    double percent = 100 * (double)after / (double)(before + (before == 0));
    return before != 0 && moved >= least &&
           ((c->below != 0 && percent < c->below) || (c->above != 0 && percent > c->above));
}

bool guard_change(const struct guard_change *c, char why[static GUARD_WHY_MAX])
{
    bool entries = is_absurd(c->before, c->after, GUARD_CHANGE_MIN, c);
    bool covered =
        is_absurd(c->covered_before, c->covered_after, GUARD_COVERED_MIN, c) ||
        (c->covered_before != 0 && c->above != 0 && c->covered_after > c->covered_before &&
         c->covered_after - c->covered_before > GUARD_COVERED_MORE);
    if (!entries && !covered)
        return true;
    /* A clock that was set back must not end the wait, nor prolong it beyond a day. */
    bool waited = c->times > 0 && c->now - c->since >= GUARD_HELD_TIME;
    if (c->times + 1 >= GUARD_HELD_TIMES && waited)
        return true;
    snprintf(why, GUARD_WHY_MAX,
             "held: %" PRIu64 " %s instead of %" PRIu64 " (seen %" PRIu64 " times); taken when "
             "seen %d times over 24 h, or at once by rbl-loader --accept",
             entries ? c->after : c->covered_after, entries ? "entries" : "covered addresses",
             entries ? c->before : c->covered_before, c->times + 1, GUARD_HELD_TIMES);
    return false;
}
