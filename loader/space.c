/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/space.h"

#include <stdlib.h>
#include <string.h>

/* Both families as 128 bits; IPv4 in the low 32. */
struct span {
    struct addr6 first, last;
};

#define V4(first, last)                                                                            \
    {                                                                                              \
        {0, first},                                                                                \
        {                                                                                          \
            0, last                                                                                \
        }                                                                                          \
    }
#define V6(first, last)                                                                            \
    {                                                                                              \
        {first, 0},                                                                                \
        {                                                                                          \
            last, UINT64_MAX                                                                       \
        }                                                                                          \
    }

/* Ascending and disjoint. */
static const struct span special4[] = {
    V4(0x00000000, 0x00ffffff), /* 0.0.0.0/8 */
    V4(0x0a000000, 0x0affffff), /* 10.0.0.0/8 */
    V4(0x64400000, 0x647fffff), /* 100.64.0.0/10 */
    V4(0x7f000000, 0x7fffffff), /* 127.0.0.0/8 */
    V4(0xa9fe0000, 0xa9feffff), /* 169.254.0.0/16 */
    V4(0xac100000, 0xac1fffff), /* 172.16.0.0/12 */
    V4(0xc0000000, 0xc00000ff), /* 192.0.0.0/24 */
    V4(0xc0586300, 0xc05863ff), /* 192.88.99.0/24 */
    V4(0xc0a80000, 0xc0a8ffff), /* 192.168.0.0/16 */
    V4(0xc6120000, 0xc613ffff), /* 198.18.0.0/15 */
    V4(0xe0000000, 0xffffffff), /* 224.0.0.0/3 */
};
static const struct span special6[] = {
    V6(0, 0x00ffffffffffffff),                  /* ::/8 */
    V6(0x0100000000000000, 0x0100000000000000), /* 100::/64 */
    V6(0x2001000000000000, 0x200101ffffffffff), /* 2001::/23 */
    V6(0xfc00000000000000, 0xfdffffffffffffff), /* fc00::/7 */
    V6(0xfe80000000000000, 0xffffffffffffffff), /* fe80::/10, fec0::/10, ff00::/8 */
};
#define N4 (sizeof(special4) / sizeof(special4[0]))
#define N6 (sizeof(special6) / sizeof(special6[0]))

static int compare(struct addr6 a, struct addr6 b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo == b.lo ? 0 : a.lo < b.lo ? -1 : 1;
}

static struct addr6 next(struct addr6 a)
{
    return (struct addr6){a.hi + (a.lo == UINT64_MAX), a.lo + 1};
}

static struct addr6 previous(struct addr6 a)
{
    return (struct addr6){a.hi - (a.lo == 0), a.lo - 1};
}

/*
 * The first piece of *rest outside the table; *rest becomes what lies behind it.  False: there is
 * none.  *more: something may be left in *rest.
 */
static bool take_piece(const struct span *table, size_t n, struct span *rest, struct span *piece,
                       bool *more)
{
    for (size_t i = 0; i < n; i++) {
        const struct span *s = &table[i];
        if (compare(s->last, rest->first) < 0)
            continue;
        if (compare(s->first, rest->last) > 0)
            break;
        if (compare(s->first, rest->first) > 0) {
            *piece = (struct span){rest->first, previous(s->first)};
            *more = compare(rest->last, s->last) > 0;
            rest->first = *more ? next(s->last) : rest->first;
            return true;
        }
        if (compare(rest->last, s->last) <= 0)
            return false;
        rest->first = next(s->last);
    }
    *piece = *rest;
    *more = false;
    return true;
}

static bool is_special4(uint32_t a)
{
    if (a >> 8 == 0x7f0000)
        return false;
    for (size_t i = 0; i < N4; i++)
        if (a <= special4[i].last.lo)
            return a >= special4[i].first.lo;
    return false;
}

/* First octets with something special below: addresses of the others pass fast. */
static void find_mixed(bool mixed[static 256])
{
    memset(mixed, 0, 256 * sizeof(*mixed));
    for (size_t i = 0; i < N4; i++)
        for (uint64_t o = special4[i].first.lo >> 24; o <= special4[i].last.lo >> 24; o++)
            mixed[o] = true;
}

static size_t strip_addr4(struct entries *e)
{
    bool mixed[256];
    find_mixed(mixed);
    size_t kept = 0, n = e->naddr4;
    /* Few lists hold any: up to the first nothing has to move. */
    while (kept < n && (!mixed[e->addr4[kept] >> 24] || !is_special4(e->addr4[kept])))
        kept++;
    for (size_t i = kept; i < n; i++) {
        uint32_t a = e->addr4[i];
        e->addr4[kept] = a;
        kept += !mixed[a >> 24] || !is_special4(a);
    }
    e->naddr4 = kept;
    return n - kept;
}

static bool is_test_point(const struct span *s, bool v6)
{
    uint64_t net = v6 ? 0xffff7f0000 : 0x7f0000;
    return compare(s->first, s->last) == 0 && s->first.hi == 0 && s->first.lo >> 8 == net;
}

/* One range, by its number: those of IPv4 for v6 false. */
static struct span get_span(const struct entries *e, bool v6, size_t i)
{
    if (v6)
        return (struct span){e->range6[i].first, e->range6[i].last};
    return (struct span){{0, e->range4[i].first}, {0, e->range4[i].last}};
}

static bool is_excluded(const struct entries *e, bool v6, size_t i)
{
    return v6 ? e->range6[i].exclude : e->range4[i].exclude;
}

