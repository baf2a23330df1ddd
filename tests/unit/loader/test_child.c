/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/child.h"
#include "loader/clock.h"

struct seen {
    unsigned messages, ticks;
    pid_t grandchild;
};

static bool on_msg(void *ctx, const struct msg *m)
{
    struct seen *seen = ctx;
    seen->messages++;
    seen->grandchild = (pid_t)m->num[0];
    return true;
}

static void on_tick(void *ctx)
{
    ((struct seen *)ctx)->ticks++;
}

static const char *run(int (*fn)(void *, int), void *arg, struct seen *seen, unsigned limit)
{
    static struct child c; /* its reason outlives the call */
    c = (struct child){.run = fn, .arg = arg, .on_msg = on_msg, .ctx = seen, .limit = limit};
    return child_run(&c, on_tick) ? NULL : c.why;
}

static int say_three(void *arg, int out)
{
    (void)arg;
    for (uint64_t i = 0; i < 3; i++)
        if (msg_write(out, &(struct msg){.kind = MSG_PROGRESS, .num = {i}}) != 0)
            return 1;
    return 0;
}

/* More than a pipe holds. */
static int say_much(void *arg, int out)
{
    (void)arg;
    for (uint64_t i = 0; i < 20000; i++)
        if (msg_write(out, &(struct msg){.kind = MSG_PROGRESS, .num = {i}}) != 0)
            return 1;
    return 0;
}

static int exit_with(void *arg, int out)
{
    (void)out;
    return *(int *)arg;
}

static int leave_early(void *arg, int out)
{
    (void)arg, (void)out;
    _exit(0);
}

static int die(void *arg, int out)
{
    (void)out;
    (void)signal(*(int *)arg, SIG_DFL);
    (void)raise(*(int *)arg);
    return 0;
}

static int babble(void *arg, int out)
{
    (void)arg;
    (void)!write(out, "I am in charge now\n", 19);
    (void)sleep(60);
    return 0;
}

/* Leaves a process behind that holds the pipe, and hangs or not. */
static int leave_grandchild(void *arg, int out)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)sleep(60);
        _exit(0);
    }
    (void)msg_write(out, &(struct msg){.kind = MSG_PROGRESS, .num = {(uint64_t)pid}});
    if (arg != NULL)
        (void)sleep(60);
    return 0;
}

START_TEST(good)
{
    struct seen seen = {0};
    ck_assert_ptr_null(run(say_three, NULL, &seen, 10));
    ck_assert_uint_eq(seen.messages, 3);
    seen.messages = 0;
    ck_assert_ptr_null(run(say_much, NULL, &seen, 10));
    ck_assert_uint_eq(seen.messages, 20000);
}
END_TEST

START_TEST(bad_ends)
{
    struct seen seen = {0};
    int three = 3, kill9 = SIGKILL, segv = SIGSEGV;
    ck_assert_str_eq(run(exit_with, &three, &seen, 10), "exit status 3");
    ck_assert_str_eq(run(leave_early, NULL, &seen, 10), "ended without a result");
    ck_assert_str_eq(run(die, &kill9, &seen, 10), "killed by signal 9 (Killed)");
    ck_assert_ptr_nonnull(strstr(run(die, &segv, &seen, 10), "signal 11"));
}
END_TEST

START_TEST(malformed)
{
    struct seen seen = {0};
    int64_t start = clock_ms();
    ck_assert_str_eq(run(babble, NULL, &seen, 30), "it sent a malformed message");
    ck_assert_uint_eq(seen.messages, 0);
    ck_assert_int_lt(clock_ms() - start, 5000);
}
END_TEST

static int say_and_sleep(void *arg, int out)
{
    int rc = msg_write(out, &(struct msg){.kind = MSG_PROGRESS, .num = {7}});
    (void)usleep(*(useconds_t *)arg);
    return rc;
}

/* Side by side: each has its own messages, limit and end. */
START_TEST(several)
{
    static struct child c[CHILDREN_MAX + 1];
    static struct seen seen[CHILDREN_MAX];
    useconds_t nap = 400000, night = 60000000;
    int64_t start = clock_ms();
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        c[i] = (struct child){
            .run = say_and_sleep, .arg = &nap, .on_msg = on_msg, .ctx = &seen[i], .limit = 20};
        if (i % 3 == 1) {
            c[i].arg = &night;
            c[i].limit = 1;
        } else if (i % 3 == 2) {
            c[i].run = babble;
        }
        child_start(&c[i]);
        ck_assert(c[i].running);
    }
    c[CHILDREN_MAX] = (struct child){.run = say_three, .on_msg = on_msg, .ctx = seen, .limit = 9};
    child_start(&c[CHILDREN_MAX]);
    ck_assert(!c[CHILDREN_MAX].running);
    ck_assert_str_ne(c[CHILDREN_MAX].why, "");
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        static const char *const ends[] = {"", "time limit", "it sent a malformed message"};
        while (c[i].running)
            children_watch();
        ck_assert_str_eq(c[i].why, ends[i % 3]);
        ck_assert_uint_eq(seen[i].messages, i % 3 != 2);
    }
    ck_assert_int_lt(clock_ms() - start, 10000);
}
END_TEST

static bool is_gone(pid_t pid)
{
    /* Whoever adopted it may need a moment to reap it. */
    for (int i = 0; i < 100; i++) {
        char path[64], state = 'Z';
        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        FILE *f = fopen(path, "r");
        if (f == NULL)
            return true;
        int n = fscanf(f, "%*d (%*[^)]) %c", &state);
        (void)fclose(f);
        if (n == 1 && state == 'Z')
            return true;
        (void)usleep(20000);
    }
    return false;
}

START_TEST(descendants)
{
    struct seen seen = {0};
    int64_t start = clock_ms();
    /* One that ends well takes its descendants along. */
    ck_assert_ptr_null(run(leave_grandchild, NULL, &seen, 30));
    ck_assert_int_gt(seen.grandchild, 1);
    ck_assert(is_gone(seen.grandchild));
    ck_assert_int_lt(clock_ms() - start, 5000);
    /* So does one that is ended. */
    seen = (struct seen){0};
    ck_assert_str_eq(run(leave_grandchild, &seen, &seen, 1), "time limit");
    ck_assert_int_gt(seen.grandchild, 1);
    ck_assert(is_gone(seen.grandchild));
    ck_assert_uint_gt(seen.ticks, 2);
}
END_TEST

START_TEST(stopped)
{
    struct seen seen = {0};
    int64_t start = clock_ms();
    child_setup();
    ck_assert_int_eq(child_stop_signal(), 0);
    pid_t self = getpid(), killer = fork();
    if (killer == 0) {
        (void)usleep(300000);
        (void)kill(self, SIGTERM);
        _exit(0);
    }
    ck_assert_str_eq(run(leave_grandchild, &seen, &seen, 30), "stopped by a signal");
    ck_assert_int_lt(clock_ms() - start, 5000);
    ck_assert_int_eq(child_stop_signal(), SIGTERM);
    ck_assert(is_gone(seen.grandchild));
    (void)waitpid(killer, NULL, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("child");
    TCase *tc = tcase_create("child");
    tcase_set_timeout(tc, 30);
    tcase_add_test(tc, good);
    tcase_add_test(tc, bad_ends);
    tcase_add_test(tc, malformed);
    tcase_add_test(tc, several);
    tcase_add_test(tc, descendants);
    /* Last: without forks the signal stays remembered. */
    tcase_add_test(tc, stopped);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
