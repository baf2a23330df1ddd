/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/procio.h"

/* A process that has a child, which reads what is written to *to. */
static pid_t start_pair(int *to)
{
    int in[2], ready[2];
    char c;
    ck_assert(pipe(in) == 0 && pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        pid_t reader = fork();
        if (reader != 0) {
            (void)!write(ready[1], "x", 1);
            (void)pause();
            _exit(0);
        }
        (void)close(in[1]);
        (void)!write(ready[1], "x", 1);
        for (char buf[100]; read(in[0], buf, sizeof(buf)) > 0;)
            continue;
        _exit(0);
    }
    ck_assert(read(ready[0], &c, 1) == 1 && read(ready[0], &c, 1) == 1);
    (void)close(in[0]);
    *to = in[1];
    return pid;
}

static bool grows(pid_t pid, uint64_t from, uint64_t by)
{
    uint64_t now = 0;
    for (int i = 0; i < 100 && now < from + by; i++) {
        ck_assert(procio_read_by(pid, &now));
        (void)usleep(20000);
    }
    return now == from + by;
}

START_TEST(what_a_child_reads)
{
    int to;
    pid_t pid = start_pair(&to);
    uint64_t before, after;
    ck_assert(procio_read_by(pid, &before));
    (void)usleep(100000);
    ck_assert(procio_read_by(pid, &after));
    ck_assert_uint_eq(before, after);
    ck_assert_int_eq(write(to, "0123456789", 10), 10);
    ck_assert(grows(pid, before, 10));
    ck_assert_int_eq(write(to, "012", 3), 3);
    ck_assert(grows(pid, before, 13));
    (void)close(to);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    ck_assert(!procio_read_by(pid, &after));
}
END_TEST

START_TEST(without_children)
{
    uint64_t bytes;
    pid_t pid = fork();
    if (pid == 0) {
        (void)pause();
        _exit(0);
    }
    ck_assert(!procio_read_by(pid, &bytes));
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("procio");
    TCase *tc = tcase_create("procio");
    tcase_add_test(tc, what_a_child_reads);
    tcase_add_test(tc, without_children);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
