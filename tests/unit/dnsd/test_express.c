/* SPDX-License-Identifier: BSD-2-Clause */
/* Which questions take the short way; what they are answered, fixture_hear() compares. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/answer.h"
#include "dnsd/express.h"
#include "dnsd/parse.h"
#include "tests/common/ask.h"
#include "tests/common/fixture.h"

#define A(text) .name = (text), .type = DNS_TYPE_A
#define LISTS                                                                                      \
    {                                                                                              \
        {.name = "one", .a = "127.0.0.3", .entries = "192.0.2.0/24\n10.20.30.40\n7.8.9.1\n"},      \
        {                                                                                          \
            .name = "two", .a = "127.0.0.4", .entries = "192.0.2.128/25\n2001:db8::/32\n"          \
        }                                                                                          \
    }
#define LONG_ZONE "a-zone-with-a-name-of-many-octets.and-still-more-of-them.example" /* 66 */
#define LONGEST   "a-zone-with-a-name-of-many-octets.and-still-more-of.them.test"    /* 63 */
#define OF_16     "three.example1"                                                   /* 16 */
#define OF_17     "three.example12"

static const struct testzone usual = {.name = "bl.test", .list = LISTS};
static const struct testzone longest = {.name = LONGEST, .list = LISTS};
static const struct testzone too_long = {.name = LONG_ZONE, .list = LISTS};
static const struct testzone of_16 = {.name = OF_16, .list = LISTS};
static const struct testzone of_17 = {.name = OF_17, .list = LISTS};
static const struct testzone root = {.name = ".", .list = LISTS};
static const struct testzone below = {.name = "2.bl.test", .list = LISTS};
static const struct testzone with_sub = {
    .name = "bl.test", .list = {{.name = "s", .entries = "192.0.2.0/24\n", .sub = "9"}}};
static const struct testzone with_acl = {
    .name = "bl.test",
    .list = {
        {.name = "l", .entries = "192.0.2.0/24\n"},
        {.name = "c", .format = "rbldnsd:acl", .entries = "127.0.0.0/8 :ignore\n", .acl = true}}};
static const struct testzone with_names = {
    .name = "bl.test",
    .list = {{.name = "l", .entries = "192.0.2.0/24\n"},
             {.name = "n", .format = "rbldnsd:dnset", .entries = "1.2.0.192\n"}}};
static const struct testzone other_names = {
    .name = "bl.test",
    .list = {{.name = "l", .entries = "192.0.2.0/24\n"},
             {.name = "n", .format = "domains", .entries = "example.org\n*.net\n"}}};
/* With the question 29 records just fit, 30 do not. */
#define LISTED_AS(d) "192.0.2.1 :127.0.0." d ":x\n"
#define EIGHT_MORE(d)                                                                              \
    LISTED_AS(d "0")                                                                               \
    LISTED_AS(d "1")                                                                               \
    LISTED_AS(d "2")                                                                               \
    LISTED_AS(d "3") LISTED_AS(d "4") LISTED_AS(d "5") LISTED_AS(d "6") LISTED_AS(d "7")
#define CROWD EIGHT_MORE("1") EIGHT_MORE("2") EIGHT_MORE("3") LISTED_AS("2") LISTED_AS("3")
static const struct testzone full = {
    .name = "bl.test",
    .list = {{.name = "l",
              .format = "rbldnsd:ip4set",
              .entries = CROWD LISTED_AS("4") LISTED_AS("5") LISTED_AS("6")}}};
static const struct testzone too_full = {
    .name = "bl.test",
    .list = {{.name = "l",
              .format = "rbldnsd:ip4set",
              .entries = CROWD LISTED_AS("4") LISTED_AS("5") LISTED_AS("6") LISTED_AS("7")}}};

