/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/range_sort.h"
#include "tests/common/testzone.h"

#define WORDS 3

static uint32_t word(const void *arg, uint32_t i, unsigned k)
{
    return ((const uint32_t *)arg)[(size_t)WORDS * i + k];
}

/* Numbers of keys; what of the random bits of each word counts. */
static const struct {
    uint32_t n;
    uint32_t mask[WORDS];
} rows[] = {{0, {~0u, ~0u, ~0u}},       {1, {~0u, ~0u, ~0u}},    {33, {1, 1, 1}},
            {5000, {0, 0, 0}},          {5000, {0, 7, 1}},       {60000, {~0u, 0, 0}},
            {60000, {0xf0000, 3, ~0u}}, {60000, {3, ~0u, 0xff}}, {20000, {0xffff, 0, 0xf0000000}}};

START_TEST(ascending)
{
    uint64_t seed = 77 + (uint64_t)_i;
    const uint32_t n = rows[_i].n;
    uint32_t *key = malloc((n + 1u) * WORDS * sizeof(*key));
    struct range_item *item = malloc((n + 1u) * sizeof(*item));
    struct range_item *tmp = malloc((n + 1u) * sizeof(*tmp));
    uint8_t *seen = calloc(n + 1u, 1);
    const struct range_order order = {word, key, WORDS};
    ck_assert(key && item && tmp && seen);
    for (uint32_t i = 0; i < n; i++)
        for (unsigned k = 0; k < WORDS; k++)
            key[WORDS * i + k] = (uint32_t)(testzone_random(&seed) >> 16) & rows[_i].mask[k];
    range_sort(&order, item, tmp, n);
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_lt(item[i].i, n);
        ck_assert_uint_eq(seen[item[i].i]++, 0);
        int c = 0;
        for (unsigned k = 0; k < WORDS && i > 0 && c == 0; k++) {
            uint32_t a = word(key, item[i - 1].i, k), b = word(key, item[i].i, k);
            c = (a > b) - (a < b);
        }
        if (i > 0 && c >= 0 && (c > 0 || item[i - 1].i > item[i].i))
            ck_abort_msg("place %u", i);
    }
    free(key);
    free(item);
    free(tmp);
    free(seen);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("range_sort");
    TCase *c = tcase_create("range_sort");
    tcase_add_loop_test(c, ascending, 0, sizeof(rows) / sizeof(rows[0]));
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
