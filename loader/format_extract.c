/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * extract: every address and prefix in text of any other kind: Postfix tables, hosts.deny, rules of
 * packet filters and of intrusion detection.  Only for lists that say so: what is taken out of a
 * sentence need not be what the sentence lists.
 */
#include <string.h>

#include "loader/beside.h"
#include "loader/format.h"
#include "loader/lines.h"

static bool is_part(char c)
{
    return c != '\0' && strchr("0123456789abcdefABCDEF.:/", c) != NULL;
}

static bool is_wordy(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'g' && lower <= 'z') || c == '_' || c == '-';
}

/* Whole words only: "ipv6" and version numbers of software are none. */
static bool worth_a_try(const char *line, size_t len, struct word w)
{
    size_t dots = 0, colons = 0;
    for (size_t i = 0; i < w.len; i++) {
        dots += w.s[i] == '.';
        colons += w.s[i] == ':';
    }
    bool before = w.s > line && is_wordy(w.s[-1]);
    bool after = w.s + w.len < line + len && is_wordy(w.s[w.len]);
    return !before && !after && (colons >= 2 || dots == 3);
}

static enum line_kind extract_line(struct parse *p, const char *line, size_t len,
                                   const char **reason)
{
    struct beside b = {.ref = {line, len}};
    enum line_kind result = LINE_COMMENT;
    if (line[0] == '#')
        return LINE_COMMENT;
    for (size_t i = 0; i < len;) {
        struct word w = {line + i, 0};
        while (i + w.len < len && is_part(w.s[w.len]))
            w.len++;
        i += w.len + (w.len == 0);
        while (w.len > 0 && strchr(".:/", w.s[w.len - 1]) != NULL) /* of the sentence */
            w.len--;
        if (w.len == 0 || !worth_a_try(line, len, w))
            continue;
        enum line_kind kind = beside_prefix(p, w, &b, reason);
        if (kind == LINE_NO_MEMORY)
            return kind;
        if (kind != LINE_BAD)
            result = kind;
        else if (result == LINE_COMMENT)
            result = LINE_BAD;
    }
    return result;
}

static bool extract_parse(struct parse *p, const char *text, size_t len)
{
    beside_start(p);
    return parse_lines(p, text, len, extract_line);
}

const struct format format_extract = {
    .name = "extract",
    .about = "every address and prefix in text of any other kind",
    .parse = extract_parse,
};
