/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnsd/notify.h"

static char address[64];

/* The service manager's end: path may start with '@'. */
static int manager(const char *path)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    memcpy(sun.sun_path, path, len);
    if (path[0] == '@')
        sun.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    return fd;
}

static void told(int fd, const char *want)
{
    char buf[128] = "";
    ck_assert_int_gt(recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT), 0);
    ck_assert_str_eq(buf, want);
}

static void with_manager(const char *path)
{
    struct notify n;
    int fd = manager(path);
    setenv("NOTIFY_SOCKET", path, 1);
    ck_assert_ptr_null(notify_open(&n));
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
    notify_send(&n, "READY=1");
    told(fd, "READY=1");
    notify_reloading(&n);
    char buf[128] = "";
    unsigned long long us = 0;
    ck_assert_int_gt(recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT), 0);
    ck_assert_int_eq(sscanf(buf, "RELOADING=1\nMONOTONIC_USEC=%llu", &us), 1);
    ck_assert_uint_gt(us, 0);
    /* A manager that is gone does no harm. */
    close(fd);
    notify_send(&n, "STOPPING=1");
    notify_close(&n);
}

START_TEST(abstract_socket)
{
    snprintf(address, sizeof address, "@rbl-notify-test-%ld", (long)getpid());
    with_manager(address);
}
END_TEST

START_TEST(path_socket)
{
    snprintf(address, sizeof address, "/tmp/rbl-notify-test-%ld", (long)getpid());
    with_manager(address);
    unlink(address);
}
END_TEST

START_TEST(without_a_manager)
{
    struct notify n;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "1000000", 1);
    ck_assert_ptr_null(notify_open(&n));
    ck_assert_uint_eq(n.watchdog_us, 0);
    notify_send(&n, "READY=1");
    notify_reloading(&n);
    notify_close(&n);
    unsetenv("WATCHDOG_USEC");
}
END_TEST

static const char *const bad_addresses[] = {"",         "@",         "/",
                                            "relative", "vsock:2:1", "/nonexistent/notify"};

START_TEST(bad_address_is_told)
{
    struct notify n;
    setenv("NOTIFY_SOCKET", bad_addresses[_i], 1);
    ck_assert_ptr_nonnull(notify_open(&n));
    ck_assert_int_eq(n.fd, -1);
    notify_send(&n, "READY=1");
    notify_close(&n);
}
END_TEST

static const struct {
    const char *usec, *pid; /* pid "" stands for our own */
    uint64_t want;
} watchdogs[] = {
    {"30000000", NULL, 30000000},
    {"30000000", "", 30000000},
    {"30000000", "1", 0},
    {"30000000", "x", 0},
    {NULL, NULL, 0},
    {"", NULL, 0},
    {"-5", NULL, 0},
    {"12s", NULL, 0},
    {"99999999999999999999", NULL, 0},
};

START_TEST(watchdog)
{
    struct notify n;
    char own[24];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    snprintf(address, sizeof address, "@rbl-notify-dog-%ld-%d", (long)getpid(), _i);
    int fd = manager(address);
    setenv("NOTIFY_SOCKET", address, 1);
    const char *pid = watchdogs[_i].pid;
    if (pid)
        setenv("WATCHDOG_PID", *pid ? pid : own, 1);
    if (watchdogs[_i].usec)
        setenv("WATCHDOG_USEC", watchdogs[_i].usec, 1);
    ck_assert_ptr_null(notify_open(&n));
    ck_assert_uint_eq(n.watchdog_us, watchdogs[_i].want);
    ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
    notify_close(&n);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notify");
    TCase *tc = tcase_create("notify");
    tcase_add_test(tc, abstract_socket);
    tcase_add_test(tc, path_socket);
    tcase_add_test(tc, without_a_manager);
    tcase_add_loop_test(tc, bad_address_is_told, 0, sizeof bad_addresses / sizeof bad_addresses[0]);
    tcase_add_loop_test(tc, watchdog, 0, sizeof watchdogs / sizeof watchdogs[0]);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