static const struct row {
    const char *what;
    const struct testzone *zone, *beside;
    struct ask ask;
    bool taken;
} rows[] = {
    {"listed", &usual, NULL, {A("200.2.0.192.bl.test")}, true},
    {"not listed", &usual, NULL, {A("200.3.0.192.bl.test")}, true},
    {"upper case, RD", &usual, NULL, {A("200.2.0.192.BL.tEST"), .flags = ASK_RD}, true},
    {"other flags", &usual, NULL, {A("200.2.0.192.bl.test"), .flags = ASK_AD | ASK_CD}, true},
    {"of sixteen octets", &of_16, NULL, {A("200.2.0.192." OF_16)}, true},
    {"of seventeen", &of_17, NULL, {A("200.2.0.192." OF_17)}, true},
    {"a long zone", &longest, NULL, {A("200.2.0.192." LONGEST)}, true},
    {"names beside", &other_names, NULL, {A("200.2.0.192.bl.test")}, true},
    {"another zone", &usual, &of_16, {A("200.2.0.192." OF_16)}, true},
    {"the zone below", &usual, &below, {A("200.2.0.192.2.bl.test")}, true},
    {"a full reply", &full, NULL, {A("1.2.0.192.bl.test")}, true},
    {"more than full", &too_full, NULL, {A("1.2.0.192.bl.test")}, true},
    {"EDNS", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_EDNS(1232)}, true},
    {"EDNS, not listed", &usual, NULL, {A("200.3.0.192.bl.test"), ASK_EDNS(4096)}, true},
    {"EDNS, DO", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_EDNS(512), .oflags = 0x8000}, true},
    {"EDNS, flags", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_EDNS(0), .oflags = 0x7fff}, true},
    {"EDNS, xrcode", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_EDNS(1), .xrcode = 255}, true},
    {"EDNS, full", &full, NULL, {A("1.2.0.192.bl.test"), ASK_EDNS(512)}, true},
    {"EDNS, more than full", &too_full, NULL, {A("1.2.0.192.bl.test"), ASK_EDNS(1232)}, true},
    {"EDNS, a long zone", &longest, NULL, {A("200.200.200.192." LONGEST), ASK_EDNS(1232)}, true},
    {"EDNS, short", &usual, NULL, {A("1.1.1.10.bl.test"), ASK_EDNS(1232)}, true},
    {"the root", &root, NULL, {A("200.200.200.192.")}, true},
    {"the root, a zone below", &root, &of_16, {A("200.200.200.192.")}, false},

    {"a zone too long", &too_long, NULL, {A("200.2.0.192." LONG_ZONE)}, false},
    {"short", &usual, NULL, {A("1.1.1.10.bl.test")}, true},
    {"also nibbles", &usual, NULL, {A("1.9.8.7.bl.test")}, false},
    {"three octets", &usual, NULL, {A("200.200.192.bl.test")}, false},
    {"five octets", &usual, NULL, {A("100.200.2.0.192.bl.test")}, false},
    {"a leading zero", &usual, NULL, {A("200.02.0.192.bl.test")}, false},
    {"256", &usual, NULL, {A("256.2.0.192.bl.test")}, false},
    {"four digits", &usual, NULL, {A("2000.2.0.192.bl.test")}, false},
    {"no digit", &usual, NULL, {A("20a.2.0.192.bl.test")}, false},
    {"an empty zone", &usual, NULL, {A("200.200.200.192")}, false},
    {"outside", &usual, NULL, {A("200.2.0.192.bl.tests")}, false},
    {"outside, same ends", &of_17, NULL, {A("200.2.0.192.three.exam_le12")}, false},
    {"the zone inside a label", &usual, NULL, {A("200.2.0.192.xbl.test")}, false},
    {"TXT", &usual, NULL, {.name = "200.2.0.192.bl.test", .type = DNS_TYPE_TXT}, false},
    {"class ANY", &usual, NULL, {A("200.2.0.192.bl.test"), .class = DNS_CLASS_ANY}, false},
    {"EDNS 1", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_EDNS(1232), .version = 1}, false},
    {"an option",
     &usual,
     NULL,
     {A("200.2.0.192.bl.test"), ASK_EDNS(1232), ASK_OPTIONS("\0\3\0\0")},
     false},
    {"EDNS, an octet more",
     &usual,
     NULL,
     {A("7.2.0.192.bl.test"), ASK_EDNS(1), ASK_TAIL("x")},
     false},
    {"EDNS, an octet less", &usual, NULL, {A("7.2.0.192.bl.test"), ASK_EDNS(1), .cut = 1}, false},
    {"EDNS, half", &usual, NULL, {A("7.2.0.192.bl.test"), ASK_EDNS(1232), .cut = 8}, false},
    {"two counted",
     &usual,
     NULL,
     {A("7.2.0.192.bl.test"), ASK_EDNS(1), .more = {0, 0, 0, 1}},
     false},
    {"three", &usual, NULL, {A("7.2.0.192.bl.test"), ASK_EDNS(1), .more = {0, 0, 0, 2}}, false},
    {"257", &usual, NULL, {A("7.2.0.192.bl.test"), ASK_EDNS(1), .more = {0, 0, 0, 256}}, false},
    {"none counted",
     &usual,
     NULL,
     {A("7.2.0.192.bl.test"), ASK_EDNS(1), .more = {0, 0, 0, 0xffff}},
     false},
    {"one counted", &usual, NULL, {A("200.2.0.192.bl.test"), .more = {0, 0, 0, 1}}, false},
    {"another record",
     &usual,
     NULL,
     {A("7.2.0.192.bl.test"), ASK_TAIL("\0\0\1\0\1\0\0\0\0\0\0"), .more = {0, 0, 0, 1}},
     false},
    {"an OPT of a name",
     &usual,
     NULL,
     {A("7.2.0.192.bl.test"), ASK_TAIL("\1x\0\0\x29\4\0\0\0\0\0\0\0"), .more = {0, 0, 0, 1}},
     false},
    {"TXT, EDNS",
     &usual,
     NULL,
     {.name = "7.2.0.192.bl.test", .type = DNS_TYPE_TXT, ASK_EDNS(1)},
     false},
    {"an octet more", &usual, NULL, {A("200.2.0.192.bl.test"), ASK_TAIL("x")}, false},
    {"an octet less", &usual, NULL, {A("200.2.0.192.bl.test"), .cut = 1}, false},
    {"a response", &usual, NULL, {A("200.2.0.192.bl.test"), .flags = ASK_QR}, false},
    {"an opcode", &usual, NULL, {A("200.2.0.192.bl.test"), .opcode = 1}, false},
    {"no question", &usual, NULL, {A("200.2.0.192.bl.test"), .more = {0xffff}}, false},
    {"an answer", &usual, NULL, {A("200.2.0.192.bl.test"), .more = {0, 1}}, false},
    {"a zone below", &usual, &below, {A("200.2.0.192.bl.test")}, false},
    {"sub-names", &with_sub, NULL, {A("200.2.0.192.bl.test")}, false},
    {"an access list", &with_acl, NULL, {A("200.2.0.192.bl.test")}, false},
    {"names like addresses", &with_names, NULL, {A("200.2.0.192.bl.test")}, false},
    {"not loaded", &usual, NULL, {A("200.2.0.192.unloaded.test")}, false},
};

