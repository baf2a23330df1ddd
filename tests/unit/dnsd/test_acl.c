/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/acl.h"

#define PREFIXES_MAX 4

static const struct {
    const char *prefixes[PREFIXES_MAX];
    const char *from;
    bool allowed;
} rows[] = {
    /* nothing allowed */
    {{NULL}, "127.0.0.1", false},
    {{NULL}, "::1", false},
    /* borders */
    {{"127.0.0.0/8"}, "127.0.0.1", true},
    {{"127.0.0.0/8"}, "127.255.255.255", true},
    {{"127.0.0.0/8"}, "126.255.255.255", false},
    {{"127.0.0.0/8"}, "128.0.0.0", false},
    {{"192.0.2.4/30"}, "192.0.2.7", true},
    {{"192.0.2.4/30"}, "192.0.2.8", false},
    {{"192.0.2.1/32"}, "192.0.2.1", true},
    {{"192.0.2.1/32"}, "192.0.2.0", false},
    {{"2001:db8::/32"}, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {{"2001:db8::/32"}, "2001:db9::", false},
    {{"2001:db8:0:0:8000::/65"}, "2001:db8::8000:0:0:1", true},
    {{"2001:db8:0:0:8000::/65"}, "2001:db8::7fff:0:0:1", false},
    {{"::1/128"}, "::1", true},
    {{"::1/128"}, "::2", false},
    /* everything of one family, and only of that one */
    {{"0.0.0.0/0"}, "255.255.255.255", true},
    {{"0.0.0.0/0"}, "::", false},
    {{"::/0"}, "ffff::", true},
    {{"::/0"}, "1.2.3.4", false},
    {{"::/96"}, "1.2.3.4", false},
    {{"0.0.0.1/32"}, "::1", false},
    /* several, families mixed in any order */
    {{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16", "::1/128"}, "192.168.7.7", true},
    {{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16", "::1/128"}, "fdab::1", true},
    {{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16", "::1/128"}, "::1", true},
    {{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16", "::1/128"}, "172.16.0.1", false},
    {{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16", "::1/128"}, "fe80::1", false},
};

static void sockaddr_of(const char *text, struct sockaddr_storage *ss)
{
    memset(ss, 0, sizeof *ss);
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(53)};
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    if (inet_pton(AF_INET, text, &sin.sin_addr) == 1) {
        memcpy(ss, &sin, sizeof sin);
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, text, &sin6.sin6_addr), 1);
        memcpy(ss, &sin6, sizeof sin6);
    }
}

START_TEST(allows)
{
    struct prefix prefixes[PREFIXES_MAX];
    struct sockaddr_storage ss;
    size_t n = 0;
    for (; n < PREFIXES_MAX && rows[_i].prefixes[n]; n++) {
        unsigned notes = 0;
        const char *text = rows[_i].prefixes[n];
        ck_assert_ptr_null(prefix_parse(text, strlen(text), &prefixes[n], &notes));
    }
    struct acl *acl = acl_build(prefixes, n);
    ck_assert_ptr_nonnull(acl);
    sockaddr_of(rows[_i].from, &ss);
    ck_assert_int_eq(acl_allows(acl, (const struct sockaddr *)&ss), rows[_i].allowed);
    acl_free(acl);
}
END_TEST

START_TEST(other_families_are_out)
{
    struct prefix all[2] = {{.family = 4}, {.family = 6}};
    struct sockaddr_storage ss = {.ss_family = AF_UNIX};
    struct acl *acl = acl_build(all, 2);
    ck_assert(!acl_allows(acl, (const struct sockaddr *)&ss));
    acl_free(acl);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("acl");
    TCase *tc = tcase_create("acl");
    tcase_add_loop_test(tc, allows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, other_families_are_out);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
