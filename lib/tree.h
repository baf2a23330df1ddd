/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address trees: radix trees of 16 bits per level over IPv4 (2 levels) and IPv6 (8 levels).
 *
 * A tree answers "which answer set does this address have" (0: not listed) and "is anything listed
 * below this prefix".  It lives in the cells of an image (IMAGE_CELLS, units of eight octets) and
 * is reached by the cell index of its root; root 0 is the empty tree.
 *
 *   root        directory        page                  node
 *   +----+      +-----------+    +---------------+     +--------------------------------+
 *   | ix | ---> | 256 * u32 | -> | 256 * u64 ref | --> | base | keys ... | values ...   |
 *   +----+      +-----------+    +---------------+     +--------------------------------+
 *               octet 1 (hot)    octet 2: one miss     bits 16..31: one or two misses
 *
 * A reference (ref) describes the subtree below it completely, so that the node itself carries no
 * header to be read first:
 *
 *    63           32 31    25 24       8 7     5  4    3 2  1  0
 *   +---------------+--------+----------+-------+----+-----+----+
 *   | cell or set   |   0    |  n keys  | width |runs| enc |kind|
 *   +---------------+--------+----------+-------+----+-----+----+
 *
 *   kind CONST  every address below has this set; the all-zero ref is "nothing listed"
 *   kind NODE   n sorted 16-bit keys; points: only these keys are listed; runs: key i starts a run
 *               that ends before key i + 1 (what lies before key 0 is not listed)
 *   kind PATH   n levels have a single child: cell holds its ref, then n 16-bit keys to compare
 *
 *   enc LIST    u16 key[n]                                    few keys: within a cache line
 *   enc EF      unary counts of the 256 high octets (n ones, 256 zeros), then u8 low[n]: 1.2 to
 *               1.6 octets per key (Elias-Fano with eight low bits).  How many keys lie before
 *               every 8th or 32nd of these buckets is stored, so that where one lies is found
 *               within about a word of the counts
 *   enc BITMAP  65536 bits with a rank per 512: less than one octet per key when dense
 *
 *   width       octets per value (0, 1, 2, 4), or 8: the values are refs of the next level.
 *               points: set = base + value[i].  runs: 0 is "not listed", else base + value[i] - 1.
 *               width 0: every point has set base; runs are listed and not listed in turn.
 *
 * The form is canonical: no ref but zero describes an empty subtree, neighbouring runs differ, the
 * first run is listed.  That is why existence below any prefix needs two ranks and no scan.
 *
 * Why a lookup needs no bounds check: tree_verify() has walked every ref once when the image was
 * opened and proved that each node lies inside the cells, that keys ascend, that the unary counts
 * hold exactly n ones and 256 zeros, that every set exists and that levels end where the address
 * ends.  After that all loops are bounded by n or by the number of levels.
 */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

enum tree_kind { TREE_CONST = 0, TREE_NODE = 1, TREE_PATH = 2 };
enum tree_enc { TREE_LIST = 0, TREE_EF = 1, TREE_BITMAP = 2 };
/* Codes of the width field. */
enum tree_width { TREE_W0 = 0, TREE_W1 = 1, TREE_W2 = 2, TREE_W4 = 3, TREE_WREF = 4 };

#define TREE_DIR_CELLS   128 /* 256 page indexes of 32 bits */
#define TREE_PAGE_CELLS  256 /* refs */
#define TREE_LEVELS4     2
#define TREE_LEVELS6     8
#define TREE_KEYS        65536u /* per level */
#define TREE_BITMAP_WORD 1024   /* 64-bit words of a bitmap node */
#define TREE_BITMAP_RANK 128    /* its ranks, one per 512 bits */

struct tree_ref {
    enum tree_kind kind;
    enum tree_enc enc;
    bool runs;
    enum tree_width width;
    uint32_t n;
    uint32_t target; /* cell index, or the set of a CONST */
};

static inline uint64_t tree_ref_pack(struct tree_ref r)
{
    return (uint64_t)r.kind | (uint64_t)r.enc << 2 | (uint64_t)r.runs << 4 |
           (uint64_t)r.width << 5 | (uint64_t)r.n << 8 | (uint64_t)r.target << 32;
}

static inline struct tree_ref tree_ref_unpack(uint64_t v)
{
    return (struct tree_ref){
        .kind = (enum tree_kind)(v & 3),
        .enc = (enum tree_enc)(v >> 2 & 3),
        .runs = (v >> 4 & 1) != 0,
        .width = (enum tree_width)(v >> 5 & 7),
        .n = (uint32_t)(v >> 8 & 0x1ffff),
        .target = (uint32_t)(v >> 32),
    };
}

static inline uint64_t tree_ref_const(uint32_t set)
{
    return (uint64_t)set << 32;
}

