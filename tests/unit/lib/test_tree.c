/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tree nodes of every form, written here by hand from the pictures in lib/tree.h and compared with
 * a plain array of 65536 sets; the compiler's own trees are tested in test_build_tree.c.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tree_many.h"
#include "tests/common/testzone.h"

#define NSETS    70000u
#define BLOCK    0x1234u /* first level key of the node under test */
#define CELLS    100000u
#define DIR_AT   8u
#define PAGE_AT  (DIR_AT + TREE_DIR_CELLS)
#define NODE_AT  (PAGE_AT + TREE_PAGE_CELLS)
#define MARK_SET 77u /* of the whole /16 behind BLOCK */

struct shape {
    enum tree_enc enc;
    bool runs;
    enum tree_width width;
    uint32_t n;
    bool crowded; /* keys in two of every sixteen high octets only */
};

static uint64_t cells[CELLS];
static uint32_t plain[TREE_KEYS], changes[TREE_KEYS + 1], listed_before[TREE_KEYS + 1];
static uint16_t keys[TREE_KEYS];
static uint32_t values[TREE_KEYS];

/* --- writing a node --- */

static void draw_keys(const struct shape *s, uint64_t *seed)
{
    uint32_t k = 0, choice = s->crowded ? TREE_KEYS / 8 : TREE_KEYS;
    for (uint32_t key = 0; key < TREE_KEYS; key++) {
        if (s->crowded && (key >> 8) % 16 > 1)
            continue;
        if (testzone_random(seed) % choice-- < s->n - k)
            keys[k++] = (uint16_t)key;
    }
    ck_assert_uint_eq(k, s->n);
}

static void draw_values(const struct shape *s, uint64_t *seed)
{
    static const uint32_t most[] = {0, 255, 65535, NSETS - 2};
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t before = i ? values[i - 1] : 0;
        do {
            values[i] = (uint32_t)(testzone_random(seed) % (most[s->width] + 1u));
        } while (s->runs && s->width != TREE_W0 && values[i] == before);
    }
}

static void put_keys(uint8_t *node, const struct shape *s, const struct tree_layout *l)
{
    uint16_t rank = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t bit = s->enc == TREE_EF ? (keys[i] >> 8) + i : keys[i];
        if (s->enc == TREE_LIST)
            memcpy(node + l->keys + 2 * i, &keys[i], 2);
        else
            node[l->words + bit / 8] |= (uint8_t)(1u << bit % 8);
        if (s->enc == TREE_EF)
            node[l->keys + i] = (uint8_t)keys[i];
    }
    unsigned step = s->enc == TREE_EF ? tree_ef_step(s->n) * 256 : 512;
    unsigned nranks = s->enc == TREE_LIST ? 0 : TREE_KEYS / step;
    for (unsigned r = 0, i = 0; r < nranks; r++) {
        for (; i < s->n && keys[i] < r * step; i++)
            rank++;
        memcpy(node + l->samples + 2 * r, &rank, 2);
    }
}

static void put_values(uint8_t *node, const struct shape *s, const struct tree_layout *l)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->width == TREE_W1)
            node[l->values + i] = (uint8_t)values[i];
        else if (s->width == TREE_W2)
            memcpy(node + l->values + 2 * i, &(uint16_t){(uint16_t)values[i]}, 2);
        else if (s->width == TREE_W4)
            memcpy(node + l->values + 4 * i, &values[i], 4);
    }
}

/* What the node says, key by key. */
static void fill_plain(const struct shape *s, uint32_t base)
{
    uint32_t i = 0, set = 0;
    for (uint32_t key = 0; key < TREE_KEYS; key++) {
        bool hit = i < s->n && keys[i] == key;
        if (!s->runs)
            set = hit ? base + (s->width ? values[i] : 0) : 0;
        else if (hit && s->width == TREE_W0)
            set = i % 2 == 0 ? base : 0;
        else if (hit)
            set = values[i] ? base + values[i] - 1 : 0;
        i += hit;
        plain[key] = set;
    }
}

