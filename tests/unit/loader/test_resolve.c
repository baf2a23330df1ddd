/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/layer.h"
#include "tests/common/testzone.h"

#define ONES UINT64_MAX
#define TOP4 UINT32_MAX

/* --- single addresses --- */

static int ascending(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Against qsort(): n addresses, of which many are equal when the mask is narrow. */
static void check_sort(size_t n, uint32_t mask, uint64_t seed)
{
    uint32_t *got = malloc((n + 1) * sizeof(*got)), *want = malloc((n + 1) * sizeof(*want));
    ck_assert(got && want);
    for (size_t i = 0; i < n; i++)
        got[i] = want[i] = (uint32_t)testzone_random(&seed) & mask;
    qsort(want, n, sizeof(*want), ascending);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || want[i] != want[i - 1])
            want[kept++] = want[i];
    ck_assert_uint_eq(addr4_sort(got, n), kept);
    ck_assert(memcmp(got, want, kept * sizeof(*got)) == 0);
    free(got);
    free(want);
}

START_TEST(sort)
{
    static const size_t n[] = {0, 1, 2, 3, 100, 5000};
    static const uint32_t masks[] = {TOP4, 0xff, 0xff000000, 0x1, 0, 0x00fff800};
    check_sort(n[_i % 6], masks[_i / 6], (uint64_t)_i + 1);
}
END_TEST

/* More than one part holds at every depth. */
START_TEST(sort_many)
{
    static const uint32_t masks[] = {TOP4, 0x00ffffff, 0x0000ffff, 0x00000fff, 0xff, 1};
    check_sort(700000, masks[_i], (uint64_t)_i + 1);
}
END_TEST

START_TEST(sort_ends)
{
    uint32_t a[] = {TOP4, 0, TOP4, 1, 0, TOP4 - 1};
    ck_assert_uint_eq(addr4_sort(a, 6), 4);
    ck_assert(a[0] == 0 && a[1] == 1 && a[2] == TOP4 - 1 && a[3] == TOP4);
    uint32_t sorted[] = {1, 2, 2, 3};
    ck_assert_uint_eq(addr4_sort(sorted, 4), 3);
}
END_TEST

/* --- ranges --- */

struct pair4 {
    uint32_t first, last;
};

struct row4 {
    size_t n, nwant;
    struct pair4 in[4], want[4];
};

static const struct row4 rows4[] = {
    /* apart */
    {2, 2, {{5, 6}, {1, 3}}, {{1, 3}, {5, 6}}},
    /* touching, overlapping, nested, equal */
    {2, 1, {{5, 6}, {1, 4}}, {{1, 6}}},
    {2, 1, {{1, 5}, {3, 9}}, {{1, 9}}},
    {2, 1, {{1, 9}, {3, 4}}, {{1, 9}}},
    {2, 1, {{1, 9}, {1, 9}}, {{1, 9}}},
    {2, 1, {{1, 4}, {1, 9}}, {{1, 9}}},
    {4, 2, {{20, 30}, {1, 9}, {3, 4}, {10, 11}}, {{1, 11}, {20, 30}}},
    /* ends of the address space */
    {2, 1, {{0, 0}, {1, 1}}, {{0, 1}}},
    {2, 1, {{TOP4, TOP4}, {TOP4 - 1, TOP4 - 1}}, {{TOP4 - 1, TOP4}}},
    {2, 2, {{TOP4, TOP4}, {0, 0}}, {{0, 0}, {TOP4, TOP4}}},
    {3, 1, {{0, TOP4}, {0, 5}, {7, TOP4}}, {{0, TOP4}}},
    {2, 1, {{9, TOP4}, {10, 11}}, {{9, TOP4}}},
    {2, 1, {{0, 0x7fffffff}, {0x80000000, TOP4}}, {{0, TOP4}}},
};

