/* SPDX-License-Identifier: BSD-2-Clause */
/* ip4set, ip4trie, ip4tset: IPv4 addresses, short prefixes, CIDR and ranges. */
#include <inttypes.h>

#include "loader/plain_ranges.h"
#include "loader/quads.h"
#include "loader/rbldnsd.h"
#include "loader/where_note.h"

static const char INVALID[] = "invalid address";

/* A key as it is read: where it ends, how many octets it gave. */
struct key4 {
    struct range4 range;
    const char *rest;
    size_t rest_len;
    unsigned octets;
    bool exclude;
    bool slash; /* CIDR */
    bool range_end;
};

static uint32_t join(const uint32_t octet[4], unsigned n)
{
    uint32_t a = 0;
    for (unsigned i = 0; i < n; i++)
        a |= octet[i] << (24 - 8 * i);
    return a;
}

static void advance(struct key4 *k, size_t n)
{
    k->rest += n;
    k->rest_len -= n;
}

static const char *read_prefix(struct rbldnsd *r, struct key4 *k)
{
    uint32_t bits;
    advance(k, 1);
    size_t used = rbldnsd_number(k->rest, k->rest_len, 32, &bits);
    if (used == 0)
        return INVALID;
    advance(k, used);
    uint32_t mask = addr4_mask(bits);
    if ((k->range.first & ~mask) != 0 && !r->p->host_bits)
        return "invalid range (non-zero host part)";
    r->odd |= (k->range.first & ~mask) != 0;
    k->range.first &= mask;
    k->range.last = k->range.first | ~mask;
    k->range.specific = (uint8_t)bits;
    k->slash = true;
    return NULL;
}

/* The end of a range: as many octets as the start has, or one in place of its last. */
static const char *read_end(struct key4 *k, const uint32_t start[4])
{
    uint32_t octet[4];
    unsigned n;
    advance(k, 1);
    size_t used = rbldnsd_octets(k->rest, k->rest_len, octet, &n);
    if (used == 0 || (n != k->octets && n != 1))
        return "invalid address (the end of the range)";
    advance(k, used);
    uint32_t end = n == k->octets ? join(octet, n)
                                  : join(start, k->octets - 1) | octet[0] << (32 - 8 * k->octets);
    k->range.last = end | ~addr4_mask(8 * k->octets);
    k->range_end = true;
    return k->range.first > k->range.last ? "invalid address (the range ends before it starts)"
                                          : NULL;
}

static const char *read_key(struct rbldnsd *r, const char *s, size_t len, struct key4 *k)
{
    uint32_t octet[4] = {0};
    const char *why = NULL;
    *k = (struct key4){.rest = s, .rest_len = len};
    if (*s == '!') {
        struct rbldnsd_word w = {s + 1, len - 1};
        rbldnsd_skip_blanks(&w);
        *k = (struct key4){.rest = w.s, .rest_len = w.len, .exclude = true};
    }
    size_t used = rbldnsd_octets(k->rest, k->rest_len, octet, &k->octets);
    if (used == 0)
        return INVALID;
    advance(k, used);
    k->range.first = join(octet, k->octets);
    k->range.last = k->range.first | ~addr4_mask(8 * k->octets);
    k->range.specific = (uint8_t)(8 * k->octets);
    k->range.exclude = k->exclude;
    if (k->rest_len > 0 && *k->rest == '/')
        why = read_prefix(r, k);
    else if (k->rest_len > 0 && *k->rest == '-')
        why = read_end(k, octet);
    else if (k->octets == 1)
        why = "invalid address (a single number)";
    return why == NULL && !rbldnsd_key_ends(k->rest, k->rest_len) ? INVALID : why;
}

/* "1.2.3.4 - 1.2.3.9": rbldnsd lists the first alone, with a text.  Nobody means that. */
static bool looks_like_range(const struct key4 *k)
{
    struct rbldnsd_word w = {k->rest, k->rest_len};
    uint32_t octet[4];
    unsigned n;
    rbldnsd_skip_blanks(&w);
    if (k->slash || k->range_end || w.len < 2 || *w.s != '-')
        return false;
    w.s++;
    w.len--;
    rbldnsd_skip_blanks(&w);
    return rbldnsd_octets(w.s, w.len, octet, &n) > 0 && n > 1 && n == k->octets;
}

