/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS cookies: RFC 9018's own examples, then answers with them. */
#include <arpa/inet.h>
#include <check.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/cookie.h"
#include "tests/common/dnswalk.h"
#include "tests/common/expect.h"

#define NOW    1559731985u /* RFC 9018 appendix A.1 */
#define HEAD   4           /* of an option */
#define CLIENT "192.0.2.1"
#define LISTED .name = "2.0.0.127.bl.test", .type = DNS_TYPE_A

static struct fixture fixture;
static const char secret_a1[] = "e5e973e5a6b2a43f48e7dc849e37bfcf\n";
static struct cookie_secrets secrets;
static const struct query_config on = {.cookies = &secrets};
static const struct query_config demand = {.cookies = &secrets, .demand_cookies = true};

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

static void from_hex(const char *hex, uint8_t *out)
{
    for (; *hex; hex += 2)
        *out++ = (uint8_t)(ldns_hexdigit_to_int(hex[0]) << 4 | ldns_hexdigit_to_int(hex[1]));
}

/* RFC 9018 appendix A. */
static const struct {
    const char *secret, *client, *address, *cookie;
    uint32_t now;
} examples[] = {
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957", "198.51.100.100",
     "2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "fc93fc62807ddb86", "203.0.113.203",
     "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559727985},
    {"dd3bdf9344b678b185a6f5cb60fca715", "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8",
     "22681ab97d52c298010000005cf7c57926556bd0934c72f8", 1559741817},
};

START_TEST(rfc9018)
{
    struct cookie_secrets s;
    struct sockaddr_storage client;
    uint8_t part[COOKIE_CLIENT_LEN], want[COOKIE_LEN], got[COOKIE_LEN];
    ck_assert_ptr_null(cookie_parse(&s, examples[_i].secret, strlen(examples[_i].secret)));
    address(&client, examples[_i].address);
    from_hex(examples[_i].client, part);
    from_hex(examples[_i].cookie, want);
    cookie_make(&s, part, (struct sockaddr *)&client, examples[_i].now, got);
    if (want[9] == 0) /* else one with reserved octets that are not zero */
        ck_assert_mem_eq(got, want, COOKIE_LEN);
    ck_assert_int_eq(
        cookie_check(&s, want, COOKIE_LEN, (struct sockaddr *)&client, examples[_i].now),
        COOKIE_GOOD);
}
END_TEST

static const struct {
    const char *text;
    const char *why; /* a part of it; NULL: good */
    unsigned n;
} files[] = {
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", NULL, 1},
    {"E5E973E5A6B2A43F48E7DC849E37BFCF\n", NULL, 1},
    {"# now\r\ne5e973e5a6b2a43f48e7dc849e37bfcf \r\n\n# before\n"
     "445536bcd2513298075a5d379663c962\n",
     NULL, 2},
    {"", "no secret", 0},
    {"# nothing\n", "no secret", 0},
    {"e5e973e5a6b2a43f48e7dc849e37bfc\n", "32", 0},
    {"e5e973e5a6b2a43f48e7dc849e37bfcff\n", "32", 0},
    {"e5e973e5a6b2a43f48e7dc849e37bfcg\n", "32", 0},
    {" e5e973e5a6b2a43f48e7dc849e37bfcf\n", "32", 0},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf\n445536bcd2513298075a5d379663c962\n"
     "445536bcd2513298075a5d379663c962\n",
     "two", 0},
};

START_TEST(file)
{
    struct cookie_secrets s;
    size_t n = strlen(files[_i].text);
    char *exact = malloc(n ? n : 1);
    memcpy(exact, files[_i].text, n);
    const char *why = cookie_parse(&s, exact, n);
    free(exact);
    ck_assert(!why == !files[_i].why);
    if (why)
        ck_assert_ptr_nonnull(strstr(why, files[_i].why));
    else
        ck_assert_uint_eq(s.n, files[_i].n);
}
END_TEST

START_TEST(file_on_disk)
{
    struct cookie_secrets s;
    char path[] = "/tmp/cookie.XXXXXX", why[COOKIE_WHY_MAX];
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(cookie_read(&s, path, why), -1);
    ck_assert_ptr_nonnull(strstr(why, path));
    ck_assert_int_eq(write(fd, secret_a1, 33), 33);
    ck_assert_int_eq(cookie_read(&s, path, why), 0);
    ck_assert_uint_eq(s.n, 1);
    close(fd);
    unlink(path);
    ck_assert_int_eq(cookie_read(&s, path, why), -1);
}
END_TEST

