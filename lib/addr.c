/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/addr.h"

#include <string.h>

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Value of a hexadecimal digit, or 16. */
static unsigned hex_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

/* One to three digits, at most 255.  Returns the bytes used or 0. */
static size_t octet_scan(const char *s, size_t len, uint32_t *out, unsigned *notes)
{
    size_t n = 0;
    uint32_t value = 0;
    while (n < len && n < 4 && is_digit(s[n])) {
        value = value * 10 + (uint32_t)(s[n] - '0');
        n++;
    }
    if (n == 0 || n == 4 || value > 255)
        return 0;
    if (n > 1 && s[0] == '0')
        *notes |= ADDR_NOTE_LEADING_ZERO;
    *out = value;
    return n;
}

size_t addr4_scan(const char *s, size_t len, uint32_t *out, unsigned *notes)
{
    uint32_t addr = 0;
    unsigned seen = 0;
    size_t pos = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (pos == len || s[pos++] != '.'))
            return 0;
        uint32_t octet;
        size_t n = octet_scan(s + pos, len - pos, &octet, &seen);
        if (n == 0)
            return 0;
        pos += n;
        addr = addr << 8 | octet;
    }
    /* 192.0.2.1.5 is not 192.0.2.1 followed by something. */
    if (pos < len && (s[pos] == '.' || is_digit(s[pos])))
        return 0;
    *out = addr;
    *notes |= seen;
    return pos;
}

/* Groups of an IPv6 text on their way to an address. */
struct groups {
    uint16_t word[8];
    unsigned count;
    unsigned gap; /* number of groups before "::" */
    bool has_gap;
};

/* The dotted quad that may end an address; it fills two groups. */
static bool tail4_parse(struct groups *g, const char *s, size_t len, unsigned *notes)
{
    uint32_t v4;
    if (g->count > 6 || addr4_scan(s, len, &v4, notes) != len)
        return false;
    g->word[g->count++] = (uint16_t)(v4 >> 16);
    g->word[g->count++] = (uint16_t)v4;
    return true;
}

/* One group of one to four hexadecimal digits; returns the bytes used or 0. */
static size_t group_scan(struct groups *g, const char *s, size_t len)
{
    unsigned value = 0;
    size_t n = 0;
    while (n < len && n < 5 && hex_value(s[n]) < 16)
        value = value << 4 | hex_value(s[n++]);
    if (n == 0 || n == 5 || g->count == 8)
        return 0;
    g->word[g->count++] = (uint16_t)value;
    return n;
}

/* Step over ":" or "::" at s; returns the bytes used or 0. */
static size_t colon_scan(struct groups *g, const char *s, size_t len)
{
    if (len == 0 || s[0] != ':')
        return 0;
    if (len == 1 || s[1] != ':')
        /* A single colon stands between two groups only. */
        return g->count == 0 || len == 1 ? 0 : 1;
    if (g->has_gap)
        return 0;
    g->has_gap = true;
    g->gap = g->count;
    return 2;
}

static bool groups_scan(struct groups *g, const char *s, size_t len, unsigned *notes)
{
    size_t pos = 0;
    if (len > 0 && s[0] == ':')
        pos = colon_scan(g, s, len);
    if (pos == 0 && (len == 0 || s[0] == ':'))
        return false;
    while (pos < len) {
        size_t n = group_scan(g, s + pos, len - pos);
        if (n > 0 && pos + n < len && s[pos + n] == '.') {
            g->count--;
            return tail4_parse(g, s + pos, len - pos, notes);
        }
        if (n == 0)
            return false;
        pos += n;
        if (pos == len)
            return true;
        n = colon_scan(g, s + pos, len - pos);
        if (n == 0)
            return false;
        pos += n;
    }
    return true;
}

