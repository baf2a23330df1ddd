/* SPDX-License-Identifier: BSD-2-Clause */
/* From the text of one value to a field: everything but what belongs to zones. */
#include "lib/conf_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char conf_oom[] = "cannot be stored: out of memory";

static void *field(const struct conf_option *o, void *section)
{
    return (char *)section + o->offset;
}

const char *conf_store(char **dst, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return conf_oom;
    free(*dst);
    *dst = copy;
    return NULL;
}

/* Digits at the start of s, as many as there are; false when none, or when the value passes max. */
static bool scan_number(const char **s, uint64_t max, uint64_t *out)
{
    const char *p = *s;
    uint64_t n = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (p == *s)
        return false;
    *s = p;
    *out = n;
    return true;
}

struct unit {
    char letter;
    uint64_t factor;
};

static bool parse_unit(const char *s, const struct unit *units, uint64_t max, uint64_t *out)
{
    uint64_t n;

    if (!scan_number(&s, max, &n))
        return false;
    if (*s == '\0') {
        *out = n;
        return true;
    }
    while (units->letter && units->letter != *s)
        units++;
    if (!units->letter || s[1] != '\0' || n > max / units->factor)
        return false;
    *out = n * units->factor;
    return true;
}

bool conf_parse_time(const char *s, unsigned *out)
{
    static const struct unit units[] = {{'s', 1},     {'m', 60},     {'h', 3600},
                                        {'d', 86400}, {'w', 604800}, {'\0', 0}};
    uint64_t n;

    /* INT32_MAX: RFC 2181 section 8 ends there too, and no sum of two can wrap. */
    if (!parse_unit(s, units, INT32_MAX, &n))
        return false;
    *out = (unsigned)n;
    return true;
}

bool conf_parse_size(const char *s, uint64_t *out)
{
    static const struct unit units[] = {{'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}, {'\0', 0}};
    return parse_unit(s, units, INT64_MAX, out);
}

static const char *range(const struct conf_option *o, uint64_t n)
{
    return n < o->min ? "is too small" : n > o->max ? "is too big" : NULL;
}

CONF_SETTER(conf_set_integer)
{
    uint64_t n;

    (void)r;
    if (!scan_number(&text, UINT32_MAX, &n) || *text)
        return "is not a number";
    const char *why = range(o, n);
    if (!why)
        *(unsigned *)field(o, section) = (unsigned)n;
    return why;
}

CONF_SETTER(conf_set_time)
{
    unsigned n;

    (void)r;
    if (!conf_parse_time(text, &n))
        return "is not a time";
    const char *why = range(o, n);
    if (!why)
        *(unsigned *)field(o, section) = n;
    return why;
}

CONF_SETTER(conf_set_size)
{
    uint64_t n;

    (void)r;
    if (!conf_parse_size(text, &n))
        return "is not a size";
    const char *why = range(o, n);
    if (!why)
        *(uint64_t *)field(o, section) = n;
    return why;
}

CONF_SETTER(conf_set_boolean)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

    (void)r;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i]) == 0) {
            *(bool *)field(o, section) = i % 2 == 1;
            return NULL;
        }
    return "is neither yes nor no";
}

CONF_SETTER(conf_set_text)
{
    (void)r;
    if (strlen(text) > o->max)
        return "is too long";
    return conf_store(field(o, section), text);
}

CONF_SETTER(conf_set_path)
{
    return *text ? conf_set_text(r, o, text, section) : "is empty";
}

/* Only what useradd(8) lets an account be called; whether it exists shows when it is needed. */
CONF_SETTER(conf_set_user)
{
    for (const char *p = text; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
        bool later = (*p >= '0' && *p <= '9') || *p == '-' || *p == '.' || *p == '$';
        if (!letter && (p == text || !later))
            return "is not an account name";
    }
    return conf_set_path(r, o, text, section);
}

/* Goes into answers as it is. */
CONF_SETTER(conf_set_visible)
{
    for (const char *p = text; *p; p++)
        if (*p < ' ' || *p > '~')
            return "has characters that are not printable ASCII";
    return conf_set_text(r, o, text, section);
}

