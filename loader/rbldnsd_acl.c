/* SPDX-License-Identifier: BSD-2-Clause */
/* acl: clients of either family and what becomes of their queries. */
#include <string.h>

#include "lib/image.h"
#include "loader/rbldnsd.h"

static const struct {
    const char *word;
    enum image_action action;
} keywords[] = {
    {"ignore", IMAGE_IGNORE}, {"blackhole", IMAGE_IGNORE}, {"refuse", IMAGE_REFUSE},
    {"empty", IMAGE_EMPTY},   {"pass", IMAGE_PASS},
};

/* What follows a keyword says nothing, as with rbldnsd; but it must not be the rest of a word. */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool rbldnsd_action(const struct rbldnsd_word *s, struct rbldnsd_default *v, const char **why)
{
    struct rbldnsd_word w = {s->s + 1, 0};
    if (*s->s != ':' && *s->s != '=')
        return false;
    while (w.len + 1 < s->len && is_word(w.s[w.len]))
        w.len++;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (!rbldnsd_is(&w, keywords[i].word))
            continue;
        *v = (struct rbldnsd_default){.action = (uint8_t)keywords[i].action};
        return true;
    }
    if (*s->s == '=')
        *why = "invalid keyword";
    return false;
}

/* Numbers alone may begin an address of either family; what rbldnsd takes for IPv4 is that. */
static bool is_addr4(const char *s, size_t len)
{
    uint32_t octet[4];
    unsigned n;
    size_t used = rbldnsd_octets(s, len, octet, &n);
    if (used == 0 || n > 1 || used == len)
        return used > 0;
    char c = (char)(s[used] | 0x20);
    return s[used] != ':' && (c < 'a' || c > 'f');
}

enum line_kind rbldnsd_acl(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    if (*s == '!') {
        *reason = "invalid address (an access list has no exclusions; use :pass)";
        return LINE_BAD;
    }
    return is_addr4(s, len) ? rbldnsd_ip4trie(r, s, len, reason)
                            : rbldnsd_ip6trie(r, s, len, reason);
}