static bool addr6_parse_noted(const char *s, size_t len, struct addr6 *out, unsigned *notes)
{
    struct groups g = {.count = 0};
    unsigned seen = 0;
    if (!groups_scan(&g, s, len, &seen))
        return false;
    /* "::" stands for at least one group (RFC 4291 section 2.2, form 2). */
    if (g.has_gap ? g.count > 7 : g.count != 8)
        return false;
    uint16_t full[8] = {0};
    unsigned head = g.has_gap ? g.gap : 8;
    for (unsigned i = 0; i < g.count; i++)
        full[i < head ? i : 8 - g.count + i] = g.word[i];
    out->hi = out->lo = 0;
    for (unsigned i = 0; i < 4; i++) {
        out->hi = out->hi << 16 | full[i];
        out->lo = out->lo << 16 | full[4 + i];
    }
    *notes |= seen;
    return true;
}

bool addr6_parse(const char *s, size_t len, struct addr6 *out)
{
    unsigned notes = 0;
    return addr6_parse_noted(s, len, out, &notes);
}

/* Decimal, no sign, no leading zero: no publisher writes "/024", so it is more likely damage. */
static const char *length_parse(const char *s, size_t len, unsigned max, uint8_t *out)
{
    if (len == 0)
        return "prefix length missing after the slash";
    unsigned value = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(s[i]) || i == 3)
            return "invalid prefix length";
        value = value * 10 + (unsigned)(s[i] - '0');
    }
    if (len > 1 && s[0] == '0')
        return "prefix length with a leading zero";
    if (value > max)
        return max == 32 ? "prefix length above 32" : "prefix length above 128";
    *out = (uint8_t)value;
    return NULL;
}

/* Digits and dots that are no address: say which rule they break. */
static const char *quad_complaint(const char *s, size_t len)
{
    unsigned dots = 0;
    unsigned digits = 0;
    unsigned value = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            dots++;
            digits = value = 0;
            continue;
        }
        if (++digits > 3)
            return "octet of more than three digits";
        value = value * 10 + (unsigned)(s[i] - '0');
        if (value > 255)
            return "octet above 255";
    }
    return dots < 3 ? "IPv4 address with fewer than four octets" : "invalid IPv4 address";
}

/* Why the address part of a prefix did not parse. */
static const char *address_complaint(const char *s, size_t len)
{
    uint32_t v4;
    unsigned notes = 0;
    if (len == 0)
        return "address missing";
    if (memchr(s, '%', len) != NULL)
        return "IPv6 zone identifier not accepted";
    size_t n = addr4_scan(s, len, &v4, &notes);
    if (s[0] == '[' || (n > 0 && n < len && s[n] == ':'))
        return "address with a port or brackets";
    if (n > 0 && n < len && s[n] == '-')
        return "address range; only ADDRESS or ADDRESS/LENGTH is accepted";
    if (n > 0)
        return "text directly after the address";
    for (size_t i = 0; i < len; i++)
        if (!is_digit(s[i]) && s[i] != '.')
            return memchr(s, ':', len) != NULL ? "invalid IPv6 address" : "not an IP address";
    return quad_complaint(s, len);
}

/* RFC 4291 section 2.5.5.2: ::ffff:0:0/96 is IPv4 in disguise. */
static bool is_mapped(const struct prefix *p)
{
    return p->family == 6 && p->len >= 96 && p->addr.hi == 0 && p->addr.lo >> 32 == 0xffff;
}

static const char *address_parse(const char *s, size_t len, struct prefix *p, unsigned *notes)
{
    uint32_t v4;
    if (addr4_scan(s, len, &v4, notes) == len && len > 0) {
        *p = (struct prefix){.addr = {.lo = v4}, .len = 32, .family = 4};
        return NULL;
    }
    p->family = 6;
    p->len = 128;
    return addr6_parse_noted(s, len, &p->addr, notes) ? NULL : address_complaint(s, len);
}

