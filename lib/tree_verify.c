/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof of an address tree, once, when its image is opened.  Recursion is bounded by the levels of
 * an address; work is bounded by the budget of cells, each of which one tree owns once.
 */
#include <string.h>

#include "lib/tree.h"

/*
 * What eight bits of unary counts say of the keys they stand for: how many these are, and which of
 * them (bit k: the k-th) start a bucket, given that the bit before was a zero [0] or a one [1].
 */
struct unary {
    uint8_t ones[256];
    uint8_t starts[2][256];
};

struct walk {
    const uint64_t *cells;
    size_t ncells;
    unsigned levels;
    uint32_t nsets;
    size_t *budget;
    struct unary unary;
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

static void unary_prepare(struct unary *u)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        unsigned ones = 0, starts = 0;
        for (unsigned i = 0; i < 8; i++) {
            if (!(bits >> i & 1))
                continue;
            if (i > 0 && !(bits >> (i - 1) & 1))
                starts |= 1u << ones;
            ones++;
        }
        u->ones[bits] = (uint8_t)ones;
        u->starts[1][bits] = (uint8_t)starts;
        u->starts[0][bits] = (uint8_t)(starts | (bits & 1));
    }
}

/* Ones in bits from..to of words. */
static uint32_t count_ones(const uint64_t *words, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = from / 64; i * 64 < to; i++) {
        uint64_t w = words[i];
        if (i == from / 64)
            w &= UINT64_MAX << (from % 64);
        if (to - i * 64 < 64)
            w &= ~(UINT64_MAX << (to % 64));
        n += tree_count_bits(w);
    }
    return n;
}

/* A sample is the number of ones before its bucket, which starts right behind a zero. */
static bool good_samples(const uint64_t *words, const uint16_t *samples, uint32_t n)
{
    uint32_t at = 0, ones = 0, step = tree_ef_step(n);
    for (uint32_t h = 0; h < 256; h += step) {
        uint32_t sample = samples[h / step], to = sample + h;
        if (to < at || to > n + 256)
            return false;
        ones += count_ones(words, at, to);
        if (ones != sample || (to > 0 && words[(to - 1) / 64] >> ((to - 1) % 64) & 1))
            return false;
        at = to;
    }
    return samples[0] == 0;
}

/*
 * Low octets ascend but where a bucket starts.  Eight bits of the counts at a time: the keys they
 * stand for are compared with their predecessors at once, read so as to end with the last of them;
 * what is read in front of the first key belongs to the node and does not matter.
 */
static bool good_low(const struct unary *u, const uint8_t *counts, const uint8_t *low, uint32_t n)
{
    unsigned before = 0, wrong = 0;
    uint32_t done = 0;
    for (uint32_t i = 0; i * 8 < n + 256; i++) {
        unsigned bits = counts[i];
        if (n + 256 - i * 8 < 8)
            bits &= 0xffu >> (8 - (n + 256 - i * 8));
        unsigned ones = u->ones[bits];
        done += ones;
        uint64_t keys, prev;
        memcpy(&keys, low + done - 8, 8);
        memcpy(&prev, low + done - 9, 8);
        uint64_t falls = tree_octets_upto(keys, prev) >> 7;
        unsigned which = (unsigned)(falls * 0x0102040810204080u >> 56) >> (8 - ones);
        wrong |= which & ~(unsigned)u->starts[before][bits];
        before = bits >> 7;
    }
    return wrong == 0;
}

/* n ones and 256 zeros, a zero last; samples true; keys ascending. */
static bool good_ef(const struct walk *w, const uint8_t *node, const struct tree_layout *l,
                    uint32_t n)
{
    const uint64_t *words = (const uint64_t *)(const void *)(node + l->words);
    const uint16_t *samples = (const uint16_t *)(const void *)(node + l->samples);
    if (count_ones(words, 0, n + 256) != n || words[(n + 255) / 64] >> ((n + 255) % 64) & 1)
        return false;
    return good_samples(words, samples, n) &&
           good_low(&w->unary, node + l->words, node + l->keys, n);
}

