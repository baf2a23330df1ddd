/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnsd/control.h"

#define L32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
_Static_assert(sizeof L32 - 1 == CONTROL_LINE_MAX, "as long as a line can be");

static const struct {
    const char *line;
    size_t len; /* 0: strlen */
    enum control_request want;
} requests[] = {
    {"status\n", 0, CONTROL_STATUS},
    {"stats\n", 0, CONTROL_STATS},
    {"reload\n", 0, CONTROL_RELOAD},
    /* not yet a line */
    {"", 0, CONTROL_MORE},
    {"s", 0, CONTROL_MORE},
    {"status", 0, CONTROL_MORE},
    {"nonsense", 0, CONTROL_MORE},
    {L32, 31, CONTROL_MORE},
    /* no request */
    {"\n", 0, CONTROL_BAD},
    {"statu\n", 0, CONTROL_BAD},
    {"statuss\n", 0, CONTROL_BAD},
    {"STATUS\n", 0, CONTROL_BAD},
    {" status\n", 0, CONTROL_BAD},
    {"status \n", 0, CONTROL_BAD},
    {"status\r\n", 0, CONTROL_BAD},
    {"status\0\n", 8, CONTROL_BAD},
    {"stop\n", 0, CONTROL_BAD},
    /* more than one line, or none that ends */
    {"status\nstats\n", 0, CONTROL_BAD},
    {"status\n\n", 0, CONTROL_BAD},
    {"reload\nx", 0, CONTROL_BAD},
    {L32, 0, CONTROL_BAD},
};

START_TEST(parse)
{
    size_t len = requests[_i].len ? requests[_i].len : strlen(requests[_i].line);
    char *block = malloc(len ? len : 1);
    memcpy(block, requests[_i].line, len);
    ck_assert_int_eq(control_parse(block, len), requests[_i].want);
    free(block);
}
END_TEST

static char dir[64];
static char path[108];

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/rbl-control-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/%s", dir, CONTROL_SOCKET);
}

static void teardown(void)
{
    unlink(path);
    rmdir(dir);
}

static struct control *open_control(void)
{
    char why[CONTROL_WHY_MAX] = "";
    struct control *c = control_open(dir, UINT32_MAX, UINT32_MAX, why);
    ck_assert_msg(c != NULL, "%s", why);
    return c;
}

static int connect_client(void)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    memcpy(sun.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
    return fd;
}

/* One round of the control thread that does not wait. */
static void turn(struct control *c, int64_t now)
{
    struct pollfd fds[CONTROL_CLIENTS + 1];
    size_t n = control_poll(c, fds);
    ck_assert_int_ge(poll(fds, n, 0), 0);
    control_serve(c, fds, n, now);
}

static void answer(void *context, enum control_request request, FILE *out)
{
    size_t *big = context;
    fprintf(out, "request=%d\n", (int)request);
    for (size_t i = 0; i < *big; i++)
        fputc('x', out);
}

static size_t plain_answer = 0;

/* Read until the end, or what is there when the server keeps the connection. */
static ssize_t read_all(struct control *c, int fd, char *buf, size_t cap)
{
    size_t len = 0;
    for (unsigned i = 0; i < 1000 && len < cap; i++) {
        turn(c, 1);
        ssize_t n = recv(fd, buf + len, cap - len, MSG_DONTWAIT);
        if (n == 0)
            return (ssize_t)len;
        if (n > 0)
            len += (size_t)n;
    }
    return -1;
}

START_TEST(request_and_answer)
{
    struct control *c = open_control();
    control_set_handler(c, &(struct control_handler){answer, &plain_answer});
    char buf[128];
    int fd = connect_client();
    /* in two pieces */
    ck_assert_int_eq(write(fd, "rel", 3), 3);
    turn(c, 1);
    turn(c, 1);
    ck_assert_int_eq(recv(fd, buf, sizeof buf, MSG_DONTWAIT), -1);
    ck_assert_int_eq(write(fd, "oad\n", 4), 4);
    ssize_t n = read_all(c, fd, buf, sizeof buf);
    ck_assert_int_eq(n, 10);
    ck_assert(memcmp(buf, "request=3\n", 10) == 0);
    close(fd);
    control_close(c);
}
END_TEST

START_TEST(bad_request_is_told)
{
    struct control *c = open_control();
    control_set_handler(c, &(struct control_handler){answer, &plain_answer});
    char buf[128];
    int fd = connect_client();
    ck_assert_int_eq(write(fd, "format c:\n", 10), 10);
    ssize_t n = read_all(c, fd, buf, sizeof buf);
    ck_assert_int_gt(n, 6);
    ck_assert(memcmp(buf, "error=", 6) == 0);
    close(fd);
    control_close(c);
}
END_TEST

START_TEST(silent_client_is_dropped)
{
    struct control *c = open_control();
    int fd = connect_client();
    char byte;
    turn(c, 100);
    ck_assert_int_eq(control_timeout(c, 100), CONTROL_MS);
    turn(c, 100 + CONTROL_MS - 1);
    ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    turn(c, 100 + CONTROL_MS);
    ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    ck_assert_int_eq(control_timeout(c, 100), -1);
    close(fd);
    control_close(c);
}
END_TEST