static void sum_up(void)
{
    for (uint32_t key = 0; key < TREE_KEYS; key++) {
        changes[key + 1] = changes[key] + (key > 0 && plain[key] != plain[key - 1]);
        listed_before[key + 1] = listed_before[key] + (plain[key] != 0);
    }
}

static uint32_t build(const struct shape *s, uint64_t seed)
{
    uint32_t base = s->width == TREE_W4 ? 1 : 300;
    uint8_t *node = (uint8_t *)&cells[NODE_AT];
    struct tree_layout l = tree_node_layout(s->enc, s->width, s->n);
    ck_assert_uint_le(NODE_AT + l.size / 8, CELLS);
    memset(cells, 0, sizeof(cells));
    draw_keys(s, &seed);
    draw_values(s, &seed);
    memcpy(node, &base, 4);
    put_keys(node, s, &l);
    put_values(node, s, &l);
    fill_plain(s, base);
    sum_up();
    ((uint32_t *)&cells[DIR_AT])[BLOCK >> 8] = PAGE_AT;
    struct tree_ref r = {TREE_NODE, s->enc, s->runs, s->width, s->n, NODE_AT};
    cells[PAGE_AT + (BLOCK & 0xff)] = tree_ref_pack(r);
    cells[PAGE_AT + (BLOCK & 0xff) + 1] = tree_ref_const(MARK_SET);
    return (uint32_t)(NODE_AT + l.size / 8);
}

static const char *verify(size_t ncells)
{
    size_t budget = ncells;
    return tree_verify(cells, ncells, DIR_AT, TREE_LEVELS4, NSETS, &budget);
}

/* --- every form against the array --- */

static const uint32_t sizes[] = {1, 2, 9, 48, 63, 64, 65, 256, 512, 513, 4000, 8000, 20000, 65536};
#define NSIZES ((int)(sizeof(sizes) / sizeof(*sizes)))
#define NFORMS (3 * 2 * 4 * 2 * NSIZES)

static struct shape form(int i)
{
    return (struct shape){.n = sizes[i % NSIZES],
                          .width = (enum tree_width)(i / NSIZES % 4),
                          .runs = i / NSIZES / 4 % 2,
                          .crowded = i / NSIZES / 8 % 2 && sizes[i % NSIZES] <= TREE_KEYS / 8,
                          .enc = (enum tree_enc)(i / NSIZES / 16)};
}

static void check_any(uint32_t key)
{
    uint32_t addr = BLOCK << 16 | key;
    for (unsigned len = 16; len <= 32; len++) {
        uint32_t size = 1u << (32 - len), first = key & ~(size - 1);
        bool want = listed_before[first + size] > listed_before[first];
        if (tree_any4(cells, DIR_AT, addr, len) != want)
            ck_abort_msg("key %u/%u: any is not %d", key, len, want);
    }
}

static void check_span(uint32_t key)
{
    struct addr6 first, last;
    uint32_t set =
        tree_span(cells, DIR_AT, TREE_LEVELS4, (struct addr6){0, BLOCK << 16 | key}, &first, &last);
    uint32_t lo = first.lo & 0xffff, hi = last.lo & 0xffff;
    bool inside = first.lo >> 16 == BLOCK && last.lo >> 16 == BLOCK && lo <= key && key <= hi;
    /* One test of all: each assertion costs a system call. */
    if (set != plain[key] || first.hi || last.hi || !inside || changes[hi + 1] != changes[lo + 1])
        ck_abort_msg("key %u: set %u, span %u..%u", key, set, lo, hi);
}

