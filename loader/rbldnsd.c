/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rbldnsd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/image.h"
#include "loader/where_note.h"

const struct rbldnsd_type rbldnsd_types[] = {
    {.name = "ip4set",
     .kinds = IMAGE_HAS_ADDR4,
     .entry = rbldnsd_ip4set,
     .rule = RULE_LEVELS,
     .subject = TEXT_SUBJECT,
     .pass = rbldnsd_quads},
    {.name = "ip4tset",
     .kinds = IMAGE_HAS_ADDR4,
     .entry = rbldnsd_ip4tset,
     .subject = TEXT_SUBJECT,
     .one_value = true,
     .pass = rbldnsd_quads},
    {.name = "ip4trie",
     .kinds = IMAGE_HAS_ADDR4,
     .entry = rbldnsd_ip4trie,
     .rule = RULE_LONGEST,
     .subject = TEXT_SUBJECT,
     .pass = rbldnsd_prefixes4},
    {.name = "ip6tset",
     .kinds = IMAGE_HAS_ADDR6,
     .entry = rbldnsd_ip6tset,
     .rule = RULE_LONGEST,
     .subject = TEXT_SUBJECT,
     .one_value = true},
    {.name = "ip6trie",
     .kinds = IMAGE_HAS_ADDR6,
     .entry = rbldnsd_ip6trie,
     .rule = RULE_LONGEST,
     .subject = TEXT_SUBJECT,
     .colon_starts = true,
     .pass = rbldnsd_prefixes6},
    {.name = "dnset",
     .kinds = IMAGE_HAS_NAMES,
     .entry = rbldnsd_dnset,
     .subject = TEXT_MATCHED,
     .pass = rbldnsd_plain_names},
    {.name = "dnhash",
     .kinds = IMAGE_HAS_NAMES,
     .entry = rbldnsd_dnset,
     .subject = TEXT_MATCHED,
     .pass = rbldnsd_plain_names},
    {.name = "generic", .entry = rbldnsd_generic, .no_values = true},
    /* djb's rbldns: a subset, in which only the last octet of a text can be a place. */
    {.name = "djb",
     .kinds = IMAGE_HAS_ADDR4,
     .entry = rbldnsd_ip4trie,
     .rule = RULE_LONGEST,
     .subject = TEXT_SUBJECT,
     .pass = rbldnsd_quads,
     .dollar_last = true},
    {.name = "acl",
     .entry = rbldnsd_acl,
     .rule = RULE_LONGEST,
     .subject = TEXT_SUBJECT,
     .colon_starts = true,
     .clients = true},
};
const size_t rbldnsd_ntypes = sizeof(rbldnsd_types) / sizeof(rbldnsd_types[0]);

void rbldnsd_fatal(struct rbldnsd *r, const char *fmt, ...)
{
    va_list ap;
    if (r->p->fatal[0] != '\0')
        return;
    va_start(ap, fmt);
    (void)vsnprintf(r->p->fatal, sizeof(r->p->fatal), fmt, ap);
    va_end(ap);
}

const char *rbldnsd_say(struct rbldnsd *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(r->why, sizeof(r->why), fmt, ap);
    va_end(ap);
    return r->why;
}

void rbldnsd_begin(struct rbldnsd *r, const struct rbldnsd_type *type, struct entries *e)
{
    r->type = type;
    r->e = e;
    e->rule = type->rule;
    e->kinds = type->kinds;
    r->points_closed = false;
    r->unreachable = false;
    r->has_dflt = false;
    rbldnsd_reset_default(r);
    memset(r->cache, 0, sizeof(r->cache));
}

bool rbldnsd_finish(struct rbldnsd *r)
{
    struct entries *e = r->e;
    if (r->type == NULL)
        return true;
    if (r->unreachable) {
        e->naddr4 = e->nrange4 = e->nrange6 = e->nname = e->nrecord = e->nvalue = 0;
        e->addr4_value = 0;
        return true;
    }
    /* Records have theirs each, as it was known when they were read. */
    if (!r->type->no_values)
        e->ttl = r->ttl;
    rbldnsd_count(r);
    return rbldnsd_resolve_values(r);
}

/* A line that says something to the reader: "$..." behind at most one comment marker or colon. */
static size_t directive_at(const char *s, size_t len)
{
    size_t at = s[0] == '#' || s[0] == ';' || s[0] == ':' ? 1 : 0;
    return at < len && s[at] == '$' ? at : SIZE_MAX;
}