/* Index of the word, n when it is none of them. */
static unsigned find_word(const char *text, const char *const *words, unsigned n)
{
    unsigned i = 0;
    while (i < n && strcmp(text, words[i]) != 0)
        i++;
    return i;
}

static const char no_word[] = "is none of these";

CONF_SETTER(conf_set_cookies)
{
    static const char *const words[] = {"off", "on", "demand"}; /* enum conf_cookies */
    unsigned i = find_word(text, words, 3);

    (void)r;
    (void)o;
    ((struct conf_server *)section)->cookies = (enum conf_cookies)i;
    return i < 3 ? NULL : no_word;
}

CONF_SETTER(conf_set_deny)
{
    static const char *const words[] = {"refuse", "drop"}; /* enum conf_deny */
    unsigned i = find_word(text, words, 2);

    (void)r;
    (void)o;
    ((struct conf_server *)section)->deny = (enum conf_deny)i;
    return i < 2 ? NULL : no_word;
}

CONF_SETTER(conf_set_rate_on)
{
    static const char *const words[] = {"none", "public", "all"}; /* enum conf_rate */
    unsigned i = find_word(text, words, 3);

    (void)r;
    (void)o;
    ((struct conf_server *)section)->rate_limit_on = (enum conf_rate)i;
    return i < 3 ? NULL : no_word;
}

CONF_SETTER(conf_set_value)
{
    uint32_t a;
    unsigned notes = 0;
    size_t len = strlen(text);

    (void)r;
    if (len == 0 || addr4_scan(text, len, &a, &notes) != len || notes)
        return "is not an IPv4 address";
    if (a >> 24 != 127)
        return "lies outside 127.0.0.0/8";
    *(uint32_t *)field(o, section) = a;
    return NULL;
}

static bool parse_v4(struct conf_listen *l, const char *s, size_t len, uint16_t port)
{
    uint32_t a;
    unsigned notes = 0;

    if (len == 0 || addr4_scan(s, len, &a, &notes) != len || notes)
        return false;
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(a)};
    memcpy(&l->addr, &sin, sizeof(sin));
    l->addrlen = sizeof(sin);
    return true;
}

static bool parse_v6(struct conf_listen *l, const char *s, size_t len, uint16_t port)
{
    struct addr6 a;

    if (len < 2 || s[0] != '[' || s[len - 1] != ']' || !addr6_parse(s + 1, len - 2, &a))
        return false;
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    for (int i = 0; i < 8; i++) {
        sin6.sin6_addr.s6_addr[i] = (uint8_t)(a.hi >> (56 - 8 * i));
        sin6.sin6_addr.s6_addr[8 + i] = (uint8_t)(a.lo >> (56 - 8 * i));
    }
    memcpy(&l->addr, &sin6, sizeof(sin6));
    l->addrlen = sizeof(sin6);
    return true;
}

static const char *add_listen(struct conf_server *s, const char *text, bool proxy)
{
    struct conf_listen l = {.addrlen = 0, .proxy = proxy};
    const char *colon = strrchr(text, ':');
    uint64_t port;

    if (!colon || strlen(text) >= sizeof(l.text))
        return "is not an address with a port";
    const char *p = colon + 1;
    if (!scan_number(&p, UINT16_MAX, &port) || *p || port == 0)
        return "has no usable port";
    size_t len = (size_t)(colon - text);
    if (!parse_v4(&l, text, len, (uint16_t)port) && !parse_v6(&l, text, len, (uint16_t)port))
        return "is not an address with a port";
    memcpy(l.text, text, strlen(text) + 1);
    for (size_t i = 0; i < s->nlisten; i++)
        if (memcmp(&s->listen[i].addr, &l.addr, sizeof(l.addr)) == 0)
            return "is named twice";

    struct conf_listen *more = reallocarray(s->listen, s->nlisten + 1, sizeof(*more));
    if (!more)
        return conf_oom;
    s->listen = more;
    s->listen[s->nlisten++] = l;
    return NULL;
}

CONF_SETTER(conf_set_listen)
{
    (void)r;
    (void)o;
    return add_listen(section, text, false);
}

CONF_SETTER(conf_set_proxy_listen)
{
    (void)r;
    (void)o;
    return add_listen(section, text, true);
}