/* Keys from one on, each alone and all at once in both ways, others of the tree between them. */
static void check_keys(uint32_t from)
{
    struct tree_probe fast[TREE_PROBES], plain_way[TREE_PROBES], *p[2][TREE_PROBES];
    for (uint32_t i = 0; i < TREE_PROBES; i++) {
        uint32_t addr = (BLOCK + (i % 8 == 7)) << 16 | (from + i);
        tree_probe_start(p[0][i] = &fast[i], cells, DIR_AT, addr);
        tree_probe_start(p[1][i] = &plain_way[i], cells, DIR_AT, addr);
    }
    tree_find_many(p[0], TREE_PROBES);
    tree_find_many_plain(p[1], TREE_PROBES);
    for (uint32_t i = 0; i < TREE_PROBES; i++) {
        uint32_t want = plain[from + i],
                 alone = tree_find4(cells, DIR_AT, BLOCK << 16 | (from + i));
        uint32_t many = i % 8 == 7 ? MARK_SET : want;
        if (alone != want || fast[i].set != many || plain_way[i].set != many)
            ck_abort_msg("key %u: %u, %u, %u", from + i, alone, fast[i].set, plain_way[i].set);
    }
}

START_TEST(node_says_what_was_written)
{
    struct shape s = form(_i);
    uint64_t seed = (uint64_t)_i + 1;
    uint32_t ncells = build(&s, seed);
    ck_assert_pstr_eq(verify(ncells), NULL);
    ck_assert_str_eq(verify(ncells - 1), "tree node out of bounds");
    for (uint32_t key = 0; key < TREE_KEYS; key += TREE_PROBES)
        check_keys(key);
    for (unsigned i = 0; i < 200; i++) {
        uint32_t key = (uint32_t)(testzone_random(&seed) >> 48);
        if (i % 2) /* at a key */
            key = keys[key % s.n];
        check_any(key);
        check_span(key);
    }
    check_any(0);
    check_any(TREE_KEYS - 1);
    check_span(0);
    check_span(TREE_KEYS - 1);
}
END_TEST

START_TEST(around_the_node)
{
    struct shape s = {TREE_LIST, false, TREE_W0, 3, false};
    struct addr6 first, last;
    build(&s, 5);
    ck_assert_uint_eq(tree_find4(cells, DIR_AT, (BLOCK + 1) << 16 | 9), MARK_SET);
    ck_assert_uint_eq(tree_find4(cells, DIR_AT, (BLOCK + 2) << 16), 0);
    ck_assert_uint_eq(tree_find4(cells, DIR_AT, 0xffffffff), 0);
    ck_assert_uint_eq(tree_span(cells, DIR_AT, TREE_LEVELS4,
                                (struct addr6){0, (BLOCK + 1) << 16 | 9}, &first, &last),
                      MARK_SET);
    ck_assert(first.lo == (BLOCK + 1) << 16 && last.lo == ((BLOCK + 1) << 16 | 0xffff));
    for (unsigned len = 0; len <= 16; len++) {
        ck_assert(tree_any4(cells, DIR_AT, BLOCK << 16, len));
        uint32_t other = len ? BLOCK << 16 ^ 1u << (32 - len) : 0;
        bool want = len == 0 || (other & addr4_mask(len)) == ((BLOCK + 1) << 16 & addr4_mask(len));
        ck_assert_int_eq(tree_any4(cells, DIR_AT, other, len), want);
    }
    ck_assert(!tree_any4(cells, 0, 0, 0));
    ck_assert_uint_eq(tree_find4(cells, 0, 1), 0);
    ck_assert_uint_eq(tree_find6(cells, 0, (struct addr6){1, 2}), 0);
}
END_TEST

START_TEST(ref_packs)
{
    struct tree_ref r = {TREE_NODE, TREE_BITMAP, true, TREE_WREF, 65536, 0xfffffffe};
    struct tree_ref u = tree_ref_unpack(tree_ref_pack(r));
    ck_assert(u.kind == r.kind && u.enc == r.enc && u.runs && u.width == r.width && u.n == r.n);
    ck_assert_uint_eq(u.target, r.target);
    ck_assert_uint_eq(tree_ref_pack((struct tree_ref){.target = 9}), tree_ref_const(9));
    for (unsigned w = TREE_W0; w <= TREE_WREF; w++)
        ck_assert_uint_eq(tree_width_octets((enum tree_width)w), 1u << w >> 1);
}
END_TEST

