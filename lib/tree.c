/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookups in address trees; lib/tree.h has the pictures and the argument. */
#include "lib/tree.h"

#include <string.h>

/* --- positions of keys inside a node --- */

/*
 * What a node says of one key: rank is the number of keys <= key, hit whether the last of these is
 * the key itself.
 */
struct position {
    uint32_t rank;
    bool hit;
};

/*
 * Which octet (times eight) of upto, whose octets ascend from the lowest and are less than 128, is
 * the first that reaches r?  One does.
 */
static inline uint32_t first_reaching(uint64_t upto, uint32_t r)
{
    uint64_t reached = ((upto | TREE_TOPS) - r * TREE_EACH) & TREE_TOPS;
    return (uint32_t)__builtin_ctzll(reached) & ~7u;
}

/*
 * Index of the r-th (from 1) set bit of w, which has at least r.  upto holds in each octet the
 * bits of w up to and with that octet.  The octet is found first, then, its bits spread to octets,
 * the bit: a loop over the bits would be mispredicted every time.
 */
static inline uint32_t select_bit(uint64_t w, uint64_t upto, uint32_t r)
{
    uint32_t octet = first_reaching(upto, r);
    r -= (uint32_t)(upto << 8 >> octet) & 0xff;
    uint64_t bits = (w >> octet & 0xff) * TREE_EACH & 0x8040201008040201u;
    bits = (bits + 0x7f7f7f7f7f7f7f7fu) >> 7 & TREE_EACH;
    return octet + first_reaching(bits * TREE_EACH, r) / 8;
}

/* How many octets of w are at most x? */
static inline uint32_t count_upto(uint64_t w, uint8_t x)
{
    return (uint32_t)((tree_octets_upto(w, x * TREE_EACH) >> 7) * TREE_EACH >> 56);
}

static struct position find_list(const uint8_t *node, uint32_t n, uint32_t key)
{
    const uint16_t *keys = (const uint16_t *)(const void *)(node + 4);
    uint32_t lo = 0;
    while (n > 0) { /* keys[..lo) <= key, keys[lo + n..) > key */
        uint32_t half = n / 2;
        bool right = keys[lo + half] <= key;
        lo = right ? lo + half + 1 : lo;
        n = right ? n - half - 1 : half;
    }
    return (struct position){lo, lo > 0 && keys[lo - 1] == key};
}

/*
 * The keys of bucket h: those before the zero that ends it and behind the one that ends the bucket
 * before.  The counts are read from the last sampled bucket on, eight octets at a time; the first
 * of them hold both zeros but for crowded buckets.  What is read behind the counts still belongs to
 * the node: with fewer than nine keys the last word of the counts is mostly empty, else keys
 * follow.
 */
static inline struct tree_place ef_bucket(const uint8_t *node, uint32_t n, uint32_t h)
{
    struct tree_layout l = tree_node_layout(TREE_EF, TREE_W0, n);
    const uint16_t *samples = (const uint16_t *)(const void *)(node + l.samples);
    uint32_t step = tree_ef_step(n);
    uint32_t at = samples[h / step] + (h & ~(step - 1)), from = at, left = h % step + 1;
    uint64_t zeros, upto;
    for (;;) {
        memcpy(&zeros, node + l.words + at / 8, 8);
        zeros = ~zeros >> at % 8;
        upto = tree_octet_counts(zeros) * TREE_EACH;
        uint32_t count = (uint32_t)(upto >> 56);
        if (count >= left)
            break;
        left -= count;
        if (zeros)
            from = at + 64 - (uint32_t)__builtin_clzll(zeros);
        at += 64 - at % 8;
    }
    uint32_t end = select_bit(zeros, upto, left);
    uint64_t before = zeros & ((1ull << end) - 1);
    if (before)
        from = at + 64 - (uint32_t)__builtin_clzll(before);
    return (struct tree_place){from - h, at + end - from};
}

/*
 * How many of the n octets at low are at most x?  Eight at a time from the end backwards: what is
 * read in front of low still belongs to the node (words precede the keys), what would be read
 * behind them might not.
 */
static inline uint32_t ef_count(const uint8_t *low, uint32_t n, uint8_t x)
{
    uint32_t rank = 0;
    uint64_t w;
    for (; n > 8; n -= 8) {
        memcpy(&w, low + n - 8, 8);
        rank += count_upto(w, x);
    }
    memcpy(&w, low + n - 8, 8);
    uint32_t half = 4 * (8 - n); /* in two steps: all 64 bits go when n is 0 */
    return rank + count_upto(w >> half >> half, x) - (8 - n);
}

