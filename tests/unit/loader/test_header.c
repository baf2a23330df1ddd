/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/header.h"

struct row {
    const char *text;
    int64_t made;
};

#define DATE "Mon, 05 Oct 2026 10:14:02 GMT"

static const struct row rows[] = {
    {"", 0},
    {"; Spamhaus DROP\n; Last-Modified: " DATE "\n192.0.2.0/24\n", 1791195242},
    {"# last-modified:\t" DATE " \r\n", 1791195242},
    {"\n\n// Last-Modified:" DATE "\n", 1791195242},
    {"; Last-Modified: " DATE, 1791195242},
    {"; Last-Modified: " DATE "x\n", 0},
    {"; Last-Modified: yesterday\n", 0},
    {"; Last-Modified:\n", 0},
    {"; Last-Modified: Mon, 05 Oct 1926 10:14:02 GMT\n", 0},
    {"192.0.2.0/24\n; Last-Modified: " DATE "\n", 0},
    {"; Expires: " DATE "\n", 0},
    {"; not Last-Modified: " DATE "\n", 0},
};

START_TEST(made)
{
    size_t len = strlen(rows[_i].text);
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, rows[_i].text, len);
    ck_assert_int_eq(header_made(copy, len), rows[_i].made);
    free(copy);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("header");
    TCase *tc = tcase_create("header");
    tcase_add_loop_test(tc, made, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
