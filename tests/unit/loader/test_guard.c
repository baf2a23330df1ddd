/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/guard.h"

#define HTML "HTML instead of data (starts with '<')"

struct bytes_row {
    const char *text;
    size_t len;
    const char *why; /* NULL: fit */
    bool may_be_empty;
};

#define BYTES(s) s, sizeof(s) - 1

static const struct bytes_row bytes_rows[] = {
    /* fit */
    {BYTES("192.0.2.1\n"), NULL, false},
    {BYTES("x"), NULL, false},
    {BYTES("# a comment <b>\n"), NULL, false},
    {BYTES("192.0.2.1\n<html>\n"), NULL, false},
    /* empty */
    {BYTES(""), "empty file", false},
    {BYTES(" \r\n\t\n"), "empty file", false},
    {BYTES("\xef\xbb\xbf"), "empty file", false},
    {BYTES("\xef\xbb"), NULL, false},
    {BYTES(""), NULL, true},
    {BYTES("\n\n"), NULL, true},
    /* HTML */
    {BYTES("<html>"), HTML, false},
    {BYTES("\r\n \t<!DOCTYPE html>"), HTML, false},
    {BYTES("\xef\xbb\xbf<html>"), HTML, false},
    {BYTES("<html>"), HTML, true},
    {BYTES("<"), HTML, true},
    /* NUL is no blank, and what it means the format knows */
    {BYTES("192.0.2.1\n\0"), NULL, false},
    {BYTES("\n\0\n"), NULL, false},
};

START_TEST(bytes)
{
    const struct bytes_row *row = &bytes_rows[_i];
    char *copy = malloc(row->len == 0 ? 1 : row->len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, row->text, row->len);
    char why[GUARD_WHY_MAX] = "untouched";
    bool fit = guard_bytes(copy, row->len, row->may_be_empty, why);
    ck_assert_int_eq(fit, row->why == NULL);
    ck_assert_str_eq(why, row->why == NULL ? "untouched" : row->why);
    free(copy);
}
END_TEST

struct parsed_row {
    size_t lines, bad, entries;
    const char *why;
    bool may_be_empty;
};

static const struct parsed_row parsed_rows[] = {
    {100, 0, 100, NULL, false},
    {1, 0, 1, NULL, false},
    /* one percent is allowed, more is not */
    {100, 1, 99, NULL, false},
    {200, 2, 198, NULL, false},
    {99, 1, 98, "1 of 99 lines are bad (limit 1 %)", false},
    {199, 2, 197, "2 of 199 lines are bad (limit 1 %)", false},
    {340, 12, 328, "12 of 340 lines are bad (limit 1 %)", false},
    {10000000, 100000, 1, NULL, false},
    {10000000, 100001, 1, "100001 of 10000000 lines are bad (limit 1 %)", false},
    /* small files have no room for a bad line */
    {5, 1, 4, "1 of 5 lines are bad (limit 1 %)", false},
    {1, 1, 0, "1 of 1 lines are bad (limit 1 %)", false},
    /* empty */
    {0, 0, 0, "no entries", false},
    {0, 0, 0, NULL, true},
    /* a list that may be empty may not be rubbish */
    {3, 3, 0, "3 of 3 lines are bad (limit 1 %)", true},
};

START_TEST(parsed)
{
    const struct parsed_row *row = &parsed_rows[_i];
    struct entries e = {.naddr4 = row->entries};
    struct parse p = {.out = &e, .lines = row->lines, .bad = row->bad};
    char why[GUARD_WHY_MAX] = "untouched";
    bool fit = guard_parsed(&p, row->may_be_empty, 1, why);
    ck_assert_int_eq(fit, row->why == NULL);
    ck_assert_str_eq(why, row->why == NULL ? "untouched" : row->why);
}
END_TEST

/* With the real parser: a list of comments only, and an error page of plain text. */
START_TEST(whole)
{
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
        {"; merged into another list\n", "no entries"},
        {"; merged into another list\n; EOF\n", NULL},
        {"You have exceeded your daily limit.\n", "1 of 1 lines are bad (limit 1 %)"},
        {"192.0.2.1\n", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct entries e;
        entries_init(&e);
        struct parse p = {.out = &e};
        char why[GUARD_WHY_MAX] = "";
        ck_assert(format_plain.parse(&p, rows[i].text, strlen(rows[i].text)));
        ck_assert_int_eq(guard_parsed(&p, false, 1, why), rows[i].why == NULL);
        ck_assert_str_eq(why, rows[i].why == NULL ? "" : rows[i].why);
        entries_free(&e);
    }
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

struct change_row {
    struct guard_change c;
    bool taken;
};

#define CHANGE(before, after)                                                                      \
    {                                                                                              \
        before, after, 0, 0, 50, 300, 0, 0, 1000000                                                \
    }
#define HELD(times, since)                                                                         \
    {                                                                                              \
        1000, 10, 0, 0, 50, 300, times, since, 1000000                                             \
    }

#define COVERED(before, after, above)                                                              \
    {                                                                                              \
        1000, 1000, before, after, 50, above, 0, 0, 1000000                                        \
    }

static const struct change_row change_rows[] = {
    {CHANGE(1000, 1000), true},
    {CHANGE(1000, 500), true},
    {CHANGE(1000, 499), false},
    {CHANGE(1000, 3000), true},
    {CHANGE(1000, 3001), false},
    {CHANGE(1000, 0), false},
    /* small */
    {CHANGE(10, 109), true},
    {CHANGE(10, 110), false},
    {CHANGE(99, 0), true},
    {CHANGE(100, 0), false},
    {CHANGE(0, 5000), true},
    /* not wanted */
    {{1000, 1, 0, 0, 0, 300, 0, 0, 0}, true},
    {{1000, 9000, 0, 0, 50, 0, 0, 0, 0}, true},
    /* seen before */
    {HELD(1, 1000000 - 86400), false},
    {HELD(2, 1000000 - 86399), false},
    {HELD(2, 1000000 - 86400), true},
    {HELD(9, 999999), false},
    {HELD(9, 2000000), false},
    {HELD(0, 0), false},
    {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 50, 300, 0, 0, 0}, true},
    /* covered addresses: as many entries, of which some became networks */
    {COVERED(1000, 1000 + 65535, 300), true},
    {COVERED(1000, 1000 + 65536, 300), false},
    {COVERED(0, 1u << 31, 300), true},
    {COVERED(200000, 100000, 300), true},
    {COVERED(200000, 99999, 300), false},
    {COVERED(1u << 30, (1u << 30) + 85899345, 300), true},
    {COVERED(1u << 30, (1u << 30) + 85899346, 300), false},
    {COVERED(1u << 30, (1u << 30) + 85899346, 0), true},
};

START_TEST(change)
{
    const struct change_row *row = &change_rows[_i];
    char why[GUARD_WHY_MAX] = "";
    ck_assert_int_eq(guard_change(&row->c, why), row->taken);
    ck_assert_int_eq(why[0] == '\0', row->taken);
    if (!row->taken)
        ck_assert_ptr_nonnull(strstr(why, "--accept"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("guard");
    TCase *tc = tcase_create("guard");
    tcase_add_loop_test(tc, bytes, 0, ROWS(bytes_rows));
    tcase_add_loop_test(tc, parsed, 0, ROWS(parsed_rows));
    tcase_add_test(tc, whole);
    tcase_add_loop_test(tc, change, 0, ROWS(change_rows));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
