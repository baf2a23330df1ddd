/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/build_tree.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tree.h"

/*
 * Keys in a LIST node at most: one cache line of keys.  Above it the unary form is smaller, and its
 * search does not grow with n.
 */
#define LIST_MAX 64

/* Keys first..last of one level that share a value: a set in the last level, else a ref. */
struct run {
    uint32_t first, last;
    uint64_t value;
};

/* An interval of IPv6 addresses; kept until all are known, since their levels nest. */
struct span {
    sweep_key first, last;
    uint32_t set;
};

struct tree_builder {
    struct buf *cells;
    uint64_t *page[256]; /* first level: refs by the second octet */
    bool any;
    struct buf runs4;        /* struct run[] of the /16 being collected */
    uint32_t block4;         /* which /16 that is */
    const uint32_t *points4; /* it holds these alone, and runs4 nothing */
    uint32_t npoints4, points4_set;
    struct buf spans6;              /* struct span[] */
    struct buf runs6[TREE_LEVELS6]; /* struct run[] of the block being built at each level */
    uint16_t *keys;                 /* of the node being written */
    uint64_t *values;
    bool oom;
};

struct tree_builder *tree_builder_new(struct buf *cells)
{
    struct tree_builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->cells = cells;
    b->keys = malloc(TREE_KEYS * sizeof *b->keys);
    b->values = malloc(TREE_KEYS * sizeof *b->values);
    if (!b->keys || !b->values) {
        tree_builder_free(b);
        return NULL;
    }
    return b;
}

void tree_builder_free(struct tree_builder *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < 256; i++)
        free(b->page[i]);
    buf_free(&b->runs4);
    buf_free(&b->spans6);
    for (unsigned i = 0; i < TREE_LEVELS6; i++)
        buf_free(&b->runs6[i]);
    free(b->keys);
    free(b->values);
    free(b);
}

/* --- nodes --- */

static void *new_cells(struct tree_builder *b, size_t octets, uint32_t *index)
{
    size_t at = b->cells->len / 8;
    void *p = at + octets / 8 < UINT32_MAX ? buf_grow(b->cells, octets) : NULL;
    if (!p) {
        b->oom = true;
        return NULL;
    }
    memset(p, 0, octets);
    *index = (uint32_t)at;
    return p;
}

static enum tree_enc best_enc(enum tree_width width, uint32_t n)
{
    enum tree_enc best = TREE_EF;
    if (n <= LIST_MAX &&
        tree_node_layout(TREE_LIST, width, n).size <= tree_node_layout(TREE_EF, width, n).size)
        best = TREE_LIST;
    if (tree_node_layout(TREE_BITMAP, width, n).size <= tree_node_layout(best, width, n).size)
        best = TREE_BITMAP;
    return best;
}

static void fill_ef(uint8_t *node, const struct tree_layout *l, const uint16_t *keys, uint32_t n)
{
    uint64_t *words = (uint64_t *)(void *)(node + l->words), word = 0;
    uint16_t *samples = (uint16_t *)(void *)(node + l->samples);
    uint32_t k = 0, step = tree_ef_step(n), at = 0;
    for (uint32_t h = 0; h < 256; h++) {
        if (h % step == 0)
            samples[h / step] = (uint16_t)k;
        for (; k < n && keys[k] >> 8 == h; k++) {
            if ((k + h) / 64 != at) { /* few stores: all types alias here */
                words[at] = word;
                at = (k + h) / 64;
                word = 0;
            }
            word |= 1ull << ((k + h) % 64);
            node[l->keys + k] = (uint8_t)keys[k];
        }
    }
    words[at] = word;
}

static void fill_bitmap(uint8_t *node, const struct tree_layout *l, const uint16_t *keys,
                        uint32_t n)
{
    uint64_t *words = (uint64_t *)(void *)(node + l->words);
    uint16_t *ranks = (uint16_t *)(void *)(node + l->samples);
    uint32_t rank = 0;
    for (uint32_t k = 0; k < n; k++)
        words[keys[k] / 64] |= 1ull << (keys[k] % 64);
    for (uint32_t i = 0; i < TREE_BITMAP_WORD; i++) {
        if (i % 8 == 0)
            ranks[i / 8] = (uint16_t)rank;
        rank += (uint32_t)__builtin_popcountll(words[i]);
    }
}

