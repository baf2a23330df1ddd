/* SPDX-License-Identifier: BSD-2-Clause */
/* Intervals into the builder, answers out of lib/tree.h; verified, and no cell wasted. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tree.h"
#include "loader/build_tree.h"
#include "tests/common/testzone.h"

#define NSETS     70000u
#define ONES      UINT64_MAX
#define SPANS_MAX 3000
#define RESERVED  8 /* cells in front, as in an image */

struct interval {
    struct addr6 first, last;
    uint32_t set;
};

static struct interval in[SPANS_MAX];
static size_t n;
static unsigned levels;
static struct buf cells;
static uint32_t root;

static void setup(void)
{
    n = 0;
    cells = (struct buf){0};
    memset(buf_grow(&cells, 8 * RESERVED), 0, 8 * RESERVED);
}

static void teardown(void)
{
    buf_free(&cells);
}

static sweep_key wide(struct addr6 a)
{
    return (sweep_key)a.hi << 64 | a.lo;
}

static struct addr6 narrow(sweep_key k)
{
    return (struct addr6){(uint64_t)(k >> 64), (uint64_t)k};
}

static const uint64_t *words(void)
{
    return (const uint64_t *)(const void *)cells.p;
}

static void add(sweep_key first, sweep_key last, uint32_t set)
{
    ck_assert_uint_lt(n, SPANS_MAX);
    in[n++] = (struct interval){narrow(first), narrow(last), set};
}

static void build(unsigned how_many)
{
    struct tree_builder *b = tree_builder_new(&cells);
    ck_assert_ptr_nonnull(b);
    levels = how_many;
    for (size_t i = 0; i < n; i++)
        (levels == TREE_LEVELS4 ? tree_builder_add4 : tree_builder_add6)(
            b, wide(in[i].first), wide(in[i].last), in[i].set);
    ck_assert(tree_builder_finish(b, &root));
    tree_builder_free(b);
    size_t budget = cells.len / 8;
    ck_assert_pstr_eq(tree_verify(words(), cells.len / 8, root, levels, NSETS, &budget), NULL);
    ck_assert_uint_eq(budget, RESERVED);
}

/* --- the other opinion --- */

static uint32_t want_set(sweep_key k)
{
    size_t lo = 0, hi = n; /* the intervals are sorted */
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (wide(in[mid].last) < k)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && wide(in[lo].first) <= k ? in[lo].set : 0;
}

static bool want_any(sweep_key first, sweep_key last)
{
    for (size_t i = 0; i < n; i++)
        if (wide(in[i].first) <= last && wide(in[i].last) >= first)
            return true;
    return false;
}

static void check_address(sweep_key k)
{
    struct addr6 first, last, a = narrow(k);
    uint32_t want = want_set(k);
    uint32_t got = levels == TREE_LEVELS4 ? tree_find4(words(), root, (uint32_t)a.lo)
                                          : tree_find6(words(), root, a);
    uint32_t span = tree_span(words(), root, levels, a, &first, &last);
    if (got != want || span != want)
        ck_abort_msg("%lx:%lx: set %u, span %u, not %u", a.hi, a.lo, got, span, want);
    if (wide(first) > k || k > wide(last) || want_set(wide(first)) != want ||
        want_set(wide(last)) != want)
        ck_abort_msg("%lx:%lx: span %lx:%lx to %lx:%lx", a.hi, a.lo, first.hi, first.lo, last.hi,
                     last.lo);
}

static void check_prefix(sweep_key k, unsigned len)
{
    struct addr6 a = narrow(k), m = addr6_mask(levels == TREE_LEVELS4 ? 96 + len : len);
    struct addr6 first = {a.hi & m.hi, a.lo & m.lo}, last = {a.hi | ~m.hi, a.lo | ~m.lo};
    bool got = levels == TREE_LEVELS4 ? tree_any4(words(), root, (uint32_t)a.lo, len)
                                      : tree_any6(words(), root, a, len);
    if (got != want_any(wide(first), wide(last)))
        ck_abort_msg("%lx:%lx/%u: any is %d", a.hi, a.lo, len, got);
}

static void check_all(uint64_t seed)
{
    sweep_key top = levels == TREE_LEVELS4 ? UINT32_MAX : ~(sweep_key)0;
    unsigned bits = levels == TREE_LEVELS4 ? 32 : 128;
    for (size_t i = 0; i < n; i++) {
        sweep_key at[] = {wide(in[i].first) - 1, wide(in[i].first), wide(in[i].last),
                          wide(in[i].last) + 1};
        for (unsigned k = 0; k < 4; k++) {
            check_address(at[k] & top);
            check_prefix(at[k] & top, (unsigned)(testzone_random(&seed) >> 32) % (bits + 1));
        }
    }
    for (unsigned i = 0; i < 500; i++) {
        sweep_key k = (sweep_key)testzone_random(&seed) << 64 | testzone_random(&seed);
        check_address(k & top);
        check_prefix(k & top, i % (bits + 1));
    }
}