static inline struct position ef_at(const uint8_t *node, uint32_t n, struct tree_place at,
                                    uint32_t key)
{
    const uint8_t *low = node + tree_node_layout(TREE_EF, TREE_W0, n).keys;
    uint8_t x = (uint8_t)key;
    uint32_t rank = ef_count(low + at.first, at.n, x);
    return (struct position){at.first + rank, rank > 0 && low[at.first + rank - 1] == x};
}

static struct position find_bitmap(const uint8_t *node, uint32_t key)
{
    const uint16_t *ranks = (const uint16_t *)(const void *)(node + 8);
    const uint64_t *words = (const uint64_t *)(const void *)(node + 8 + TREE_BITMAP_RANK * 2);
    uint32_t w = key / 64, first = key / 512 * 8;
    uint32_t rank = ranks[key / 512];
    for (uint32_t i = first; i < w; i++)
        rank += tree_count_bits(words[i]);
    uint64_t upto = words[w] & (UINT64_MAX >> (63 - key % 64));
    return (struct position){rank + tree_count_bits(upto), (words[w] >> (key % 64) & 1) != 0};
}

static inline struct tree_place node_narrow(const uint64_t *cells, struct tree_ref r, uint32_t key)
{
    const uint8_t *node = (const uint8_t *)(cells + r.target);
    struct position p;
    if (r.enc == TREE_EF)
        return ef_bucket(node, r.n, key >> 8);
    if (r.enc == TREE_LIST)
        p = find_list(node, r.n, key);
    else
        p = find_bitmap(node, key);
    return (struct tree_place){p.rank, p.hit};
}

static inline struct position node_find_at(const uint64_t *cells, struct tree_ref r,
                                           struct tree_place at, uint32_t key)
{
    if (r.enc == TREE_EF)
        return ef_at((const uint8_t *)(cells + r.target), r.n, at, key);
    return (struct position){at.first, at.n != 0};
}

static inline struct position node_find(const uint64_t *cells, struct tree_ref r, uint32_t key)
{
    return node_find_at(cells, r, node_narrow(cells, r, key), key);
}

/* --- values --- */

static inline uint64_t value_at(const uint8_t *values, enum tree_width width, uint32_t i)
{
    uint16_t v2;
    uint32_t v4;
    uint64_t v8;
    switch (width) {
    case TREE_W1:
        return values[i];
    case TREE_W2:
        memcpy(&v2, values + (size_t)i * 2, 2);
        return v2;
    case TREE_W4:
        memcpy(&v4, values + (size_t)i * 4, 4);
        return v4;
    case TREE_WREF:
        memcpy(&v8, values + (size_t)i * 8, 8);
        return v8;
    case TREE_W0:
        break;
    }
    return 0;
}

/*
 * What stands at a position, as a ref: a CONST with the set, or the ref of the next level.  Half of
 * all queries find nothing, so that the value is read in any case (of a neighbour then) and masked.
 */
static inline uint64_t node_value(const uint64_t *cells, struct tree_ref r, struct position p)
{
    const uint8_t *node = (const uint8_t *)(cells + r.target);
    const uint8_t *values = node + tree_node_layout(r.enc, r.width, r.n).values;
    uint64_t found = 0u - (uint64_t)(r.runs ? p.rank > 0 : p.hit);
    uint64_t v = value_at(values, r.width, p.rank - (p.rank > 0));
    if (r.width == TREE_WREF)
        return v & found;
    uint32_t base;
    memcpy(&base, node, 4);
    if (r.runs && r.width == TREE_W0)
        return tree_ref_const(p.rank & 1 ? base : 0);
    if (r.runs)
        return tree_ref_const(v ? base + (uint32_t)v - 1 : 0) & found;
    return tree_ref_const(base + (uint32_t)v) & found;
}

/* --- walks --- */

static const uint16_t *path_keys(const uint64_t *cells, struct tree_ref r)
{
    return (const uint16_t *)(const void *)(cells + r.target + 1);
}

const uint64_t tree_nothing = 0;

struct tree_place tree_narrow(const uint64_t *cells, uint64_t ref, uint32_t key)
{
    struct tree_ref r = tree_ref_unpack(ref);
    if (r.kind != TREE_NODE)
        return (struct tree_place){0, 0};
    struct tree_place at = node_narrow(cells, r, key);
    struct tree_layout l = tree_node_layout(r.enc, r.width, r.n);
    const uint8_t *node = (const uint8_t *)(cells + r.target);
    if (r.enc == TREE_EF)
        prefetch(node + l.keys + at.first);
    if (r.width != TREE_W0)
        prefetch(node + l.values + tree_width_octets(r.width) * at.first);
    return at;
}

