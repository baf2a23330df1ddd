/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domains: one name per line, in any of the spellings that publishers use.  "d" is the name itself
 * (or with all names below it: option subdomains), "*.d" the names below it, ".d" and "||d^" both;
 * "local=/d/", "server=/d/" and "address=/d/..." are of dnsmasq, and both too.  Unlike in plain,
 * nothing but a comment may follow the name: nearly every word of a sentence is a valid name, and
 * an error message must not become an entry.
 */
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "loader/beside.h"
#include "loader/domain.h"
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

static const char *ascii_parse(const char *s, size_t len, struct name *out)
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

/* UTF-8 into A-labels (RFC 5891), as a resolver is asked for them. */
static const char *idn_parse(const char *s, size_t len, struct name *out)
{
    char text[4 * NAME_WIRE_MAX], *ascii = NULL;
    if (len >= sizeof(text))
        return "name too long";
    memcpy(text, s, len);
    text[len] = '\0';
    if (idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return "no internationalised domain name (RFC 5891)";
    const char *why = ascii_parse(ascii, strlen(ascii), out);
    idn2_free(ascii);
    return why;
}

const char *domain_parse(const char *s, size_t len, struct name *out)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] >= 0x80)
            return idn_parse(s, len, out);
    return ascii_parse(s, len, out);
}

static bool starts(const struct word *w, const char *head)
{
    size_t n = strlen(head);
    return w->len > n && memcmp(w->s, head, n) == 0;
}

/* Takes the decoration off; true when all below the name is meant too. */
static bool undress(struct word *w)
{
    static const char *const dnsmasq[] = {"local=/", "server=/", "address=/"};
    for (size_t i = 0; i < sizeof(dnsmasq) / sizeof(dnsmasq[0]); i++) {
        if (!starts(w, dnsmasq[i]))
            continue;
        size_t n = strlen(dnsmasq[i]);
        const char *slash = memchr(w->s + n, '/', w->len - n);
        if (slash == NULL)
            return false; /* a slash is left, which no name has */
        *w = (struct word){w->s + n, (size_t)(slash - w->s) - n};
        return true;
    }
    if (starts(w, "||") && w->s[w->len - 1] == '^') {
        *w = (struct word){w->s + 2, w->len - 3};
        return true;
    }
    return false;
}

enum name_scope domain_scope(struct word *w, bool subdomains)
{
    if (undress(w))
        return NAME_TREE;
    if (starts(w, ".")) {
        *w = (struct word){w->s + 1, w->len - 1};
        return NAME_TREE;
    }
    if (starts(w, "*.")) {
        *w = (struct word){w->s + 2, w->len - 2};
        return subdomains ? NAME_TREE : NAME_BELOW;
    }
    return subdomains ? NAME_TREE : NAME_SELF;
}

static enum line_kind domains_line(struct parse *p, const char *line, size_t len,
                                   const char **reason)
{
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    size_t n = 0;
    while (n < len && !is_blank(line[n]) && line[n] != '#' && line[n] != ';')
        n++;
    struct word w = {line, n}, rest = word_trim((struct word){line + n, len - n});
    if (rest.len > 0 && !starts_comment(rest.s, rest.len)) {
        *reason = "text after the name; one name per line";
        return LINE_BAD;
    }
    struct beside b = {.ncolumns = 0};
    if (rest.len > 0)
        b.ref = word_trim((struct word){rest.s + 1, rest.len - 1});
    enum name_scope scope = domain_scope(&w, p->list != NULL && p->list->subdomains);
    struct name name;
    *reason = domain_parse(w.s, w.len, &name);
    return *reason == NULL ? beside_name(p, &name, scope, &b, reason) : LINE_BAD;
}

static bool domains_parse(struct parse *p, const char *text, size_t len)
{
    beside_start(p);
    return parse_lines(p, text, len, domains_line);
}

const struct format format_domains = {
    .name = "domains",
    .about = "one domain name per line: d (itself), *.d (names below), .d or ||d^ (both)",
    .parse = domains_parse,
};
