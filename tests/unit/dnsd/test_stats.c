/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/stats.h"

/* Which counter each result of a query must raise, by the name an operator sees. */
static const struct {
    enum query_result result;
    const char *name;
} results[] = {
    {QUERY_DROPPED, "answer-none"},    {QUERY_LISTED, "answer-listed"},
    {QUERY_NODATA, "answer-nodata"},   {QUERY_NXDOMAIN, "answer-nxdomain"},
    {QUERY_REFUSED, "answer-refused"}, {QUERY_FORMERR, "answer-formerr"},
    {QUERY_NOTIMP, "answer-notimp"},   {QUERY_SERVFAIL, "answer-servfail"},
    {QUERY_BADVERS, "answer-badvers"}, {QUERY_NOTAUTH, "answer-notauth"},
    {QUERY_COOKIE, "answer-cookie"},
};

START_TEST(result_raises_its_counter)
{
    struct stats *s = stats_alloc(1);
    uint64_t sum[STATS_N];
    stats_result(s, results[_i].result);
    stats_sum(s, 1, sum);
    for (unsigned k = 0; k < STATS_N; k++) {
        bool mine = strcmp(stats_name((enum stats_counter)k), results[_i].name) == 0;
        ck_assert_uint_eq(sum[k], mine ? 1 : 0);
    }
    free(s);
}
END_TEST

START_TEST(blocks_are_summed)
{
    struct stats *s = stats_alloc(3);
    uint64_t sum[STATS_N];
    stats_add(&s[0], STAT_UDP_QUERIES, 64);
    stats_add(&s[0], STAT_UDP_QUERIES, 1);
    stats_add(&s[2], STAT_UDP_QUERIES, UINT64_C(1) << 40);
    stats_add(&s[1], STAT_TCP_ACCEPTED, 7);
    stats_sum(s, 3, sum);
    ck_assert_uint_eq(sum[STAT_UDP_QUERIES], (UINT64_C(1) << 40) + 65);
    ck_assert_uint_eq(sum[STAT_TCP_ACCEPTED], 7);
    ck_assert_uint_eq(sum[STAT_RELOADS], 0);
    free(s);
}
END_TEST

START_TEST(blocks_do_not_share_cache_lines)
{
    struct stats *s = stats_alloc(2);
    ck_assert_uint_eq((uintptr_t)&s[0] % 64, 0);
    ck_assert_uint_eq((uintptr_t)&s[1] % 64, 0);
    free(s);
}
END_TEST

START_TEST(names_are_unique_and_plain)
{
    for (unsigned i = 0; i < STATS_N; i++) {
        const char *name = stats_name((enum stats_counter)i);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
        for (unsigned k = 0; k < i; k++)
            ck_assert_str_ne(name, stats_name((enum stats_counter)k));
    }
}
END_TEST

START_TEST(written_one_per_line)
{
    uint64_t sum[STATS_N] = {[STAT_LISTED] = 12, [STAT_CONTROL_REQUESTS] = UINT64_MAX};
    char *text = NULL;
    size_t len, lines = 0;
    FILE *f = open_memstream(&text, &len);
    stats_write(f, sum);
    fclose(f);
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    ck_assert_uint_eq(lines, STATS_N);
    ck_assert_ptr_nonnull(strstr(text, "\nanswer-listed 12\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ncontrol-requests 18446744073709551615\n"));
    free(text);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
    ck_assert_ptr_null(stats_alloc(0));
    ck_assert_ptr_null(stats_alloc(SIZE_MAX / 64));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tc = tcase_create("stats");
    tcase_add_loop_test(tc, result_raises_its_counter, 0, sizeof results / sizeof results[0]);
    tcase_add_test(tc, blocks_are_summed);
    tcase_add_test(tc, blocks_do_not_share_cache_lines);
    tcase_add_test(tc, names_are_unique_and_plain);
    tcase_add_test(tc, written_one_per_line);
    tcase_add_test(tc, absurd_sizes_are_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