uint32_t tree_find4_at(const uint64_t *cells, uint64_t ref, struct tree_place at, uint32_t key)
{
    struct tree_ref r = tree_ref_unpack(ref);
    if (r.kind == TREE_NODE)
        return (uint32_t)(node_value(cells, r, node_find_at(cells, r, at, key)) >> 32);
    if (r.kind == TREE_CONST)
        return r.target;
    return path_keys(cells, r)[0] == key ? (uint32_t)(cells[r.target] >> 32) : 0;
}

uint32_t tree_find4(const uint64_t *cells, uint32_t root, uint32_t addr)
{
    uint64_t ref = tree_ref_at(cells, root, addr >> 16);
    uint32_t key = addr & 0xffff;
    return tree_find4_at(cells, ref, tree_narrow(cells, ref, key), key);
}

void tree_prefetch_node(const uint64_t *cells, uint64_t ref, uint32_t key)
{
    struct tree_ref r = tree_ref_unpack(ref);
    if (r.kind == TREE_CONST)
        return;
    const uint8_t *node = (const uint8_t *)(cells + r.target);
    struct tree_layout l = tree_node_layout(r.enc, r.width, r.n);
    prefetch(node);
    if (r.kind == TREE_PATH)
        return;
    /* Keys are spread evenly enough for a guess at how many lie before this one. */
    uint32_t h = key >> 8, rank = r.n * h / 256;
    if (r.enc == TREE_EF) {
        prefetch(node + l.samples + 2 * (h / tree_ef_step(r.n)));
        prefetch(node + l.words + (rank + h) / 8);
    } else if (r.enc == TREE_LIST) {
        prefetch(node + l.keys + 2 * rank);
    } else {
        prefetch(node + l.samples + 2 * (key / 512));
        prefetch(node + l.words + key / 512 * 64);
    }
}

static inline uint32_t level_key(struct addr6 a, unsigned level)
{
    uint64_t w = level < 4 ? a.hi : a.lo;
    return (uint32_t)(w >> (48 - 16 * (level % 4)) & 0xffff);
}

/*
 * One step down from a ref that is not CONST: the ref at the next level (0 when nothing is there),
 * *level moved on.
 */
static uint64_t step(const uint64_t *cells, struct tree_ref r, struct addr6 a, unsigned *level)
{
    if (r.kind == TREE_NODE)
        return node_value(cells, r, node_find(cells, r, level_key(a, (*level)++)));
    const uint16_t *keys = path_keys(cells, r);
    for (uint32_t i = 0; i < r.n; i++)
        if (keys[i] != level_key(a, (*level)++))
            return 0;
    return cells[r.target];
}

uint32_t tree_find6(const uint64_t *cells, uint32_t root, struct addr6 addr)
{
    if (root == 0)
        return 0;
    unsigned level = 1;
    uint64_t ref = tree_ref_at(cells, root, level_key(addr, 0));
    while ((ref & 3) != TREE_CONST)
        ref = step(cells, tree_ref_unpack(ref), addr, &level);
    return (uint32_t)(ref >> 32);
}

/* --- existence below a prefix --- */

/* Anything in the first level's keys lo..hi?  At most 256 entries of the directory or of a page. */
static bool root_any(const uint64_t *cells, uint32_t root, uint32_t lo, uint32_t hi)
{
    const uint32_t *dir = (const uint32_t *)(const void *)(cells + root);
    if (lo >> 8 == hi >> 8) {
        uint32_t page = dir[lo >> 8];
        for (uint32_t k = lo & 0xff; page && k <= (hi & 0xff); k++)
            if (cells[page + k] != 0)
                return true;
        return false;
    }
    for (uint32_t d = lo >> 8; d <= hi >> 8; d++)
        if (dir[d] != 0)
            return true;
    return false;
}

/* Keys lo..hi of a node: runs that differ side by side cannot both be "not listed". */
static bool node_any(const uint64_t *cells, struct tree_ref r, uint32_t lo, uint32_t hi)
{
    struct position a = node_find(cells, r, lo), b = node_find(cells, r, hi);
    if (b.rank > a.rank)
        return true;
    return node_value(cells, r, a) != 0;
}

