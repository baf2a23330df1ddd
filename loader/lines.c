/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/lines.h"

#include <string.h>
#include <strings.h>

#include "loader/where_note.h"

/* Enough to recognise the line, short enough for a log line with list, file and reason. */
#define EXCERPT_MAX 80

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

static const char *find(const char *from, const char *end, char c)
{
    const char *at = from == end ? NULL : memchr(from, c, (size_t)(end - from));
    return at == NULL ? end : at;
}

void lines_start(struct lines *l, const char *text, size_t len)
{
    *l = (struct lines){.pos = text, .end = text + len};
    if (len >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
        l->pos += 3;
    l->lf = find(l->pos, l->end, '\n');
}

bool lines_next(struct lines *l, const char **line, size_t *len)
{
    if (l->pos == l->end)
        return false;
    /* The line feed is remembered: a file with CR ends only would be searched to its end for
     * every line otherwise. */
    if (l->lf < l->pos)
        l->lf = find(l->pos, l->end, '\n');
    const char *stop = find(l->pos, l->lf, '\r');
    *line = l->pos;
    *len = (size_t)(stop - l->pos);
    l->pos = stop;
    if (l->pos < l->end && *l->pos == '\r')
        l->pos++;
    /* CRLF is one end; LF alone too. */
    if (l->pos == l->lf && l->pos < l->end)
        l->pos++;
    l->number++;
    return true;
}

bool lines_unterminated(const char *text, size_t len)
{
    return len > 0 && text[len - 1] != '\n' && text[len - 1] != '\r';
}

bool starts_comment(const char *s, size_t len)
{
    return len > 0 && (s[0] == '#' || s[0] == ';' || (len > 1 && s[0] == '/' && s[1] == '/'));
}

bool line_is_comment(const char *line, size_t len)
{
    return starts_comment(line, len) || (len > 0 && line[0] == '!');
}

static void report(struct parse *p, size_t number, const char *line, size_t len, const char *reason)
{
    char excerpt[EXCERPT_MAX + sizeof("...")];
    size_t n = len < EXCERPT_MAX ? len : EXCERPT_MAX;
    for (size_t i = 0; i < n; i++)
        excerpt[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
    memcpy(excerpt + n, "...", sizeof("..."));
    if (n == len)
        excerpt[n] = '\0';
    p->report(p->report_arg, number, excerpt, reason);
}

static bool find_number(const char *s, size_t len, const char *before, uint64_t *out)
{
    size_t n = strlen(before);
    for (const char *at = s; (size_t)(s + len - at) > n; at++) {
        if (strncasecmp(at, before, n) != 0)
            continue;
        at += n;
        while (at < s + len && is_blank(*at))
            at++;
        const char *digit = at;
        for (*out = 0; at < s + len && *at >= '0' && *at <= '9' && *out < UINT32_MAX; at++)
            *out = *out * 10 + (uint64_t)(*at - '0');
        return at > digit;
    }
    return false;
}

/* "# END 2 entries", "# Number of entries: 2", and "; EOF" of a list that may have none. */
static void note_stated(struct parse *p, const char *s, size_t len)
{
    uint64_t n;
    while (len > 0 && (*s == '#' || *s == ';' || is_blank(*s))) {
        s++;
        len--;
    }
    bool end = len > 4 && strncasecmp(s, "END ", 4) == 0;
    if ((end && find_number(s, len, "END ", &n)) || find_number(s, len, "Number of entries:", &n)) {
        p->has_stated = true;
        p->stated = n;
    } else if (len == 3 && strncasecmp(s, "EOF", 3) == 0 && !p->has_stated) {
        p->has_stated = true;
        p->stated = 0;
    }
}

bool parse_line(struct parse *p, const struct lines *l, const char *line, size_t len, line_fn fn)
{
    while (len > 0 && is_blank(line[0])) {
        line++;
        len--;
    }
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    if (len == 0)
        return true;

    const char *reason = "NUL byte in the line";
    enum line_kind kind = LINE_BAD;
    /* Comments too: no text holds NULs, so whatever this is, it is not what it looks like. */
    if (memchr(line, '\0', len) == NULL)
        kind = fn(p, line, len, &reason);
    if (kind == LINE_NO_MEMORY)
        return false;
    /* What a bad line added before it went wrong counts. */
    if (p->where != NULL && !where_note(p->where, p->out, l->number))
        return false;
    if (kind == LINE_COMMENT) {
        note_stated(p, line, len);
        return true;
    }
    p->lines++;
    if (kind == LINE_NOTED)
        p->noted++;
    if (kind == LINE_BAD && p->bad++ < PARSE_REPORTS_MAX && p->report != NULL)
        report(p, l->number, line, len, reason);
    return true;
}

bool parse_lines(struct parse *p, const char *text, size_t len, line_fn fn)
{
    struct lines l;
    const char *line;
    size_t n;
    lines_start(&l, text, len);
    p->unterminated = lines_unterminated(text, len);
    while (lines_next(&l, &line, &n))
        if (!parse_line(p, &l, line, n, fn))
            return false;
    return true;
}