START_TEST(ranges4)
{
    const struct row4 *row = &rows4[_i];
    struct entries e;
    entries_init(&e);
    for (size_t i = 0; i < row->n; i++) {
        struct range4 r = {.first = row->in[i].first, .last = row->in[i].last};
        ck_assert(entries_add_range4(&e, &r));
    }
    ck_assert(entries_resolve(&e));
    ck_assert_uint_eq(e.nrange4, row->nwant);
    for (size_t i = 0; i < row->nwant; i++) {
        ck_assert_uint_eq(e.range4[i].first, row->want[i].first);
        ck_assert_uint_eq(e.range4[i].last, row->want[i].last);
    }
    entries_free(&e);
}
END_TEST

struct pair6 {
    struct addr6 first, last;
};

struct row6 {
    size_t n, nwant;
    struct pair6 in[3], want[3];
};

static const struct row6 rows6[] = {
    {2, 2, {{{1, 5}, {1, 6}}, {{1, 1}, {1, 3}}}, {{{1, 1}, {1, 3}}, {{1, 5}, {1, 6}}}},
    {2, 1, {{{1, 5}, {1, 6}}, {{1, 1}, {1, 4}}}, {{{1, 1}, {1, 6}}}},
    {2, 1, {{{1, 0}, {9, 0}}, {{2, 5}, {3, 4}}}, {{{1, 0}, {9, 0}}}},
    {2, 2, {{{2, 0}, {2, 0}}, {{1, 9}, {1, 9}}}, {{{1, 9}, {1, 9}}, {{2, 0}, {2, 0}}}},
    /* across the middle */
    {2, 1, {{{2, 0}, {2, 7}}, {{1, 9}, {1, ONES}}}, {{{1, 9}, {2, 7}}}},
    {2, 1, {{{1, 0}, {2, 3}}, {{1, ONES}, {2, 9}}}, {{{1, 0}, {2, 9}}}},
    /* the ends */
    {2, 1, {{{0, 0}, {ONES, ONES}}, {{5, 5}, {5, 6}}}, {{{0, 0}, {ONES, ONES}}}},
    {2,
     1,
     {{{ONES, ONES}, {ONES, ONES}}, {{ONES, ONES - 1}, {ONES, ONES - 1}}},
     {{{ONES, ONES - 1}, {ONES, ONES}}}},
    {2,
     2,
     {{{ONES, ONES}, {ONES, ONES}}, {{0, 0}, {0, 0}}},
     {{{0, 0}, {0, 0}}, {{ONES, ONES}, {ONES, ONES}}}},
    {3,
     1,
     {{{ONES, 0}, {ONES, ONES}}, {{ONES, 1}, {ONES, ONES}}, {{ONES, ONES}, {ONES, ONES}}},
     {{{ONES, 0}, {ONES, ONES}}}},
};

START_TEST(ranges6)
{
    const struct row6 *row = &rows6[_i];
    struct entries e;
    entries_init(&e);
    for (size_t i = 0; i < row->n; i++) {
        struct range6 r = {.first = row->in[i].first, .last = row->in[i].last};
        ck_assert(entries_add_range6(&e, &r));
    }
    ck_assert(entries_resolve(&e));
    ck_assert_uint_eq(e.nrange6, row->nwant);
    for (size_t i = 0; i < row->nwant; i++) {
        ck_assert_uint_eq(e.range6[i].first.hi, row->want[i].first.hi);
        ck_assert_uint_eq(e.range6[i].first.lo, row->want[i].first.lo);
        ck_assert_uint_eq(e.range6[i].last.hi, row->want[i].last.hi);
        ck_assert_uint_eq(e.range6[i].last.lo, row->want[i].last.lo);
    }
    entries_free(&e);
}
END_TEST

START_TEST(nothing)
{
    struct entries e;
    entries_init(&e);
    ck_assert(entries_resolve(&e));
    ck_assert_uint_eq(entries_count(&e), 0);
    entries_free(&e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("resolve");
    TCase *tc = tcase_create("resolve");
    tcase_add_loop_test(tc, sort, 0, 36);
    tcase_add_loop_test(tc, sort_many, 0, 6);
    tcase_add_test(tc, sort_ends);
    tcase_add_loop_test(tc, ranges4, 0, sizeof(rows4) / sizeof(*rows4));
    tcase_add_loop_test(tc, ranges6, 0, sizeof(rows6) / sizeof(*rows6));
    tcase_add_test(tc, nothing);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
