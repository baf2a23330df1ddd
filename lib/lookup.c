/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/lookup.h"

#include <stdio.h>
#include <string.h>

#include "lib/hot.h"
#include "lib/octets.h"

#define MAPPED_LEN 96 /* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */

/* --- addresses in names --- */

/* The digits of a decimal octet in the upper three octets of a word, their number below them. */
#define SPELT(v)                                                                                   \
    ((v) / 100 << 8 | (v) / 10 % 10 << 16 | (v) % 10 << 24 | ((v) < 10 ? 1u : (v) < 100 ? 2u : 3u))
#define SPELT4(v)  SPELT(v), SPELT(v + 1u), SPELT(v + 2u), SPELT(v + 3u)
#define SPELT16(v) SPELT4(v), SPELT4(v + 4u), SPELT4(v + 8u), SPELT4(v + 12u)
#define SPELT64(v) SPELT16(v), SPELT16(v + 16u), SPELT16(v + 32u), SPELT16(v + 48u)
static const uint32_t spelt[256] = {SPELT64(0u), SPELT64(64u), SPELT64(128u), SPELT64(192u)};

/*
 * One label as a decimal octet without leading zeros: one address has one name.  What three digits
 * would be worth is worked out whatever stands there, and then compared with how that octet is
 * spelt; the lengths of octets are random, and branches on them would cost more than all of this.
 * *bad is not 0 afterwards when it differs.
 */
static inline uint32_t label_octet(const uint8_t *label, uint32_t *bad)
{
    uint32_t w;
    memcpy(&w, label, 4);
    uint32_t len = w & 0xff;
    uint32_t digits = ((w & 0xffffff00u) ^ 0x30303000u) << ((24 ^ 8 * len) & 31); /* 24 - 8 len */
    uint32_t v = (digits >> 8) * (100 << 16 | 10 << 8 | 1) >> 16 & 0xff;
    *bad |= (digits | len) ^ spelt[v];
    return v;
}

static inline bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

static int label_nibble(const uint8_t *label)
{
    if (label[0] != 1)
        return -1;
    if (is_digit(label[1]))
        return label[1] - '0';
    return label[1] >= 'a' && label[1] <= 'f' ? label[1] - 'a' + 10 : -1;
}

/* label_octet() reads four octets: one too many if a name ends after one octet of this label. */
static uint32_t last_octet(const uint8_t *label, uint32_t *bad)
{
    uint8_t copy[4] = {0};
    memcpy(copy, label, label[0] < 3 ? label[0] + 1u : 4);
    return label_octet(copy, bad);
}

/* Labels [0..count), the last of them the high octet, whose four octets may all be read. */
static inline uint32_t take_octets(const uint8_t *wire, const uint8_t *labels, unsigned count,
                                   uint32_t *bad)
{
    uint32_t addr = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < count; i++)
        addr |= label_octet(wire + labels[i], bad) << 8 * i;
    return addr;
}

/* The start of an address, or a whole one in the root zone. */
__attribute__((noinline)) static bool few_octets(const struct lookup_name *n, unsigned count,
                                                 uint32_t *addr)
{
    uint32_t bad = 0, octets = take_octets(n->wire, n->labels, count - 1, &bad);
    octets |= last_octet(n->wire + n->labels[count - 1], &bad) << 8 * (count - 1);
    *addr = octets << 8 * (4 - count);
    return bad == 0;
}

HOT size_t lookup_read4(const uint8_t *wire, uint32_t *addr)
{
    uint32_t bad = 0, octets = 0;
    size_t at = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++) {
        octets |= label_octet(wire + at, &bad) << 8 * i;
        at += (wire[at] & 3) + 1u; /* more than 3 is bad anyway */
    }
    *addr = octets;
    return bad ? 0 : at;
}

/* How many octets of an address the first count labels are, 0 when they are none. */
static inline unsigned read_octets(const struct lookup_name *n, unsigned count, uint32_t *addr)
{
    uint32_t bad = 0;
    if (count > 4 || !is_digit(n->wire[n->labels[count - 1] + 1]))
        return 0;
    if (count < 4 || n->zone_labels == 0)
        return few_octets(n, count, addr) ? count : 0;
    *addr = take_octets(n->wire, n->labels, 4, &bad);
    return bad ? 0 : 4;
}

#define LANES UINT64_C(0x00ff00ff00ff00ff) /* four of 16 bits, the lower octets */