/* --- answers --- */

/* One query with an option of n octets; the answer's cookie goes to out. */
struct talk {
    const struct query_config *config;
    const char *client;
    const uint8_t *cookie;
    size_t n;
    uint32_t now;
    bool tcp, bare; /* bare: no question */
    bool twice;     /* and a second, other one */
};

static struct heard ask_with(const struct talk *t, struct walk *w)
{
    uint8_t msg[ASK_MAX], options[2 * (HEAD + 64)] = {0, DNS_OPTION_COOKIE, 0, (uint8_t)t->n};
    struct sockaddr_storage client;
    struct ask a = {LISTED, ASK_EDNS(1232), .options = (char *)options};
    memcpy(options + HEAD, t->cookie, t->n);
    a.options_len = HEAD + t->n;
    if (t->twice) {
        memcpy(options + a.options_len, "\0\12\0\10otherone", 12);
        a.options_len += 12;
    }
    if (t->bare)
        a.name = NULL;
    address(&client, t->client ? t->client : CLIENT);
    struct query_options opt = {.config = t->config,
                                .now = t->now ? t->now : NOW,
                                .tcp = t->tcp,
                                .client = (struct sockaddr *)&client};
    size_t len = ask_build(&a, msg);
    struct heard h = fixture_hear(&fixture, &opt, msg, len);
    expect_sane("cookie", &h, msg, len, t->tcp);
    ck_assert(walk_message(w, h.p, h.len));
    return h;
}

static void expect_talk(const struct talk *t, unsigned rcode, uint8_t out[static COOKIE_LEN])
{
    static struct walk w;
    struct heard h = ask_with(t, &w);
    ck_assert_uint_eq(w.nopt, 1);
    const struct walk_rr *o = &w.rr[w.last_opt];
    ck_assert_uint_eq((o->ttl >> 24) << 4 | (h.p[3] & 15), rcode);
    ck_assert_uint_eq(w.count[WALK_QUESTION], t->bare ? 0 : 1);
    ck_assert_uint_eq(w.count[WALK_ANSWER], rcode || t->bare ? 0 : 1);
    if (rcode == DNS_FORMERR) {
        ck_assert_uint_eq(o->rdlen, 0);
    } else {
        ck_assert_uint_eq(o->rdlen, HEAD + COOKIE_LEN);
        ck_assert_mem_eq(o->rdata, "\0\12\0\30", HEAD);
        ck_assert_mem_eq(o->rdata + HEAD, t->cookie, COOKIE_CLIENT_LEN);
        ck_assert_mem_eq(o->rdata + HEAD + COOKIE_CLIENT_LEN, "\1\0\0\0", 4);
        memcpy(out, o->rdata + HEAD, COOKIE_LEN);
    }
    free(h.p);
}

static const uint8_t mine[40] = "mycookieand what is behind it, to 40";

/* A cookie of ours for a client, made at a time. */
static void earn(const char *client, uint32_t now, uint8_t out[static COOKIE_LEN])
{
    struct talk t = {.config = &on, .client = client, .cookie = mine, .n = 8, .now = now};
    expect_talk(&t, DNS_NOERROR, out);
}

