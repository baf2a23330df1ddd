/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

static int reader; /* of the pipe that descriptor 2 is */
static int kept;   /* descriptor 2 as it was */

static void capture(void)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    kept = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
    close(fds[1]);
    reader = fds[0];
    unsetenv("JOURNAL_STREAM");
}

static void release(void)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(reader);
}

/* All that was written so far; of one write(2) when that is all there was. */
static const char *got(void)
{
    static char buf[8192];
    ssize_t n = read(reader, buf, sizeof(buf) - 1);
    ck_assert_int_ge(n, 0);
    buf[n] = '\0';
    return buf;
}

START_TEST(plain)
{
    log_open("prog");
    log_info("list %s: %d entries", "psbl", 7);
    ck_assert_str_eq(got(), "prog: list psbl: 7 entries\n");
    log_error("%s", "");
    ck_assert_str_eq(got(), "prog: \n");
}
END_TEST

struct journal_row {
    long dev, ino; /* added to what is right */
    const char *tail;
    bool is_journal;
};

static const struct journal_row journal_rows[] = {
    {0, 0, "", true},   {1, 0, "", false},   {0, 1, "", false},
    {0, 0, "x", false}, {0, 0, ":1", false}, {0, 0, " ", false},
};

START_TEST(journal)
{
    const struct journal_row *row = &journal_rows[_i];
    struct stat st;
    char stream[128];

    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof(stream), "%ld:%ld%s", (long)st.st_dev + row->dev,
             (long)st.st_ino + row->ino, row->tail);
    setenv("JOURNAL_STREAM", stream, 1);
    log_open("prog");
    log_warn("hot");
    ck_assert_str_eq(got(), row->is_journal ? "<4>hot\n" : "prog: hot\n");
}
END_TEST

static const char *const damaged[] = {"", ":", "1", "1:", ":1", "x:y", "99999999999999999999999:1"};

START_TEST(journal_damaged)
{
    setenv("JOURNAL_STREAM", damaged[_i], 1);
    log_open("prog");
    log_notice("n");
    ck_assert_str_eq(got(), "prog: n\n");
}
END_TEST

START_TEST(levels)
{
    struct stat st;
    char stream[64];
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof(stream), "%ld:%ld", (long)st.st_dev, (long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_open("prog");
    log_error("e");
    log_warn("w");
    log_notice("n");
    log_info("i");
    ck_assert_str_eq(got(), "<3>e\n<4>w\n<5>n\n<6>i\n");
}
END_TEST

/* Text from outside cannot start a line of its own, nor talk to a terminal. */
START_TEST(one_line)
{
    log_open("prog");
    log_info("a\nprog: b\r\033[1mc\td\177 \303\274");
    ck_assert_str_eq(got(), "prog: a?prog: b??[1mc d? \303\274\n");
}
END_TEST

START_TEST(long_line)
{
    char text[5000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    log_open("prog");
    log_info("%s", text);
    const char *line = got();
    ck_assert_uint_eq(strlen(line), 2048);
    ck_assert(line[2046] == 'x' && line[2047] == '\n');
    ck_assert_ptr_eq(strchr(line, '\n'), line + 2047);
}
END_TEST

START_TEST(keeps_errno)
{
    log_open("prog");
    errno = ENOENT;
    close(STDERR_FILENO);
    log_info("to nobody");
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

#define LINES 20

static void *write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_info("%s", (const char *)arg);
    return NULL;
}

START_TEST(threads)
{
    static char a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    pthread_t ta, tb;
    log_open("prog");
    ck_assert_int_eq(pthread_create(&ta, NULL, write_lines, a), 0);
    ck_assert_int_eq(pthread_create(&tb, NULL, write_lines, b), 0);
    pthread_join(ta, NULL);
    pthread_join(tb, NULL);
    int lines = 0;
    char *copy = strdup(got()), *rest = copy;
    for (char *line; *(line = strsep(&rest, "\n")); lines++) {
        ck_assert_int_eq(strncmp(line, "prog: ", 6), 0);
        ck_assert(strcmp(line + 6, a) == 0 || strcmp(line + 6, b) == 0);
    }
    ck_assert_int_eq(lines, 2 * LINES);
    free(copy);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("log");
    TCase *tc = tcase_create("log");
    tcase_add_checked_fixture(tc, capture, release);
    tcase_add_test(tc, plain);
    tcase_add_loop_test(tc, journal, 0, ROWS(journal_rows));
    tcase_add_loop_test(tc, journal_damaged, 0, ROWS(damaged));
    tcase_add_test(tc, levels);
    tcase_add_test(tc, one_line);
    tcase_add_test(tc, long_line);
    tcase_add_test(tc, keeps_errno);
    tcase_add_test(tc, threads);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