static bool good_bitmap(const uint8_t *node, const struct tree_layout *l, uint32_t n)
{
    const uint64_t *words = (const uint64_t *)(const void *)(node + l->words);
    const uint16_t *ranks = (const uint16_t *)(const void *)(node + l->samples);
    uint32_t rank = 0;
    for (uint32_t i = 0; i < TREE_BITMAP_WORD; i++) {
        if (i % 8 == 0 && ranks[i / 8] != rank)
            return false;
        rank += tree_count_bits(words[i]);
    }
    return rank == n;
}

/* Children of an inner node: neighbours of a run differ, nothing listed is never spelt out. */
static const char *verify_children(const struct walk *w, struct tree_ref r, const uint8_t *values,
                                   unsigned level)
{
    uint64_t before = 0;
    for (uint32_t i = 0; i < r.n; i++) {
        uint64_t ref;
        memcpy(&ref, values + (size_t)i * 8, 8);
        if (r.runs ? ref == before : ref == 0)
            return "tree node is not canonical";
        const char *why = verify_ref(w, ref, level + 1);
        if (why)
            return why;
        before = ref;
    }
    return NULL;
}

/* What the values of a node may be, and what is wrong with them (less than 0). */
struct values {
    int64_t least, most;
    int64_t all; /* -1: all of them; 0: a value of 0 is always good */
    int64_t wrong;
    bool repeats;
};

/* Called with constant octets; without branches, there are as many values as addresses. */
static inline void check_values(struct values *c, const uint8_t *values, size_t octets, uint32_t n,
                                uint64_t before)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t v = 0;
        memcpy(&v, values + i * octets, octets);
        int64_t listed = c->all | -(int64_t)(v != 0);
        c->wrong |= listed & ((c->most - (int64_t)v) | ((int64_t)v - c->least));
        c->repeats |= v == before;
        before = v;
    }
}

/*
 * The same of single octets, most of what zones of several lists hold: eight at a time, as far as
 * the words go.  How many are done; *before is the last of them.
 */
static uint32_t check_octets(struct values *c, const uint8_t *values, uint32_t n, uint64_t *before)
{
    if (c->most < 0)
        return 0; /* none can be good */
    uint64_t most = TREE_EACH * (uint64_t)(c->most < 255 ? c->most : 255);
    uint64_t under = TREE_EACH * (uint64_t)(c->least - (c->least > 0)); /* too small, with none: */
    uint64_t small = c->least > 0 ? TREE_TOPS : 0, spared = c->all ? 0 : TREE_TOPS;
    uint64_t wrong = 0, repeats = 0;
    uint32_t done = 0;
    for (; n - done >= 8; done += 8) {
        uint64_t v;
        memcpy(&v, values + done, 8);
        uint64_t bad = ~tree_octets_upto(v, most) | (tree_octets_upto(v, under) & small);
        wrong |= bad & ~(tree_octets_upto(v, 0) & spared);
        repeats |= tree_octets_upto(v ^ (v << 8 | *before), 0);
        *before = v >> 56;
    }
    c->wrong |= -(int64_t)((wrong & TREE_TOPS) != 0);
    c->repeats |= repeats != 0;
    return done;
}

/*
 * points: set = base + v.  runs: not listed where v is 0, else set = base + v - 1.  No set may be
 * 0.
 */
static const char *verify_values(const struct walk *w, struct tree_ref r, const uint8_t *node,
                                 const uint8_t *values)
{
    uint32_t base;
    memcpy(&base, node, 4);
    if (r.width == TREE_W0)
        return base != 0 && base < w->nsets ? NULL : "tree node names no answer set";
    struct values c = {.most = (int64_t)w->nsets - 1 - base + r.runs,
                       .least = (base == 0) + r.runs,
                       .all = r.runs - 1};
    uint64_t before = 0;
    uint32_t done = r.width == TREE_W1 ? check_octets(&c, values, r.n, &before) : 0;
    if (r.width == TREE_W1)
        check_values(&c, values + done, 1, r.n - done, before);
    else if (r.width == TREE_W2)
        check_values(&c, values, 2, r.n, before);
    else
        check_values(&c, values, 4, r.n, before);
    if (c.wrong < 0)
        return "tree node names no answer set";
    return r.runs && c.repeats ? "tree node is not canonical" : NULL;
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
                : r.enc == TREE_EF ? good_ef(w, node, &l, r.n)
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
    struct walk w = {cells, ncells, levels, nsets, budget, .unary = {{0}, {{0}}}};
    if (root == 0)
        return NULL;
    unary_prepare(&w.unary);
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