/* Nibbles in the lower octets of four lanes as 16 bits, that of the lowest first. */
static inline uint64_t pack_nibbles(uint64_t v)
{
    v &= LANES;
    return (v | v >> 12 | v >> 24 | v >> 36) & 0xffff;
}

/*
 * Eight labels of a nibble each as 32 bits of the address: the words hold four each, the length of
 * the first in the lowest octet.  Worked out for all at once whatever stands there; *bad is not 0
 * afterwards when a label is not of one octet or that is no digit.
 */
static inline uint64_t eight_nibbles(uint64_t first, uint64_t second, uint64_t *bad)
{
    const uint64_t one = LANES & OCTETS_EACH;
    uint64_t w = (first >> 8 & LANES) | (second & ~LANES);
    uint64_t letter = octets_between(w, 'a', 'f'), digit = octets_between(w, '0', '9');
    *bad |= ((first & LANES) ^ one) | ((second & LANES) ^ one);
    *bad |= (letter | digit) ^ OCTETS_HIGH;
    w = octets_hex(w, letter);
    return pack_nibbles(w) | pack_nibbles(w >> 8) << 16;
}

/* A whole address, whose labels take 64 octets. */
static bool all_nibbles(const uint8_t *wire, struct addr6 *addr)
{
    uint64_t part[4], bad = 0;
#pragma GCC unroll 4
    for (unsigned i = 0; i < 4; i++)
        part[i] = eight_nibbles(octets_load(wire + 16 * i), octets_load(wire + 16 * i + 8), &bad);
    *addr = (struct addr6){part[3] << 32 | part[2], part[1] << 32 | part[0]};
    return bad == 0;
}

/* The same for nibbles. */
__attribute__((noinline)) static unsigned read_nibbles(const struct lookup_name *n, unsigned count,
                                                       struct addr6 *addr)
{
    struct addr6 a = {0, 0};
    if (count == 32)
        return n->labels[31] == 62 && all_nibbles(n->wire, addr) ? 32 : 0;
    for (unsigned i = 0; i < count; i++) {
        int v = label_nibble(n->wire + n->labels[count - 1 - i]);
        if (v < 0)
            return 0;
        uint64_t bits = (uint64_t)v << (60 - 4 * (i % 16));
        if (i < 16)
            a.hi |= bits;
        else
            a.lo |= bits;
    }
    *addr = a;
    return count;
}

static bool is_mapped(struct addr6 a)
{
    return a.hi == 0 && a.lo >> 32 == 0xffff;
}

static void put_label(struct name *n, const char *text, size_t len)
{
    n->wire[n->len] = (uint8_t)len;
    memcpy(n->wire + n->len + 1, text, len);
    n->len = (uint8_t)(n->len + 1 + len);
}

void lookup_spell(unsigned family, struct addr6 addr, struct name *out)
{
    char text[4];
    out->len = 0;
    for (unsigned i = 0; i < 4 && family == 4; i++) {
        int n = snprintf(text, sizeof text, "%u", (unsigned)(addr.lo >> 8 * i & 255));
        put_label(out, text, (size_t)n);
    }
    for (unsigned i = 0; i < 32 && family == 6; i++) {
        uint64_t half = i < 16 ? addr.lo : addr.hi;
        put_label(out, &"0123456789abcdef"[half >> (4 * (i % 16)) & 15], 1);
    }
    out->wire[out->len++] = 0;
}

/* --- what the trees say of them --- */

/* Every other query finds none: a branch on it would be one too many.  Called thrice at most. */
static inline void add_set(struct lookup_result *r, uint32_t set)
{
    r->set[r->nset] = set;
    r->nset += set != 0;
}

static inline void find_octets(struct lookup *l)
{
    if (l->octets < 4) {
        l->r.exists |= tree_any4(l->img->cells, l->r.view->tree4, l->addr4, 8 * l->octets);
        return;
    }
    l->r.kind = LOOKUP_ADDR4;
    l->r.addr = (struct addr6){0, l->addr4};
    add_set(&l->r, l->probe.set);
}

/*
 * IPv4 entries are also reached by the IPv6 spelling of their mapped address, so a shorter name may
 * lie above ::ffff:0:0/96 or inside it.
 */
static bool mapped_any(const struct image *img, uint32_t root, struct addr6 a, unsigned len)
{
    static const struct addr6 mapped = {0, 0xffff00000000u};
    struct addr6 m = addr6_mask(len < MAPPED_LEN ? len : MAPPED_LEN);
    if ((a.hi & m.hi) != 0 || (a.lo & m.lo) != (mapped.lo & m.lo))
        return false;
    return tree_any4(img->cells, root, (uint32_t)a.lo, len > MAPPED_LEN ? len - MAPPED_LEN : 0);
}

