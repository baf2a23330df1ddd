/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/state.h"

#define FIRST "rblmirror-state=1\n"

/* From a heap block of the exact size. */
static const char *parse(const char *text, size_t len, struct list_state *s, size_t *line)
{
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, len);
    const char *why = state_parse(copy, len, s, line);
    free(copy);
    return why;
}

struct bad_row {
    const char *text;
    size_t len;
    size_t line;
    const char *why;
};

#define ROW(text, line, why)                                                                       \
    {                                                                                              \
        text, sizeof(text) - 1, line, why                                                          \
    }

static const struct bad_row bad_rows[] = {
    /* the file */
    ROW("", 1, "empty file"),
    ROW("\n", 1, "not a state file of this version"),
    ROW("rblmirror-state=2\n", 1, "not a state file of this version"),
    ROW("rblmirror-state=1", 1, "last line has no end"),
    ROW("rblmirror-state=1\r\n", 1, "not a state file of this version"),
    ROW("tried=1\n" FIRST, 1, "not a state file of this version"),
    ROW(FIRST "tried=1", 2, "last line has no end"),
    ROW(FIRST "\n", 2, "not a key=value line"),
    ROW(FIRST "tried\n", 2, "not a key=value line"),
    ROW(FIRST "tried=1\n\0", 3, "last line has no end"),
    /* keys */
    ROW(FIRST "=1\n", 2, "unknown key"),
    ROW(FIRST "trie=1\n", 2, "unknown key"),
    ROW(FIRST "triedd=1\n", 2, "unknown key"),
    ROW(FIRST " tried=1\n", 2, "unknown key"),
    ROW(FIRST "Tried=1\n", 2, "unknown key"),
    ROW(FIRST "tried=1\nbad=0\ntried=1\n", 4, "repeated key"),
    /* numbers */
    ROW(FIRST "tried=\n", 2, "malformed value"),
    ROW(FIRST "tried= 1\n", 2, "malformed value"),
    ROW(FIRST "tried=1 \n", 2, "malformed value"),
    ROW(FIRST "tried=+1\n", 2, "malformed value"),
    ROW(FIRST "tried=-\n", 2, "malformed value"),
    ROW(FIRST "tried=-0\n", 2, "malformed value"),
    ROW(FIRST "tried=01\n", 2, "malformed value"),
    ROW(FIRST "tried=1x\n", 2, "malformed value"),
    ROW(FIRST "tried=9223372036854775808\n", 2, "malformed value"),
    ROW(FIRST "entries=-1\n", 2, "malformed value"),
    ROW(FIRST "entries=18446744073709551616\n", 2, "malformed value"),
    ROW(FIRST "entries=a\n", 2, "malformed value"),
    ROW(FIRST "digest=G\n", 2, "malformed value"),
    ROW(FIRST "digest=AB\n", 2, "malformed value"),
    ROW(FIRST "digest=10000000000000000\n", 2, "malformed value"),
    /* files */
    ROW(FIRST "data=1 2 3\n", 2, "malformed value"),
    ROW(FIRST "data=1 2 3 4 5\n", 2, "malformed value"),
    ROW(FIRST "data=1  2 3 4\n", 2, "malformed value"),
    ROW(FIRST "data=1 2 3 1000000000\n", 2, "malformed value"),
    ROW(FIRST "data=-1 2 3 4\n", 2, "malformed value"),
    /* texts */
    ROW(FIRST "etag=a\tb\n", 2, "malformed value"),
    ROW(FIRST "etag=\r\n", 2, "malformed value"),
    ROW(FIRST "etag=a\0b\n", 2, "malformed value"),
    ROW(FIRST "etag=\xc3\xa9\n", 2, "malformed value"),
};

START_TEST(refused)
{
    const struct bad_row *row = &bad_rows[_i];
    struct list_state s, zero;
    size_t line = 0;
    memset(&s, 0xff, sizeof(s));
    memset(&zero, 0, sizeof(zero));
    const char *why = parse(row->text, row->len, &s, &line);
    ck_assert_ptr_nonnull(why);
    ck_assert_str_eq(why, row->why);
    ck_assert_uint_eq(line, row->line);
    /* Nothing of a bad file is used. */
    ck_assert_int_eq(s.tried, 0);
    ck_assert_uint_eq(s.digest, 0);
    ck_assert_str_eq(s.etag, "");
}
END_TEST

