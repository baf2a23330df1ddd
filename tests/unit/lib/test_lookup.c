/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What exists in a DNSBL zone: queries against the two zones of tests/common/testzone.c.  LISTED
 * rows give the A values in order.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "tests/common/testzone.h"

#define ZEROS20    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define NODATA     ""
#define NXDOMAIN   NULL
#define MAPPED(x)  x ".f.f.f.f." ZEROS20 ".bl.test"
#define LABEL63    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGEST_49 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
    const char *name;
    const char *answer;
};

static const struct row rows[] = {
    /* RFC 5782 section 5: test points in every zone */
    {"2.0.0.127.bl.test", "127.0.0.2"},
    {"1.0.0.127.bl.test", NXDOMAIN},
    {MAPPED("2.0.0.0.0.0.f.7"), "127.0.0.2"},
    {MAPPED("1.0.0.0.0.0.f.7"), NXDOMAIN},
    {"test.dbl.test", "127.0.1.2"},
    {"test.bl.test", "127.0.0.2"},
    {"invalid.dbl.test", NXDOMAIN},
    {"2.0.0.127.dbl.test", "127.0.0.2"},
    /* in two lists */
    {"4.3.2.1.bl.test", "127.0.0.3 127.0.0.4"},
    {MAPPED("4.0.3.0.2.0.1.0"), "127.0.0.3 127.0.0.4"},
    /* a range, less one address */
    {"7.9.9.9.bl.test", "127.0.0.4"},
    {"0.9.9.9.bl.test", "127.0.0.4"},
    {"255.9.9.9.bl.test", "127.0.0.4"},
    {"13.9.9.9.bl.test", NXDOMAIN},
    {"12.9.9.9.bl.test", "127.0.0.4"},
    {"14.9.9.9.bl.test", "127.0.0.4"},
    {"0.10.9.9.bl.test", NXDOMAIN},
    {"255.8.9.9.bl.test", NXDOMAIN},
    /* a range not on an octet border */
    {"1.4.6.5.bl.test", "127.0.0.3"},
    {"255.7.6.5.bl.test", "127.0.0.3"},
    {"255.3.6.5.bl.test", NXDOMAIN},
    {"0.8.6.5.bl.test", NXDOMAIN},
    /* empty non-terminals, RFC 8020 */
    {"9.9.9.bl.test", NODATA},
    {"9.9.bl.test", NODATA},
    {"9.bl.test", NODATA},
    {"6.5.bl.test", NODATA},
    {"5.bl.test", NODATA},
    {"7.6.5.bl.test", NODATA},
    {"8.6.5.bl.test", NXDOMAIN},
    {"200.11.bl.test", NODATA},
    {"100.11.bl.test", NXDOMAIN},
    {"3.bl.test", NXDOMAIN},
    {"2.bl.test", NODATA}, /* a nibble of 2a00:... */
    {"8.bl.test", NXDOMAIN},
    {"0.bl.test", NODATA}, /* a nibble of ::ffff:... */
    /* nothing below an address */
    {"x.4.3.2.1.bl.test", NXDOMAIN},
    {"1.4.3.2.1.bl.test", NXDOMAIN},
    {"4.4.3.2.1.bl.test", NXDOMAIN},
    /* not an address */
    {"256.0.0.127.bl.test", NXDOMAIN},
    {"-1.0.0.127.bl.test", NXDOMAIN},
    {"1e1.0.0.127.bl.test", NXDOMAIN},
    {"0x7f.3.2.1.bl.test", NXDOMAIN},
    {"\\032.0.0.127.bl.test", NXDOMAIN},
    {"02.0.0.127.bl.test", NXDOMAIN},
    {"002.0.0.127.bl.test", NXDOMAIN},
    {"00.9.9.9.bl.test", NXDOMAIN},
    {"4294967298.0.0.127.bl.test", NXDOMAIN},
    {"+2.0.0.127.bl.test", NXDOMAIN},
    /* any case */
    {"2.0.0.127.bL.TeST", "127.0.0.2"},
    {"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.0.0.A.2.bl.test", "127.0.0.3"},
    {"0.0.F.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.0.0.A.2.bl.test", "127.0.0.3"},
    {"6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.0.0.a.2.bl.test", NXDOMAIN},
    {"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.0.0.g.2.bl.test", NXDOMAIN},
    /* names */
    {"exact.example.dbl.test", "127.0.1.2"},
    {"tree.example.dbl.test", "127.0.1.2"},
    {"a.b.tree.example.dbl.test", "127.0.1.2"},
    {"a.exact.example.dbl.test", NXDOMAIN},
    {"example.dbl.test", NODATA},
    {"wild.example.dbl.test", NODATA},
    {"x.wild.example.dbl.test", "127.0.1.2"},
    {"q7xwz31k.dbl.test", NXDOMAIN},
    {"xtree.example.dbl.test", NXDOMAIN},
    {"bl.test", NODATA},
    {"dbl.test", NODATA},
    {"ns1.bl.test", "127.0.0.1"},
    {"a.ns1.bl.test", NXDOMAIN},
    /* names are octets */
    {"a\\000b.dbl.test", NXDOMAIN},
    {"tree\\000.example.dbl.test", NXDOMAIN},
    {"a\\032b.dbl.test", NXDOMAIN},
    {"\\255.dbl.test", NXDOMAIN},
    {LABEL63 ".dbl.test", NXDOMAIN},
    {LABEL63 "." LABEL63 "." LABEL63 "." LONGEST_49 ".dbl.test", NXDOMAIN},
};

