/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/allow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WIDEST4  8
#define WIDEST6  16
#define TIME_LEN 20 /* of YYYY-MM-DDTHH:MM:SSZ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* A mistyped address must not become a name that nobody asks for (RFC 3696 section 2). */
static bool ends_in_number(const char *s, size_t len)
{
    while (len > 0 && s[len - 1] != '.') {
        len--;
        if (s[len] < '0' || s[len] > '9')
            return false;
    }
    return true;
}

static const char *parse_name(const char *s, size_t len, struct name *out)
{
    if (len > 1 && s[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len; i++)
        if (!is_host_byte(s[i]))
            return "neither an address, a prefix nor a name of letters, digits, '-', '_' and '.'";
    if (memchr(s, '.', len) == NULL)
        return "a name of one label would allow a whole top-level domain";
    if (ends_in_number(s, len))
        return "neither an address nor a name";
    return name_parse(s, len, out);
}

const char *allow_parse_what(const char *s, size_t len, struct allow_entry *out)
{
    unsigned notes = 0;
    *out = (struct allow_entry){.kind = ALLOW_PREFIX};
    const char *why = prefix_parse(s, len, &out->prefix, &notes);
    if (why == NULL && (notes & ADDR_NOTE_HOST_BITS) != 0)
        return "bits are set behind the prefix length";
    if (why == NULL && out->prefix.len < (out->prefix.family == 4 ? WIDEST4 : WIDEST6))
        return "a prefix wider than /8 (IPv4) or /16 (IPv6)";
    if (why == NULL)
        return NULL;
    if (memchr(s, '/', len) != NULL || memchr(s, ':', len) != NULL)
        return why;
    out->kind = ALLOW_NAME;
    return parse_name(s, len, &out->name);
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

static const char *word_end(const char *p, const char *end)
{
    while (p < end && !is_blank(*p) && *p != '#')
        p++;
    return p;
}

/* "until TIME", when there is one; *p moves behind it. */
static const char *parse_until(const char **p, const char *end, struct allow_entry *out)
{
    const char *stop = word_end(*p, end);
    if (stop == *p)
        return NULL;
    if (stop - *p != 5 || memcmp(*p, "until", 5) != 0)
        return "text behind the entry; allowed: until TIME, # REASON";
    *p = skip_blanks(stop, end);
    stop = word_end(*p, end);
    if (!allow_time_parse(*p, (size_t)(stop - *p), &out->until))
        return "no time such as 2026-12-01T08:00:00Z behind until";
    *p = skip_blanks(stop, end);
    return *p < end && **p != '#' ? "text behind the time; allowed: # REASON" : NULL;
}

const char *allow_parse(const char *line, size_t len, struct allow_entry *out)
{
    const char *end = line + len, *p = skip_blanks(line, end);
    while (end > p && (is_blank(end[-1]) || end[-1] == '\r'))
        end--;
    *out = (struct allow_entry){.kind = ALLOW_BLANK};
    if (p == end || *p == '#')
        return NULL;
    const char *stop = word_end(p, end);
    const char *why = allow_parse_what(p, (size_t)(stop - p), out);
    p = skip_blanks(stop, end);
    if (why == NULL)
        why = parse_until(&p, end, out);
    if (why != NULL || p == end)
        return why;
    p = skip_blanks(p + 1, end);
    if (p < end) {
        out->why = p;
        out->why_len = (size_t)(end - p);
    }
    return NULL;
}

bool allow_same(const struct allow_entry *a, const struct allow_entry *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == ALLOW_NAME)
        return name_equal(&a->name, &b->name);
    return a->kind == ALLOW_PREFIX && a->prefix.family == b->prefix.family &&
           a->prefix.len == b->prefix.len && a->prefix.addr.hi == b->prefix.addr.hi &&
           a->prefix.addr.lo == b->prefix.addr.lo;
}

/* Decimal digits of a fixed place. */
static bool take(const char *s, size_t at, size_t n, int *out)
{
    *out = 0;
    for (size_t i = at; i < at + n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return true;
}

bool allow_time_parse(const char *s, size_t len, int64_t *out)
{
    struct tm tm = {.tm_isdst = 0};
    if (len != TIME_LEN || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' ||
        s[16] != ':' || s[19] != 'Z')
        return false;
    if (!take(s, 0, 4, &tm.tm_year) || !take(s, 5, 2, &tm.tm_mon) || !take(s, 8, 2, &tm.tm_mday) ||
        !take(s, 11, 2, &tm.tm_hour) || !take(s, 14, 2, &tm.tm_min) || !take(s, 17, 2, &tm.tm_sec))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    struct tm given = tm;
    *out = (int64_t)timegm(&tm);
    /* timegm() makes 1 March of 30 February. */
    return *out > 0 && tm.tm_mday == given.tm_mday && tm.tm_mon == given.tm_mon &&
           tm.tm_hour == given.tm_hour && tm.tm_min == given.tm_min && tm.tm_sec == given.tm_sec;
}

void allow_time_format(char buf[static ALLOW_TIME_MAX], int64_t t)
{
    time_t clock = (time_t)t;
    struct tm tm;
    buf[0] = '\0';
    if (gmtime_r(&clock, &tm) != NULL && tm.tm_year >= 70 && tm.tm_year <= 8099)
        (void)strftime(buf, ALLOW_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