/* The parts of a node follow one another, are aligned, and lie inside it. */
START_TEST(layout)
{
    for (unsigned w = TREE_W0; w <= TREE_WREF; w++) {
        enum tree_enc enc = (enum tree_enc)(_i % 3);
        uint32_t n = sizes[_i / 3];
        struct tree_layout l = tree_node_layout(enc, (enum tree_width)w, n);
        size_t octets = tree_width_octets((enum tree_width)w);
        size_t end = enc == TREE_LIST ? 4 + 2 * (size_t)n
                     : enc == TREE_EF ? l.keys + n
                                      : l.words + 8192;
        ck_assert_uint_eq(l.size % 8, 0);
        ck_assert_uint_ge(l.values, end);
        ck_assert(l.size >= l.values + octets * n && l.size < l.values + octets * n + 8);
        if (octets)
            ck_assert_uint_eq(l.values % octets, 0);
        if (enc != TREE_LIST)
            ck_assert_uint_eq(l.words % 8, 0);
        if (enc == TREE_EF)
            ck_assert(l.nwords * 64 >= n + 256 && l.words >= l.samples + 512 / tree_ef_step(n));
    }
}
END_TEST

/* --- IPv6: paths --- */

/* 2001:db8:1:2:3:4:5::/112 in set 9 by one path; all of 2001:db9::/32 in set 8 by a short one. */
static uint32_t build_paths(void)
{
    static const uint16_t far[7] = {0xdb8, 1, 2, 3, 4, 5};
    uint32_t at = NODE_AT;
    memset(cells, 0, sizeof(cells));
    ((uint32_t *)&cells[DIR_AT])[0x20] = PAGE_AT;
    cells[PAGE_AT + 1] = tree_ref_pack((struct tree_ref){.kind = TREE_PATH, .n = 6, .target = at});
    cells[at] = tree_ref_const(9);
    memcpy(&cells[at + 1], far, sizeof(far));
    at += 1 + 2;
    cells[PAGE_AT + 2] = tree_ref_pack((struct tree_ref){.kind = TREE_PATH, .n = 1, .target = at});
    cells[at] = tree_ref_const(8);
    memcpy(&cells[at + 1], &(uint16_t){0xdb9}, 2);
    return at + 2;
}

static const char *verify6(size_t ncells)
{
    size_t budget = ncells;
    return tree_verify(cells, ncells, DIR_AT, TREE_LEVELS6, NSETS, &budget);
}

START_TEST(paths)
{
    const struct addr6 in = {0x20010db800010002, 0x0003000400051234};
    const struct addr6 twin = {0x20010db800010002, 0x0003000400061234};
    struct addr6 first, last;
    ck_assert_pstr_eq(verify6(build_paths()), NULL);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, in), 9);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, twin), 0);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x20020db9ull << 32, 1}), 8);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x20020db8ull << 32, 1}), 0);
    for (unsigned len = 0; len <= 128; len++) {
        ck_assert(tree_any6(cells, DIR_AT, in, len));
        /* 5 and 6 differ in the last two bits of the seventh group */
        ck_assert_int_eq(tree_any6(cells, DIR_AT, twin, len), len <= 110);
    }
    ck_assert_uint_eq(tree_span(cells, DIR_AT, TREE_LEVELS6, in, &first, &last), 9);
    ck_assert(first.lo == 0x0003000400050000 && last.lo == 0x000300040005ffff);
    ck_assert(first.hi == in.hi && last.hi == in.hi);
    ck_assert_uint_eq(tree_span(cells, DIR_AT, TREE_LEVELS6, twin, &first, &last), 0);
    ck_assert(first.lo == 0x0003000400060000 && last.lo == 0x000300040006ffff);
}
END_TEST

/* --- what must not pass verification --- */