static struct image *bl, *dbl;

static void setup(void)
{
    bl = testzone_build(&testzone_bl);
    dbl = testzone_build(&testzone_dbl);
}

static void teardown(void)
{
    image_close(bl);
    image_close(dbl);
}

static void a_values(const struct image *img, const struct lookup_result *r, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < r->nset; i++)
        for (unsigned k = 0; k < answerset_na(img, r->set[i]); k++) {
            char text[ADDR4_TEXT_MAX];
            addr4_format(text, answerset_a(img, r->set[i], k));
            n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? " " : "", text);
        }
}

START_TEST(query)
{
    const struct row *row = &rows[_i];
    size_t len = strlen(row->name);
    bool names = len >= 8 && strcmp(row->name + len - 8, "dbl.test") == 0;
    const struct image *img = names ? dbl : bl;
    struct lookup_result r;
    char got[128];
    testzone_lookup(img, row->name, &r);
    a_values(img, &r, got, sizeof(got));
    ck_assert_str_eq(got, row->answer ? row->answer : "");
    ck_assert_int_eq(r.exists, row->answer != NXDOMAIN);
    ck_assert_int_eq(r.nset > 0, row->answer && *row->answer);
}
END_TEST

/* Every proper suffix of a listed 32-nibble name exists and has no data. */
START_TEST(nibble_suffixes)
{
    static const char host[] = "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
                               "3.0.0.0.1.0.0.0.0.0.a.2.bl.test";
    struct lookup_result r;
    testzone_lookup(bl, host + 2 * _i, &r);
    ck_assert(r.exists && r.nset == 0 && r.kind == LOOKUP_NAME);
    char other[sizeof(host)];
    memcpy(other, host, sizeof(host));
    other[2 * _i] = '7'; /* no sibling that is not above the others exists */
    testzone_lookup(bl, other + 2 * _i, &r);
    ck_assert(!r.exists || _i == 20);
}
END_TEST

/* 32 labels, of one digit each but for number two, and the zone's name. */
static size_t put_nibbles(uint8_t wire[static NAME_WIRE_MAX], uint8_t labels[static 34],
                          uint64_t seed, unsigned two)
{
    static const uint8_t zone[] = "\2bl\4test";
    size_t at = 0;
    for (unsigned i = 0; i < 32; i++) {
        labels[i] = (uint8_t)at;
        wire[at] = i == two ? 2 : 1;
        for (unsigned k = wire[at++]; k > 0; k--)
            wire[at++] = (uint8_t) "0123456789abcdef"[testzone_random(&seed) >> 60];
    }
    labels[32] = (uint8_t)at;
    labels[33] = (uint8_t)(at + 3);
    memcpy(wire + at, zone, sizeof zone);
    return at + sizeof zone;
}

static bool is_addr6(const uint8_t *wire, size_t len, const uint8_t *labels, struct addr6 *a)
{
    /* Not an octet more, for the sanitizer to see. */
    uint8_t *exact = malloc(len);
    struct lookup_result r;
    memcpy(exact, wire, len);
    lookup_find(bl, &(struct lookup_name){exact, labels, 34, 2}, &r);
    free(exact);
    *a = r.addr;
    return r.kind == LOOKUP_ADDR6;
}

/* Any octet as digit _i: an address or a name, as reading one digit after the other says. */
START_TEST(any_nibble)
{
    uint8_t wire[NAME_WIRE_MAX], labels[34];
    size_t len = put_nibbles(wire, labels, (uint64_t)_i + 1, 32);
    for (unsigned c = 0; c < 256; c++) {
        struct addr6 got, want = {0, 0};
        bool good = true;
        wire[2 * _i + 1] = (uint8_t)c;
        for (unsigned i = 0; i < 32; i++) {
            const char *hex = "0123456789abcdef", *d = memchr(hex, wire[63 - 2 * i], 16);
            want.hi = want.hi << 4 | want.lo >> 60;
            want.lo = want.lo << 4 | (uint64_t)(d ? d - hex : 0);
            good &= d != NULL;
        }
        ck_assert_msg(is_addr6(wire, len, labels, &got) == good, "octet %u", c);
        ck_assert(!good || (got.hi == want.hi && got.lo == want.lo));
    }
}
END_TEST

/* A label of two digits is none of an address. */
START_TEST(two_digits)
{
    uint8_t wire[NAME_WIRE_MAX], labels[34];
    struct addr6 a;
    size_t len = put_nibbles(wire, labels, 7, (unsigned)_i);
    ck_assert(is_addr6(wire, len, labels, &a) == (_i == 32));
}
END_TEST