/* Where the parts of a node lie, in octets from its first cell; size is the whole node. */
struct tree_layout {
    size_t samples; /* EF: u16[256 / tree_ef_step()]; BITMAP: u16[128] */
    size_t words;   /* EF: unary counts; BITMAP: the bits */
    size_t nwords;
    size_t keys; /* LIST: u16[n]; EF: low octets u8[n] */
    size_t values;
    size_t size;
};

static inline size_t tree_width_octets(enum tree_width w)
{
    return w == TREE_W0 ? 0 : (size_t)1 << (w - 1);
}

static inline size_t tree_align(size_t v, size_t to)
{
    return (v + to - 1) & ~(to - 1);
}

/* Of an EF node with n keys: the buckets from one sample to the next, as a power of two. */
static inline unsigned tree_ef_shift(uint32_t n)
{
    return n > 512 ? 3 : 5;
}

static inline uint32_t tree_ef_step(uint32_t n)
{
    return 1u << tree_ef_shift(n);
}

/* Inline: with a known encoding most of it folds into the caller. */
static inline struct tree_layout tree_node_layout(enum tree_enc enc, enum tree_width width,
                                                  uint32_t n)
{
    struct tree_layout l = {0};
    size_t at = sizeof(uint32_t); /* base */
    if (enc == TREE_LIST) {
        l.keys = at;
        at += (size_t)n * 2;
    } else if (enc == TREE_EF) {
        l.samples = 8;
        l.words = l.samples + (512u >> tree_ef_shift(n));
        l.nwords = (n + 256 + 63) / 64;
        l.keys = l.words + l.nwords * 8;
        at = l.keys + n;
    } else {
        l.samples = 8;
        l.words = l.samples + TREE_BITMAP_RANK * 2;
        l.nwords = TREE_BITMAP_WORD;
        at = l.words + l.nwords * 8;
    }
    size_t w = tree_width_octets(width);
    l.values = w ? tree_align(at, w) : at;
    l.size = tree_align(l.values + w * n, 8);
    return l;
}

/* --- arithmetic on the octets of a word, all at once --- */

#define TREE_EACH 0x0101010101010101u
#define TREE_TOPS 0x8080808080808080u

/* Bits of each octet of w, in that octet. */
static inline uint64_t tree_octet_counts(uint64_t w)
{
    w -= w >> 1 & 0x5555555555555555u;
    w = (w & 0x3333333333333333u) + (w >> 2 & 0x3333333333333333u);
    return (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fu;
}

static inline uint32_t tree_count_bits(uint64_t w)
{
    return (uint32_t)(tree_octet_counts(w) * TREE_EACH >> 56);
}

/* The top bit of each octet of a that is at most the same octet of b. */
static inline uint64_t tree_octets_upto(uint64_t a, uint64_t b)
{
    uint64_t low = (b | TREE_TOPS) - (a & ~TREE_TOPS); /* top bits: the lower seven bits say so */
    return ((b & ~a) | (~(a ^ b) & low)) & TREE_TOPS;
}

/* The answer set of an address, 0 when it is not listed. */
uint32_t tree_find4(const uint64_t *cells, uint32_t root, uint32_t addr);
uint32_t tree_find6(const uint64_t *cells, uint32_t root, struct addr6 addr);

/* Where in a node a key is looked for. */
struct tree_place {
    uint32_t first, n; /* EF: the keys of a bucket; else a key's rank, and whether it is there */
};

/* The ref of the first 16 bits (key) of an address. */
extern const uint64_t tree_nothing; /* the ref of it */
static inline const uint64_t *tree_entry(const uint64_t *cells, uint32_t root, uint32_t key)
{
    const uint32_t *dir = (const uint32_t *)(const void *)(cells + root);
    uint32_t page = root ? dir[key >> 8] : 0;
    return page ? cells + page + (key & 0xff) : &tree_nothing;
}
static inline uint64_t tree_ref_at(const uint64_t *cells, uint32_t root, uint32_t key)
{
    return *tree_entry(cells, root, key);
}

/* Is any address below addr/len listed?  len 0..32 or 0..128; bits behind len are ignored. */
bool tree_any4(const uint64_t *cells, uint32_t root, uint32_t addr, unsigned len);
bool tree_any6(const uint64_t *cells, uint32_t root, struct addr6 addr, unsigned len);

/*
 * The set of an address and a closed range around it that certainly has the same set (a run, a
 * point or a constant block; neighbouring ranges may have the same set).  Levels 2: the address is
 * IPv4, in addr.lo.
 */
uint32_t tree_span(const uint64_t *cells, uint32_t root, unsigned levels, struct addr6 addr,
                   struct addr6 *first, struct addr6 *last);

/*
 * Prove a tree sound (see above).  *budget is the number of cells that may still be visited; it is
 * lowered by every cell a tree owns, so that trees which share cells are refused.  NULL when good.
 */
const char *tree_verify(const uint64_t *cells, size_t ncells, uint32_t root, unsigned levels,
                        uint32_t nsets, size_t *budget);

#endif