/* Nobody says what time it is: the clock does.  The coarse one may be a tick behind. */
START_TEST(time_of_day)
{
    struct sockaddr_storage client;
    uint8_t msg[ASK_MAX], reply[QUERY_UDP_MAX];
    enum query_result result;
    address(&client, CLIENT);
    struct ask a = {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\12\0\10mycookie")};
    struct query_options opt = {.config = &on, .client = (struct sockaddr *)&client};
    size_t len = ask_build(&a, msg);
    time_t before = time(NULL);
    size_t n = query_answer(fixture.zones, &opt, msg, len, reply, &result);
    ck_assert_uint_gt(n, COOKIE_LEN);
    const uint8_t *cookie = reply + n - COOKIE_LEN;
    ck_assert_mem_eq(cookie, "mycookie\1\0\0\0", 12);
    time_t then = (time_t)((uint32_t)dns_get16(cookie + 12) << 16 | dns_get16(cookie + 14));
    ck_assert(then >= before - 1 && then <= time(NULL));
}
END_TEST

static bool good(const uint8_t *cookie, const char *client, uint32_t now)
{
    struct sockaddr_storage from;
    address(&from, client);
    return cookie_check(&secrets, cookie, COOKIE_LEN, (struct sockaddr *)&from, now) == COOKIE_GOOD;
}

START_TEST(c1_c3_client_part)
{
    static const size_t lengths[] = {8, 16, 17, 24, 39, 40};
    uint8_t got[COOKIE_LEN];
    struct talk t = {.config = &on, .cookie = mine, .n = lengths[_i]};
    expect_talk(&t, DNS_NOERROR, got);
    ck_assert(good(got, CLIENT, NOW));
    t.tcp = true;
    expect_talk(&t, DNS_NOERROR, got);
    t.config = &demand;
    expect_talk(&t, DNS_NOERROR, got); /* TCP has shown the address already */
    t.tcp = false;
    expect_talk(&t, DNS_BADCOOKIE, got);
    ck_assert(good(got, CLIENT, NOW));
}
END_TEST

START_TEST(c2_lengths)
{
    static const uint8_t lengths[] = {0, 1, 7, 9, 15, 41, 64};
    uint8_t bytes[64] = {0}, got[COOKIE_LEN];
    struct talk t = {.config = &on, .cookie = bytes, .n = lengths[_i]};
    expect_talk(&t, DNS_FORMERR, got);
    t.tcp = true;
    expect_talk(&t, DNS_FORMERR, got);
}
END_TEST

START_TEST(c4_valid)
{
    uint8_t earned[COOKIE_LEN], got[COOKIE_LEN];
    earn(CLIENT, NOW, earned);
    struct talk t = {.config = &demand, .cookie = earned, .n = COOKIE_LEN, .now = NOW + 600};
    expect_talk(&t, DNS_NOERROR, got);
    ck_assert(good(got, CLIENT, NOW + 600));
}
END_TEST

/* C5: also beyond 2038 and 2106, where 32 bits begin anew. */
START_TEST(c5_age)
{
    static const uint32_t times[] = {NOW, 0x7fffff00u, 0x80000100u, 0xffffff00u, 0x00000010u};
    static const struct {
        int32_t age;
        bool valid;
    } ages[] = {{0, true},     {1799, true},   {1801, true}, {3600, true},
                {3601, false}, {86400, false}, {-300, true}, {-301, false}};
    uint8_t earned[COOKIE_LEN], got[COOKIE_LEN];
    earn(CLIENT, times[_i], earned);
    for (unsigned i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        uint32_t now = times[_i] + (uint32_t)ages[i].age;
        struct talk t = {.config = &demand, .cookie = earned, .n = COOKIE_LEN, .now = now};
        expect_talk(&t, ages[i].valid ? DNS_NOERROR : DNS_BADCOOKIE, got);
        ck_assert(good(got, CLIENT, now));
    }
}
END_TEST

/* C6: every bit counts. */
START_TEST(c6_changed)
{
    uint8_t earned[COOKIE_LEN], got[COOKIE_LEN];
    earn(CLIENT, NOW, earned);
    for (unsigned bit = 0; bit < 8 * COOKIE_LEN; bit++) {
        earned[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct talk t = {.config = &demand, .cookie = earned, .n = COOKIE_LEN};
        expect_talk(&t, DNS_BADCOOKIE, got);
        t.config = &on;
        expect_talk(&t, DNS_NOERROR, got);
        earned[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    struct talk t = {.config = &demand, .client = "192.0.2.2", .cookie = earned, .n = COOKIE_LEN};
    expect_talk(&t, DNS_BADCOOKIE, got);
    t.client = "::ffff:192.0.2.1";
    expect_talk(&t, DNS_BADCOOKIE, got);
    t.client = NULL;
    expect_talk(&t, DNS_NOERROR, got);
}
END_TEST

/* C7: the first counts. */
START_TEST(c7_two)
{
    uint8_t got[COOKIE_LEN];
    struct talk t = {.config = &on, .cookie = mine, .n = 8, .twice = true};
    expect_talk(&t, DNS_NOERROR, got);
    ck_assert(good(got, CLIENT, NOW));
}
END_TEST

START_TEST(c8_no_question)
{
    uint8_t earned[COOKIE_LEN], got[COOKIE_LEN];
    earn(CLIENT, NOW, earned);
    struct talk t = {.config = &on, .cookie = mine, .n = 8, .bare = true, .tcp = _i != 0};
    expect_talk(&t, DNS_NOERROR, got);
    ck_assert(good(got, CLIENT, NOW));
    t.n = COOKIE_LEN;
    expect_talk(&t, DNS_BADCOOKIE, got);
    t.cookie = earned;
    expect_talk(&t, DNS_NOERROR, got);
}
END_TEST

/* C8 when cookies are off, or the cookie is none: as M4. */
START_TEST(c8_not_served)
{
    static const size_t lengths[] = {8, 9};
    static struct walk w;
    for (unsigned i = 0; i < 2; i++) {
        struct talk t = {.config = i ? &on : NULL, .cookie = mine, .n = lengths[i], .bare = true};
        struct heard h = ask_with(&t, &w);
        ck_assert_uint_eq(h.len, DNS_HEADER_LEN);
        ck_assert_uint_eq(h.p[3], DNS_FORMERR);
        free(h.p);
    }
}
END_TEST

/* C9: nodes with one file make the same cookies; the second secret is accepted, not used. */
START_TEST(c9_secrets)
{
    static const char old[] = "445536bcd2513298075a5d379663c962\n";
    char text[128];
    uint8_t earned[COOKIE_LEN], got[COOKIE_LEN];
    ck_assert_ptr_null(cookie_parse(&secrets, old, sizeof old - 1));
    earn(CLIENT, NOW, earned);
    snprintf(text, sizeof text, "%s%s", secret_a1, old);
    ck_assert_ptr_null(cookie_parse(&secrets, text, strlen(text)));
    struct talk t = {.config = &demand, .cookie = earned, .n = COOKIE_LEN};
    expect_talk(&t, DNS_NOERROR, got);
    ck_assert_mem_ne(got, earned, COOKIE_LEN);
    ck_assert_ptr_null(cookie_parse(&secrets, secret_a1, sizeof secret_a1 - 1));
    ck_assert(good(got, CLIENT, NOW));
    expect_talk(&t, DNS_BADCOOKIE, got);
}
END_TEST

/* Without cookies the option is ignored; a random secret is not the same twice. */
START_TEST(off_and_random)
{
    struct cookie_secrets a, b;
    static struct walk w;
    struct heard h = ask_with(&(struct talk){.cookie = mine, .n = 8}, &w);
    ck_assert_uint_eq(w.rr[w.last_opt].rdlen, 0);
    ck_assert_uint_eq(w.count[WALK_ANSWER], 1);
    free(h.p);
    cookie_random(&a);
    cookie_random(&b);
    ck_assert_mem_ne(a.secret[0], b.secret[0], COOKIE_SECRET_LEN);
}
END_TEST

static void before(void)
{
    ck_assert_ptr_null(cookie_parse(&secrets, secret_a1, sizeof secret_a1 - 1));
}

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("cookie");
    TCase *tc = tcase_create("cookie");
    fixture_standard(&fixture);
    tcase_add_checked_fixture(tc, before, NULL);
    tcase_add_loop_test(tc, rfc9018, 0, COUNT(examples));
    tcase_add_loop_test(tc, file, 0, COUNT(files));
    tcase_add_test(tc, file_on_disk);
    tcase_add_loop_test(tc, c1_c3_client_part, 0, 6);
    tcase_add_loop_test(tc, c2_lengths, 0, 7);
    tcase_add_test(tc, time_of_day);
    tcase_add_test(tc, c4_valid);
    tcase_add_loop_test(tc, c5_age, 0, 5);
    tcase_add_test(tc, c6_changed);
    tcase_add_test(tc, c7_two);
    tcase_add_loop_test(tc, c8_no_question, 0, 2);
    tcase_add_test(tc, c8_not_served);
    tcase_add_test(tc, c9_secrets);
    tcase_add_test(tc, off_and_random);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
