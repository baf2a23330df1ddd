/* SPDX-License-Identifier: BSD-2-Clause */
/* Good queries with every octet changed and cut at every length: some sound reply, or none. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/checker.h"

#define A(text) .name = (text), .type = DNS_TYPE_A
#define A_RR    "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"
#define MAPPED  "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.test"
#define SOA_RR  "\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

#define OPTIONS "\0\3\0\0\0\13\0\0\0\12\0\30abcdefgh\1\0\0\0\x5c\xf7\x9f\x11hashhash"
#define TSIG    "\3key\0\0\xfa\0\xff\0\0\0\0\0\x15\2xy\0\0\0\x66\1\2\3\1\x2c\0\0\x12\x34\0\0\0\1z"

/* With cookies demanded, an identity and a version; any address will do. */
#define CONFIGURED .client = ""

static struct fixture fixture;

/* Beside the checker's: what lies below the apex. */
static const struct ask more[] = {
    {A("4.3.2.1.bl.test"), ASK_EDNS(1232)},
    {.name = "4.3.2.1.bl.test", .type = DNS_TYPE_TXT},
    {.name = "2.0.0.127.bl.test", .type = DNS_TYPE_ANY, ASK_EDNS(512)},
    {A("a.tree.example.dbl.test")},
    {A("9.9.bl.test"), ASK_EDNS(4096), .more = {0, 0, 0, 1}, ASK_TAIL(A_RR)},
    {.name = "bl.test", .type = DNS_TYPE_NS},
    {A("unloaded.test"), ASK_EDNS(1232)},
    {A(MAPPED), ASK_EDNS(1232)},
    {.name = MAPPED, .type = DNS_TYPE_TXT},
    {.name = MAPPED, .type = DNS_TYPE_ANY, .tcp = true},
    {A("1.0.0.127.bl.test"), .flags = ASK_RD},
    {.name = "version.bind", .type = DNS_TYPE_TXT, .class = DNS_CLASS_CH},
    {A("example.org"), ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\3abc\xfd\xe9\0\0")},
    {.name = "bl.test", .type = DNS_TYPE_ANY, .tcp = true},
    {.name = "bl.test", .type = DNS_TYPE_AXFR, .tcp = true},
    {A("2.0.0.127.bl.test"), .refused = true, ASK_EDNS(512)},
    {.name = "bl.test", .type = DNS_TYPE_IXFR, .more = {0, 0, 1}, ASK_TAIL(SOA_RR)},
    {A("4.3.2.1.bl.test"), ASK_EDNS(1232), ASK_OPTIONS(OPTIONS), CONFIGURED},
    {A("4.3.2.1.bl.test"), ASK_EDNS(1232), ASK_OPTIONS(OPTIONS), CONFIGURED, .tcp = true},
    {.type = 0, ASK_EDNS(1232), ASK_OPTIONS(OPTIONS), CONFIGURED},
    {.name = "id.server", .type = DNS_TYPE_TXT, .class = DNS_CLASS_CH, CONFIGURED},
    {A("2.0.0.127.bl.test"), ASK_EDNS(1232), .more = {0, 0, 0, 1}, ASK_TAIL(TSIG)},
};
#define MORE (int)(sizeof more / sizeof more[0])

static unsigned long put, replies;

static void check_message(const struct ask *ask, const uint8_t *msg, size_t len)
{
    const char *what = ask->name ? ask->name : "-";
    static const struct cookie_secrets secrets = {.secret = {"0123456789abcde"}, .n = 1};
    static const struct query_config config = {
        .cookies = &secrets, .demand_cookies = true, .nsid = "node-7", .version = "v"};
    struct sockaddr_in client = {.sin_family = AF_INET};
    struct query_options opt = {.config = ask->client ? &config : NULL,
                                .now = 1559731985u,
                                .client = (struct sockaddr *)&client,
                                .tcp = ask->tcp,
                                .refused = ask->refused};
    struct heard h = fixture_hear(&fixture, &opt, msg, len);
    expect_sane(what, &h, msg, len, opt.tcp);
    ck_assert_msg((h.len == 0) == (h.result == QUERY_DROPPED), "%s: counted as %d", what, h.result);
    if (len < DNS_HEADER_LEN || msg[2] & 0x80)
        ck_assert_msg(h.len == 0, "%s: answered", what);
    else
        ck_assert_msg(h.len != 0, "%s: not answered", what);
    put++;
    replies += h.len != 0;
    free(h.p);
}

static void sweep(const struct ask *ask)
{
    static const uint8_t values[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};
    uint8_t msg[ASK_MAX];
    size_t len = ask_build(ask, msg);
    /* Every case may run in the same process: CK_FORK=no. */
    put = replies = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t was = msg[i];
        for (size_t v = 0; v < sizeof values; v++) {
            msg[i] = values[v];
            check_message(ask, msg, len);
        }
        msg[i] = was;
        check_message(ask, msg, i);
    }
    ck_assert_uint_eq(put, len * 9);
    ck_assert_uint_gt(replies, len * 8 - 30);
}

START_TEST(m15)
{
    sweep(_i < CHECKER_ROWS ? &checker_rows[_i].ask : &more[_i - CHECKER_ROWS]);
}
END_TEST

/* The n-th message of the tables. */
static const struct ask *table(unsigned n)
{
    return n < CHECKER_ROWS ? &checker_rows[n].ask : &more[n - CHECKER_ROWS];
}

/* Some octets changed, taken from another message, left out or put in; returns the new length. */
static size_t mutate(uint8_t *msg, size_t len, uint64_t *seed)
{
    uint8_t other[ASK_MAX];
    size_t n = ask_build(table((unsigned)(testzone_random(seed) % (CHECKER_ROWS + MORE))), other);
    for (unsigned left = 1 + testzone_random(seed) % 4; left > 0 && len > 2; left--) {
        uint64_t r = testzone_random(seed);
        size_t at = (r >> 8) % len, from = (r >> 24) % n, count = 1 + (r >> 40) % 16;
        switch (r & 7) {
        case 0:
            len = at;
            break;
        case 1: /* out */
            count = count < len - at ? count : len - at;
            memmove(msg + at, msg + at + count, len - at - count);
            len -= count;
            break;
        case 2: /* in */
            memmove(msg + at + count, msg + at, len - at);
            len += count;
            break;
        case 3: /* spliced */
            count = n - from < ASK_MAX / 2 - at ? n - from : 1;
            memcpy(msg + at, other + from, count);
            len = at + count > len ? at + count : len;
            break;
        default:
            msg[at] = (uint8_t)(r >> 48);
        }
    }
    return len;
}

/* SWEEP_MUTATIONS messages of SWEEP_SEED: every one gets a sound reply, or none. */
START_TEST(mutations)
{
    const char *count = getenv("SWEEP_MUTATIONS"), *from = getenv("SWEEP_SEED");
    unsigned long n = count ? strtoul(count, NULL, 10) : 60000;
    uint64_t seed = (from ? strtoul(from, NULL, 10) : 1) * 2654435761u + 1;
    for (unsigned long i = 0; i < n; i++) {
        static uint8_t msg[2 * ASK_MAX];
        const struct ask *a = table((unsigned)(i % (CHECKER_ROWS + MORE)));
        size_t len = mutate(msg, ask_build(a, msg), &seed);
        check_message(a, msg, len);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_sweep");
    TCase *tc = tcase_create("sweep");
    fixture_standard(&fixture);
    tcase_set_timeout(tc, 3 * 3600);
    tcase_add_loop_test(tc, m15, 0, CHECKER_ROWS + MORE);
    tcase_add_test(tc, mutations);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
