/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/rrl.h"

#define SECOND 1000000000u

static struct acl *allow;
static struct rrl *rrl;

static void address(struct sockaddr_storage *to, const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    memset(to, 0, sizeof *to);
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        memcpy(to, &in, sizeof in);
        return;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    memcpy(to, &in6, sizeof in6);
}

static enum rrl_verdict check(const char *client, uint64_t now)
{
    struct sockaddr_storage from;
    address(&from, client);
    return rrl_check(rrl, (struct sockaddr *)&from, now);
}

/* How many of n replies at one moment are sent, and how many truncated. */
static unsigned sent(const char *client, uint64_t now, unsigned n, unsigned *truncated)
{
    unsigned count[3] = {0};
    for (unsigned i = 0; i < n; i++)
        count[check(client, now)]++;
    if (truncated)
        *truncated = count[RRL_TRUNCATE];
    return count[RRL_SEND];
}

static void with(unsigned rate, unsigned slip)
{
    struct prefix p;
    unsigned notes = 0;
    ck_assert(!prefix_parse("192.0.2.0/25", 12, &p, &notes));
    allow = acl_build(&p, 1);
    rrl = rrl_new(&(struct rrl_config){
        .rate = rate, .slip = slip, .allow = allow, .key = {0x1234567, 0x89abcdef}});
    ck_assert_ptr_nonnull(rrl);
}

static void after(void)
{
    rrl_free(rrl);
    acl_free(allow);
}

START_TEST(rate)
{
    with(100, 0);
    uint64_t now = 5 * (uint64_t)SECOND;
    ck_assert_uint_eq(sent("198.51.100.1", now, 1000, NULL), 100);
    ck_assert_uint_eq(sent("198.51.100.1", now + SECOND / 2, 1000, NULL), 50);
    ck_assert_uint_eq(sent("198.51.100.1", now + SECOND / 2, 1000, NULL), 0);
    /* Silence saves up a second's worth and no more. */
    ck_assert_uint_eq(sent("198.51.100.1", now + 60 * (uint64_t)SECOND, 1000, NULL), 100);
}
END_TEST

START_TEST(prefixes)
{
    with(10, 0);
    ck_assert_uint_eq(sent("198.51.100.1", SECOND, 100, NULL), 10);
    ck_assert_uint_eq(sent("198.51.100.254", SECOND, 100, NULL), 0);
    ck_assert_uint_eq(sent("198.51.101.1", SECOND, 100, NULL), 10);
    ck_assert_uint_eq(sent("2001:db8:0:1::1", SECOND, 100, NULL), 10);
    ck_assert_uint_eq(sent("2001:db8:0:ff::2", SECOND, 100, NULL), 0);
    ck_assert_uint_eq(sent("2001:db8:0:100::2", SECOND, 100, NULL), 10);
    ck_assert_uint_eq(sent("::198.51.100.1", SECOND, 100, NULL), 10);
}
END_TEST

START_TEST(slip)
{
    static const unsigned want[] = {0, 900, 450, 300};
    unsigned truncated;
    with(100, (unsigned)_i);
    ck_assert_uint_eq(sent("198.51.100.1", SECOND, 1000, &truncated), 100);
    ck_assert_uint_eq(truncated, want[_i]);
}
END_TEST

START_TEST(allowed)
{
    with(1, 0);
    ck_assert_uint_eq(sent("192.0.2.1", SECOND, 1000, NULL), 1000);
    ck_assert_uint_eq(sent("192.0.2.200", SECOND, 1000, NULL), 0); /* the /24 is used up */
}
END_TEST

/* A million other prefixes do not free one that goes on. */
START_TEST(flood)
{
    char text[64];
    with(100, 0);
    unsigned n = sent("198.51.100.1", SECOND, 100, NULL);
    for (unsigned i = 0; i < 1000000; i++) {
        snprintf(text, sizeof text, "%u.%u.%u.1", 1 + i / 65536 % 100, i / 256 % 256, i % 256);
        check(text, SECOND);
        if (i % 100 == 0)
            n += check("198.51.100.1", SECOND) == RRL_SEND;
    }
    ck_assert_uint_le(n, 101);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rrl");
    TCase *tc = tcase_create("rrl");
    tcase_add_checked_fixture(tc, NULL, after);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, rate);
    tcase_add_test(tc, prefixes);
    tcase_add_loop_test(tc, slip, 0, 4);
    tcase_add_test(tc, allowed);
    tcase_add_test(tc, flood);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