static void find_nibbles(struct lookup *l)
{
    const struct image_view *v = l->r.view;
    const uint64_t *cells = l->img->cells;
    if (l->nibbles < 32) {
        unsigned len = 4 * l->nibbles;
        l->r.exists |= tree_any6(cells, v->tree6, l->addr6, len) ||
                       mapped_any(l->img, v->tree4, l->addr6, len);
        return;
    }
    l->r.kind = LOOKUP_ADDR6;
    l->r.addr = l->addr6;
    if (is_mapped(l->addr6)) {
        l->r.kind = LOOKUP_ADDR4;
        l->r.addr = (struct addr6){0, (uint32_t)l->addr6.lo};
        add_set(&l->r, l->probe.set);
    }
    add_set(&l->r, tree_find6(cells, v->tree6, l->addr6));
}

/* --- sub-names --- */

/* Offset in wire of the end of the first count labels; count >= 1. */
static size_t labels_end(const struct lookup_name *n, unsigned count)
{
    size_t last = n->labels[count - 1];
    return last + n->wire[last] + 1u;
}

/* Is the name (its labels in front of the zone) equal to or below the view's sub-name? */
static bool below_view(const struct lookup_name *n, const struct image_view *v, unsigned sub_labels)
{
    unsigned rel = n->nlabels - n->zone_labels;
    if (sub_labels > rel)
        return false;
    size_t at = n->labels[rel - sub_labels], len = labels_end(n, rel) - at;
    return len == v->sub_len - 1u && memcmp(n->wire + at, v->sub, len) == 0;
}

/* Is the view's sub-name below the name?  Then the name exists without being a view itself. */
static bool above_view(const struct lookup_name *n, const struct image_view *v, unsigned sub_labels)
{
    unsigned rel = n->nlabels - n->zone_labels;
    if (rel == 0 || rel >= sub_labels)
        return false;
    size_t len = labels_end(n, rel) - n->labels[0];
    const uint8_t *sub = v->sub;
    for (unsigned skip = sub_labels - rel; skip > 0; skip--)
        sub += sub[0] + 1;
    return len == (size_t)(v->sub + v->sub_len - 1 - sub) &&
           memcmp(n->wire + n->labels[0], sub, len) == 0;
}

/* The longest sub-name decides alone, as a zone cut would. */
__attribute__((noinline)) static void
pick_view(const struct image *img, const struct lookup_name *n, struct lookup_result *r)
{
    unsigned best = 0;
    r->view = &img->views[0];
    for (uint32_t i = 1; i < img->nviews; i++) {
        const struct image_view *v = &img->views[i];
        unsigned sub = name_labels(v->sub);
        if (sub > best && below_view(n, v, sub)) {
            best = sub;
            r->view = v;
        }
        r->exists |= above_view(n, v, sub);
    }
    r->name_labels = n->nlabels - n->zone_labels - best;
}

/* --- steps --- */

static inline bool done(struct lookup *l)
{
    l->r.exists |= l->r.nset > 0;
    return false;
}

__attribute__((noinline)) static bool aim_names(struct lookup *l)
{
    l->names = (struct names_probe){l->img, l->r.view, l->name.wire, l->name.labels,
                                    .count = l->r.name_labels};
    names_start(&l->names);
    l->stage = LOOKUP_BUCKET;
    return true;
}

/* Names come last: an address is a name as well, where some name looks like one. */
static inline bool start_names(struct lookup *l)
{
    bool address = l->octets > 0 || l->nibbles > 0;
    if (l->r.view->nbuckets == 0 || (address && !l->img->address_names))
        return done(l);
    return aim_names(l);
}

/* The first 32 bits of an address. */
static inline bool aim(struct lookup *l, uint32_t root, uint32_t bits)
{
    tree_probe_start(&l->probe, l->img->cells, root, bits);
    l->stage = LOOKUP_PROBE;
    return true;
}