static bool path_any(const uint64_t *cells, struct tree_ref r, struct addr6 a, unsigned level,
                     unsigned bits)
{
    const uint16_t *keys = path_keys(cells, r);
    for (uint32_t i = 0; i < r.n && bits > 0; i++, level++) {
        unsigned take = bits < 16 ? bits : 16;
        if ((keys[i] ^ level_key(a, level)) >> (16 - take))
            return false;
        bits -= take;
    }
    return true;
}

static bool any(const uint64_t *cells, uint32_t root, struct addr6 a, unsigned len)
{
    if (root == 0 || len == 0)
        return root != 0;
    uint32_t key = level_key(a, 0);
    if (len < 16) {
        uint32_t mask = 0xffffu >> len;
        return root_any(cells, root, key & ~mask, key | mask);
    }
    uint64_t ref = tree_ref_at(cells, root, key);
    unsigned level = 1;
    while ((ref & 3) != TREE_CONST && len > 16 * level) {
        struct tree_ref r = tree_ref_unpack(ref);
        unsigned bits = len - 16 * level;
        if (r.kind == TREE_PATH && bits < 16 * r.n)
            return path_any(cells, r, a, level, bits);
        if (r.kind == TREE_NODE && bits < 16) {
            uint32_t mask = 0xffffu >> bits;
            key = level_key(a, level);
            return node_any(cells, r, key & ~mask, key | mask);
        }
        ref = step(cells, r, a, &level);
    }
    return ref != 0;
}

static struct addr6 widen4(uint32_t addr)
{
    return (struct addr6){(uint64_t)addr << 32, 0};
}

bool tree_any4(const uint64_t *cells, uint32_t root, uint32_t addr, unsigned len)
{
    return any(cells, root, widen4(addr), len);
}

bool tree_any6(const uint64_t *cells, uint32_t root, struct addr6 addr, unsigned len)
{
    return any(cells, root, addr, len);
}

/* --- spans, for the tool --- */

/* The keys around a position that share its value. */
static void node_span(const uint64_t *cells, struct tree_ref r, uint32_t key, uint32_t *first,
                      uint32_t *last)
{
    uint32_t rank = node_find(cells, r, key).rank;
    *first = *last = key;
    if (!r.runs)
        return;
    uint32_t lo = 0, hi = key; /* least key of equal rank */
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (node_find(cells, r, mid).rank == rank)
            hi = mid;
        else
            lo = mid + 1;
    }
    *first = lo;
    lo = key, hi = TREE_KEYS - 1; /* greatest */
    while (lo < hi) {
        uint32_t mid = hi - (hi - lo) / 2;
        if (node_find(cells, r, mid).rank == rank)
            lo = mid;
        else
            hi = mid - 1;
    }
    *last = lo;
}

/* The block of the first `levels` levels of a with the last of these replaced by key. */
static struct addr6 block(struct addr6 a, unsigned levels, uint32_t key, bool ones)
{
    struct addr6 keep = addr6_mask(16 * (levels - 1));
    unsigned shift = 48 - 16 * ((levels - 1) % 4);
    uint64_t bits = (uint64_t)key << shift;
    struct addr6 below = addr6_mask(16 * levels);
    struct addr6 out = {a.hi & keep.hi, a.lo & keep.lo};
    if (levels <= 4)
        out.hi |= bits;
    else
        out.lo |= bits;
    if (ones) {
        out.hi |= ~below.hi;
        out.lo |= ~below.lo;
    }
    return out;
}

static uint32_t span(const uint64_t *cells, uint32_t root, struct addr6 a, struct addr6 *first,
                     struct addr6 *last)
{
    unsigned level = 1;
    uint32_t lo = level_key(a, 0), hi = lo;
    uint64_t ref = tree_ref_at(cells, root, lo);
    while ((ref & 3) != TREE_CONST) {
        struct tree_ref r = tree_ref_unpack(ref);
        unsigned at = level;
        ref = step(cells, r, a, &level);
        lo = hi = level_key(a, level - 1);
        if (r.kind == TREE_NODE)
            node_span(cells, r, level_key(a, at), &lo, &hi);
    }
    *first = block(a, level, lo, false);
    *last = block(a, level, hi, true);
    return (uint32_t)(ref >> 32);
}

uint32_t tree_span(const uint64_t *cells, uint32_t root, unsigned levels, struct addr6 addr,
                   struct addr6 *first, struct addr6 *last)
{
    if (levels == TREE_LEVELS6)
        return span(cells, root, addr, first, last);
    uint32_t set = span(cells, root, widen4((uint32_t)addr.lo), first, last);
    *first = (struct addr6){0, first->hi >> 32};
    *last = (struct addr6){0, last->hi >> 32};
    return set;
}