static void fill_values(uint8_t *at, enum tree_width width, const uint64_t *values, uint32_t n)
{
    size_t w = tree_width_octets(width);
    for (uint32_t i = 0; w && i < n; i++)
        memcpy(at + i * w, &values[i], w); /* little-endian: the low octets come first */
}

/* A node of b->keys[0..n) and b->values[0..n); values are already relative to base. */
static uint64_t write_node(struct tree_builder *b, bool runs, enum tree_width width, uint32_t n,
                           uint32_t base)
{
    struct tree_ref r = {.kind = TREE_NODE, .runs = runs, .width = width, .n = n};
    r.enc = best_enc(width, n);
    struct tree_layout l = tree_node_layout(r.enc, width, n);
    uint8_t *node = new_cells(b, l.size, &r.target);
    if (!node)
        return 0;
    memcpy(node, &base, sizeof base);
    if (r.enc == TREE_LIST)
        memcpy(node + l.keys, b->keys, n * sizeof *b->keys);
    else if (r.enc == TREE_EF)
        fill_ef(node, &l, b->keys, n);
    else
        fill_bitmap(node, &l, b->keys, n);
    fill_values(node + l.values, width, b->values, n);
    return tree_ref_pack(r);
}

/* --- the choice between points and runs --- */

/* What a level's runs would cost in either form. */
struct shape {
    uint32_t points, bounds; /* keys in points form; in runs form */
    uint64_t least, most;    /* of the values */
};

/* Does run i end before the level does, with nothing directly behind it? */
static bool gap_after(const struct run *run, size_t n, size_t i)
{
    if (run[i].last == TREE_KEYS - 1)
        return false;
    return i + 1 == n || run[i + 1].first != run[i].last + 1;
}

static struct shape measure(const struct run *run, size_t n)
{
    struct shape s = {.least = UINT64_MAX};
    for (size_t i = 0; i < n; i++) {
        s.points += run[i].last - run[i].first + 1;
        s.bounds += gap_after(run, n, i) ? 2 : 1;
        if (run[i].value < s.least)
            s.least = run[i].value;
        if (run[i].value > s.most)
            s.most = run[i].value;
    }
    return s;
}

static enum tree_width width_for(uint64_t largest)
{
    return largest == 0 ? TREE_W0 : largest < 256 ? TREE_W1 : largest < 65536 ? TREE_W2 : TREE_W4;
}

/* Spell out every key; value 0 stands for the least set. */
static uint32_t fill_points(struct tree_builder *b, const struct run *run, size_t n, uint64_t base)
{
    uint32_t k = 0;
    for (size_t i = 0; i < n; i++)
        for (uint32_t key = run[i].first; key <= run[i].last; key++, k++) {
            b->keys[k] = (uint16_t)key;
            b->values[k] = run[i].value - base;
        }
    return k;
}

/* A key where each run starts and one where a gap starts; value 0 is the gap. */
static uint32_t fill_bounds(struct tree_builder *b, const struct run *run, size_t n, uint64_t base)
{
    uint32_t k = 0;
    for (size_t i = 0; i < n; i++) {
        b->keys[k] = (uint16_t)run[i].first;
        b->values[k++] = run[i].value - base;
        if (gap_after(run, n, i)) {
            b->keys[k] = (uint16_t)(run[i].last + 1);
            b->values[k++] = 0;
        }
    }
    return k;
}

static size_t node_size(enum tree_width width, uint32_t n)
{
    return tree_node_layout(best_enc(width, n), width, n).size;
}

static bool covers_all(const struct run *run, size_t n)
{
    return n == 1 && run->first == 0 && run->last == TREE_KEYS - 1;
}