static const char *add_prefix(struct prefix **list, size_t *n, const char *text)
{
    struct prefix p;
    unsigned notes = 0;

    if (prefix_parse(text, strlen(text), &p, &notes))
        return "is not a prefix";
    if (notes & ADDR_NOTE_HOST_BITS)
        return "has bits set beyond its prefix length";
    if (notes & ADDR_NOTE_LEADING_ZERO)
        return "has numbers with leading zeros";
    struct prefix *more = reallocarray(*list, *n + 1, sizeof(*more));
    if (!more)
        return conf_oom;
    *list = more;
    (*list)[(*n)++] = p;
    return NULL;
}

CONF_SETTER(conf_set_allow)
{
    struct conf_server *s = section;

    (void)r;
    (void)o;
    return add_prefix(&s->allow_query, &s->nallow_query, text);
}

CONF_SETTER(conf_set_proxy_from)
{
    struct conf_server *s = section;

    (void)r;
    (void)o;
    return add_prefix(&s->proxy_from, &s->nproxy_from, text);
}

CONF_SETTER(conf_set_rate_allow)
{
    struct conf_server *s = section;

    (void)r;
    (void)o;
    return add_prefix(&s->rate_limit_allow, &s->nrate_limit_allow, text);
}

/* Fetchers pass a URL on as one argument; a host that looks like an option must not get there. */
static bool has_host_and_path(const char *s)
{
    size_t host = strcspn(s, "/");
    return host > 0 && s[0] != '-' && s[host] == '/';
}

CONF_SETTER(conf_set_url)
{
    static const char *const schemes[] = {"rsync://", "http://", "https://"};

    for (const char *p = text; *p; p++)
        if ((uint8_t)*p <= ' ' || *p == 0x7f)
            return "contains a space";
    if (strncmp(text, "file:", 5) == 0) {
        const char *path = text + 5;
        bool good = strncmp(path, "//", 2) == 0 ? path[2] == '/' : *path != '\0';
        return good ? conf_set_text(r, o, text, section) : "names no file of this machine";
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t n = strlen(schemes[i]);
        if (strncmp(text, schemes[i], n) == 0)
            return has_host_and_path(text + n) ? conf_set_text(r, o, text, section)
                                               : "lacks a host or a path";
    }
    return "is not a URL of a known kind";
}

CONF_SETTER(conf_set_format)
{
    for (const char *p = text; *p; p++)
        if ((*p < 'a' || *p > 'z') && (*p < '0' || *p > '9') && !strchr("-_:", *p))
            return "is not a format";
    if (r->known_format && !r->known_format(text))
        return "is not a format";
    return conf_set_path(r, o, text, section);
}

/*
 * The default names the list; so does the same text when it is written out.  In rbldnsd's data an
 * entry without a text has none, and publishers count on that.  The table has the format first.
 */
CONF_SETTER(conf_set_list_a)
{
    struct conf_list *l = section;

    if (!strstr(text, "%{"))
        return conf_set_value(r, o, text, section);
    if (strspn(text, "0123456789.%{}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") !=
        strlen(text))
        return "is neither an IPv4 address nor one with places for octets";
    l->a = 0x7f000002; /* of what the zone answers by itself */
    return conf_store(&l->a_text, text);
}

CONF_SETTER(conf_set_separator)
{
    struct conf_list *l = section;

    (void)r;
    (void)o;
    if (strcmp(text, "tab") == 0)
        l->separator = '\t';
    else if (strcmp(text, "blank") == 0)
        l->separator = ' ';
    else if (strlen(text) <= 1 && (!text[0] || (text[0] > ' ' && text[0] < 0x7f)))
        l->separator = text[0];
    else
        return "is no separator";
    return NULL;
}

CONF_SETTER(conf_set_list_txt)
{
    static const char head[] = "$ is listed in ", rbldnsd[] = "rbldnsd:";
    struct conf_list *l = section;
    char filled[sizeof(head) + CONF_NAME_MAX];

    if (strcmp(text, o->dflt) != 0)
        return conf_set_text(r, o, text, section);
    if (l->format && strncmp(l->format, rbldnsd, sizeof(rbldnsd) - 1) == 0)
        return conf_store(&l->txt, "");
    snprintf(filled, sizeof(filled), "%s%s", head, l->name);
    return conf_store(&l->txt, filled);
}