enum line_kind rbldnsd_line(struct parse *p, const char *s, size_t len, const char **reason)
{
    struct rbldnsd *r = p->reader;
    size_t at = directive_at(s, len);
    if (at != SIZE_MAX)
        return rbldnsd_directive(r, s + at, len - at, reason);
    if (s[0] == '#' || s[0] == ';')
        return LINE_COMMENT;
    if (r->type == NULL || r->headless) {
        rbldnsd_fatal(r, "data before the first $DATASET");
        *reason = p->fatal;
        return LINE_BAD;
    }
    r->odd = false;
    bool dflt = (s[0] == ':' && !r->type->no_values) || (s[0] == '=' && r->type->clients);
    if (dflt && r->type->colon_starts && len > 1 && s[1] == ':')
        dflt = false;
    enum line_kind kind =
        dflt ? rbldnsd_default_line(r, s, len, reason) : r->type->entry(r, s, len, reason);
    return kind == LINE_GOOD && r->odd ? LINE_NOTED : kind;
}

/*
 * A last line without its end may be the first half of another one, and then it is likely to list
 * more than was meant: 8.8.8 of 8.8.8.8 is 256 addresses.
 */
static bool is_cut_line(struct rbldnsd *r, bool unterminated, const char *s, size_t len)
{
    while (len > 0 && is_blank(*s)) {
        s++;
        len--;
    }
    if (!unterminated || r->lines.pos != r->lines.end || len == 0)
        return false;
    return directive_at(s, len) != SIZE_MAX || (s[0] != '#' && s[0] != ';');
}

static enum line_kind cut_line(struct parse *p, const char *s, size_t len, const char **reason)
{
    (void)p;
    (void)s;
    (void)len;
    *reason = "last line without a line end, it may be cut: not used";
    return LINE_BAD;
}

/* As with rbldnsd, a NUL ends what a line says. */
static size_t before_nul(const char *s, size_t len)
{
    const char *nul = len > 0 ? memchr(s, '\0', len) : NULL;
    return nul == NULL ? len : (size_t)(nul - s);
}

/* The text of one file.  False: no memory. */
static bool read_file(struct rbldnsd *r, const char *text, size_t len)
{
    const char *line;
    size_t n;
    bool unterminated = lines_unterminated(text, len);
    lines_start(&r->lines, text, len);
    r->lines.file = r->p->file;
    while (r->p->fatal[0] == '\0') {
        if (r->type != NULL && r->type->pass != NULL && !r->headless && !r->type->pass(r))
            return false;
        if (!lines_next(&r->lines, &line, &n))
            break;
        bool cut = is_cut_line(r, unterminated, line, n);
        size_t said = cut ? n : before_nul(line, n);
        size_t lines = r->p->lines, bad = r->p->bad, noted = r->p->noted;
        if (!parse_line(r->p, &r->lines, line, said, cut ? cut_line : rbldnsd_line))
            return false;
        if (said < n && r->p->lines > lines && r->p->noted == noted)
            r->p->noted++; /* once a line, and not for what says nothing */
        if (cut && r->p->bad > bad) {
            /* Shown like a bad line, but the list is none the worse for it. */
            r->p->bad--;
            r->p->noted++;
        }
    }
    return true;
}

/* --- several files in one --- */

/*
 * "$FILE LENGTH NAME", the file's octets, a line feed, and the next: as loader/fetch_file.c puts
 * the files of a data set together.  False: not of this form.
 */
bool rbldnsd_frame(struct rbldnsd_word *rest, struct rbldnsd_word *name, struct rbldnsd_word *body)
{
    static const char mark[] = "$FILE ";
    uint32_t n;
    if (rest->len < sizeof(mark) || memcmp(rest->s, mark, sizeof(mark) - 1) != 0)
        return false;
    const char *s = rest->s + sizeof(mark) - 1, *end = rest->s + rest->len;
    size_t used = rbldnsd_number(s, (size_t)(end - s), UINT32_MAX, &n);
    const char *lf = used ? memchr(s, '\n', (size_t)(end - s)) : NULL;
    if (lf == NULL || s + used >= lf || s[used] != ' ' || (size_t)(end - lf) < (size_t)n + 2)
        return false;
    if (lf[1 + (size_t)n] != '\n')
        return false;
    *name = (struct rbldnsd_word){s + used + 1, (size_t)(lf - s) - used - 1};
    *body = (struct rbldnsd_word){lf + 1, n};
    rest->s = lf + n + 2;
    rest->len = (size_t)(end - rest->s);
    return true;
}

