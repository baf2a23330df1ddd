/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of a node are unpacked into an array first: one loop then serves all encodings, and a run
 * needs its successor to know where it ends.
 */
#include "lib/tree_walk.h"

#include <stdlib.h>
#include <string.h>

struct walker {
    const uint64_t *cells;
    unsigned levels;
    tree_walk_fn fn;
    void *arg;
    uint16_t *keys; /* TREE_KEYS for each level below the first */
    struct addr6 first, last;
    uint32_t set; /* of the range first..last that waits for its neighbours; 0: none waits */
};

/* --- ranges --- */

static bool follows(struct addr6 a, struct addr6 b)
{
    return b.lo == a.lo + 1 && b.hi == a.hi + (b.lo == 0) && !(b.hi == 0 && b.lo == 0);
}

static bool flush(struct walker *w)
{
    uint32_t set = w->set;

    w->set = 0;
    return set == 0 || w->fn(w->arg, w->first, w->last, set);
}

/* The block below the first `levels` levels of a: all its addresses have the set. */
static bool emit(struct walker *w, struct addr6 a, unsigned levels, uint32_t set)
{
    struct addr6 keep = addr6_mask(16 * levels);
    struct addr6 last = {a.hi | ~keep.hi, a.lo | ~keep.lo};

    if (set == 0)
        return true;
    if (w->levels == TREE_LEVELS4) {
        a = (struct addr6){0, a.hi >> 32};
        last = (struct addr6){0, last.hi >> 32};
    }
    if (w->set == set && follows(w->last, a)) {
        w->last = last;
        return true;
    }
    if (!flush(w))
        return false;
    w->first = a;
    w->last = last;
    w->set = set;
    return true;
}

static struct addr6 with_key(struct addr6 a, unsigned level, uint32_t key)
{
    uint64_t bits = (uint64_t)key << (48 - 16 * (level % 4));

    return level < 4 ? (struct addr6){a.hi | bits, 0} : (struct addr6){a.hi, a.lo | bits};
}

/* --- nodes --- */

static void unpack_ef(const uint8_t *node, uint32_t n, uint16_t *keys)
{
    struct tree_layout l = tree_node_layout(TREE_EF, TREE_W0, n);
    const uint8_t *words = node + l.words, *low = node + l.keys;
    uint32_t bucket = 0;

    for (uint32_t i = 0, at = 0; i < n; at++) {
        uint64_t w;
        memcpy(&w, words + at / 64 * 8, sizeof(w));
        if (w >> (at % 64) & 1) {
            keys[i] = (uint16_t)(bucket << 8 | low[i]);
            i++;
        } else {
            bucket++;
        }
    }
}

static void unpack_bitmap(const uint8_t *node, uint16_t *keys)
{
    struct tree_layout l = tree_node_layout(TREE_BITMAP, TREE_W0, 0);
    size_t n = 0;

    for (uint32_t i = 0; i < TREE_BITMAP_WORD; i++) {
        uint64_t w;
        memcpy(&w, node + l.words + i * sizeof(w), sizeof(w));
        for (; w; w &= w - 1)
            keys[n++] = (uint16_t)(i * 64 + (uint32_t)__builtin_ctzll(w));
    }
}

static void unpack(const uint8_t *node, struct tree_ref r, uint16_t *keys)
{
    if (r.enc == TREE_LIST)
        memcpy(keys, node + tree_node_layout(r.enc, r.width, r.n).keys, (size_t)r.n * 2);
    else if (r.enc == TREE_EF)
        unpack_ef(node, r.n, keys);
    else
        unpack_bitmap(node, keys);
}

/* The i-th value as a ref of the next level, as lookups see it. */
static uint64_t value_ref(const uint8_t *node, struct tree_ref r, uint32_t i)
{
    size_t width = tree_width_octets(r.width);
    uint64_t v = 0;
    uint32_t base;

    memcpy(&base, node, sizeof(base));
    memcpy(&v, node + tree_node_layout(r.enc, r.width, r.n).values + width * i, width);
    if (r.width == TREE_WREF)
        return v;
    if (!r.runs)
        return tree_ref_const(base + (uint32_t)v);
    if (r.width == TREE_W0)
        return i % 2 == 0 ? tree_ref_const(base) : 0;
    return v ? tree_ref_const(base + (uint32_t)v - 1) : 0;
}

static bool walk_ref(struct walker *w, uint64_t ref, struct addr6 a, unsigned level);

/* One key after the other: a run of blocks that are all alike is joined again by emit(). */
static bool walk_node(struct walker *w, struct tree_ref r, struct addr6 a, unsigned level)
{
    const uint8_t *node = (const uint8_t *)(w->cells + r.target);
    uint16_t *keys = w->keys + (size_t)(level - 1) * TREE_KEYS;

    unpack(node, r, keys);
    for (uint32_t i = 0; i < r.n; i++) {
        uint64_t ref = value_ref(node, r, i);
        uint32_t last = keys[i];
        if (r.runs && ref != 0)
            last = i + 1 < r.n ? keys[i + 1] - 1u : TREE_KEYS - 1;
        for (uint32_t key = keys[i]; key <= last; key++)
            if (!walk_ref(w, ref, with_key(a, level, key), level + 1))
                return false;
    }
    return true;
}

/* What lies below the first `level` levels of a.  Verified: levels end where the address ends. */
static bool walk_ref(struct walker *w, uint64_t ref, struct addr6 a, unsigned level)
{
    struct tree_ref r = tree_ref_unpack(ref);

    if (r.kind == TREE_CONST)
        return emit(w, a, level, r.target);
    if (r.kind == TREE_NODE)
        return walk_node(w, r, a, level);
    for (uint32_t i = 0; i < r.n; i++) {
        uint16_t key;
        memcpy(&key, (const uint8_t *)(w->cells + r.target + 1) + i * sizeof(key), sizeof(key));
        a = with_key(a, level++, key);
    }
    return walk_ref(w, w->cells[r.target], a, level);
}

bool tree_walk(const uint64_t *cells, uint32_t root, unsigned levels, tree_walk_fn fn, void *arg)
{
    struct walker w = {.cells = cells, .levels = levels, .fn = fn, .arg = arg};
    const uint32_t *dir = (const uint32_t *)(const void *)(cells + root);
    bool good = true;

    if (root == 0)
        return true;
    w.keys = calloc(levels - 1, TREE_KEYS * sizeof(*w.keys));
    if (!w.keys)
        return false;
    for (uint32_t i = 0; good && i < TREE_KEYS; i++) {
        uint32_t page = dir[i >> 8];
        uint64_t ref = page ? cells[page + (i & 0xff)] : 0;
        good = ref == 0 || walk_ref(&w, ref, with_key((struct addr6){0, 0}, 0, i), 1);
    }
    good = good && flush(&w);
    free(w.keys);
    return good;
}
