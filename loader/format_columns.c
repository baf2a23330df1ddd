/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * columns: fields between separators, one of which is an address, a prefix or a domain name.
 * Options: column, separator, prefix.  Without a separator the first of comma, semicolon, tab and
 * bar that the line has is it, else blanks.  Fields may stand in double quotes, as in CSV; a port
 * behind an address is cut off; the first line may be a header.
 */
#include <string.h>

#include "loader/beside.h"
#include "loader/domain.h"
#include "loader/format.h"
#include "loader/lines.h"

static char guess(const char *s, size_t len)
{
    for (const char *sep = ",;\t|"; *sep; sep++)
        if (memchr(s, *sep, len) != NULL)
            return *sep;
    return ' ';
}

/* A field at *rest, which moves behind it and its separator. */
static struct word next_column(struct word *rest, char sep)
{
    struct word w = sep == '\t' ? *rest : word_trim(*rest), out;
    const char *end = w.s + w.len, *at = w.s;
    if (w.len > 0 && *w.s == '"' && (at = memchr(w.s + 1, '"', w.len - 1)) != NULL) {
        out = (struct word){w.s + 1, (size_t)(at - w.s) - 1};
        while (at < end && *at != sep) /* what stands between quote and separator is nothing */
            at++;
    } else {
        at = w.s;
        while (at < end && *at != sep && !(sep == ' ' && is_blank(*at)))
            at++;
        out = word_trim((struct word){w.s, (size_t)(at - w.s)});
    }
    *rest = at < end ? (struct word){at + 1, (size_t)(end - at) - 1} : (struct word){end, 0};
    return out;
}

static void split(const struct parse *p, const char *s, size_t len, struct beside *b)
{
    char sep = p->list != NULL ? p->list->separator : 0;
    struct word rest = {s, len};
    b->ncolumns = 0;
    if (sep == 0)
        sep = guess(s, len);
    while (rest.len > 0 && b->ncolumns < BESIDE_COLUMNS)
        b->column[b->ncolumns++] = next_column(&rest, sep);
}

/* "192.0.2.1:443", "[2001:db8::1]:443" and "[2001:db8::1]" to the address. */
static struct word cut_port(struct word w)
{
    const char *end = w.len > 0 && *w.s == '[' ? memchr(w.s, ']', w.len) : NULL;
    if (end != NULL)
        return (struct word){w.s + 1, (size_t)(end - w.s) - 1};
    const char *colon = w.len > 0 ? memchr(w.s, ':', w.len) : NULL;
    size_t rest = colon != NULL ? (size_t)(w.s + w.len - colon) - 1 : 0;
    if (colon == NULL || rest == 0 || rest > 5)
        return w;
    for (size_t i = 1; i <= rest; i++)
        if (colon[i] < '0' || colon[i] > '9')
            return w; /* an IPv6 address, or nonsense */
    return memchr(w.s, '.', w.len) != NULL ? (struct word){w.s, (size_t)(colon - w.s)} : w;
}

static bool looks_like_address(struct word w)
{
    for (size_t i = 0; i < w.len; i++)
        if (strchr("0123456789abcdefABCDEF.:/", w.s[i]) == NULL)
            return false;
    return w.len > 0 && (memchr(w.s, ':', w.len) != NULL || (w.s[0] >= '0' && w.s[0] <= '9'));
}

static enum line_kind add_key(struct parse *p, struct word key, const struct beside *b,
                              const char **reason)
{
    struct name name;
    key = cut_port(key);
    if (looks_like_address(key))
        return beside_prefix(p, key, b, reason);
    /* One label is a heading, or a number with letters: no publisher lists a top-level domain. */
    if (memchr(key.s, '.', key.len) == NULL) {
        *reason = "neither an address nor a domain name";
        return LINE_BAD;
    }
    enum name_scope scope = domain_scope(&key, p->list != NULL && p->list->subdomains);
    *reason = domain_parse(key.s, key.len, &name);
    return *reason == NULL ? beside_name(p, &name, scope, b, reason) : LINE_BAD;
}

static bool has_prefix(const char *prefix, struct word *line)
{
    size_t n = strlen(prefix);
    if (n == 0)
        return true;
    if (line->len <= n || memcmp(line->s, prefix, n) != 0 || !is_blank(line->s[n]))
        return false;
    *line = word_trim((struct word){line->s + n, line->len - n});
    return true;
}

static enum line_kind columns_line(struct parse *p, const char *line, size_t len,
                                   const char **reason)
{
    struct word w = {line, len};
    struct beside b = {.ncolumns = 0};
    unsigned column = p->list != NULL && p->list->column > 0 ? p->list->column : 1;
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    if (p->list != NULL && !has_prefix(p->list->prefix, &w))
        return LINE_COMMENT; /* a line of another kind */
    split(p, w.s, w.len, &b);
    if (b.ncolumns < column) {
        *reason = "has fewer columns";
        return LINE_BAD;
    }
    enum line_kind kind = add_key(p, b.column[column - 1], &b, reason);
    bool first = p->lines == 0 && p->reader == NULL;
    p->reader = p->out; /* not NULL: the first line was seen */
    return kind == LINE_BAD && first ? LINE_COMMENT : kind;
}

static bool columns_parse(struct parse *p, const char *text, size_t len)
{
    beside_start(p);
    p->reader = NULL;
    bool ok = parse_lines(p, text, len, columns_line);
    p->reader = NULL;
    return ok;
}

const struct format format_columns = {
    .name = "columns",
    .about = "columns, CSV or not, one of which is an address, a prefix or a domain name",
    .parse = columns_parse,
};
