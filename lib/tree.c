/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookups in address trees; lib/tree.h has the pictures and the argument. */
#include "lib/tree.h"

#include "lib/tree_node.h"

/* --- walks --- */

const uint64_t tree_nothing = 0;

uint32_t tree_find4(const uint64_t *cells, uint32_t root, uint32_t addr)
{
    struct tree_ref r = tree_ref_unpack(tree_ref_at(cells, root, addr >> 16));
    uint32_t key = addr & 0xffff;
    if (r.kind == TREE_NODE)
        return (uint32_t)(node_value(cells, r, node_find(cells, r, key)) >> 32);
    return r.kind == TREE_CONST ? r.target : path_set4(cells, r, key);
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
