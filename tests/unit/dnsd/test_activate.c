/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsd/activate.h"

#define FIRST 200 /* a place that the test program uses for nothing else */

static char why[ACTIVATE_WHY_MAX];

static struct conf_listen address(const char *host, unsigned port)
{
    struct conf_listen l = {.addrlen = sizeof(struct sockaddr_in)};
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &sin.sin_addr) == 1) {
        memcpy(&l.addr, &sin, sizeof sin);
        return l;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, host, &sin6.sin6_addr), 1);
    memcpy(&l.addr, &sin6, sizeof sin6);
    l.addrlen = sizeof sin6;
    return l;
}

/* Binds a socket to any port, puts it at the descriptor, and returns what it is bound to. */
static struct conf_listen pass(int at, const char *host, int type)
{
    struct conf_listen l = address(host, 0);
    socklen_t len = sizeof l.addr;
    int fd = socket(l.addr.ss_family, type, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&l.addr, l.addrlen), 0);
    if (type == SOCK_STREAM)
        ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&l.addr, &len), 0);
    ck_assert_int_eq(dup2(fd, at), at);
    close(fd);
    return l;
}

static void environment(const char *pid, const char *fds)
{
    char own[32];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    setenv("LISTEN_PID", pid ? pid : own, 1);
    setenv("LISTEN_FDS", fds, 1);
    setenv("LISTEN_FDNAMES", "a:b", 1);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static const struct {
    const char *pid; /* NULL: ours */
    const char *fds;
    int rc;
} words[] = {
    {"1", "2", 0},     /* another process's */
    {"", "2", 0},      /* nobody's */
    {"x", "2", 0},     /* */
    {NULL, "0", -1},   /* none is no number of sockets */
    {NULL, "", -1},    /* */
    {NULL, "-1", -1},  /* */
    {NULL, "1x", -1},  /* */
    {NULL, " 1", -1},  /* */
    {NULL, "257", -1}, /* one too many */
    {NULL, "99999999999999999999", -1},
    {NULL, "1", -1}, /* well formed, and there is no such descriptor */
};

START_TEST(what_the_environment_says)
{
    struct activate a;
    environment(words[_i].pid, words[_i].fds);
    ck_assert_int_eq(activate_open(&a, FIRST, why), words[_i].rc);
    ck_assert_ptr_null(getenv("LISTEN_PID"));
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
    if (words[_i].rc == 0)
        ck_assert_uint_eq(a.n, 0);
    else
        ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(no_environment)
{
    struct activate a;
    struct conf_listen l = address("127.0.0.1", 53);
    ck_assert_int_eq(activate_open(&a, FIRST, why), 0);
    ck_assert_int_eq(activate_socket(&a, &l, SOCK_DGRAM), -1);
    ck_assert_int_eq(activate_close(&a, why), 0);
}
END_TEST

START_TEST(by_type_and_address)
{
    struct activate a;
    struct conf_listen udp = pass(FIRST, "127.0.0.1", SOCK_DGRAM);
    struct conf_listen tcp = pass(FIRST + 1, "127.0.0.1", SOCK_STREAM);
    struct conf_listen six = pass(FIRST + 2, "::1", SOCK_DGRAM);
    environment(NULL, "3");
    ck_assert_int_eq(activate_open(&a, FIRST, why), 0);
    ck_assert_uint_eq(a.n, 3);
    ck_assert_int_eq(fcntl(FIRST, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(activate_socket(&a, &udp, SOCK_STREAM), -1);
    ck_assert_int_eq(activate_socket(&a, &tcp, SOCK_DGRAM), -1);
    struct conf_listen other = address("127.0.0.2", 0);
    ck_assert_int_eq(activate_socket(&a, &other, SOCK_DGRAM), -1);
    ck_assert_int_eq(activate_socket(&a, &six, SOCK_DGRAM), FIRST + 2);
    ck_assert_int_eq(activate_socket(&a, &udp, SOCK_DGRAM), FIRST);
    ck_assert_int_eq(activate_socket(&a, &tcp, SOCK_STREAM), FIRST + 1);
    /* Those who come later share it. */
    int again = activate_socket(&a, &udp, SOCK_DGRAM);
    ck_assert_int_ge(again, 0);
    ck_assert_int_ne(again, FIRST);
    ck_assert_int_eq(fcntl(again, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(activate_close(&a, why), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert(is_open(FIRST + i));
        close(FIRST + i);
    }
    close(again);
}
END_TEST

START_TEST(what_nobody_takes_is_named_and_closed)
{
    struct activate a;
    struct conf_listen udp = pass(FIRST, "127.0.0.1", SOCK_DGRAM);
    (void)pass(FIRST + 1, "127.0.0.1", SOCK_DGRAM);
    environment(NULL, "2");
    ck_assert_int_eq(activate_open(&a, FIRST, why), 0);
    ck_assert_int_eq(activate_socket(&a, &udp, SOCK_DGRAM), FIRST);
    ck_assert_int_eq(activate_close(&a, why), -1);
    ck_assert_ptr_nonnull(strstr(why, "descriptor 201 "));
    ck_assert(is_open(FIRST) && !is_open(FIRST + 1));
    close(FIRST);
}
END_TEST

/* A connection, and what is no socket at all, are bound to no address of ours. */
START_TEST(no_listening_socket)
{
    struct activate a;
    struct conf_listen tcp = pass(FIRST + 2, "127.0.0.1", SOCK_STREAM);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(client, (const struct sockaddr *)&tcp.addr, tcp.addrlen), 0);
    int accepted = accept(FIRST + 2, NULL, NULL);
    ck_assert_int_eq(dup2(accepted, FIRST), FIRST);
    ck_assert_int_eq(dup2(open("/dev/null", O_RDONLY), FIRST + 1), FIRST + 1);
    environment(NULL, "2");
    ck_assert_int_eq(activate_open(&a, FIRST, why), 0);
    ck_assert_int_eq(activate_socket(&a, &tcp, SOCK_STREAM), -1);
    ck_assert_int_eq(activate_close(&a, why), -1);
    close(FIRST + 2);
    close(accepted);
    close(client);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activate");
    TCase *tc = tcase_create("activate");
    tcase_add_loop_test(tc, what_the_environment_says, 0, sizeof words / sizeof words[0]);
    tcase_add_test(tc, no_environment);
    tcase_add_test(tc, by_type_and_address);
    tcase_add_test(tc, what_nobody_takes_is_named_and_closed);
    tcase_add_test(tc, no_listening_socket);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
