/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plain: one address or prefix per line, both families mixed.  The first field counts; what follows
 * it is ignored, as publishers add dates, counts and references there, unless the list's answer
 * names it ("%{ref}").
 */
#include "loader/beside.h"
#include "loader/format.h"
#include "loader/lines.h"
#include "loader/quads.h"
#include "loader/where_note.h"

static size_t field_length(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && !is_blank(s[n]) && s[n] != '#' && s[n] != ';')
        n++;
    return n;
}

/* What stands behind the first field and one comment marker. */
static struct word reference(const char *s, size_t len)
{
    struct word w = word_trim((struct word){s, len});
    if (w.len > 0 && (*w.s == '#' || *w.s == ';'))
        w = (struct word){w.s + 1, w.len - 1};
    return word_trim(w);
}

static enum line_kind plain_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    size_t n = field_length(line, len);
    struct beside b;
    b.ncolumns = 0;
    b.named = NULL;
    b.ref = reference(line + n, len - n);
    return beside_prefix(p, (struct word){line, n}, &b, reason);
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
    l.file = p->file;
    p->unterminated = lines_unterminated(text, len);
    beside_start(p);
    do {
        size_t before = p->out->naddr4;
        if (!p->beside &&
            !(p->where != NULL ? where_note_quads(p->where, &l, p->out) : quads_pass(&l, p->out)))
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
    .by_file = true,
};
