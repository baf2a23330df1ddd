/* SPDX-License-Identifier: BSD-2-Clause */
/* ip6trie, ip6tset: IPv6 prefixes, /64s and addresses taken out of them. */
#include "loader/plain_ranges.h"
#include "loader/rbldnsd.h"

static const char INVALID[] = "invalid address";

struct key6 {
    uint16_t group[8];
    unsigned ngroup; /* as written */
    unsigned gap;    /* groups in front of "::" */
    bool has_gap;
    bool exclude;
    const char *rest;
    size_t rest_len;
};

static unsigned hex(char c)
{
    unsigned char l = (unsigned char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return l >= 'a' && l <= 'f' ? l - 'a' + 10u : 16u;
}

/* One to four digits; bytes used, 0: none, or more. */
static size_t read_group(const char *s, size_t len, uint16_t *out)
{
    unsigned value = 0;
    size_t n = 0;
    while (n < len && hex(s[n]) < 16) {
        if (n == 4)
            return 0;
        value = value << 4 | hex(s[n++]);
    }
    *out = (uint16_t)value;
    return n;
}

static void advance(struct key6 *k, size_t n)
{
    k->rest += n;
    k->rest_len -= n;
}

static bool starts_gap(const struct key6 *k)
{
    return k->rest_len > 1 && k->rest[0] == ':' && k->rest[1] == ':';
}

/*
 * Groups as far as they go.  A colon may follow directly where nothing but a value can come: behind
 * "::" at the end.  Elsewhere it would be one group too many, or a second "::".
 */
static const char *read_groups(struct key6 *k)
{
    bool open = true; /* a group may follow */
    while (k->ngroup < 8) {
        if (!k->has_gap && starts_gap(k)) {
            k->has_gap = true;
            k->gap = k->ngroup;
            advance(k, 2);
            open = true;
        }
        size_t n = open ? read_group(k->rest, k->rest_len, &k->group[k->ngroup]) : 0;
        if (n == 0)
            break;
        k->ngroup++;
        advance(k, n);
        open = k->rest_len > 1 && k->rest[0] == ':' && hex(k->rest[1]) < 16;
        if (open)
            advance(k, 1);
    }
    bool ends_in_gap = k->has_gap && k->gap == k->ngroup;
    if (k->ngroup == 8 && (k->has_gap || open))
        return INVALID;
    return !ends_in_gap && k->rest_len > 0 && k->rest[0] == ':' ? INVALID : NULL;
}

static const char *read_key(const char *s, size_t len, struct key6 *k)
{
    *k = (struct key6){.rest = s, .rest_len = len};
    if (*s == '!') {
        struct rbldnsd_word w = {s + 1, len - 1};
        rbldnsd_skip_blanks(&w);
        *k = (struct key6){.rest = w.s, .rest_len = w.len, .exclude = true};
    }
    const char *why = read_groups(k);
    if (why == NULL && k->ngroup == 0 && !k->has_gap)
        why = INVALID;
    return why;
}

static struct addr6 address(const struct key6 *k)
{
    struct addr6 a = {0, 0};
    for (unsigned i = 0; i < k->ngroup; i++) {
        unsigned at = k->has_gap && i >= k->gap ? 8 - k->ngroup + i : i;
        if (at < 4)
            a.hi |= (uint64_t)k->group[i] << (48 - 16 * at);
        else
            a.lo |= (uint64_t)k->group[i] << (112 - 16 * at);
    }
    return a;
}

static const char *read_mask(struct key6 *k, unsigned *bits)
{
    uint32_t n;
    if (k->rest_len == 0 || *k->rest != '/') {
        *bits = k->has_gap ? 128 : 16 * k->ngroup;
        return k->has_gap || k->ngroup > 1 ? NULL : "invalid address (a single group)";
    }
    advance(k, 1);
    size_t used = rbldnsd_number(k->rest, k->rest_len, 128, &n);
    advance(k, used);
    *bits = n;
    return used == 0 ? INVALID : NULL;
}

#define MAPPED_PREFIX 0xffff00000000u /* ::ffff:0:0/96 */

/*
 * Queries for mapped addresses are answered from the IPv4 addresses (RFC 5782 section 2.4); a
 * client is of the family that it came by.
 */
static bool add_range(struct rbldnsd *r, const struct range6 *range)
{
    if (r->type->clients || range->specific < 96 || range->first.hi != 0 ||
        (range->first.lo & 0xffffffff00000000u) != MAPPED_PREFIX)
        return entries_add_range6(r->e, range);
    r->odd = true;
    return entries_add_range4(r->e, &(struct range4){.first = (uint32_t)range->first.lo,
                                                     .last = (uint32_t)range->last.lo,
                                                     .value = range->value,
                                                     .specific = (uint8_t)(range->specific - 96),
                                                     .exclude = range->exclude});
}

static bool add_prefix(struct rbldnsd *r, struct addr6 a, unsigned bits, const struct range6 *rest)
{
    struct addr6 mask = addr6_mask(bits);
    struct range6 range = *rest;
    range.first = (struct addr6){a.hi & mask.hi, a.lo & mask.lo};
    range.last = (struct addr6){range.first.hi | ~mask.hi, range.first.lo | ~mask.lo};
    range.specific = (uint8_t)bits;
    return add_range(r, &range);
}

enum line_kind rbldnsd_ip6trie(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct key6 k;
    unsigned bits = 0;
    *reason = read_key(s, len, &k);
    if (*reason == NULL)
        *reason = read_mask(&k, &bits);
    if (*reason == NULL && !rbldnsd_key_ends(k.rest, k.rest_len))
        *reason = INVALID;
    if (*reason != NULL)
        return LINE_BAD;
    struct addr6 a = address(&k), mask = addr6_mask(bits);
    bool host = (a.hi & ~mask.hi) != 0 || (a.lo & ~mask.lo) != 0;
    if (host && !r->p->host_bits) {
        *reason = "invalid range (non-zero host part)";
        return LINE_BAD;
    }
    r->odd |= host;
    struct range6 range = {.exclude = k.exclude};
    enum line_kind kind = LINE_GOOD;
    if (!k.exclude)
        kind = rbldnsd_value(r, k.rest, k.rest_len, &range.value, reason);
    if (kind != LINE_GOOD)
        return kind;
    return add_prefix(r, a, bits, &range) ? LINE_GOOD : LINE_NO_MEMORY;
}

enum line_kind rbldnsd_ip6tset(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct key6 k;
    *reason = read_key(s, len, &k);
    if (*reason == NULL && !rbldnsd_key_ends(k.rest, k.rest_len))
        *reason = INVALID;
    if (*reason == NULL && !k.exclude && (k.has_gap || k.ngroup != 4))
        *reason = "invalid address for regular entry (should be 64 bits)";
    if (*reason == NULL && k.exclude && !k.has_gap && k.ngroup != 8)
        *reason = "invalid address for exclusion (should be 128 bits)";
    if (*reason != NULL)
        return LINE_BAD;
    struct range6 range = {.exclude = k.exclude};
    return add_prefix(r, address(&k), k.exclude ? 128 : 64, &range) ? LINE_GOOD : LINE_NO_MEMORY;
}

bool rbldnsd_prefixes6(struct rbldnsd *r)
{
    size_t before = r->e->nrange6;
    if (r->p->where != NULL) /* each line is to be noted */
        return true;
    bool ok = plain_prefixes6(&r->lines, r->e, r->dflt.value);
    r->p->lines += r->e->nrange6 - before;
    return ok;
}
