/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libconfuse 3.3 is lenient where an operator needs a message: an unclosed section or comment ends
 * silently with the file, "${NAME}" in a string becomes an environment variable, unknown escapes
 * lose their backslash, stray characters are skipped, and comments make it miscount lines.  So the
 * text is looked at here first and handed on in a form that leaves it no such choice.
 */
#include "lib/conf_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX    (4u << 20) /* a configuration of 10,000 lists is 3 MiB */
#define NESTING_MAX 8          /* zone, sub and the braces of a value are 3 */

struct cleaner {
    struct conf_reader *r;
    const char *p, *end;
    char *out;
    unsigned line;
    unsigned depth;
    unsigned opened[NESTING_MAX]; /* line of each open brace */
};

static bool complain(struct cleaner *c, unsigned line, const char *what)
{
    struct conf_where w = {.file = c->r->file, .line = line};
    conf_complain(c->r, &w, "%s", what);
    return false;
}

static char next(const struct cleaner *c)
{
    return c->end - c->p > 1 ? c->p[1] : '\0';
}

static void copy(struct cleaner *c)
{
    if (*c->p == '\n')
        c->line++;
    *c->out++ = *c->p++;
}

static bool is_control(char ch)
{
    uint8_t b = (uint8_t)ch;
    return (b < 0x20 && b != '\t') || b == 0x7f;
}

static bool skip_line(struct cleaner *c)
{
    *c->out++ = ' ';
    while (c->p < c->end && *c->p != '\n')
        c->p++;
    return true;
}

static bool skip_block(struct cleaner *c)
{
    unsigned start = c->line;

    *c->out++ = ' ';
    for (c->p += 2; c->p < c->end; c->p++) {
        if (*c->p == '*' && next(c) == '/') {
            c->p += 2;
            return true;
        }
        if (*c->p == '\n') {
            *c->out++ = '\n';
            c->line++;
        }
    }
    return complain(c, start, "the comment that starts here is never closed with */");
}

/* A backslash in a string; a backslash before the end of a line joins it with the next. */
static bool copy_escape(struct cleaner *c, char quote)
{
    char after = next(c);

    if (quote == '"' && after != '"' && after != '\\' && after != '\n')
        return complain(
            c, c->line,
            "a backslash in a string is followed by something unknown; allowed: \\\" and "
            "\\\\ and a backslash at the end of a line");
    copy(c);
    if (after == '\n' || after == '\\' || after == quote)
        copy(c);
    return true;
}

/* "@1@" to "@9@" stand for what the include() of this file said after its name. */
static size_t value_number(const char *p, const char *end)
{
    bool is = end - p > 2 && p[0] == '@' && p[1] >= '1' && p[1] <= '9' && p[2] == '@';
    return is ? (size_t)(p[1] - '0') : 0;
}

static bool copy_value(struct cleaner *c, size_t number)
{
    static const char what[] = "the file is a template, which needs a value for @%zu@; allowed: "
                               "include(\"FILE\", \"VALUE\"...) with %zu or more values";
    struct conf_where w = {.file = c->r->file, .line = c->line};

    if (number > c->r->nvalues) {
        conf_complain(c->r, &w, what, number, number);
        return false;
    }
    for (const char *v = c->r->values[number - 1]; *v; v++)
        *c->out++ = *v;
    c->p += 3;
    return true;
}

static bool copy_string(struct cleaner *c)
{
    char quote = *c->p;

    copy(c);
    while (c->p < c->end && *c->p != '\n') {
        if (*c->p == quote) {
            copy(c);
            return true;
        }
        if (*c->p == '\\') {
            if (!copy_escape(c, quote))
                return false;
            continue;
        }
        if (is_control(*c->p))
            return complain(c, c->line, "control character in a string");
        size_t number = value_number(c->p, c->end);
        if (number) {
            if (!copy_value(c, number))
                return false;
            continue;
        }
        if (quote == '"' && *c->p == '$' && next(c) == '{')
            *c->out++ = '\\';
        copy(c);
    }
    return complain(c, c->line, "a string is not closed on its line");
}

static void skip_space(struct cleaner *c)
{
    while (c->p < c->end && strchr(" \t\r\n", *c->p) && *c->p)
        copy(c);
}

