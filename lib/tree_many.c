/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many addresses at once.  Nearly all nodes of large lists are points in Elias-Fano form or, where
 * a list is dense, bits.  They are set apart from the others first, so that each of the loops
 * behind does the same for all it has and the processor has no branch to guess.
 */
#include "lib/tree_many.h"

#include "lib/hot.h"
#include "lib/tree_node.h"

#define INLINE __attribute__((always_inline)) static inline

#define EF_POINTS      (TREE_NODE | TREE_EF << 2)
#define EF_POINTS_MASK 0x1fu /* kind, enc and runs of a ref */
#define BITS           (TREE_NODE | TREE_BITMAP << 2)
#define BITS_MASK      0xffu /* and the width, which is none */

/* --- points in Elias-Fano form --- */

/*
 * The end of value i.  Values are read whatever their width, as the end of eight octets: what lies
 * in front of them is still the node's.  Without values that is the node's first cell.
 */
INLINE const uint8_t *ef_value_end(const struct tree_probe *p, struct tree_ref r, uint32_t i)
{
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    size_t octets = 1u << r.width >> 1, keys_end = (size_t)(p->keys - node) + r.n;
    return node + (octets ? tree_align(keys_end, octets) + octets * (i + 1) : 8);
}

/*
 * Keys are spread evenly enough for a guess at how many lie before this one.  Where it is a few
 * off, what is asked for here is at least on the right pages, which are to be found first.
 */
INLINE void ef_fetch(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    struct tree_layout l = tree_node_layout(TREE_EF, TREE_W0, r.n);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    uint32_t h = p->key >> 8, rank = r.n * h / 256;
    p->keys = node + l.keys;
    prefetch(node + l.samples + 2 * (h >> tree_ef_shift(r.n)));
    prefetch(node + l.words + (rank + h) / 8);
    prefetch(p->keys + rank);
    prefetch(ef_value_end(p, r, rank) - 1);
}

INLINE void ef_narrow(struct tree_probe *p, bool bmi)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    p->place = ef_bucket(node, r.n, p->key >> 8, bmi);
    prefetch(p->keys + p->place.first);
}

/* Leaves the index of the value in the place. */
INLINE bool ef_find(struct tree_probe *p)
{
    struct position at = ef_at(p->keys, p->place, p->key);
    p->place.first = at.rank - 1;
    p->set = 0;
    return at.hit;
}

INLINE void ef_fetch_value(const struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    prefetch(node);
    prefetch(ef_value_end(p, r, p->place.first) - 1);
}

INLINE void ef_value(struct tree_probe *p)
{
    struct tree_ref r = tree_ref_unpack(p->ref);
    const uint8_t *node = (const uint8_t *)(p->cells + r.target);
    unsigned octets = 1u << r.width >> 1;
    uint32_t base;
    uint64_t v;
    memcpy(&base, node, 4);
    memcpy(&v, ef_value_end(p, r, p->place.first) - 8, 8);
    v = octets ? v >> (64 - 8 * octets) % 64 : 0;
    p->set = base + (uint32_t)v;
}

/* --- points as bits, without values: no rank is needed, one word says it all --- */

INLINE const uint8_t *bits_word(const struct tree_probe *p)
{
    const uint8_t *node = (const uint8_t *)(p->cells + tree_ref_unpack(p->ref).target);
    return node + tree_node_layout(TREE_BITMAP, TREE_W0, 0).words + p->key / 64 * 8;
}

/* What is found then has its set where a point in Elias-Fano form without values has it. */
INLINE bool bits_find(struct tree_probe *p)
{
    uint64_t w;
    p->keys = bits_word(p);
    memcpy(&w, p->keys, 8);
    p->set = 0;
    return w >> p->key % 64 & 1;
}

/* --- all others --- */

INLINE void other_fetch(struct tree_probe *p)
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

INLINE void other_narrow(struct tree_probe *p)
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

INLINE void other_find(struct tree_probe *p)
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

/* Probes by the form of the node they lead to. */
struct forms {
    struct tree_probe *ef[TREE_PROBES], *bits[TREE_PROBES], *other[TREE_PROBES];
    unsigned nef, nbits, nother;
};

INLINE void sort_by_form(struct forms *f, struct tree_probe *const *p, unsigned n)
{
    f->nef = f->nbits = f->nother = 0;
    for (unsigned i = 0; i < n; i++) {
        struct tree_probe *k = p[i];
        k->ref = *k->entry;
        bool ef = (k->ref & EF_POINTS_MASK) == EF_POINTS, bits = (k->ref & BITS_MASK) == BITS;
        f->ef[f->nef] = f->bits[f->nbits] = f->other[f->nother] = k;
        f->nef += ef;
        f->nbits += bits;
        f->nother += !ef & !bits;
    }
}

INLINE void find_many(struct tree_probe *const *p, unsigned n, bool bmi)
{
    struct forms f;
    struct tree_probe *hits[TREE_PROBES];
    unsigned nhits = 0;
    sort_by_form(&f, p, n);
    for (unsigned i = 0; i < f.nef; i++)
        ef_fetch(f.ef[i]);
    for (unsigned i = 0; i < f.nbits; i++)
        prefetch(bits_word(f.bits[i]));
    for (unsigned i = 0; i < f.nother; i++)
        other_fetch(f.other[i]);
    for (unsigned i = 0; i < f.nef; i++)
        ef_narrow(f.ef[i], bmi);
    for (unsigned i = 0; i < f.nother; i++)
        other_narrow(f.other[i]);
    for (unsigned i = 0; i < f.nef; i++) {
        hits[nhits] = f.ef[i];
        nhits += ef_find(f.ef[i]);
    }
    for (unsigned i = 0; i < f.nbits; i++) {
        hits[nhits] = f.bits[i];
        nhits += bits_find(f.bits[i]);
    }
    for (unsigned i = 0; i < nhits; i++)
        ef_fetch_value(hits[i]);
    for (unsigned i = 0; i < f.nother; i++)
        other_find(f.other[i]);
    for (unsigned i = 0; i < nhits; i++)
        ef_value(hits[i]);
}

void tree_find_many_plain(struct tree_probe *const *p, unsigned n)
{
    find_many(p, n, false);
}

#ifdef __x86_64__
__attribute__((target("bmi,bmi2,popcnt"))) HOT static void
find_many_bmi(struct tree_probe *const *p, unsigned n)
{
    find_many(p, n, true);
}

/* On the first two Zen generations pdep takes longer than what it replaces. */
static bool has_bmi(void)
{
    return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt") && !__builtin_cpu_is("znver1") &&
           !__builtin_cpu_is("znver2");
}
#endif

HOT void tree_find_many(struct tree_probe *const *p, unsigned n)
{
#ifdef __x86_64__
    if (has_bmi()) {
        find_many_bmi(p, n);
        return;
    }
#endif
    tree_find_many_plain(p, n);
}