static struct tree_ref node_ref(void)
{
    return tree_ref_unpack(cells[PAGE_AT + (BLOCK & 0xff)]);
}

static void set_node_ref(struct tree_ref r)
{
    cells[PAGE_AT + (BLOCK & 0xff)] = tree_ref_pack(r);
}

static uint8_t *part(size_t off)
{
    return (uint8_t *)&cells[NODE_AT] + off;
}

static struct tree_layout node_layout(void)
{
    struct tree_ref r = node_ref();
    return tree_node_layout(r.enc, r.width, r.n);
}

#define CHANGE_REF(name, statement)                                                                \
    static void name(void)                                                                         \
    {                                                                                              \
        struct tree_ref r = node_ref();                                                            \
        statement;                                                                                 \
        set_node_ref(r);                                                                           \
    }
CHANGE_REF(no_keys, r.n = 0)
CHANGE_REF(too_many_keys, r.n = 65537)
CHANGE_REF(enc_three, r.enc = (enum tree_enc)3)
CHANGE_REF(width_seven, r.width = (enum tree_width)7)
CHANGE_REF(kind_three, r.kind = (enum tree_kind)3)
CHANGE_REF(width_ref, r.width = TREE_WREF)
CHANGE_REF(at_zero, r.target = 0)
CHANGE_REF(at_end, r.target = CELLS)
CHANGE_REF(const_with_n, r.kind = TREE_CONST)
CHANGE_REF(path_to_level_2, (r = (struct tree_ref){.kind = TREE_PATH, .n = 2, .target = NODE_AT}))

static void spare_bits(void)
{
    cells[PAGE_AT + (BLOCK & 0xff)] |= 1u << 26;
}

static void const_past_sets(void)
{
    cells[PAGE_AT] = tree_ref_const(NSETS);
}

static void page_of_zeros(void)
{
    memset(&cells[PAGE_AT], 0, 8 * TREE_PAGE_CELLS);
}

static void directory_of_zeros(void)
{
    memset(&cells[DIR_AT], 0, 8 * TREE_DIR_CELLS);
}

static void base_zero(void)
{
    memset(part(0), 0, 4);
}

static void base_past_sets(void)
{
    memcpy(part(0), &(uint32_t){NSETS}, 4);
}

static void base_wraps(void)
{
    memcpy(part(0), &(uint32_t){UINT32_MAX}, 4);
}

static void keys_equal(void)
{
    memcpy(part(4), part(6), 2);
}

static void keys_swapped(void)
{
    uint16_t two[2];
    memcpy(two, part(4), 4);
    memcpy(part(4), &two[1], 2);
    memcpy(part(6), &two[0], 2);
}

static void bit_more(void)
{
    part(node_layout().words)[0] ^= 1;
}

static void rank_off(void)
{
    part(node_layout().samples)[2] ^= 1;
}

static void keys_behind_all_buckets(void)
{
    struct tree_layout l = node_layout();
    memset(part(l.words), 0, l.nwords * 8);
    for (uint8_t i = 0; i < node_ref().n; i++) {
        part(l.keys)[i] = i;
        part(l.words)[32 + i / 8] |= (uint8_t)(1u << i % 8);
    }
}

static void low_octets_descend(void)
{
    struct tree_layout l = node_layout();
    memset(part(l.keys), 7, node_ref().n);
}

static void values_equal(void)
{
    struct tree_layout l = node_layout();
    part(l.values)[1] = part(l.values)[0];
}

static void first_run_unlisted(void)
{
    part(node_layout().values)[0] = 0;
}

static void page_shared(void)
{
    ((uint32_t *)&cells[DIR_AT])[9] = PAGE_AT; /* more cells visited than there are */
}

static void page_outside(void)
{
    ((uint32_t *)&cells[DIR_AT])[3] = CELLS - 10;
}

struct damage {
    struct shape shape;
    void (*damage)(void);
    const char *why;
};

