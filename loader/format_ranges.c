/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ranges: IPv4 ranges, "a-b", "a - b", "a b", with tabs or blanks, or "label: a-b"; further columns
 * do not count.  A single address or prefix is a range too.  The ends may stand in any octet: what
 * lies between becomes the fewest prefixes.
 */
#include <string.h>

#include "loader/beside.h"
#include "loader/format.h"
#include "loader/lines.h"

static bool read_quad(struct word *w, uint32_t *out)
{
    unsigned notes = 0;
    *w = word_trim(*w);
    size_t n = w->len > 0 ? addr4_scan(w->s, w->len, out, &notes) : 0;
    *w = (struct word){w->s + n, w->len - n};
    return n > 0;
}

/* "FIRST LAST MASK NUMBER NAME..." of DShield and its like: the columns as they are named. */
static void split(struct word line, struct beside *b)
{
    b->ncolumns = 0;
    while (line.len > 0 && b->ncolumns < BESIDE_COLUMNS) {
        const char *tab = memchr(line.s, '\t', line.len);
        size_t n = tab != NULL ? (size_t)(tab - line.s) : line.len;
        b->column[b->ncolumns++] = (struct word){line.s, n};
        n += tab != NULL;
        line = (struct word){line.s + n, line.len - n};
    }
}

static enum line_kind between(struct parse *p, struct word line, const struct beside *b,
                              const char **reason)
{
    struct word w = line;
    uint32_t first, last;
    if (!read_quad(&w, &first)) {
        *reason = "no IPv4 address where the range starts";
        return LINE_BAD;
    }
    w = word_trim(w);
    if (w.len == 0 || *w.s == '/' || *w.s == '#' || *w.s == ';') {
        size_t n = 0;
        while (n < line.len && !is_blank(line.s[n]) && line.s[n] != '#' && line.s[n] != ';')
            n++;
        return beside_prefix(p, (struct word){line.s, n}, b, reason);
    }
    bool dash = *w.s == '-';
    w = (struct word){w.s + dash, w.len - dash};
    if (!read_quad(&w, &last)) {
        *reason = "no IPv4 address where the range ends";
        return LINE_BAD;
    }
    if (first > last) {
        *reason = "range ends before it starts";
        return LINE_BAD;
    }
    return beside_range(p, first, last, b, reason);
}

static enum line_kind ranges_line(struct parse *p, const char *line, size_t len,
                                  const char **reason)
{
    struct beside b = {.ncolumns = 0};
    struct word w = {line, len};
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    split(w, &b);
    bool digit = line[0] >= '0' && line[0] <= '9';
    enum line_kind kind = digit ? between(p, w, &b, reason) : LINE_BAD;
    /* A label may hold colons, and start with a digit: the last colon ends it. */
    const char *colon = memrchr(line, ':', len);
    if (kind == LINE_BAD && colon != NULL) {
        b.ref = (struct word){line, (size_t)(colon - line)};
        w = word_trim((struct word){colon + 1, (size_t)(line + len - colon) - 1});
        kind = between(p, w, &b, reason);
    } else if (!digit) {
        *reason = "no IPv4 range";
    }
    bool heading = kind == LINE_BAD && !digit && colon == NULL && p->lines == 0;
    return heading ? LINE_COMMENT : kind;
}

static bool ranges_parse(struct parse *p, const char *text, size_t len)
{
    beside_start(p);
    return parse_lines(p, text, len, ranges_line);
}

const struct format format_ranges = {
    .name = "ranges",
    .about = "IPv4 ranges: a-b, columns of first and last address, label:a-b",
    .parse = ranges_parse,
};