/* The ref of the last level of an address: runs of sets. */
static uint64_t leaf(struct tree_builder *b, const struct run *run, size_t n)
{
    if (n == 0)
        return 0;
    if (covers_all(run, n))
        return tree_ref_const((uint32_t)run->value);
    struct shape s = measure(run, n);
    enum tree_width wp = width_for(s.most - s.least);
    enum tree_width wr = s.most == s.least ? TREE_W0 : width_for(s.most - s.least + 1);
    if (s.points <= TREE_KEYS && node_size(wp, s.points) <= node_size(wr, s.bounds))
        return write_node(b, false, wp, fill_points(b, run, n, s.least), (uint32_t)s.least);
    uint64_t base = wr == TREE_W0 ? s.least : s.least - 1;
    return write_node(b, true, wr, fill_bounds(b, run, n, base), (uint32_t)s.least);
}

/* One child only: a path, joined with the path below it. */
static uint64_t path(struct tree_builder *b, uint16_t key, uint64_t child)
{
    struct tree_ref r = {.kind = TREE_PATH, .n = 1};
    uint16_t keys[TREE_LEVELS6] = {key};
    struct tree_ref below = tree_ref_unpack(child);
    if (below.kind == TREE_PATH) {
        const uint64_t *cells = (const uint64_t *)(const void *)b->cells->p;
        memcpy(keys + 1, cells + below.target + 1, below.n * sizeof *keys);
        r.n += below.n;
        child = cells[below.target];
        /* Nothing was written after it, so that its cells can be used again. */
        b->cells->len = (size_t)below.target * 8;
    }
    uint64_t *at = new_cells(b, 8 * (1 + (r.n + 3) / 4), &r.target);
    if (!at)
        return 0;
    at[0] = child;
    memcpy(at + 1, keys, r.n * sizeof *keys);
    return tree_ref_pack(r);
}

/* The ref of a level above the last: runs of refs. */
static uint64_t inner(struct tree_builder *b, const struct run *run, size_t n)
{
    if (n == 0)
        return 0;
    if (covers_all(run, n) && (run->value & 3) == TREE_CONST)
        return run->value;
    if (n == 1 && run->first == run->last)
        return path(b, (uint16_t)run->first, run->value);
    struct shape s = measure(run, n);
    bool points = s.points == n;
    uint32_t keys = points ? fill_points(b, run, n, 0) : fill_bounds(b, run, n, 0);
    return write_node(b, !points, TREE_WREF, keys, 0);
}

/* --- first level --- */

static void set_root(struct tree_builder *b, uint32_t key, uint64_t ref)
{
    if (ref == 0)
        return;
    uint64_t **page = &b->page[key >> 8];
    if (!*page && !(*page = calloc(TREE_PAGE_CELLS, sizeof **page))) {
        b->oom = true;
        return;
    }
    (*page)[key & 0xff] = ref;
    b->any = true;
}

static void set_root_range(struct tree_builder *b, uint32_t first, uint32_t last, uint32_t set)
{
    for (uint32_t k = first; k <= last; k++)
        set_root(b, k, tree_ref_const(set));
}

/* --- IPv4: streamed --- */

static void push_run4(struct tree_builder *b, uint32_t first, uint32_t last, uint32_t set)
{
    struct run *r = buf_grow(&b->runs4, sizeof *r);
    if (r)
        *r = (struct run){first & 0xffff, last & 0xffff, set};
}

/* How many runs ascending addresses make. */
static uint32_t count_runs(const uint32_t *addr, uint32_t n)
{
    uint32_t runs = 1;
    for (uint32_t i = 1; i < n; i++)
        runs += addr[i] != addr[i - 1] + 1;
    return runs;
}

static void points_to_runs(struct tree_builder *b)
{
    const uint32_t *p = b->points4;
    for (uint32_t i = 0, from; i < b->npoints4;) {
        for (from = i++; i < b->npoints4 && p[i] == p[i - 1] + 1;)
            i++;
        push_run4(b, p[from], p[i - 1], b->points4_set);
    }
    b->npoints4 = 0;
}

/*
 * As leaf(), of addresses alone: one set, so that no value is kept in either form.  0 when runs
 * take less room, or no node at all.
 */
static uint64_t leaf_points(struct tree_builder *b)
{
    const uint32_t *p = b->points4;
    uint32_t n = b->npoints4, bounds = 2 * count_runs(p, n) - ((p[n - 1] & 0xffff) == 0xffff);
    if (n == TREE_KEYS || node_size(TREE_W0, n) > node_size(TREE_W0, bounds))
        return 0;
    for (uint32_t i = 0; i < n; i++)
        b->keys[i] = (uint16_t)p[i];
    return write_node(b, false, TREE_W0, n, b->points4_set);
}