#define OUT_OF_ORDER "tree keys out of order"
#define NO_SET       "tree node names no answer set"
static const struct damage damages[] = {
    /* the reference */
    {{TREE_LIST, false, TREE_W0, 5, false}, no_keys, "bad tree node"},
    {{TREE_LIST, false, TREE_W0, 5, false}, too_many_keys, "bad tree node"},
    {{TREE_LIST, false, TREE_W0, 5, false}, enc_three, "bad tree node"},
    {{TREE_LIST, false, TREE_W0, 5, false}, width_seven, "bad tree node"},
    {{TREE_LIST, false, TREE_W0, 5, false}, kind_three, "bad tree reference"},
    {{TREE_LIST, false, TREE_W0, 5, false}, spare_bits, "bad tree reference"},
    {{TREE_LIST, false, TREE_W0, 5, false}, width_ref, "tree deeper or shallower than an address"},
    {{TREE_LIST, false, TREE_W0, 5, false}, at_zero, "tree node out of bounds"},
    {{TREE_LIST, false, TREE_W0, 5, false}, at_end, "tree node out of bounds"},
    {{TREE_LIST, false, TREE_W0, 5, false}, const_with_n, "tree names no answer set"},
    {{TREE_LIST, false, TREE_W0, 5, false}, path_to_level_2, "bad tree path"},
    {{TREE_LIST, false, TREE_W0, 5, false}, const_past_sets, "tree names no answer set"},
    /* the first level */
    {{TREE_LIST, false, TREE_W0, 5, false}, page_of_zeros, "tree page is empty"},
    {{TREE_LIST, false, TREE_W0, 5, false}, directory_of_zeros, "tree directory is empty"},
    {{TREE_BITMAP, false, TREE_W0, 5, false}, page_shared, "tree page out of bounds"},
    {{TREE_LIST, false, TREE_W0, 5, false}, page_outside, "tree page out of bounds"},
    /* keys */
    {{TREE_LIST, false, TREE_W0, 5, false}, keys_equal, OUT_OF_ORDER},
    {{TREE_LIST, false, TREE_W0, 5, false}, keys_swapped, OUT_OF_ORDER},
    {{TREE_EF, false, TREE_W0, 100, false}, bit_more, OUT_OF_ORDER},
    {{TREE_EF, true, TREE_W0, 1000, false}, bit_more, OUT_OF_ORDER},
    {{TREE_EF, false, TREE_W0, 1000, false}, rank_off, OUT_OF_ORDER},
    {{TREE_EF, false, TREE_W0, 1000, false}, low_octets_descend, OUT_OF_ORDER},
    {{TREE_EF, false, TREE_W0, 5, false}, keys_behind_all_buckets, OUT_OF_ORDER},
    {{TREE_BITMAP, false, TREE_W0, 1000, false}, bit_more, OUT_OF_ORDER},
    {{TREE_BITMAP, false, TREE_W0, 1000, false}, rank_off, OUT_OF_ORDER},
    /* values */
    {{TREE_LIST, false, TREE_W0, 5, false}, base_zero, NO_SET},
    {{TREE_LIST, false, TREE_W0, 5, false}, base_past_sets, NO_SET},
    {{TREE_LIST, true, TREE_W1, 5, false}, base_wraps, NO_SET},
    {{TREE_EF, false, TREE_W4, 300, false}, base_wraps, NO_SET},
    {{TREE_LIST, true, TREE_W1, 5, false}, values_equal, "tree node is not canonical"},
    {{TREE_LIST, true, TREE_W1, 5, false}, first_run_unlisted, "tree node is not canonical"},
};

START_TEST(damage_is_refused)
{
    const struct damage *d = &damages[_i];
    uint32_t ncells = build(&d->shape, 99);
    ck_assert_pstr_eq(verify(ncells), NULL);
    d->damage();
    const char *why = verify(ncells);
    ck_assert_pstr_eq(why, d->why);
}
END_TEST