static const char *check_range(struct rbldnsd *r, const struct key4 *k)
{
    uint64_t size = (uint64_t)k->range.last - k->range.first + 1;
    if (size > r->maxrange4)
        return rbldnsd_say(r, "too large range (%" PRIu64 ") ignored (%" PRIu64 " max)", size,
                           r->maxrange4);
    return looks_like_range(k) ? "invalid range (blanks around \"-\")" : NULL;
}

/*
 * A single address goes where it takes four octets, as long as its value is that of all the others
 * there.  Of several entries for one address the first may count, so with such types none goes
 * there any more once one had to go elsewhere.
 */
static bool add_single(struct rbldnsd *r, const struct range4 *range)
{
    struct entries *e = r->e;
    if (e->naddr4 == 0 && !range->exclude && !r->points_closed)
        e->addr4_value = range->value;
    if (!range->exclude && !r->points_closed && range->value == e->addr4_value)
        return entries_add_addr4(e, range->first);
    r->points_closed |= e->rule == RULE_LONGEST;
    return entries_add_range4(e, range);
}

static enum line_kind add_key(struct rbldnsd *r, struct key4 *k, const char **reason)
{
    enum line_kind kind = LINE_GOOD;
    *reason = check_range(r, k);
    if (*reason != NULL)
        return LINE_BAD;
    if (!k->exclude)
        kind = rbldnsd_value(r, k->rest, k->rest_len, &k->range.value, reason);
    if (kind != LINE_GOOD)
        return kind;
    bool ok;
    if (k->range.first == k->range.last) {
        k->range.specific = 32;
        ok = add_single(r, &k->range);
    } else if (r->e->rule == RULE_LEVELS) {
        ok = entries_add_levels4(r->e, &k->range);
    } else {
        ok = entries_add_range4(r->e, &k->range);
    }
    return ok ? LINE_GOOD : LINE_NO_MEMORY;
}

enum line_kind rbldnsd_ip4set(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct key4 k;
    *reason = read_key(r, s, len, &k);
    if (*reason == NULL && k.slash && k.range.specific == 0)
        *reason = INVALID;
    return *reason == NULL ? add_key(r, &k, reason) : LINE_BAD;
}

enum line_kind rbldnsd_ip4trie(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct key4 k;
    *reason = read_key(r, s, len, &k);
    if (*reason == NULL && k.range_end)
        *reason = "invalid address (a range, where a prefix is wanted)";
    return *reason == NULL ? add_key(r, &k, reason) : LINE_BAD;
}

enum line_kind rbldnsd_ip4tset(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    uint32_t octet[4];
    unsigned n;
    size_t used = rbldnsd_octets(s, len, octet, &n);
    if (used == 0 || n != 4 || !rbldnsd_key_ends(s + used, len - used)) {
        *reason = INVALID;
        return LINE_BAD;
    }
    return entries_add_addr4(r->e, join(octet, 4)) ? LINE_GOOD : LINE_NO_MEMORY;
}

/* May lines of nothing but an address go to addr4[] as those do that are there? */
static bool points_open(const struct rbldnsd *r)
{
    return !r->points_closed &&
           (r->e->naddr4 == 0 || r->type->one_value || r->e->addr4_value == r->dflt.value);
}

bool rbldnsd_quads(struct rbldnsd *r)
{
    struct entries *e = r->e;
    size_t before = e->naddr4;
    if (!points_open(r))
        return true;
    if (r->p->where != NULL)
        return where_note_quads(r->p->where, &r->lines, e);
    bool ok = quads_pass(&r->lines, e);
    if (before == 0 && e->naddr4 > 0)
        e->addr4_value = r->dflt.value;
    r->p->lines += e->naddr4 - before;
    return ok;
}

bool rbldnsd_prefixes4(struct rbldnsd *r)
{
    struct entries *e = r->e;
    if (!rbldnsd_quads(r))
        return false;
    if (!points_open(r) || r->p->where != NULL)
        return true;
    size_t points = e->naddr4, ranges = e->nrange4;
    bool ok = plain_prefixes4(&r->lines, e, r->dflt.value, r->maxrange4);
    if (points == 0 && e->naddr4 > 0)
        e->addr4_value = r->dflt.value;
    r->p->lines += e->naddr4 - points + e->nrange4 - ranges;
    return ok;
}
