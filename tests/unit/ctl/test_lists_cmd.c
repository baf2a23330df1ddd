/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>

#include "ctl/lists_cmd.h"

#define NOW  1800000000
#define HOUR 3600

static char web[] = "https://host/list", file[] = "file:/list";

struct row {
    char *url;
    struct liststate s;
    const char *state;
    int64_t next;
};

static const struct row rows[] = {
    {web, {.tried = 0}, "never", 0},
    {web,
     {.tried = NOW - 60, .failure = "x", .wait = NOW + 900, .failures = 1},
     "never",
     NOW + 900},
    {web, {.tried = NOW - 60, .fetched = NOW - 60}, "current", NOW - 60 + HOUR},
    {web, {.tried = NOW - HOUR, .fetched = NOW - HOUR}, "current", 0},
    {web, {.tried = NOW - 3 * HOUR, .fetched = NOW - 3 * HOUR}, "current", 0},
    {web, {.tried = NOW - 3 * HOUR - 1, .fetched = NOW - 3 * HOUR - 1}, "old", 0},
    {web,
     {.tried = NOW - 60, .fetched = NOW - HOUR, .failure = "x", .wait = NOW + 900},
     "failing",
     NOW + 900},
    {web,
     {.tried = NOW - 900, .fetched = NOW - HOUR, .failure = "x", .wait = NOW - 1},
     "failing",
     0},
    {web,
     {.tried = NOW - 60, .fetched = NOW - HOUR, .failure = "x", .held_times = 1, .wait = NOW + 9},
     "held",
     NOW + 9},
    {file, {.tried = NOW - 60, .fetched = NOW - 60}, "current", 0},
};

START_TEST(state_and_next)
{
    const struct row *row = &rows[_i];
    struct conf_list list = {.url = row->url, .refresh = HOUR};
    ck_assert_str_eq(lists_state(&list, &row->s, NOW), row->state);
    ck_assert_int_eq(lists_next(&list, &row->s, NOW), row->next);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lists_cmd");
    TCase *tc = tcase_create("lists");
    tcase_add_loop_test(tc, state_and_next, 0, sizeof(rows) / sizeof(rows[0]));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