/* libconfuse leaks the arguments of a call that it cannot parse; so only what it can gets there. */
static bool copy_arguments(struct cleaner *c)
{
    static const char what[] = "a parenthesis is out of place; allowed: include(\"FILE\") or "
                               "include(\"FILE\", \"VALUE\"...)";

    do {
        copy(c);
        skip_space(c);
        if (c->p == c->end || (*c->p != '"' && *c->p != '\''))
            return complain(c, c->line, what);
        if (!copy_string(c))
            return false;
        skip_space(c);
    } while (c->p < c->end && *c->p == ',');
    if (c->p == c->end || *c->p != ')')
        return complain(c, c->line, what);
    copy(c);
    return true;
}

static bool copy_brace(struct cleaner *c)
{
    if (*c->p == '}') {
        if (c->depth == 0)
            return complain(c, c->line, "a closing brace without an opening one");
        c->depth--;
    } else {
        if (c->depth == NESTING_MAX)
            return complain(c, c->line, "braces are nested too deeply");
        c->opened[c->depth++] = c->line;
    }
    copy(c);
    return true;
}

static bool copy_plain(struct cleaner *c)
{
    char ch = *c->p;

    if (ch == '$' && next(c) == '{')
        return complain(c, c->line, "environment variables are not read; put strings in quotes");
    if (ch == '*' || ch == ')' || (ch == '+' && next(c) != '='))
        return complain(c, c->line, "a '*', '+' or ')' is out of place; put strings in quotes");
    if (is_control(ch) && ch != '\n' && ch != '\r')
        return complain(c, c->line, "control character; the file must be plain text");
    copy(c);
    return true;
}

static bool clean_one(struct cleaner *c)
{
    switch (*c->p) {
    case '#':
        return skip_line(c);
    case '/':
        if (next(c) == '/')
            return skip_line(c);
        if (next(c) == '*')
            return skip_block(c);
        break;
    case '"':
    case '\'':
        return copy_string(c);
    case '(':
        return copy_arguments(c);
    case '{':
    case '}':
        return copy_brace(c);
    default:
        break;
    }
    return copy_plain(c);
}

static size_t values_room(const struct conf_reader *r, const char *text, size_t len)
{
    size_t room = 0;

    for (const char *p = text; p < text + len; p++) {
        size_t number = value_number(p, text + len);
        room += number && number <= r->nvalues ? strlen(r->values[number - 1]) : 0;
    }
    return room;
}

char *conf_text_clean(struct conf_reader *r, const char *text, size_t len)
{
    /* A backslash before "${" and values add bytes; a newline is added so that the text never is
     * empty, which libconfuse cannot open. */
    char *out = malloc(len + len / 2 + 2 + values_room(r, text, len));
    struct cleaner c = {.r = r, .p = text, .end = text + len, .out = out, .line = 1};
    bool good = out != NULL;

    if (!good)
        complain(&c, 0, "out of memory");
    while (good && c.p < c.end)
        good = clean_one(&c);
    if (good && c.depth > 0)
        good = complain(&c, c.opened[c.depth - 1], "the brace opened here is never closed");
    if (!good) {
        free(out);
        return NULL;
    }
    *c.out++ = '\n';
    *c.out = '\0';
    return out;
}

/* Not by its size: the file may be a pipe, as in "-c <(command)". */
static char *read_all(int fd, size_t *len)
{
    size_t n = 0, size = 0;
    char *text = NULL;

    for (;;) {
        if (n == size) {
            size = size ? size * 2 : 16384;
            char *bigger = size > 2 * FILE_MAX ? NULL : realloc(text, size);
            if (!bigger)
                break;
            text = bigger;
        }
        ssize_t got = read(fd, text + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        n += (size_t)got;
        if (n > FILE_MAX) {
            errno = EFBIG;
            break;
        }
        if (got == 0) {
            *len = n;
            return text;
        }
    }
    free(text);
    return NULL;
}

char *conf_text_read(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return NULL;
    char *text = read_all(fd, len);
    int saved = errno;
    close(fd);
    errno = saved;
    return text;
}