START_TEST(damaged_paths_are_refused)
{
    uint32_t ncells = build_paths();
    uint64_t good = cells[PAGE_AT + 1];
    struct tree_ref r = tree_ref_unpack(good);
    cells[PAGE_AT + 1] = tree_ref_pack((struct tree_ref){TREE_PATH, 0, 0, 0, 0, r.target});
    ck_assert_str_eq(verify6(ncells), "bad tree path");
    cells[PAGE_AT + 1] = tree_ref_pack((struct tree_ref){TREE_PATH, 0, 0, 0, 8, r.target});
    ck_assert_str_eq(verify6(ncells), "bad tree path");
    cells[PAGE_AT + 1] = tree_ref_pack((struct tree_ref){TREE_PATH, 0, true, 0, 6, r.target});
    ck_assert_str_eq(verify6(ncells), "bad tree path");
    cells[PAGE_AT + 1] = good;
    cells[r.target] = 0;
    ck_assert_str_eq(verify6(ncells), "tree node is not canonical");
    cells[r.target] = tree_ref_const(NSETS);
    ck_assert_str_eq(verify6(ncells), "tree names no answer set");
    cells[r.target] = cells[PAGE_AT + 1]; /* a path to itself ends where the address ends */
    ck_assert_str_eq(verify6(ncells), "bad tree path");
    ck_assert_pstr_eq(verify6(build_paths()), NULL);
    ck_assert_str_eq(verify6(ncells - 1), "tree path out of bounds");
}
END_TEST

/* --- inner nodes: values are refs --- */

START_TEST(inner_nodes)
{
    static const uint16_t two[2] = {0x10, 0x20};
    memset(cells, 0, sizeof(cells));
    ((uint32_t *)&cells[DIR_AT])[0] = PAGE_AT;
    struct tree_ref r = {TREE_NODE, TREE_LIST, _i == 1, TREE_WREF, 2, NODE_AT};
    struct tree_layout l = tree_node_layout(TREE_LIST, TREE_WREF, 2);
    uint32_t ncells = (uint32_t)(NODE_AT + l.size / 8);
    uint64_t refs[2] = {tree_ref_const(5), _i == 1 ? 0 : tree_ref_const(6)};
    cells[PAGE_AT + 7] = tree_ref_pack(r);
    memcpy(part(l.keys), two, sizeof(two));
    memcpy(part(l.values), refs, sizeof(refs));
    ck_assert_pstr_eq(verify6(ncells), NULL);
    /* runs: 10..1f in set 5; points: 10 in set 5, 20 in set 6 */
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x0007000f00000000, 9}), 0);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x0007001000000000, 9}), 5);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x0007001100000000, 9}),
                      _i == 1 ? 5 : 0);
    ck_assert_uint_eq(tree_find6(cells, DIR_AT, (struct addr6){0x0007002000000000, 9}),
                      _i == 1 ? 0 : 6);
    ck_assert(tree_any6(cells, DIR_AT, (struct addr6){0x0007001000000000, 9}, 27));
    ck_assert(!tree_any6(cells, DIR_AT, (struct addr6){0x0007003000000000, 9}, 28));
    refs[1] = _i == 1 ? refs[0] : 0; /* runs: equal neighbours; points: nothing listed */
    memcpy(part(l.values), refs, sizeof(refs));
    ck_assert_str_eq(verify6(ncells), "tree node is not canonical");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tree");
    TCase *tc = tcase_create("forms");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, node_says_what_was_written, 0, NFORMS);
    tcase_add_loop_test(tc, layout, 0, 3 * NSIZES);
    tcase_add_test(tc, around_the_node);
    tcase_add_test(tc, ref_packs);
    tcase_add_test(tc, paths);
    tcase_add_loop_test(tc, inner_nodes, 0, 2);
    suite_add_tcase(s, tc);
    tc = tcase_create("damage");
    tcase_add_loop_test(tc, damage_is_refused, 0, sizeof(damages) / sizeof(*damages));
    tcase_add_test(tc, damaged_paths_are_refused);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
