/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many addresses at once.  Nearly all nodes of large lists are points in Elias-Fano form.  They are
 * set apart from the others first, so that each of the loops behind does the same for all it has
 * and the processor has no branch to guess.
 */
#include "lib/tree_many.h"

#include "lib/tree_node.h"

#define EF_POINTS      (TREE_NODE | TREE_EF << 2)
#define EF_POINTS_MASK 0x1fu /* kind, enc and runs of a ref */

/* --- points in Elias-Fano form --- */

static inline struct tree_layout ef_layout(struct tree_ref r)
{
    return tree_node_layout(TREE_EF, TREE_W0, r.n);
}

static inline void ef_fetch(const struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    /* Keys are spread evenly enough for a guess at how many lie before this one. */
    uint32_t h = p->key >> 8, rank = r.n * h / 256;
    struct tree_layout l = ef_layout(r);
    prefetch(node);
    prefetch(node + l.samples + 2 * (h / tree_ef_step(r.n)));
    prefetch(node + l.words + (rank + h) / 8);
}

/* Octets of the i-th value, 0 where there are none: with W0 that is the node's first cell. */
static inline const uint8_t *ef_value(const uint8_t *node, struct tree_ref r, size_t keys,
                                      uint32_t i)
{
    size_t w = 1u << r.width >> 1;
    return node + ((keys + r.n + w - 1) & ~(w - 1)) + w * i;
}

static inline void ef_narrow(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    size_t keys = ef_layout(r).keys;
    p->place = ef_bucket(node, r.n, p->key >> 8);
    prefetch(node + keys + p->place.first);
    prefetch(ef_value(node, r, keys, p->place.first));
}

/*
 * Half of all queries find nothing, so that a value is read in any case (of a neighbour then) and
 * masked.  It is read as the end of eight octets: those in front of it are still the node's, or of
 * the page or node before it.
 */
static inline void ef_find(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    size_t keys = ef_layout(r).keys;
    struct position at = ef_at(node, r.n, p->place, p->key);
    unsigned octets = 1u << r.width >> 1;
    uint32_t base;
    uint64_t v;
    memcpy(&base, node, 4);
    memcpy(&v, ef_value(node, r, keys, at.rank - (at.rank > 0) + 1) - 8, 8);
    v = octets ? v >> (64 - 8 * octets) % 64 : 0;
    p->set = (base + (uint32_t)v) & (0u - (uint32_t)at.hit);
}

/* --- all others --- */

static inline void other_fetch(const struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    if (r.kind == TREE_CONST)
        return;
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    struct tree_layout l = tree_node_layout(r.enc, r.width, r.n);
    prefetch(node);
    if (r.kind == TREE_PATH)
        return;
    uint32_t h = p->key >> 8, rank = r.n * h / 256;
    if (r.enc == TREE_LIST) {
        prefetch(node + l.keys + 2 * rank);
    } else if (r.enc == TREE_EF) {
        ef_fetch(p);
    } else {
        prefetch(node + l.samples + 2 * (p->key / 512));
        prefetch(node + l.words + p->key / 512 * 64);
    }
}

static inline void other_narrow(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    if (r.kind != TREE_NODE)
        return;
    struct tree_layout l = tree_node_layout(r.enc, r.width, r.n);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    p->place = node_narrow(p->cells, r, p->key);
    if (r.enc == TREE_EF)
        prefetch(node + l.keys + p->place.first);
    if (r.width != TREE_W0)
        prefetch(node + l.values + tree_width_octets(r.width) * p->place.first);
}

static inline void other_find(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    if (r.kind == TREE_CONST)
        p->set = r.target;
    else if (r.kind == TREE_PATH)
        p->set = path_set4(p->cells, r, p->key);
    else
        p->set =
            (uint32_t)(node_value(p->cells, r, node_find_at(p->cells, r, p->place, p->key)) >> 32);
}

void tree_find_many(struct tree_probe *const *p, unsigned n)
{
    struct tree_probe *ef[TREE_PROBES], *other[TREE_PROBES];
    unsigned nef = 0, nother = 0;
    for (unsigned i = 0; i < n; i++) {
        p[i]->ref = *p[i]->entry;
        bool points = (p[i]->ref & EF_POINTS_MASK) == EF_POINTS;
        ef[nef] = other[nother] = p[i];
        nef += points;
        nother += !points;
    }
    for (unsigned i = 0; i < nef; i++)
        ef_fetch(ef[i]);
    for (unsigned i = 0; i < nother; i++)
        other_fetch(other[i]);
    for (unsigned i = 0; i < nef; i++)
        ef_narrow(ef[i]);
    for (unsigned i = 0; i < nother; i++)
        other_narrow(other[i]);
    for (unsigned i = 0; i < nef; i++)
        ef_find(ef[i]);
    for (unsigned i = 0; i < nother; i++)
        other_find(other[i]);
}
