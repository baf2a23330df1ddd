/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>

#include "loader/progress.h"

START_TEST(sizes)
{
    static const struct {
        double bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},       {1, "1 B"},           {999, "999 B"},      {1000, "1.0 kB"},
        {1049, "1.0 kB"}, {999949, "999.9 kB"}, {999950, "1.0 MB"},  {14226379, "14.2 MB"},
        {2e9, "2.0 GB"},  {5e12, "5.0 TB"},     {5e15, "5000.0 TB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[PROGRESS_TEXT_MAX];
        progress_size(text, rows[i].bytes);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

START_TEST(ages)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {-5, "0s"},   {0, "0s"},       {119, "119s"},  {120, "2m"},       {5400, "90m"},
        {7200, "2h"}, {172799, "47h"}, {172800, "2d"}, {8640000, "100d"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[PROGRESS_TEXT_MAX];
        progress_age(text, rows[i].seconds);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("progress");
    TCase *tc = tcase_create("progress");
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, ages);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
