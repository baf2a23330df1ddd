/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <time.h>

#include "ctl/client.h"
#include "tests/unit/ctl/fakeserver.h"

#define BYTES(s) s, sizeof(s) - 1

struct row {
    struct fakereply reply;
    const char *want; /* text, or NULL */
    const char *why;  /* end of the reason */
};

static const struct row rows[] = {
    {{BYTES("ok\n"), false, false}, "ok\n", NULL},
    {{BYTES("a=1\nb=2\n\n"), false, false}, "a=1\nb=2\n\n", NULL},
    {{BYTES(""), false, false}, NULL, ": closed without an answer"},
    {{BYTES("ok"), false, false}, NULL, ": answer cut short"},
    {{BYTES("a\nb"), false, false}, NULL, ": answer cut short"},
    {{BYTES("a\0b\n"), false, false}, NULL, ": answer is not text"},
    {{BYTES("a=1\n"), false, true}, NULL, ": reply too long"},
};

START_TEST(replies)
{
    struct fakeserver s;
    char *reply, why[CLIENT_WHY_MAX] = "";
    fakeserver_start(&s, &rows[_i].reply);
    enum client_result r = client_ask(s.dir, "status", &reply, why);
    if (rows[_i].want) {
        ck_assert_int_eq(r, CLIENT_GOOD);
        ck_assert_str_eq(reply, rows[_i].want);
    } else {
        ck_assert_int_eq(r, CLIENT_FAILED);
        ck_assert_ptr_null(reply);
        /* A flood may come so slowly on a busy machine that the time is up first. */
        bool slow = rows[_i].reply.flood && strstr(why, ": no answer in time");
        ck_assert_msg(slow || strstr(why, rows[_i].why), "%s", why);
        ck_assert_int_eq(strncmp(why, s.dir, strlen(s.dir)), 0);
    }
    free(reply);
    fakeserver_stop(&s);
}
END_TEST

/* It says something, then nothing more, and does not close. */
START_TEST(time_limit)
{
    static const struct fakereply hold = {BYTES("a=1\n"), true, false};
    struct fakeserver s;
    struct timespec begin, end;
    char *reply, why[CLIENT_WHY_MAX] = "";
    fakeserver_start(&s, &hold);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    ck_assert_int_eq(client_ask(s.dir, "status", &reply, why), CLIENT_FAILED);
    clock_gettime(CLOCK_MONOTONIC, &end);
    ck_assert_ptr_nonnull(strstr(why, ": no answer in time"));
    ck_assert_int_ge(end.tv_sec - begin.tv_sec, CLIENT_MS / 1000 - 1);
    ck_assert_int_le(end.tv_sec - begin.tv_sec, CLIENT_MS / 1000 + 4);
    fakeserver_stop(&s);
}
END_TEST

START_TEST(nobody_there)
{
    struct fakeserver s;
    char *reply, why[CLIENT_WHY_MAX] = "", path[64], far[200];
    fakeserver_dir(&s);
    ck_assert_int_eq(client_ask(s.dir, "status", &reply, why), CLIENT_NOT_RUNNING);
    ck_assert_ptr_null(reply);
    /* a socket whose server has died */
    static const struct fakereply none = {BYTES(""), false, false};
    rmdir(s.dir);
    fakeserver_start(&s, &none);
    kill(s.pid, SIGKILL);
    waitpid(s.pid, NULL, 0);
    s.pid = 0;
    ck_assert_int_eq(client_ask(s.dir, "status", &reply, why), CLIENT_NOT_RUNNING);
    ck_assert_ptr_nonnull(strstr(why, "Connection refused"));
    /* something else in its place */
    snprintf(path, sizeof path, "%s/" CLIENT_SOCKET, s.dir);
    unlink(path);
    fclose(fopen(path, "w"));
    ck_assert_int_ne(client_ask(s.dir, "status", &reply, why), CLIENT_GOOD);
    memset(far, 'x', sizeof far);
    far[sizeof far - 1] = '\0';
    ck_assert_int_eq(client_ask(far, "status", &reply, why), CLIENT_FAILED);
    ck_assert_ptr_nonnull(strstr(why, "path too long"));
    fakeserver_stop(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("client");
    TCase *t = tcase_create("client");
    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, replies, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(t, time_limit);
    tcase_add_test(t, nobody_there);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