START_TEST(kinds)
{
    struct lookup_result r;
    testzone_lookup(bl, "4.3.2.1.bl.test", &r);
    ck_assert(r.kind == LOOKUP_ADDR4 && r.addr.lo == 0x01020304 && !r.apex && r.name_labels == 4);
    testzone_lookup(bl, MAPPED("4.0.3.0.2.0.1.0"), &r);
    ck_assert(r.kind == LOOKUP_ADDR4 && r.addr.hi == 0 && r.addr.lo == 0x01020304);
    testzone_lookup(bl, "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.0.0.a.2.bl.test",
                    &r);
    ck_assert(r.kind == LOOKUP_ADDR6 && r.addr.hi == 0x2a00000100030000 && r.addr.lo == 5);
    testzone_lookup(bl, "bl.test", &r);
    ck_assert(r.apex && r.kind == LOOKUP_NAME && r.name_labels == 0);
    testzone_lookup(dbl, "a.b.tree.example.dbl.test", &r);
    ck_assert(r.kind == LOOKUP_NAME && r.match_label == 2 && r.name_labels == 4);
}
END_TEST

/* --- sub-names --- */

static const struct testzone with_subs = {
    .name = "z.test",
    .list = {{.name = "own", .a = "127.0.0.2", .entries = "192.0.2.1\n"},
             {.name = "names", .format = "domains", .a = "127.0.0.5", .entries = ".usa.x\n"},
             {.name = "usa", .sub = "usa", .a = "127.0.0.3", .entries = "192.0.2.2\n"},
             {.name = "deep", .sub = "b.a", .a = "127.0.0.4", .entries = "192.0.2.3\n"}},
};

static const struct row sub_rows[] = {
    {"1.2.0.192.z.test", "127.0.0.2"},
    {"1.2.0.192.usa.z.test", NXDOMAIN},
    {"2.2.0.192.usa.z.test", "127.0.0.3"},
    {"2.2.0.192.z.test", NXDOMAIN},
    {"3.2.0.192.b.a.z.test", "127.0.0.4"},
    {"3.2.0.192.a.z.test", NXDOMAIN},
    {"usa.z.test", NODATA},
    {"b.a.z.test", NODATA},
    {"a.z.test", NODATA}, /* above a sub-name */
    {"b.z.test", NXDOMAIN},
    {"xusa.z.test", NXDOMAIN},
    {"us.z.test", NXDOMAIN},
    {"usa.x.z.test", "127.0.0.5"},
    {"2.0.0.127.usa.z.test", "127.0.0.2"}, /* each has its test points */
    {"1.0.0.127.usa.z.test", NXDOMAIN},
};

START_TEST(sub_names)
{
    struct image *img = testzone_build(&with_subs);
    struct lookup_result r;
    char got[128];
    testzone_lookup(img, sub_rows[_i].name, &r);
    a_values(img, &r, got, sizeof(got));
    ck_assert_str_eq(got, sub_rows[_i].answer ? sub_rows[_i].answer : "");
    ck_assert_int_eq(r.exists, sub_rows[_i].answer != NXDOMAIN);
    image_close(img);
}
END_TEST

/* --- ranges --- */

struct range_row {
    unsigned family;
    struct addr6 addr, first, last;
};

#define V6 0x2a00000100020000
static const struct range_row ranges[] = {
    {4, {0, 0x01020304}, {0, 0x01020304}, {0, 0x01020304}},
    {4, {0, 0x05060512}, {0, 0x05060400}, {0, 0x050607ff}},
    {4, {0, 0x0909090e}, {0, 0x0909090e}, {0, 0x090909ff}},
    {4, {0, 0x09090901}, {0, 0x09090900}, {0, 0x0909090c}},
    {4, {0, 0x0bc00000}, {0, 0x0b800000}, {0, 0x0bffffff}},
    {6, {V6, 77}, {V6, 0}, {V6 | 0xffff, UINT64_MAX}},
};

START_TEST(range_around)
{
    const struct range_row *row = &ranges[_i];
    struct lookup_range got;
    lookup_range(bl, bl->views, row->family, row->addr, &got);
    ck_assert(got.first.hi == row->first.hi && got.first.lo == row->first.lo);
    ck_assert(got.last.hi == row->last.hi && got.last.lo == row->last.lo);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lookup");
    TCase *tc = tcase_create("lookup");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, query, 0, sizeof(rows) / sizeof(*rows));
    tcase_add_loop_test(tc, nibble_suffixes, 1, 32);
    tcase_add_loop_test(tc, any_nibble, 0, 32);
    tcase_add_loop_test(tc, two_digits, 0, 33);
    tcase_add_test(tc, kinds);
    tcase_add_loop_test(tc, range_around, 0, sizeof(ranges) / sizeof(*ranges));
    tcase_add_loop_test(tc, sub_names, 0, sizeof(sub_rows) / sizeof(*sub_rows));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