/* Store range i, cut to the piece, at slot to; to == SIZE_MAX: behind all others. */
static bool put_piece(struct entries *e, bool v6, size_t i, const struct span *piece, size_t to)
{
    if (v6) {
        struct range6 r = e->range6[i];
        r.first = piece->first;
        r.last = piece->last;
        if (to == SIZE_MAX)
            return entries_add_range6(e, &r);
        e->range6[to] = r;
        return true;
    }
    struct range4 r = e->range4[i];
    r.first = (uint32_t)piece->first.lo;
    r.last = (uint32_t)piece->last.lo;
    if (to == SIZE_MAX)
        return entries_add_range4(e, &r);
    e->range4[to] = r;
    return true;
}

/* The pieces of range i: the first to slot *kept, the others behind all. */
static bool cut_range(struct entries *e, bool v6, size_t i, size_t *kept, bool *cut)
{
    struct span whole = get_span(e, v6, i), rest = whole, piece;
    bool more = true, first = true;
    *cut = false;
    if (is_excluded(e, v6, i) || is_test_point(&whole, v6))
        return put_piece(e, v6, i, &whole, (*kept)++);
    /* The later pieces first: slot *kept may be range i itself. */
    struct span front = whole;
    while (more && take_piece(v6 ? special6 : special4, v6 ? N6 : N4, &rest, &piece, &more)) {
        if (first)
            front = piece;
        else if (!put_piece(e, v6, i, &piece, SIZE_MAX))
            return false;
        first = false;
    }
    *cut = first || compare(front.first, whole.first) != 0 || compare(front.last, whole.last) != 0;
    return first || put_piece(e, v6, i, &front, (*kept)++);
}

static bool strip_ranges(struct entries *e, bool v6, size_t *touched)
{
    size_t n = v6 ? e->nrange6 : e->nrange4, kept = 0;
    bool mixed[256];
    find_mixed(mixed);
    for (size_t i = 0; i < n; i++) {
        bool cut;
        if (!v6 && e->range4[i].first >> 24 == e->range4[i].last >> 24 &&
            !mixed[e->range4[i].first >> 24]) {
            e->range4[kept++] = e->range4[i];
            continue;
        }
        if (!cut_range(e, v6, i, &kept, &cut))
            return false;
        *touched += cut;
    }
    if (v6 && e->nrange6 > 0) {
        memmove(e->range6 + kept, e->range6 + n, (e->nrange6 - n) * sizeof(*e->range6));
        e->nrange6 -= n - kept;
    } else if (!v6 && e->nrange4 > 0) {
        memmove(e->range4 + kept, e->range4 + n, (e->nrange4 - n) * sizeof(*e->range4));
        e->nrange4 -= n - kept;
    }
    return true;
}

bool space_strip(struct entries *e, size_t *touched)
{
    *touched = 0;
    for (; e != NULL; e = e->next) {
        *touched += strip_addr4(e);
        if (!strip_ranges(e, false, touched) || !strip_ranges(e, true, touched))
            return false;
    }
    return true;
}

static int by_first(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return compare(x->first, y->first);
}

/* How many addresses of IPv4, or /64 networks of IPv6, the spans cover; sorts them. */
static double measure(struct span *s, size_t n, bool v6)
{
    double sum = 0;   /* of ::/0 it is 2^64 */
    uint64_t end = 0; /* what lies below end is counted */
    if (n > 1)
        qsort(s, n, sizeof(*s), by_first);
    for (size_t i = 0; i < n; i++) {
        uint64_t first = v6 ? s[i].first.hi : s[i].first.lo;
        uint64_t last = v6 ? s[i].last.hi : s[i].last.lo;
        first = first < end ? end : first;
        if (last < first)
            continue;
        sum += (double)(last - first) + 1;
        end = last + 1;
        if (end == 0) /* up to the very last */
            break;
    }
    return sum;
}

/* Upper bound without sorting: it settles the matter for all lists but absurd ones. */
static double rough(const struct entries *e, bool v6)
{
    double sum = v6 ? 0 : (double)e->naddr4;
    for (size_t i = 0; i < (v6 ? e->nrange6 : e->nrange4); i++) {
        if (is_excluded(e, v6, i))
            continue;
        struct span s = get_span(e, v6, i);
        sum += v6 ? (double)(s.last.hi - s.first.hi) + 1 : (double)(s.last.lo - s.first.lo) + 1;
    }
    return sum;
}

uint64_t space_covered(const struct entries *e)
{
    double sum = 0;
    for (; e != NULL; e = e->next)
        sum += rough(e, false) + rough(e, true);
    return sum >= 0x1p63 ? INT64_MAX : (uint64_t)sum;
}

/* Percent of the whole, given in the units of measure(). */
static int family_percent(const struct entries *e, bool v6)
{
    const double whole = v6 ? 0x1p61 : 0x1p32; /* 2000::/3 */
    double upper = 0;
    size_t n = 0, addresses = 0;
    for (const struct entries *d = e; d != NULL; d = d->next) {
        upper += rough(d, v6);
        n += v6 ? d->nrange6 : d->nrange4;
        addresses += v6 ? 0 : d->naddr4;
    }
    if (upper < whole / 100)
        return 0;
    struct span *all = malloc((n + 1) * sizeof(*all));
    if (all == NULL)
        return -1;
    n = 0;
    for (const struct entries *d = e; d != NULL; d = d->next)
        for (size_t i = 0; i < (v6 ? d->nrange6 : d->nrange4); i++)
            if (!is_excluded(d, v6, i))
                all[n++] = get_span(d, v6, i);
    /* Addresses beside the ranges are few against the ranges that come so far. */
    double covered = measure(all, n, v6) + (double)addresses;
    free(all);
    return covered >= whole ? 100 : (int)(covered * 100 / whole);
}

int space_percent(const struct entries *e)
{
    int v4 = family_percent(e, false), v6 = family_percent(e, true);
    return v4 < 0 || v6 < 0 ? -1 : v4 > v6 ? v4 : v6;
}