START_TEST(accepted)
{
    struct list_state s;
    size_t line;
    static const char text[] = FIRST "data=5 6 -7 999999999\netag=W/\"a=b\"\ntried=-5\n"
                                     "digest=ffffffffffffffff\nentries=18446744073709551615\n"
                                     "failure=\n";
    ck_assert_ptr_null(parse(text, sizeof(text) - 1, &s, &line));
    ck_assert_uint_eq(s.data.size, 5);
    ck_assert_uint_eq(s.data.inode, 6);
    ck_assert_int_eq(s.data.sec, -7);
    ck_assert_uint_eq(s.data.nsec, 999999999);
    ck_assert_str_eq(s.etag, "W/\"a=b\"");
    ck_assert_int_eq(s.tried, -5);
    ck_assert_uint_eq(s.digest, UINT64_MAX);
    ck_assert_uint_eq(s.entries, UINT64_MAX);
    ck_assert_int_eq(s.fetched, 0);
    ck_assert_ptr_null(parse(FIRST, sizeof(FIRST) - 1, &s, &line));
    ck_assert_uint_eq(s.entries, 0);
}
END_TEST

/* The longest of everything fits, and comes back. */
START_TEST(longest)
{
    char text[STATE_FILE_MAX];
    struct list_state s, back;
    size_t line;
    struct file_id id = {UINT64_MAX, UINT64_MAX, -INT64_MAX, 999999999};
    memset(&s, 0, sizeof(s));
    s = (struct list_state){.tried = -INT64_MAX,
                            .fetched = INT64_MAX,
                            .modified = -INT64_MAX,
                            .origin = UINT64_MAX,
                            .data = id,
                            .digest = UINT64_MAX,
                            .entries = UINT64_MAX,
                            .lines = UINT64_MAX,
                            .bad = UINT64_MAX,
                            .held_times = UINT64_MAX,
                            .held_since = -INT64_MAX,
                            .source = id};
    memset(s.etag, 'e', sizeof(s.etag) - 1);
    memset(s.last_modified, '~', sizeof(s.last_modified) - 1);
    memset(s.failure, ' ', sizeof(s.failure) - 1);
    size_t len = state_format(text, &s);
    ck_assert_uint_lt(len, sizeof(text));
    ck_assert_ptr_null(parse(text, len, &back, &line));
    ck_assert_int_eq(back.tried, s.tried);
    ck_assert_int_eq(back.fetched, s.fetched);
    ck_assert_int_eq(back.modified, s.modified);
    ck_assert_uint_eq(back.origin, s.origin);
    ck_assert(file_id_equal(&back.data, &id));
    ck_assert(file_id_equal(&back.source, &id));
    ck_assert_uint_eq(back.digest, s.digest);
    ck_assert_uint_eq(back.lines, s.lines);
    ck_assert_uint_eq(back.bad, s.bad);
    ck_assert_str_eq(back.etag, s.etag);
    ck_assert_str_eq(back.last_modified, s.last_modified);
    ck_assert_str_eq(back.failure, s.failure);
}
END_TEST

/* A text that could not be read back must not cost the rest of the file. */
START_TEST(unreadable_text)
{
    char text[STATE_FILE_MAX];
    struct list_state s = {.tried = 7, .etag = "a\nb=c", .failure = "\xff", .last_modified = "x"};
    struct list_state back;
    size_t line;
    size_t len = state_format(text, &s);
    ck_assert_ptr_null(parse(text, len, &back, &line));
    ck_assert_int_eq(back.tried, 7);
    ck_assert_str_eq(back.etag, "");
    ck_assert_str_eq(back.failure, "");
    ck_assert_str_eq(back.last_modified, "x");
}
END_TEST

START_TEST(limits)
{
    char text[STATE_FILE_MAX + 2];
    struct list_state s;
    size_t line;
    int n = snprintf(text, sizeof(text), FIRST "etag=%0*d\n", STATE_TEXT_MAX - 1, 0);
    ck_assert_ptr_null(parse(text, (size_t)n, &s, &line));
    n = snprintf(text, sizeof(text), FIRST "etag=%0*d\n", STATE_TEXT_MAX, 0);
    ck_assert_str_eq(parse(text, (size_t)n, &s, &line), "malformed value");
    memset(text, 'x', sizeof(text));
    ck_assert_str_eq(parse(text, STATE_FILE_MAX + 1, &s, &line), "file too long");
    ck_assert_str_eq(parse(text, STATE_FILE_MAX, &s, &line), "last line has no end");
}
END_TEST

START_TEST(origin)
{
    ck_assert(state_origin("http://a/") == state_origin("http://a/"));
    ck_assert(state_origin("http://a/") != state_origin("http://b/"));
    ck_assert(state_origin("") != 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("state");
    TCase *tc = tcase_create("state");
    tcase_add_loop_test(tc, refused, 0, (int)(sizeof(bad_rows) / sizeof(bad_rows[0])));
    tcase_add_test(tc, accepted);
    tcase_add_test(tc, longest);
    tcase_add_test(tc, unreadable_text);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, origin);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