/* --- random intervals --- */

/* Steps grow from single addresses to many blocks; sets come from few or many values. */
static void draw(sweep_key top, uint64_t *seed)
{
    unsigned bits = top == UINT32_MAX ? 28 : 124;
    unsigned spread = 1 + (unsigned)(testzone_random(seed) >> 32) % bits;
    uint32_t nvalues = 1u << (testzone_random(seed) >> 32) % 17;
    size_t count = 1 + (testzone_random(seed) >> 32) % 400;
    sweep_key at = (sweep_key)testzone_random(seed) << 64 | testzone_random(seed);
    at = *seed % 4 == 0 ? 0 : at & top;
    for (size_t i = 0; i < count; i++) {
        sweep_key gap = (sweep_key)testzone_random(seed) << 64 | testzone_random(seed);
        sweep_key len = (sweep_key)testzone_random(seed) << 64 | testzone_random(seed);
        gap = *seed % 5 == 0 ? 1 : gap & (((sweep_key)1 << spread) - 1);
        len &= ((sweep_key)1 << (testzone_random(seed) >> 32) % spread) - 1;
        if (top - at < gap || top - at - gap < len)
            break;
        uint32_t set = 1 + (uint32_t)(testzone_random(seed) >> 32) % nvalues;
        if (gap == 0 && n > 0 && set == in[n - 1].set)
            set++;
        add(at + gap, at + gap + len, set);
        if (top - (at + gap) == len)
            break;
        at += gap + len + 1;
    }
}

START_TEST(random4)
{
    uint64_t seed = (uint64_t)_i + 1;
    draw(UINT32_MAX, &seed);
    build(TREE_LEVELS4);
    check_all(seed);
}
END_TEST

START_TEST(random6)
{
    uint64_t seed = (uint64_t)_i + 1001;
    draw(~(sweep_key)0, &seed);
    build(TREE_LEVELS6);
    check_all(seed);
}
END_TEST

/* --- chosen ones --- */

struct chosen {
    unsigned levels;
    size_t n;
    struct interval in[3];
};

static const struct chosen choices[] = {
    /* nothing, and everything */
    {TREE_LEVELS4, 0, {{{0}, {0}, 0}}},
    {TREE_LEVELS6, 0, {{{0}, {0}, 0}}},
    {TREE_LEVELS4, 1, {{{0, 0}, {0, UINT32_MAX}, 7}}},
    {TREE_LEVELS6, 1, {{{0, 0}, {ONES, ONES}, 7}}},
    /* the ends */
    {TREE_LEVELS4, 2, {{{0, 0}, {0, 0}, 1}, {{0, UINT32_MAX}, {0, UINT32_MAX}, 2}}},
    {TREE_LEVELS6, 2, {{{0, 0}, {0, 0}, 1}, {{ONES, ONES}, {ONES, ONES}, 2}}},
    {TREE_LEVELS4, 1, {{{0, 1}, {0, UINT32_MAX - 1}, 7}}},
    {TREE_LEVELS6, 1, {{{0, 1}, {ONES, ONES - 1}, 7}}},
    /* over a border of blocks, in one value and in two */
    {TREE_LEVELS4, 1, {{{0, 0x0100ffff}, {0, 0x01010000}, 3}}},
    {TREE_LEVELS4,
     2,
     {{{0, 0x0100ffff}, {0, 0x0100ffff}, 3}, {{0, 0x01010000}, {0, 0x0103ffff}, 4}}},
    {TREE_LEVELS6, 1, {{{0, ONES}, {1, 0}, 3}}},
    {TREE_LEVELS6, 2, {{{5, 0}, {5, ONES}, 3}, {{6, 0}, {6, ONES}, 4}}},
    {TREE_LEVELS6, 1, {{{0x20010db800000000, 0}, {0x20010db8ffffffff, ONES}, 3}}},
    {TREE_LEVELS6, 1, {{{0x20010db800000000, 5}, {0x20010db900000000, 5}, 3}}},
    /* paths of every kind */
    {TREE_LEVELS6,
     1,
     {{{0x20010db800010002, 0x0003000400050006}, {0x20010db800010002, 0x0003000400050006}, 3}}},
    {TREE_LEVELS6,
     2,
     {{{0x20010db800010002, 0}, {0x20010db800010002, 0xffff}, 3},
      {{0x20010db800010002, 0x8000000000000000}, {0x20010db800010002, 0x8000000000000000}, 3}}},
    /* sets at the end of their numbers */
    {TREE_LEVELS4, 3, {{{0, 1}, {0, 1}, 1}, {{0, 2}, {0, 2}, NSETS - 1}, {{0, 3}, {0, 9}, 300}}},
};