/* Only when the frames cover the text to its end: a publisher's own "$FILE" is a bad line. */
bool rbldnsd_framed(const char *text, size_t len)
{
    struct rbldnsd_word rest = {text, len}, name, body;
    while (rest.len > 0)
        if (!rbldnsd_frame(&rest, &name, &body))
            return false;
    return len > 0;
}

/* What does not carry over from one file of a data set to the next. */
static void file_begins(struct rbldnsd *r)
{
    r->headless = r->combined;
    if (!r->combined && !r->type->one_value)
        rbldnsd_reset_default(r);
}

static bool read_frames(struct rbldnsd *r, const char *text, size_t len)
{
    struct rbldnsd_word rest = {text, len}, body;
    while (rest.len > 0 && r->p->fatal[0] == '\0' && rbldnsd_frame(&rest, &r->file, &body)) {
        file_begins(r);
        if (r->p->where != NULL)
            where_note_file(r->p->where, r->file.s, r->file.len, body.s);
        if (!read_file(r, body.s, body.len))
            return false;
    }
    return true;
}

/* Of several files a line number alone says nothing. */
struct naming {
    const struct rbldnsd *r;
    void (*report)(void *arg, size_t line, const char *text, const char *reason);
    void *arg;
};

static void report_named(void *arg, size_t line, const char *text, const char *reason)
{
    const struct naming *n = arg;
    char full[256];
    (void)snprintf(full, sizeof(full), "%.*s: %s", n->r->file.len < 100 ? (int)n->r->file.len : 100,
                   n->r->file.s, reason);
    n->report(n->arg, line, text, full);
}

static bool read_all(struct rbldnsd *r, const char *text, size_t len)
{
    struct naming naming = {r, r->p->report, r->p->report_arg};
    bool framed = rbldnsd_framed(text, len);
    if (framed && naming.report != NULL) {
        r->p->report = report_named;
        r->p->report_arg = &naming;
    }
    bool ok = framed ? read_frames(r, text, len) : read_file(r, text, len);
    if (ok && !r->combined && r->type->rule == RULE_LONGEST && !r->type->one_value)
        ok = rbldnsd_twice(r, text, len);
    r->p->report = naming.report;
    r->p->report_arg = naming.arg;
    ok = ok && rbldnsd_finish(r);
    if (ok && r->combined)
        rbldnsd_count_combined(r);
    return ok;
}

/* --- the rows --- */

static bool parse_type(struct parse *p, const char *text, size_t len, const char *name)
{
    struct rbldnsd *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return false;
    r->p = p;
    r->maxrange4 = UINT64_MAX;
    r->combined = true;
    r->e = p->out;
    for (size_t i = 0; i < rbldnsd_ntypes; i++) {
        if (strcmp(rbldnsd_types[i].name, name) != 0)
            continue;
        r->combined = false;
        rbldnsd_begin(r, &rbldnsd_types[i], p->out);
    }
    p->reader = r;
    bool ok = read_all(r, text, len);
    p->reader = NULL;
    free(r);
    return ok;
}

#define ROW(type, says)                                                                            \
    static bool parse_##type(struct parse *p, const char *text, size_t len)                        \
    {                                                                                              \
        return parse_type(p, text, len, #type);                                                    \
    }                                                                                              \
    const struct format format_rbldnsd_##type = {                                                  \
        .name = "rbldnsd:" #type, .about = says, .parse = parse_##type}

ROW(ip4set, "rbldnsd: IPv4 addresses and ranges with values");
ROW(ip4tset, "rbldnsd: single IPv4 addresses, one value");
ROW(ip4trie, "rbldnsd: IPv4 prefixes, longest match");
ROW(ip6tset, "rbldnsd: IPv6 /64s, one value");
ROW(ip6trie, "rbldnsd: IPv6 prefixes, longest match");
ROW(dnset, "rbldnsd: names and wildcards with values");
ROW(dnhash, "the same as rbldnsd:dnset");
ROW(generic, "rbldnsd: A, TXT and MX records");
ROW(acl, "rbldnsd: clients and what becomes of them, for acl");
ROW(combined, "rbldnsd: several data sets and sub-zones in one file");

static bool parse_djb(struct parse *p, const char *text, size_t len)
{
    return parse_type(p, text, len, "djb");
}

const struct format format_djb = {
    .name = "djb", .about = "data of djb's rbldns", .parse = parse_djb};
