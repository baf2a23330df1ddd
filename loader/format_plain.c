/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plain: one address or prefix per line, both families mixed.  The first field counts; fields after
 * it are ignored, as publishers add dates, counts and references there.
 */
#include "loader/format.h"
#include "loader/lines.h"
#include "loader/quads.h"

/* The widest prefix seen in a real list is an IPv4 /12; far wider ones are typing errors that would
 * reject mail from whole continents. */
#define WIDEST4 8
#define WIDEST6 16

static size_t field_length(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && !is_blank(s[n]) && s[n] != '#' && s[n] != ';')
        n++;
    return n;
}

static enum line_kind plain_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    struct prefix prefix;
    unsigned notes = 0;
    *reason = prefix_parse(line, field_length(line, len), &prefix, &notes);
    if (*reason != NULL)
        return LINE_BAD;
    if (prefix.len < (prefix.family == 4 ? WIDEST4 : WIDEST6)) {
        *reason = prefix.family == 4 ? "IPv4 prefix wider than /8" : "IPv6 prefix wider than /16";
        return LINE_BAD;
    }
    if (!entries_add_prefix(p->out, &prefix))
        return LINE_NO_MEMORY;
    return notes == 0 ? LINE_GOOD : LINE_NOTED;
}

/*
 * The straight path (loader/quads.h).  Whatever it does not read goes through plain_line(), which
 * accepts all this accepts, with the same result.
 */
static bool plain_parse(struct parse *p, const char *text, size_t len)
{
    struct lines l;
    const char *line;
    size_t n;
    lines_start(&l, text, len);
    p->unterminated = lines_unterminated(text, len);
    do {
        size_t before = p->out->naddr4;
        if (!quads_pass(&l, p->out))
            return false;
        p->lines += p->out->naddr4 - before;
        if (!lines_next(&l, &line, &n))
            return true;
    } while (parse_line(p, &l, line, n, plain_line));
    return false;
}

const struct format format_plain = {
    .name = "plain",
    .about = "one IPv4 or IPv6 address or prefix per line",
    .parse = plain_parse,
};