bool lookup_start(struct lookup *l, const struct image *img)
{
    const struct lookup_name *n = &l->name;
    struct lookup_result *r = &l->r;
    unsigned count = n->nlabels - n->zone_labels;
    l->img = img;
    *r = (struct lookup_result){.view = img->views, .apex = count == 0, .name_labels = count};
    if (img->nviews > 1) {
        pick_view(img, n, r);
        count = r->name_labels;
    }
    r->match_label = count;
    if (count == 0) {
        r->exists = true;
        add_set(r, r->view->apex);
        return false;
    }
    l->nibbles = 0;
    l->octets = read_octets(n, count, &l->addr4);
    if (count <= 32 && n->wire[n->labels[count - 1]] == 1)
        l->nibbles = read_nibbles(n, count, &l->addr6);
    if (l->octets == 4)
        return aim(l, r->view->tree4, l->addr4);
    if (l->nibbles == 32)
        return is_mapped(l->addr6) ? aim(l, r->view->tree4, (uint32_t)l->addr6.lo)
                                   : aim(l, r->view->tree6, (uint32_t)(l->addr6.hi >> 32));
    if (l->octets == 0 && l->nibbles == 0)
        return start_names(l);
    l->stage = LOOKUP_VALUE;
    return true;
}

static bool step_names(struct lookup *l)
{
    struct names_result found;
    l->stage = LOOKUP_BUCKET;
    if (names_step(&l->names, &found))
        return true;
    l->r.exists |= found.exists;
    if (found.set) {
        l->r.match_label = found.match_label;
        add_set(&l->r, found.set);
    }
    return done(l);
}

/* True: there is another. */
static inline bool step(struct lookup *l)
{
    switch (l->stage) {
    case LOOKUP_PROBE:
    case LOOKUP_VALUE:
        if (l->octets)
            find_octets(l);
        if (l->nibbles)
            find_nibbles(l);
        return start_names(l);
    case LOOKUP_BUCKET:
        names_fetch(&l->names);
        l->stage = LOOKUP_RECORD;
        return true;
    case LOOKUP_RECORD:
        return step_names(l);
    }
    return false;
}

/* Whole addresses are found first, at most TREE_PROBES together. */
static void run_probes(struct lookup *const *l, unsigned n)
{
    struct tree_probe *probes[TREE_PROBES];
    unsigned nprobes = 0;
    for (unsigned i = 0; i < n; i++) {
        probes[nprobes] = &l[i]->probe;
        nprobes += l[i]->stage == LOOKUP_PROBE;
    }
    tree_find_many(probes, nprobes);
}

void lookup_run(struct lookup **l, unsigned n)
{
    for (unsigned from = 0; from < n; from += TREE_PROBES)
        run_probes(l + from, n - from < TREE_PROBES ? n - from : TREE_PROBES);
    while (n > 0) {
        unsigned left = 0;
        for (unsigned i = 0; i < n; i++)
            if (step(l[i]))
                l[left++] = l[i];
        n = left;
    }
}

void lookup_find(const struct image *img, const struct lookup_name *n, struct lookup_result *r)
{
    struct lookup l, *todo = &l;
    l.name = *n;
    if (lookup_start(&l, img))
        lookup_run(&todo, 1);
    *r = l.r;
}

/* --- ranges, for the tool --- */

static struct addr6 before(struct addr6 a)
{
    return (struct addr6){a.hi - (a.lo == 0), a.lo - 1};
}

static struct addr6 after(struct addr6 a)
{
    return (struct addr6){a.hi + (a.lo == UINT64_MAX), a.lo + 1};
}

static bool is_first(struct addr6 a)
{
    return a.hi == 0 && a.lo == 0;
}

static bool is_last(struct addr6 a, unsigned levels)
{
    return levels == TREE_LEVELS4 ? a.lo == UINT32_MAX : (a.hi & a.lo) == UINT64_MAX;
}

void lookup_range(const struct image *img, const struct image_view *view, unsigned family,
                  struct addr6 addr, struct lookup_range *out)
{
    unsigned levels = family == 4 ? TREE_LEVELS4 : TREE_LEVELS6;
    uint32_t root = family == 4 ? view->tree4 : view->tree6;
    struct addr6 lo, hi;
    uint32_t set = tree_span(img->cells, root, levels, addr, &out->first, &out->last);
    /* Blocks of one level follow one another; a range cannot have more of them than a level has. */
    for (unsigned i = 0; i < TREE_KEYS && !is_first(out->first); i++) {
        if (tree_span(img->cells, root, levels, before(out->first), &lo, &hi) != set)
            break;
        out->first = lo;
    }
    for (unsigned i = 0; i < TREE_KEYS && !is_last(out->last, levels); i++) {
        if (tree_span(img->cells, root, levels, after(out->last), &lo, &hi) != set)
            break;
        out->last = hi;
    }
}
