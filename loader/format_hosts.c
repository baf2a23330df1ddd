/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hosts: hosts(5) files, an address and the names that are sent there.  Each name is an entry; the
 * family of localhost, which such files carry for completeness, and names that look like addresses
 * are left out without a word.
 */
#include <string.h>
#include <strings.h>

#include "loader/beside.h"
#include "loader/domain.h"
#include "loader/format.h"
#include "loader/lines.h"

static bool next_field(struct word *rest, struct word *field)
{
    *rest = word_trim(*rest);
    size_t n = 0;
    while (n < rest->len && !is_blank(rest->s[n]) && rest->s[n] != '#' && rest->s[n] != ';')
        n++;
    *field = (struct word){rest->s, n};
    *rest = (struct word){rest->s + n, rest->len - n};
    return n > 0;
}

static bool is_address(struct word w)
{
    struct prefix prefix;
    unsigned notes = 0;
    const char *zone = memchr(w.s, '%', w.len);
    size_t n = zone != NULL ? (size_t)(zone - w.s) : w.len;
    return memchr(w.s, '/', w.len) == NULL && prefix_parse(w.s, n, &prefix, &notes) == NULL;
}

static bool is_local(struct word w)
{
    static const char *const names[] = {"localhost",      "localhost.localdomain", "local",
                                        "broadcasthost",  "ip6-localhost",         "ip6-loopback",
                                        "ip6-localnet",   "ip6-mcastprefix",       "ip6-allnodes",
                                        "ip6-allrouters", "ip6-allhosts"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i]) == w.len && strncasecmp(names[i], w.s, w.len) == 0)
            return true;
    return false;
}

static enum line_kind hosts_line(struct parse *p, const char *line, size_t len, const char **reason)
{
    struct word rest = {line, len}, field;
    struct beside b = {.ncolumns = 0};
    bool any = false, names = false;
    if (line_is_comment(line, len))
        return LINE_COMMENT;
    if (!next_field(&rest, &field) || !is_address(field)) {
        *reason = "no address in front of the name";
        return LINE_BAD;
    }
    const char *comment = memchr(rest.s, '#', rest.len);
    if (comment != NULL)
        b.ref = (struct word){comment + 1, (size_t)(rest.s + rest.len - comment) - 1};
    while (next_field(&rest, &field)) {
        struct name name;
        any = true;
        if (is_local(field) || is_address(field))
            continue;
        *reason = domain_parse(field.s, field.len, &name);
        if (*reason != NULL)
            return LINE_BAD;
        bool below = p->list != NULL && p->list->subdomains;
        enum line_kind kind = beside_name(p, &name, below ? NAME_TREE : NAME_SELF, &b, reason);
        if (kind != LINE_GOOD)
            return kind;
        names = true;
    }
    *reason = "no name behind the address";
    return names ? LINE_GOOD : any ? LINE_COMMENT : LINE_BAD;
}

static bool hosts_parse(struct parse *p, const char *text, size_t len)
{
    beside_start(p);
    return parse_lines(p, text, len, hosts_line);
}

const struct format format_hosts = {
    .name = "hosts",
    .about = "hosts(5): an address, which does not matter, and names",
    .parse = hosts_parse,
};