static bool is_taken(const struct zonetab *zones, const uint8_t *msg, size_t len)
{
    struct express e;
    uint8_t *exact = malloc(len);
    memcpy(exact, msg, len);
    bool taken = express_start(&e, zones, exact, len);
    free(exact);
    return taken;
}

static void hear(const struct fixture *f, const uint8_t *msg, size_t len)
{
    struct heard h = fixture_hear(f, &(struct query_options){0}, msg, len);
    free(h.p);
}

START_TEST(taken)
{
    const struct row *r = &rows[_i];
    const struct testzone *const zones[] = {r->zone, r->beside};
    struct fixture f;
    uint8_t msg[ASK_MAX];
    fixture_open(&f, zones, r->beside ? 2 : 1, r->zone == &root ? NULL : "unloaded.test");
    size_t len = ask_build(&r->ask, msg);
    ck_assert_msg(is_taken(f.zones, msg, len) == r->taken, "%s", r->what);
    hear(&f, msg, len);
    fixture_close(&f);
}
END_TEST

/* An image too old to list anything still answers. */
START_TEST(expired)
{
    uint8_t msg[ASK_MAX];
    struct zonetab_zone zone = {.image = testzone_build(&usual), .expired = true};
    ck_assert_pstr_eq(name_parse("bl.test", 7, &zone.name), NULL);
    struct zonetab *zones = zonetab_build(&zone, 1);
    size_t len = ask_build(&(struct ask){A("200.2.0.192.bl.test")}, msg);
    ck_assert(!is_taken(zones, msg, len));
    zonetab_free(zones);
    image_close((struct image *)(uintptr_t)zone.image);
}
END_TEST