static void close_block4(struct tree_builder *b)
{
    uint64_t ref = b->npoints4 > 0 ? leaf_points(b) : 0;
    if (ref == 0) {
        points_to_runs(b);
        const struct run *runs = (const struct run *)(const void *)b->runs4.p;
        ref = leaf(b, runs, b->runs4.len / sizeof *runs);
    }
    set_root(b, b->block4, ref);
    b->runs4.len = 0;
    b->npoints4 = 0;
}

/* To the /16 of an address. */
static void open_block4(struct tree_builder *b, uint32_t addr)
{
    if (addr >> 16 == b->block4)
        return;
    close_block4(b);
    b->block4 = addr >> 16;
}

static void add_run4(struct tree_builder *b, uint32_t first, uint32_t last, uint32_t set)
{
    open_block4(b, first);
    points_to_runs(b);
    push_run4(b, first, last, set);
}

void tree_builder_points4(void *arg, const uint32_t *addr, size_t n, uint32_t set)
{
    struct tree_builder *b = arg;
    for (size_t i = 0; i < n;) {
        open_block4(b, addr[i]);
        bool alone = b->runs4.len == 0 && b->npoints4 == 0;
        if (!alone)
            points_to_runs(b);
        b->points4 = addr + i;
        b->points4_set = set;
        for (uint32_t block = addr[i] >> 16; i < n && addr[i] >> 16 == block; i++)
            b->npoints4++;
        if (!alone)
            points_to_runs(b);
    }
}

void tree_builder_add4(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct tree_builder *b = arg;
    uint32_t lo = (uint32_t)first, hi = (uint32_t)last;
    if (lo >> 16 == hi >> 16) {
        add_run4(b, lo, hi, set);
        return;
    }
    uint32_t from = lo >> 16, to = hi >> 16;
    if (lo & 0xffff) {
        add_run4(b, lo, lo | 0xffff, set);
        from++;
    }
    bool tail = (hi & 0xffff) != 0xffff;
    if (from < to + !tail)
        set_root_range(b, from, to - tail, set);
    if (tail)
        add_run4(b, hi & 0xffff0000u, hi, set);
}

void tree_builder_join4(struct tree_builder *b, struct tree_builder *other)
{
    close_block4(b);
    close_block4(other);
    size_t shift = b->cells->len / 8, len = other->cells->len;
    void *to = shift + len / 8 < UINT32_MAX ? buf_grow(b->cells, len) : NULL;
    if (!to || other->oom || other->cells->oom) {
        b->oom = true;
        return;
    }
    memcpy(to, other->cells->p, len);
    for (uint32_t key = 0; key < TREE_KEYS; key++) {
        uint64_t ref = other->page[key >> 8] ? other->page[key >> 8][key & 0xff] : 0;
        struct tree_ref r = tree_ref_unpack(ref);
        r.target += (uint32_t)shift;
        set_root(b, key, r.kind == TREE_CONST ? ref : tree_ref_pack(r));
    }
}

/* --- IPv6: levels nest --- */

void tree_builder_add6(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct tree_builder *b = arg;
    struct span *s = buf_grow(&b->spans6, sizeof *s);
    if (s)
        *s = (struct span){first, last, set};
}

/* Spans still to be placed; the first may be placed in part. */
struct reader {
    const struct span *next, *end;
};

static void put_run(struct buf *runs, uint32_t first, uint32_t last, uint64_t value)
{
    size_t n = runs->len / sizeof(struct run);
    struct run *before = n ? (struct run *)(void *)runs->p + n - 1 : NULL;
    if (before && before->value == value && before->last + 1 == first) {
        before->last = last;
        return;
    }
    struct run *r = buf_grow(runs, sizeof *r);
    if (r)
        *r = (struct run){first, last, value};
}

static uint64_t build6(struct tree_builder *b, struct reader *r, sweep_key base, unsigned level);

/*
 * Turn the part of the next span that lies in keys k.. of the block at base into a run: whole keys
 * at once, or one key built from all spans inside it.  Returns the last key that is done.
 */