START_TEST(client_that_does_not_read_is_dropped)
{
    static size_t big = 8 * 1024 * 1024; /* more than a socket buffer holds */
    struct control *c = open_control();
    control_set_handler(c, &(struct control_handler){answer, &big});
    int fd = connect_client();
    ck_assert_int_eq(write(fd, "stats\n", 6), 6);
    for (int i = 0; i < 10; i++)
        turn(c, 1);
    ck_assert_int_ge(control_timeout(c, 1), 0);
    turn(c, 1 + CONTROL_MS);
    ck_assert_int_eq(control_timeout(c, 1), -1);
    close(fd);
    control_close(c);
}
END_TEST

START_TEST(only_so_many_clients)
{
    struct control *c = open_control();
    int fd[CONTROL_CLIENTS + 1];
    char byte;
    for (size_t i = 0; i <= CONTROL_CLIENTS; i++) {
        fd[i] = connect_client();
        turn(c, 1);
    }
    ck_assert_int_eq(recv(fd[CONTROL_CLIENTS], &byte, 1, MSG_DONTWAIT), 0);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        ck_assert_int_eq(recv(fd[i], &byte, 1, MSG_DONTWAIT), -1);
    for (size_t i = 0; i <= CONTROL_CLIENTS; i++)
        close(fd[i]);
    turn(c, 1);
    ck_assert_int_eq(control_timeout(c, 1), -1);
    control_close(c);
}
END_TEST

/* One client after the other is served on the number held back. */
START_TEST(served_without_a_descriptor)
{
    struct control *c = open_control();
    struct rlimit old, low;
    char buf[64];
    control_set_handler(c, &(struct control_handler){answer, &plain_answer});
    int fd[2] = {connect_client(), connect_client()};
    ck_assert_int_eq(write(fd[0], "stats\n", 6), 6);
    ck_assert_int_eq(write(fd[1], "stats\n", 6), 6);
    struct pollfd none[CONTROL_CLIENTS + 1];
    (void)control_poll(c, none);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)dup(fd[0]);
    close((int)low.rlim_cur);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    turn(c, 1);
    ck_assert_int_gt(control_timeout(c, 1), 0);
    ck_assert_int_lt(control_timeout(c, 1), CONTROL_MS);
    ck_assert_int_eq(read_all(c, fd[0], buf, sizeof buf), 10);
    ck_assert_int_eq(read_all(c, fd[1], buf, sizeof buf), 10);
    (void)control_poll(c, none);
    ck_assert_int_eq(control_timeout(c, 1), -1);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    close(fd[0]);
    close(fd[1]);
    control_close(c);
}
END_TEST

START_TEST(socket_has_its_mode)
{
    struct stat st;
    struct control *c = open_control();
    ck_assert_int_eq(lstat(path, &st), 0);
    ck_assert(S_ISSOCK(st.st_mode));
    ck_assert_uint_eq(st.st_mode & 07777, 0660);
    control_close(c);
}
END_TEST

START_TEST(dead_socket_is_replaced)
{
    control_close(open_control());
    ck_assert_int_eq(access(path, F_OK), 0);
    control_close(open_control());
}
END_TEST

START_TEST(living_socket_is_not)
{
    char why[CONTROL_WHY_MAX] = "";
    struct control *c = open_control();
    ck_assert_ptr_null(control_open(dir, UINT32_MAX, UINT32_MAX, why));
    ck_assert_msg(strstr(why, "another rbl-dnsd") && strstr(why, path), "%s", why);
    int fd = connect_client();
    close(fd);
    control_close(c);
}
END_TEST

START_TEST(other_files_are_not)
{
    char why[CONTROL_WHY_MAX] = "";
    FILE *f = fopen(path, "w");
    fputs("precious", f);
    fclose(f);
    ck_assert_ptr_null(control_open(dir, UINT32_MAX, UINT32_MAX, why));
    ck_assert_msg(strstr(why, "not a socket") != NULL, "%s", why);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(long_paths_are_refused)
{
    char why[CONTROL_WHY_MAX] = "", deep[200];
    memset(deep, 'd', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    ck_assert_ptr_null(control_open(deep, UINT32_MAX, UINT32_MAX, why));
    ck_assert_msg(strstr(why, "too long") != NULL, "%s", why);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control");
    TCase *pure = tcase_create("parse");
    TCase *socket_case = tcase_create("socket");
    tcase_add_loop_test(pure, parse, 0, sizeof requests / sizeof requests[0]);
    tcase_add_checked_fixture(socket_case, setup, teardown);
    tcase_add_test(socket_case, request_and_answer);
    tcase_add_test(socket_case, bad_request_is_told);
    tcase_add_test(socket_case, silent_client_is_dropped);
    tcase_add_test(socket_case, client_that_does_not_read_is_dropped);
    tcase_add_test(socket_case, only_so_many_clients);
    tcase_add_test(socket_case, served_without_a_descriptor);
    tcase_add_test(socket_case, socket_has_its_mode);
    tcase_add_test(socket_case, dead_socket_is_replaced);
    tcase_add_test(socket_case, living_socket_is_not);
    tcase_add_test(socket_case, other_files_are_not);
    tcase_add_test(socket_case, long_paths_are_refused);
    suite_add_tcase(suite, pure);
    suite_add_tcase(suite, socket_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
