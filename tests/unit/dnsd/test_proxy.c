/* SPDX-License-Identifier: BSD-2-Clause */
/* P22: PROXY headers, each also cut at every octet. */
#include <arpa/inet.h>
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/proxy.h"

#define SIG   "\r\n\r\n\0\r\nQUIT\n"
#define V4    "\xc0\0\2\1\xc0\0\2\2\x14\xe9\0\x35"
#define V6    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x14\xe9\0\x35"
#define B(x)  (x), sizeof(x) - 1
#define FIVE  "abcde"
#define FIFTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *what, *in;
    size_t len;
    enum proxy_verdict verdict;
    const char *client;
    size_t used;
} rows[] = {
    {"v4 UDP", B(SIG "\x21\x12\0\x0c" V4 "dns"), PROXY_CLIENT, "192.0.2.1", 28},
    {"v4 TCP", B(SIG "\x21\x11\0\x0c" V4), PROXY_CLIENT, "192.0.2.1", 28},
    {"v6 UDP", B(SIG "\x21\x22\0\x24" V6 "dns"), PROXY_CLIENT, "2001:db8::1", 52},
    {"v6 TCP", B(SIG "\x21\x21\0\x24" V6), PROXY_CLIENT, "2001:db8::1", 52},
    {"values", B(SIG "\x21\x12\0\x14" V4 "\1\0\2h2\4\0\0"), PROXY_CLIENT, "192.0.2.1", 36},
    {"LOCAL", B(SIG "\x20\0\0\0"), PROXY_SELF, NULL, 16},
    {"LOCAL with addresses", B(SIG "\x20\x12\0\x0c" V4), PROXY_SELF, NULL, 28},
    {"UNSPEC", B(SIG "\x21\0\0\0"), PROXY_SELF, NULL, 16},
    {"UNSPEC with octets", B(SIG "\x21\0\0\5" FIVE), PROXY_SELF, NULL, 21},
    {"version 1", B("PROXY TCP4 192.0.2.1 192.0.2.2 1 53\r\n"), PROXY_BAD, NULL, 0},
    {"version 3", B(SIG "\x31\x12\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"command 2", B(SIG "\x22\x12\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"family UNIX", B(SIG "\x21\x32\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"protocol 3", B(SIG "\x21\x13\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"family without protocol", B(SIG "\x21\x10\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"protocol without family", B(SIG "\x21\2\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"v4 too short", B(SIG "\x21\x12\0\x0b" V4), PROXY_BAD, NULL, 0},
    {"v6 too short", B(SIG "\x21\x22\0\x23" V6), PROXY_BAD, NULL, 0},
    {"v6 with the length of v4", B(SIG "\x21\x22\0\x0c" V4), PROXY_BAD, NULL, 0},
    {"value too long", B(SIG "\x21\x12\0\x10" V4 "\1\0\2x"), PROXY_BAD, NULL, 0},
    {"stray octets", B(SIG "\x21\x12\0\x0e" V4 "\1\0"), PROXY_BAD, NULL, 0},
    {"too long", B(SIG "\x21\x12\2\x09" V4 FIFTY), PROXY_BAD, NULL, 0},
    {"longest, cut", B(SIG "\x21\x12\2\x08" V4 FIFTY), PROXY_MORE, NULL, 0},
    {"65535", B(SIG "\x21\x12\xff\xff" V4 FIFTY), PROXY_BAD, NULL, 0},
    {"a query", B("\x12\x34\0\0\0\1\0\0\0\0\0\0\2bl\4test\0\0\1\0\1"), PROXY_BAD, NULL, 0},
    {"nothing", "", 0, PROXY_MORE, NULL, 0},
};

static enum proxy_verdict parse(const char *in, size_t len, struct sockaddr_storage *client,
                                size_t *used)
{
    uint8_t *exact = malloc(len ? len : 1);
    if (len > 0)
        memcpy(exact, in, len);
    enum proxy_verdict v = proxy_parse(exact, len, client, used);
    free(exact);
    return v;
}

START_TEST(row)
{
    struct sockaddr_storage client;
    char text[INET6_ADDRSTRLEN];
    size_t used = 0;
    enum proxy_verdict v = parse(rows[_i].in, rows[_i].len, &client, &used);
    ck_assert_msg(v == rows[_i].verdict, "%s: %d", rows[_i].what, (int)v);
    ck_assert_msg(used == rows[_i].used, "%s: %zu octets", rows[_i].what, used);
    for (size_t n = 0; n < used; n++)
        ck_assert_msg(parse(rows[_i].in, n, &client, &used) == PROXY_MORE, "%s cut at %zu",
                      rows[_i].what, n);
    if (!rows[_i].client)
        return;
    parse(rows[_i].in, rows[_i].len, &client, &used);
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, &client, sizeof in);
    memcpy(&in6, &client, sizeof in6);
    bool v4 = client.ss_family == AF_INET;
    inet_ntop(client.ss_family, v4 ? (void *)&in.sin_addr : (void *)&in6.sin6_addr, text,
              sizeof text);
    ck_assert_str_eq(text, rows[_i].client);
    ck_assert_uint_eq(ntohs(v4 ? in.sin_port : in6.sin6_port), 5353);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proxy");
    TCase *tc = tcase_create("proxy");
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
