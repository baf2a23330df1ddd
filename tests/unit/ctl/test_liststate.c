/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/liststate.h"
#include "loader/state.h"

#define FIRST "rblmirror-state=1\n"

static const char *parse(const char *text, size_t len, struct liststate *out, size_t *line)
{
    char *copy = malloc(len + !len);
    memcpy(copy, text, len);
    const char *why = liststate_parse(copy, len, out, line);
    free(copy);
    return why;
}

/* Whatever the loader writes can be read here: every field at its longest, and none. */
START_TEST(what_the_loader_writes)
{
    struct list_state w = {0};
    char text[STATE_FILE_MAX];
    struct liststate r;
    size_t line;
    size_t len = state_format(text, &w);
    ck_assert_ptr_null(parse(text, len, &r, &line));
    ck_assert(r.tried == 0 && r.fetched == 0 && r.modified == 0 && r.entries == 0 && !r.failure[0]);
    w = (struct list_state){.tried = INT64_MAX,
                            .fetched = -INT64_MAX,
                            .modified = 1,
                            .origin = UINT64_MAX,
                            .data = {UINT64_MAX, UINT64_MAX, -INT64_MAX, 999999999},
                            .digest = UINT64_MAX,
                            .entries = UINT64_MAX,
                            .lines = UINT64_MAX,
                            .bad = UINT64_MAX,
                            .source = {UINT64_MAX, UINT64_MAX, -INT64_MAX, 999999999}};
    memset(w.etag, '"', sizeof w.etag - 1);
    memset(w.last_modified, '=', sizeof w.last_modified - 1);
    memset(w.failure, '~', sizeof w.failure - 1);
    len = state_format(text, &w);
    ck_assert_ptr_null(parse(text, len, &r, &line));
    ck_assert_int_eq(r.tried, w.tried);
    ck_assert_int_eq(r.fetched, w.fetched);
    ck_assert_int_eq(r.modified, 1);
    ck_assert_uint_eq(r.entries, UINT64_MAX);
    ck_assert_uint_eq(r.digest, UINT64_MAX);
    ck_assert_uint_eq(r.data.size, UINT64_MAX);
    ck_assert_uint_eq(r.data.inode, UINT64_MAX);
    ck_assert_int_eq(r.data.sec, -INT64_MAX);
    ck_assert_uint_eq(r.data.nsec, 999999999);
    ck_assert_str_eq(r.failure, w.failure);
}
END_TEST

static const struct {
    const char *text;
    size_t line;
} bad_rows[] = {
    {"", 1},
    {"\n", 1},
    {"rblmirror-state=1", 1},
    {"rblmirror-state=2\n", 1},
    {" " FIRST, 1},
    {FIRST "\n", 2},
    {FIRST "tried=1", 2},
    {FIRST "digest=\n", 2},
    {FIRST "digest=g\n", 2},
    {FIRST "digest=A\n", 2},
    {FIRST "digest=11111111111111111\n", 2},
    {FIRST "data=\n", 2},
    {FIRST "data=1 2 3\n", 2},
    {FIRST "data=1 2 3 4 5\n", 2},
    {FIRST "data=1  2 3\n", 2},
    {FIRST "data=1 2 3 1000000000\n", 2},
    {FIRST "data=-1 2 3 4\n", 2},
    {FIRST "tried=1\ndata=1 2 3 4 \n", 3},
    {FIRST "tried\n", 2},
    {FIRST "tried=\n", 2},
    {FIRST "tried=01\n", 2},
    {FIRST "tried=9223372036854775808\n", 2},
    {FIRST "entries=1\nentries=1\n", 3},
    {FIRST "entries=-1\n", 2},
    {FIRST "entries=1 \n", 2},
    {FIRST "Entries=1\n", 2},
    {FIRST "unknown=1\n", 2},
    {FIRST "=1\n", 2},
    {FIRST "failure=\x1b[31mred\n", 2},
    {FIRST "failure=\xc3\xa4\n", 2},
    {FIRST "etag=\x7f\n", 2},
    {FIRST "tried=1\r\n", 2},
};

START_TEST(bad)
{
    struct liststate r;
    size_t line = 0;
    ck_assert_ptr_nonnull(parse(bad_rows[_i].text, strlen(bad_rows[_i].text), &r, &line));
    ck_assert_uint_eq(line, bad_rows[_i].line);
    ck_assert(r.tried == 0 && r.entries == 0 && !r.failure[0]);
}
END_TEST

START_TEST(long_values)
{
    char text[LISTSTATE_FILE_MAX + 1];
    struct liststate r;
    size_t line;
    int n = snprintf(text, sizeof text, FIRST "failure=%0*d\n", LISTSTATE_TEXT_MAX - 1, 0);
    ck_assert_ptr_null(parse(text, (size_t)n, &r, &line));
    n = snprintf(text, sizeof text, FIRST "failure=%0*d\n", LISTSTATE_TEXT_MAX, 0);
    ck_assert_ptr_nonnull(parse(text, (size_t)n, &r, &line));
    memset(text, 'x', sizeof text);
    ck_assert_str_eq(parse(text, sizeof text, &r, &line), "file too long");
    ck_assert_str_eq(parse("rblmirror-state=1\0\n", 19, &r, &line),
                     "not a state file of this version");
}
END_TEST

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

START_TEST(files)
{
    char dir[] = "/tmp/rbl-liststate.XXXXXX", list[64], file[80], why[LISTSTATE_WHY_MAX] = "";
    struct liststate r;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(list, sizeof list, "%s/psbl", dir);
    snprintf(file, sizeof file, "%s/state", list);
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_ABSENT);
    ck_assert_int_eq(mkdir(list, 0700), 0);
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_ABSENT);
    put_file(file, FIRST "entries=12\n");
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_GOOD);
    ck_assert_uint_eq(r.entries, 12);
    put_file(file, FIRST "entries=12\nx\n");
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_BAD);
    ck_assert_str_eq(why, "state file, line 3: not a key=value line");
    ck_assert_uint_eq(r.entries, 0);
    /* not a file that could be waited for or that leads elsewhere */
    unlink(file);
    ck_assert_int_eq(mkfifo(file, 0600), 0);
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_BAD);
    unlink(file);
    ck_assert_int_eq(symlink("/dev/zero", file), 0);
    ck_assert_int_eq(liststate_read(dir, "psbl", &r, why), LISTSTATE_BAD);
    unlink(file);
    rmdir(list);
    rmdir(dir);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("liststate");
    TCase *t = tcase_create("liststate");
    tcase_add_test(t, what_the_loader_writes);
    tcase_add_loop_test(t, bad, 0, COUNT(bad_rows));
    tcase_add_test(t, long_values);
    tcase_add_test(t, files);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
