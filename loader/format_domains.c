/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domains: one name per line.  "d" is the name itself, "*.d" the names below it, ".d" both.  Unlike
 * in plain, nothing but a comment may follow the name: nearly every word of a sentence is a valid
 * name, and an error message must not become an entry.
 */
#include <string.h>

#include "loader/format.h"
#include "loader/lines.h"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_name_char(char c)
{
    char lower = (char)(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_' || c == '.';
}

static const char *char_complaint(const char *s, size_t len, char bad)
{
    if (memchr(s, '/', len) != NULL)
        return "URL or path instead of a name";
    if (memchr(s, '@', len) != NULL)
        return "mail address instead of a name";
    if (bad == '*')
        return "'*' is accepted as the first label only, as in *.example.com";
    if (bad == ':')
        return "IPv6 address or port instead of a name";
    if ((unsigned char)bad >= 0x80)
        return "non-ASCII character; write the name in its xn-- form";
    return "character that no domain name has";
}

/* Is the last label (s ends without the root dot) all digits?  Then it is an IPv4 address or a part
 * of one; no top-level domain is numeric (RFC 3696 section 2). */
static bool ends_in_number(const char *s, size_t len)
{
    size_t n = len;
    while (n > 0 && is_digit(s[n - 1]))
        n--;
    return n < len && (n == 0 || s[n - 1] == '.');
}

static const char *domain_parse(const char *s, size_t len, struct name *out)
{
    for (size_t i = 0; i < len; i++)
        if (!is_name_char(s[i]))
            return char_complaint(s, len, s[i]);
    if (len == 0 || s[0] == '.')
        return "no name";
    if (ends_in_number(s, s[len - 1] == '.' ? len - 1 : len))
        return "IP address or number instead of a name";
    return name_parse(s, len, out);
}

static enum line_kind domains_line(struct parse *p, const char *line, size_t len,
                                   const char **reason)
{
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    size_t n = 0;
    while (n < len && !is_blank(line[n]) && line[n] != '#' && line[n] != ';')
        n++;
    size_t rest = n;
    while (rest < len && is_blank(line[rest]))
        rest++;
    if (rest < len && !starts_comment(line + rest, len - rest)) {
        *reason = "text after the name; one name per line";
        return LINE_BAD;
    }

    enum name_scope scope = NAME_SELF;
    if (n > 1 && line[0] == '.') {
        scope = NAME_TREE;
        line++;
        n--;
    } else if (n > 2 && line[0] == '*' && line[1] == '.') {
        scope = NAME_BELOW;
        line += 2;
        n -= 2;
    }
    struct name name;
    *reason = domain_parse(line, n, &name);
    if (*reason != NULL)
        return LINE_BAD;
    return entries_add_name(p->out, &name, scope, false) ? LINE_GOOD : LINE_NO_MEMORY;
}

static bool domains_parse(struct parse *p, const char *text, size_t len)
{
    return parse_lines(p, text, len, domains_line);
}

const struct format format_domains = {
    .name = "domains",
    .about = "one domain name per line: d (itself), *.d (names below), .d (both)",
    .parse = domains_parse,
};