START_TEST(chosen)
{
    const struct chosen *c = &choices[_i];
    for (size_t i = 0; i < c->n; i++)
        in[n++] = c->in[i];
    build(c->levels);
    ck_assert_int_eq(root == 0, c->n == 0);
    check_all(99);
    for (unsigned len = 0; n > 0 && len <= (levels == TREE_LEVELS4 ? 32 : 128); len++) {
        check_prefix(wide(in[0].first), len);
        check_prefix(wide(in[0].first) ^ 1, len);
        check_prefix(wide(in[n - 1].last), len);
    }
}
END_TEST

/* --- one block, filled to every degree --- */

static const uint32_t fill[] = {1,   2,   48,   63,   64,    65,    255,
                                256, 257, 1000, 9000, 30000, 65535, 65536};

/* fill[i] single addresses of one /16 in as many sets as fit. */
static void fill_block(uint32_t count, uint32_t nvalues, uint32_t *plain)
{
    struct tree_builder *b = tree_builder_new(&cells);
    ck_assert_ptr_nonnull(b);
    uint32_t left = count;
    uint64_t seed = count + nvalues;
    for (uint32_t k = 0; k < 65536; k++) {
        plain[k] = 0;
        if (testzone_random(&seed) % (65536 - k) >= left)
            continue;
        left--;
        plain[k] = 1 + (uint32_t)(testzone_random(&seed) >> 32) % nvalues;
    }
    for (uint32_t k = 0; k < 65536;) {
        uint32_t first = k++;
        while (k < 65536 && plain[k] == plain[first])
            k++;
        if (plain[first])
            tree_builder_add4(b, 0xc0000000u | first, 0xc0000000u | (k - 1), plain[first]);
    }
    ck_assert(tree_builder_finish(b, &root));
    tree_builder_free(b);
}

START_TEST(block)
{
    static const uint32_t nvalues[] = {1, 2, 200, 60000};
    static uint32_t plain[65536];
    fill_block(fill[_i / 4], nvalues[_i % 4], plain);
    size_t budget = cells.len / 8;
    ck_assert_pstr_eq(tree_verify(words(), cells.len / 8, root, TREE_LEVELS4, NSETS, &budget),
                      NULL);
    ck_assert_uint_eq(budget, RESERVED);
    for (uint32_t k = 0; k < 65536; k++)
        if (tree_find4(words(), root, 0xc0000000u | k) != plain[k])
            ck_abort_msg("%u: %u, not %u", k, tree_find4(words(), root, 0xc0000000u | k), plain[k]);
    /* an octet and a half per address in one set is what the format promises */
    size_t octets = cells.len - 8 * (RESERVED + TREE_DIR_CELLS + TREE_PAGE_CELLS);
    if (_i % 4 == 0 && fill[_i / 4] >= 256)
        ck_assert_uint_le(octets, fill[_i / 4] * 3 / 2);
}
END_TEST

/* --- values of one octet: each wrong one is found, wherever it stands --- */

#define VALUES 203 /* no whole number of words */

/* A node of VALUES single addresses, or runs, in sets from base + 1 (runs: base) to base + 200. */
static uint8_t *value_node(bool runs, uint32_t base, struct tree_ref *r)
{
    struct tree_builder *b = tree_builder_new(&cells);
    ck_assert_ptr_nonnull(b);
    for (uint32_t k = 0; k < VALUES; k++) {
        uint32_t first = 0xc0000000u + k * 300;
        tree_builder_add4(b, first, runs ? first + 299 : first, base + 1 + k * 37 % 200);
    }
    ck_assert(tree_builder_finish(b, &root));
    tree_builder_free(b);
    const uint32_t *dir = (const uint32_t *)(const void *)(words() + root);
    *r = tree_ref_unpack(words()[dir[0xc0]]);
    ck_assert(r->kind == TREE_NODE && r->runs == runs && r->width == TREE_W1 && r->n >= VALUES);
    struct tree_layout l = tree_node_layout(r->enc, r->width, r->n);
    return cells.p + (size_t)r->target * 8 + l.values;
}

static bool is_good(uint32_t nsets)
{
    size_t budget = cells.len / 8;
    return tree_verify(words(), cells.len / 8, root, TREE_LEVELS4, nsets, &budget) == NULL;
}

/* What the values may be, one by one. */
static bool values_good(const struct tree_ref *r, const uint8_t *value, int64_t base, int64_t nsets)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->runs && value[i] == (i == 0 ? 0 : value[i - 1]))
            return false;
        int64_t set = base + value[i] - r->runs;
        if ((!r->runs || value[i] != 0) && (set <= 0 || set >= nsets))
            return false;
    }
    return true;
}

