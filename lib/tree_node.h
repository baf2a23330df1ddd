/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a node says of a key: shared by the lookups of one address (lib/tree.c) and of many
 * (lib/tree_many.c).  Inline: both spend most of their time here.  lib/tree.h has the pictures and
 * the argument why nothing is checked.
 */
#ifndef LIB_TREE_NODE_H
#define LIB_TREE_NODE_H

#include <string.h>

#include "lib/tree.h"

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

/*
 * A word, how many bits it has, and where: with popcnt and pdep (bmi, which lib/tree_many.c asks
 * the processor for) two instructions, else upto says how many lie up to and with each octet.
 */
struct bits {
    uint64_t w, upto;
    uint32_t n;
};

static inline struct bits bits_of(uint64_t w, bool bmi)
{
    if (bmi)
        return (struct bits){w, 0, (uint32_t)__builtin_popcountll(w)};
    uint64_t upto = tree_octet_counts(w) * TREE_EACH;
    return (struct bits){w, upto, (uint32_t)(upto >> 56)};
}

/* Index of the r-th (from 1) set bit. */
static inline uint32_t bits_select(struct bits b, uint32_t r, bool bmi)
{
#ifdef __x86_64__
    if (bmi) {
        uint64_t bit;
        __asm__("pdep %2, %1, %0" : "=r"(bit) : "r"(1ull << (r - 1)), "r"(b.w));
        return (uint32_t)__builtin_ctzll(bit);
    }
#endif
    return select_bit(b.w, b.upto, r);
}

/* No branch but the loop's: which half it is nobody can guess. */
static inline struct position find_list(const uint8_t *node, uint32_t n, uint32_t key)
{
    const uint16_t *keys = (const uint16_t *)(const void *)(node + 4);
    uint32_t lo = 0;
    for (uint32_t left = n; left > 1;) { /* keys[..lo) <= key, keys[lo + left..) > key */
        uint32_t half = left / 2;
        lo += half & (0u - (uint32_t)(keys[lo + half - 1] <= key));
        left -= half;
    }
    lo += keys[lo] <= key;
    return (struct position){lo, lo > 0 && keys[lo - 1] == key};
}

/*
 * The keys of bucket h: those before the zero that ends it and behind the one that ends the bucket
 * before.  The counts are read from the last sampled bucket on, eight octets at a time; the first
 * of them hold both zeros but for crowded buckets.  What is read behind the counts still belongs to
 * the node: with fewer than nine keys the last word of the counts is mostly empty, else keys
 * follow.
 */
__attribute__((always_inline)) static inline struct tree_place
ef_bucket(const uint8_t *node, uint32_t n, uint32_t h, bool bmi)
{
    struct tree_layout l = tree_node_layout(TREE_EF, TREE_W0, n);
    const uint16_t *samples = (const uint16_t *)(const void *)(node + l.samples);
    unsigned shift = tree_ef_shift(n);
    uint32_t inside = h & ((1u << shift) - 1);
    uint32_t at = samples[h >> shift] + h - inside, from = at, left = inside + 1;
    struct bits zeros;
    for (;;) {
        uint64_t w;
        memcpy(&w, node + l.words + at / 8, 8);
        zeros = bits_of(~w >> at % 8, bmi);
        if (zeros.n >= left)
            break;
        left -= zeros.n;
        if (zeros.w)
            from = at + 64 - (uint32_t)__builtin_clzll(zeros.w);
        at += 64 - at % 8;
    }
    uint32_t end = bits_select(zeros, left, bmi);
    uint64_t before = zeros.w & ((1ull << end) - 1);
    if (before)
        from = at + 64 - (uint32_t)__builtin_clzll(before);
    return (struct tree_place){from - h, at + end - from};
}

/*
 * How many of the n octets at low are at most x?  Sixteen at a time, of which the last end where
 * they end: what is read in front of low still belongs to the node (words precede the keys), what
 * would be read behind them might not.
 */
static inline uint32_t ef_count(const uint8_t *low, uint32_t n, uint8_t x)
{
    typedef uint8_t octets __attribute__((vector_size(16)));
    static const uint8_t last[32] = {[16] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    uint32_t rank = 0;
    for (;; low += 16, n -= 16) {
        uint32_t now = n < 16 ? n : 16;
        octets v, of;
        memcpy(&v, low + now - 16, 16);
        memcpy(&of, last + now, 16);
        of &= (octets)(v <= x);
        uint64_t half[2];
        memcpy(half, &of, 16);
        rank += (uint32_t)((half[0] + half[1]) * TREE_EACH >> 56);
        if (n <= 16)
            return rank;
    }
}

/* The octet before the place may be read too: it is there, if not a key. */
static inline struct position ef_at(const uint8_t *keys, struct tree_place at, uint32_t key)
{
    const uint8_t *low = keys + at.first;
    uint8_t x = (uint8_t)key;
    uint32_t rank = ef_count(low, at.n, x);
    return (struct position){at.first + rank, (rank > 0) & (low[(ptrdiff_t)rank - 1] == x)};
}

static inline struct position find_bitmap(const uint8_t *node, uint32_t key)
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
        return ef_bucket(node, r.n, key >> 8, false);
    if (r.enc == TREE_LIST)
        p = find_list(node, r.n, key);
    else
        p = find_bitmap(node, key);
    return (struct tree_place){p.rank, p.hit};
}

static inline struct position node_find_at(const uint64_t *cells, struct tree_ref r,
                                           struct tree_place at, uint32_t key)
{
    const uint8_t *node = (const uint8_t *)(cells + r.target);
    if (r.enc == TREE_EF)
        return ef_at(node + tree_node_layout(TREE_EF, TREE_W0, r.n).keys, at, key);
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

/* --- paths --- */

static inline const uint16_t *path_keys(const uint64_t *cells, struct tree_ref r)
{
    return (const uint16_t *)(const void *)(cells + r.target + 1);
}

/* In an IPv4 tree a path has one level left. */
static inline uint32_t path_set4(const uint64_t *cells, struct tree_ref r, uint32_t key)
{
    return path_keys(cells, r)[0] == key ? (uint32_t)(cells[r.target] >> 32) : 0;
}

#endif