const char *prefix_parse(const char *s, size_t len, struct prefix *out, unsigned *notes)
{
    unsigned seen = 0;
    struct prefix p;
    const char *slash = len == 0 ? NULL : memchr(s, '/', len);
    size_t addr_len = slash == NULL ? len : (size_t)(slash - s);
    const char *why = address_parse(s, addr_len, &p, &seen);
    if (why == NULL && slash != NULL)
        why = length_parse(slash + 1, len - addr_len - 1, p.len, &p.len);
    if (why != NULL)
        return why;

    if (is_mapped(&p)) {
        seen |= ADDR_NOTE_MAPPED;
        p.family = 4;
        p.len = (uint8_t)(p.len - 96);
        p.addr.lo &= UINT32_MAX;
    }
    struct addr6 mask = p.family == 6 ? addr6_mask(p.len) : (struct addr6){.lo = addr4_mask(p.len)};
    struct addr6 kept = {.hi = p.addr.hi & mask.hi, .lo = p.addr.lo & mask.lo};
    if (kept.hi != p.addr.hi || kept.lo != p.addr.lo)
        seen |= ADDR_NOTE_HOST_BITS;
    p.addr = kept;
    *out = p;
    *notes |= seen;
    return NULL;
}

static size_t decimal_put(char *buf, unsigned value)
{
    size_t n = 0;
    if (value >= 100)
        buf[n++] = (char)('0' + value / 100);
    if (value >= 10)
        buf[n++] = (char)('0' + value / 10 % 10);
    buf[n++] = (char)('0' + value % 10);
    return n;
}

size_t addr4_format(char buf[static ADDR4_TEXT_MAX], uint32_t addr)
{
    size_t n = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        n += decimal_put(buf + n, addr >> shift & 255);
        buf[n++] = shift > 0 ? '.' : '\0';
    }
    return n - 1;
}

static size_t hex_put(char *buf, unsigned word)
{
    size_t n = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (n > 0 || shift == 0 || word >> shift != 0)
            buf[n++] = "0123456789abcdef"[word >> shift & 15];
    return n;
}

/* The first of the longest runs of two or more zero words (RFC 5952 section 4.2). */
static unsigned zero_run(const uint16_t word[8], unsigned *start)
{
    unsigned best = 0;
    unsigned run = 0;
    for (unsigned i = 0; i < 8; i++) {
        run = word[i] == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            *start = i + 1 - run;
        }
    }
    return best < 2 ? 0 : best;
}

size_t addr6_format(char buf[static ADDR6_TEXT_MAX], struct addr6 addr)
{
    if (addr.hi == 0 && addr.lo >> 32 == 0xffff) {
        memcpy(buf, "::ffff:", 7);
        return 7 + addr4_format(buf + 7, (uint32_t)addr.lo);
    }
    uint16_t word[8];
    for (unsigned i = 0; i < 4; i++) {
        word[i] = (uint16_t)(addr.hi >> (48 - 16 * i));
        word[4 + i] = (uint16_t)(addr.lo >> (48 - 16 * i));
    }
    unsigned start = 8;
    unsigned run = zero_run(word, &start);
    size_t n = 0;
    for (unsigned i = 0; i < 8; i++) {
        if (run > 0 && i == start) {
            buf[n++] = ':';
            i += run - 1;
            if (i == 7)
                buf[n++] = ':';
            continue;
        }
        if (i > 0)
            buf[n++] = ':';
        n += hex_put(buf + n, word[i]);
    }
    buf[n] = '\0';
    return n;
}

size_t prefix_format(char buf[static PREFIX_TEXT_MAX], const struct prefix *p)
{
    bool v4 = p->family == 4;
    size_t n = v4 ? addr4_format(buf, (uint32_t)p->addr.lo) : addr6_format(buf, p->addr);
    if (p->len == (v4 ? 32 : 128))
        return n;
    buf[n++] = '/';
    n += decimal_put(buf + n, p->len);
    buf[n] = '\0';
    return n;
}

bool prefix_contains(const struct prefix *p, unsigned family, struct addr6 addr)
{
    if (p->family != family)
        return false;
    if (family == 4)
        return ((p->addr.lo ^ addr.lo) & addr4_mask(p->len)) == 0;
    struct addr6 mask = addr6_mask(p->len);
    return ((p->addr.hi ^ addr.hi) & mask.hi) == 0 && ((p->addr.lo ^ addr.lo) & mask.lo) == 0;
}
