/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof of an address tree, once, when its image is opened.  Recursion is bounded by the levels of
 * an address; work is bounded by the budget of cells, each of which one tree owns once.
 */
#include <string.h>

#include "lib/tree.h"

struct walk {
    const uint64_t *cells;
    size_t ncells;
    unsigned levels;
    uint32_t nsets;
    size_t *budget;
};

static const char *verify_ref(const struct walk *w, uint64_t ref, unsigned level);

/* Claim n cells from cell at. */
static bool claim(const struct walk *w, uint32_t at, size_t n)
{
    if (at == 0 || at > w->ncells || n > w->ncells - at || n > *w->budget)
        return false;
    *w->budget -= n;
    return true;
}

static bool good_list(const uint8_t *node, const struct tree_layout *l, uint32_t n)
{
    const uint16_t *keys = (const uint16_t *)(const void *)(node + l->keys);
    for (uint32_t i = 1; i < n; i++)
        if (keys[i - 1] >= keys[i])
            return false;
    return true;
}

/* n ones and 256 zeros before anything else, samples true, low octets ascending in each bucket. */
static bool good_ef(const uint8_t *node, const struct tree_layout *l, uint32_t n)
{
    const uint64_t *words = (const uint64_t *)(const void *)(node + l->words);
    const uint16_t *samples = (const uint16_t *)(const void *)(node + l->samples);
    const uint8_t *low = node + l->keys;
    uint32_t ones = 0, zeros = 0, first = 0; /* first: index of the bucket's first key */
    for (uint32_t at = 0; at < n + 256; at++) {
        if (n > TREE_EF_SAMPLED && zeros % 32 == 0 && ones == first && zeros < 256 &&
            samples[zeros / 32] != ones)
            return false;
        if (words[at / 64] >> (at % 64) & 1) {
            if (ones == n || zeros == 256 || (ones > first && low[ones - 1] >= low[ones]))
                return false;
            ones++;
        } else {
            zeros++;
            first = ones;
        }
    }
    return ones == n && zeros == 256;
}

static bool good_bitmap(const uint8_t *node, const struct tree_layout *l, uint32_t n)
{
    const uint64_t *words = (const uint64_t *)(const void *)(node + l->words);
    const uint16_t *ranks = (const uint16_t *)(const void *)(node + l->samples);
    uint32_t rank = 0;
    for (uint32_t i = 0; i < TREE_BITMAP_WORD; i++) {
        if (i % 8 == 0 && ranks[i / 8] != rank)
            return false;
        rank += (uint32_t)__builtin_popcountll(words[i]);
    }
    return rank == n;
}

static uint64_t load(const uint8_t *p, size_t octets)
{
    uint64_t v = 0;
    memcpy(&v, p, octets);
    return v;
}

/* Children of an inner node: neighbours of a run differ, nothing listed is never spelt out. */
static const char *verify_children(const struct walk *w, struct tree_ref r, const uint8_t *values,
                                   unsigned level)
{
    uint64_t before = 0;
    for (uint32_t i = 0; i < r.n; i++) {
        uint64_t ref = load(values + (size_t)i * 8, 8);
        if (r.runs ? ref == before : ref == 0)
            return "tree node is not canonical";
        const char *why = verify_ref(w, ref, level + 1);
        if (why)
            return why;
        before = ref;
    }
    return NULL;
}

static const char *verify_values(const struct walk *w, struct tree_ref r, const uint8_t *node,
                                 const uint8_t *values)
{
    size_t octets = tree_width_octets(r.width);
    uint64_t before = 0, base = load(node, 4);
    if (octets == 0)
        return base != 0 && base < w->nsets ? NULL : "tree node names no answer set";
    for (uint32_t i = 0; i < r.n; i++) {
        uint64_t v = load(values + i * octets, octets);
        uint64_t set = r.runs ? (v ? base + v - 1 : 0) : base + v;
        if (set >= w->nsets || (set == 0 && (!r.runs || v != 0)))
            return "tree node names no answer set";
        if (r.runs && v == before)
            return "tree node is not canonical";
        before = v;
    }
    return NULL;
}

static const char *verify_node(const struct walk *w, struct tree_ref r, unsigned level)
{
    bool last = level + 1 == w->levels;
    if (r.enc > TREE_BITMAP || r.width > TREE_WREF || r.n == 0 || r.n > TREE_KEYS)
        return "bad tree node";
    if ((r.width == TREE_WREF) == last)
        return "tree deeper or shallower than an address";
    struct tree_layout l = tree_node_layout(r.enc, r.width, r.n);
    if (!claim(w, r.target, l.size / 8))
        return "tree node out of bounds";
    const uint8_t *node = (const uint8_t *)(w->cells + r.target);
    bool good = r.enc == TREE_LIST ? good_list(node, &l, r.n)
                : r.enc == TREE_EF ? good_ef(node, &l, r.n)
                                   : good_bitmap(node, &l, r.n);
    if (!good)
        return "tree keys out of order";
    return r.width == TREE_WREF ? verify_children(w, r, node + l.values, level)
                                : verify_values(w, r, node, node + l.values);
}

static const char *verify_ref(const struct walk *w, uint64_t ref, unsigned level)
{
    struct tree_ref r = tree_ref_unpack(ref);
    if (tree_ref_pack(r) != ref)
        return "bad tree reference";
    switch (r.kind) {
    case TREE_CONST:
        if (ref != tree_ref_const(r.target) || r.target >= w->nsets)
            return "tree names no answer set";
        return NULL;
    case TREE_NODE:
        return level < w->levels ? verify_node(w, r, level) : "tree deeper than an address";
    case TREE_PATH:
        if (r.n == 0 || level + r.n > w->levels || r.enc || r.runs || r.width)
            return "bad tree path";
        if (!claim(w, r.target, 1 + (r.n + 3) / 4))
            return "tree path out of bounds";
        if (w->cells[r.target] == 0)
            return "tree node is not canonical";
        return verify_ref(w, w->cells[r.target], level + r.n);
    }
    return "bad tree reference";
}

static const char *verify_page(const struct walk *w, uint32_t page)
{
    if (!claim(w, page, TREE_PAGE_CELLS))
        return "tree page out of bounds";
    bool empty = true;
    for (unsigned i = 0; i < TREE_PAGE_CELLS; i++) {
        const char *why = verify_ref(w, w->cells[page + i], 1);
        if (why)
            return why;
        empty &= w->cells[page + i] == 0;
    }
    return empty ? "tree page is empty" : NULL;
}

const char *tree_verify(const uint64_t *cells, size_t ncells, uint32_t root, unsigned levels,
                        uint32_t nsets, size_t *budget)
{
    struct walk w = {cells, ncells, levels, nsets, budget};
    if (root == 0)
        return NULL;
    if (!claim(&w, root, TREE_DIR_CELLS))
        return "tree directory out of bounds";
    const uint32_t *dir = (const uint32_t *)(const void *)(cells + root);
    bool empty = true;
    for (unsigned i = 0; i < 256; i++) {
        if (dir[i] == 0)
            continue;
        empty = false;
        const char *why = verify_page(&w, dir[i]);
        if (why)
            return why;
    }
    return empty ? "tree directory is empty" : NULL;
}