/* What does not fit is cut by the long way. */
START_TEST(no_room)
{
    static const struct {
        const struct testzone *zone;
        unsigned answers;
        bool cut;
    } sizes[] = {{&full, 29, false}, {&too_full, 0, true}};
    for (unsigned i = 0; i < 2; i++) {
        struct fixture f;
        uint8_t msg[ASK_MAX];
        fixture_open(&f, &sizes[i].zone, 1, NULL);
        size_t len = ask_build(&(struct ask){A("1.2.0.192.bl.test")}, msg);
        struct heard h = fixture_hear(&f, &(struct query_options){0}, msg, len);
        ck_assert_uint_eq(h.result, QUERY_LISTED);
        ck_assert_uint_eq(dns_get16(h.p + 6), sizes[i].answers);
        ck_assert_uint_eq((h.p[2] & REPLY_TC) != 0, sizes[i].cut);
        free(h.p);
        fixture_close(&f);
    }
}
END_TEST

static void random_case(char *s, uint64_t *seed)
{
    for (; *s; s++)
        if (testzone_random(seed) >> 63)
            *s = (char)toupper((unsigned char)*s);
}

/* Half of them with an OPT, every eighth of these with something odd in it. */
static struct ask with_opt(const char *name, uint64_t r)
{
    struct ask a = {A(name), .edns = r & 1, .size = (uint16_t)(r >> 1 & 0x7ff)};
    a.oflags = (uint16_t)(r >> 16);
    if (r >> 32 & 7)
        return a;
    a.version = r >> 35 & 1;
    a.more[r >> 36 & 3] = (uint16_t)(r >> 38 & 1);
    a.cut = r >> 40 & 3;
    return a;
}

/* Any four octets, some of them spelt wrongly, below each zone: the same answer both ways. */
START_TEST(same_answers)
{
    const struct testzone *const zones[] = {&usual, &of_16, &of_17, &longest};
    struct fixture f;
    uint64_t seed = 20240117;
    unsigned short_way = 0;
    fixture_open(&f, zones, 4, "unloaded.test");
    for (unsigned i = 0; i < 20000; i++) {
        char name[128];
        uint8_t msg[ASK_MAX];
        uint64_t r = testzone_random(&seed), bad = testzone_random(&seed) >> 32;
        uint32_t addr = i % 2 ? (uint32_t)r : 0xc0000200u | (uint32_t)(r & 0x1ff);
        snprintf(name, sizeof name, "%u.%u.%s%u.%u%s.%s", addr & 255, addr >> 8 & 255,
                 bad % 16 == 0 ? "0" : "", addr >> 16 & 255, addr >> 24, bad % 16 == 1 ? "7" : "",
                 zones[r >> 40 & 3]->name);
        random_case(name, &seed);
        struct ask ask = with_opt(name, testzone_random(&seed));
        size_t len = ask_build(&ask, msg);
        short_way += is_taken(f.zones, msg, len);
        hear(&f, msg, len);
    }
    ck_assert_uint_gt(short_way, 14000);
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("express");
    TCase *tc = tcase_create("express");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, taken, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, expired);
    tcase_add_test(tc, no_room);
    tcase_add_test(tc, same_answers);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