static uint32_t take_span6(struct tree_builder *b, struct reader *r, sweep_key base, unsigned level,
                           uint32_t k)
{
    unsigned shift = 112 - 16 * level;
    sweep_key ones = ((sweep_key)1 << shift) - 1;
    sweep_key kfirst = base | (sweep_key)k << shift, klast = kfirst | ones;
    bool last_level = level + 1 == TREE_LEVELS6;
    if (r->next->first > kfirst || r->next->last < klast) {
        put_run(&b->runs6[level], k, k, build6(b, r, kfirst, level + 1));
        return k;
    }
    uint32_t whole = TREE_KEYS - 1;
    sweep_key behind = r->next->last + 1; /* 0: the span ends with the address space */
    if (behind != 0 && level > 0 && behind >> (shift + 16) == base >> (shift + 16))
        whole = ((uint32_t)(behind >> shift) & 0xffff) - 1;
    else if (behind != 0 && level == 0)
        whole = (uint32_t)(behind >> shift) - 1;
    uint64_t set = r->next->set;
    put_run(&b->runs6[level], k, whole, last_level ? set : tree_ref_const((uint32_t)set));
    return whole;
}

/* Collect the runs of the block of 2^(128 - 16 * level) addresses at base. */
static void collect6(struct tree_builder *b, struct reader *r, sweep_key base, unsigned level)
{
    unsigned shift = 112 - 16 * level;
    sweep_key end = base | ((sweep_key)0xffff << shift) | (((sweep_key)1 << shift) - 1);
    sweep_key at = base;
    b->runs6[level].len = 0;
    while (r->next < r->end && r->next->first <= end && !b->oom) {
        sweep_key first = r->next->first > at ? r->next->first : at;
        uint32_t k = take_span6(b, r, base, level, (uint32_t)(first >> shift) & 0xffff);
        sweep_key done = base | (sweep_key)k << shift | (((sweep_key)1 << shift) - 1);
        while (r->next < r->end && r->next->last <= done)
            r->next++;
        if (done == end)
            break;
        at = done + 1;
    }
}

static uint64_t build6(struct tree_builder *b, struct reader *r, sweep_key base, unsigned level)
{
    collect6(b, r, base, level);
    const struct run *runs = (const struct run *)(const void *)b->runs6[level].p;
    size_t n = b->runs6[level].len / sizeof *runs;
    return level + 1 == TREE_LEVELS6 ? leaf(b, runs, n) : inner(b, runs, n);
}

static void build_root6(struct tree_builder *b)
{
    const struct span *spans = (const struct span *)(const void *)b->spans6.p;
    struct reader r = {spans, spans + b->spans6.len / sizeof *spans};
    collect6(b, &r, 0, 0);
    const struct run *runs = (const struct run *)(const void *)b->runs6[0].p;
    for (size_t i = 0; i < b->runs6[0].len / sizeof *runs; i++)
        for (uint32_t k = runs[i].first; k <= runs[i].last; k++)
            set_root(b, k, runs[i].value);
}

/* --- the end --- */

static bool write_root(struct tree_builder *b, uint32_t *root)
{
    uint32_t index[256] = {0};
    for (unsigned i = 0; i < 256; i++) {
        if (!b->page[i])
            continue;
        void *page = new_cells(b, TREE_PAGE_CELLS * 8, &index[i]);
        if (!page)
            return false;
        memcpy(page, b->page[i], TREE_PAGE_CELLS * 8);
    }
    void *dir = new_cells(b, TREE_DIR_CELLS * 8, root);
    if (dir)
        memcpy(dir, index, sizeof index);
    return dir != NULL;
}

bool tree_builder_finish(struct tree_builder *b, uint32_t *root)
{
    *root = 0;
    if (b->runs4.len || b->npoints4)
        close_block4(b);
    if (b->spans6.len)
        build_root6(b);
    for (unsigned i = 0; i < TREE_LEVELS6; i++)
        b->oom |= b->runs6[i].oom;
    b->oom |= b->cells->oom || b->runs4.oom || b->spans6.oom;
    return !b->oom && (!b->any || write_root(b, root));
}