START_TEST(octet_values)
{
    static const uint32_t bases[] = {0, 1, 100, 60000};
    bool runs = _i % 2;
    uint32_t base, nsets = bases[_i / 2] + 201;
    struct tree_ref r;
    unsigned bad = 0;
    uint8_t *value = value_node(runs, bases[_i / 2], &r);
    memcpy(&base, cells.p + (size_t)r.target * 8, 4);
    for (uint32_t least = nsets - 10; least < nsets + 60; least++)
        ck_assert(is_good(least) == values_good(&r, value, base, least));
    for (uint32_t i = 0; i < r.n; i++) {
        static const uint8_t tries[] = {0, 1, 2, 127, 128, 199, 200, 201, 202, 254, 255};
        uint8_t was = value[i];
        for (size_t k = 0; k < sizeof(tries); k++) {
            value[i] = tries[k];
            bool want = values_good(&r, value, base, nsets);
            bad += !want;
            if (is_good(nsets) != want)
                ck_abort_msg("value %u of %u as %u: want %d", i, r.n, tries[k], want);
        }
        value[i] = was;
    }
    ck_assert_uint_gt(bad, r.n);
    ck_assert(is_good(nsets));
    /* No set is too large for an octet; and a base of which values reach set 0, or none is good. */
    static const uint32_t others[] = {0, 1, 5000, 60300, UINT32_MAX};
    for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
        memcpy(cells.p + (size_t)r.target * 8, &others[k], 4);
        for (uint32_t most = 1; most < NSETS; most += 997)
            ck_assert(is_good(most) == values_good(&r, value, others[k], most));
    }
}
END_TEST

/* --- stretches of addresses give the very cells that their runs give --- */

#define ADDRS 3000

/* Ascending, over a few blocks: runs of up to four, and every other block ends with ...255.255. */
static size_t draw_addrs(uint32_t *addr, uint64_t *seed)
{
    size_t k = 0;
    for (uint32_t a = 0xc0000000u; k < ADDRS - 4;
         a += 1 + (uint32_t)(testzone_random(seed) >> 58)) {
        for (uint64_t left = testzone_random(seed) >> 62; left-- > 0;)
            addr[k++] = a++;
        if ((testzone_random(seed) >> 32) % 200 == 0) {
            addr[k++] = a | 0xffff;
            a |= 0xffff;
        }
    }
    return k;
}

/* The index behind the run that starts at i. */
static size_t run_end(const uint32_t *addr, size_t k, size_t i)
{
    for (i++; i < k && addr[i] == addr[i - 1] + 1;)
        i++;
    return i;
}

START_TEST(stretches)
{
    static uint32_t addr[ADDRS];
    uint64_t seed = (uint64_t)_i + 1;
    size_t k = draw_addrs(addr, &seed);
    struct buf plain = {0};
    uint32_t plain_root;
    buf_add(&plain, cells.p, cells.len);
    struct tree_builder *b = tree_builder_new(&plain), *c = tree_builder_new(&cells);
    for (size_t i = 0, end; i < k; i = end) {
        end = run_end(addr, k, i);
        tree_builder_add4(b, addr[i], addr[end - 1], 1);
    }
    /* As they come from the sweep: now a run, now many. */
    for (size_t i = 0, end; i < k; i = end) {
        end = run_end(addr, k, i);
        uint64_t kind = (testzone_random(&seed) >> 32) % 3;
        for (uint64_t more = (testzone_random(&seed) >> 32) % 400; kind && end < k && more-- > 0;)
            end = run_end(addr, k, end);
        if (kind)
            tree_builder_points4(c, addr + i, end - i, 1);
        else
            tree_builder_add4(c, addr[i], addr[end - 1], 1);
    }
    ck_assert(tree_builder_finish(b, &plain_root) && tree_builder_finish(c, &root));
    ck_assert_uint_eq(root, plain_root);
    ck_assert_uint_eq(cells.len, plain.len);
    ck_assert(memcmp(cells.p, plain.p, plain.len) == 0);
    tree_builder_free(b);
    tree_builder_free(c);
    buf_free(&plain);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("build_tree");
    TCase *tc = tcase_create("build_tree");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, random4, 0, 100);
    tcase_add_loop_test(tc, random6, 0, 100);
    tcase_add_loop_test(tc, chosen, 0, sizeof(choices) / sizeof(*choices));
    tcase_add_loop_test(tc, block, 0, 4 * sizeof(fill) / sizeof(*fill));
    tcase_add_loop_test(tc, octet_values, 0, 8);
    tcase_add_loop_test(tc, stretches, 0, 50);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
