/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

/* A copy without room to read past its end. */
static char *exact(const char *s, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, s, len);
    return copy;
}

struct good_row {
    const char *text;
    const char *want; /* as prefix_format() writes it */
    unsigned family, notes;
};

static const struct good_row good_rows[] = {
    /* IPv4 */
    {"192.0.2.7", "192.0.2.7", 4, 0},
    {"0.0.0.0", "0.0.0.0", 4, 0},
    {"255.255.255.255", "255.255.255.255", 4, 0},
    {"192.0.2.7/32", "192.0.2.7", 4, 0},
    {"192.0.2.0/24", "192.0.2.0/24", 4, 0},
    {"0.0.0.0/0", "0.0.0.0/0", 4, 0},
    {"192.0.2.6/31", "192.0.2.6/31", 4, 0},
    /* leading zeros are decimal: 010 is ten */
    {"192.000.002.007", "192.0.2.7", 4, ADDR_NOTE_LEADING_ZERO},
    {"010.1.1.1", "10.1.1.1", 4, ADDR_NOTE_LEADING_ZERO},
    {"1.2.3.08", "1.2.3.8", 4, ADDR_NOTE_LEADING_ZERO},
    /* host bits */
    {"192.0.2.77/24", "192.0.2.0/24", 4, ADDR_NOTE_HOST_BITS},
    {"255.255.255.255/0", "0.0.0.0/0", 4, ADDR_NOTE_HOST_BITS},
    {"192.0.02.77/24", "192.0.2.0/24", 4, ADDR_NOTE_HOST_BITS | ADDR_NOTE_LEADING_ZERO},
    /* IPv6 */
    {"2001:db8::1", "2001:db8::1", 6, 0},
    {"2001:DB8::AbCd", "2001:db8::abcd", 6, 0},
    {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1", 6, 0},
    {"::", "::", 6, 0},
    {"::1", "::1", 6, 0},
    {"1::", "1::", 6, 0},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", 6, 0},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 6, 0},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 6, 0},
    {"1:0:0:2:0:0:0:3", "1:0:0:2::3", 6, 0},
    {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4", 6, 0},
    {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201", 6, 0},
    {"::192.0.2.1", "::c000:201", 6, 0},
    {"64:ff9b::192.0.2.1", "64:ff9b::c000:201", 6, 0},
    {"2001:db8::/32", "2001:db8::/32", 6, 0},
    {"2001:db8::1/32", "2001:db8::/32", 6, ADDR_NOTE_HOST_BITS},
    {"2001:db8:0:0:1::/64", "2001:db8::/64", 6, ADDR_NOTE_HOST_BITS},
    {"2001:db8::1/128", "2001:db8::1", 6, 0},
    {"::/0", "::/0", 6, 0},
    /* IPv4 in IPv6 clothes */
    {"::ffff:192.0.2.1", "192.0.2.1", 4, ADDR_NOTE_MAPPED},
    {"::FFFF:c000:201", "192.0.2.1", 4, ADDR_NOTE_MAPPED},
    {"::ffff:192.0.2.0/120", "192.0.2.0/24", 4, ADDR_NOTE_MAPPED},
    {"::ffff:192.0.2.9/120", "192.0.2.0/24", 4, ADDR_NOTE_MAPPED | ADDR_NOTE_HOST_BITS},
    {"::ffff:0:0/96", "0.0.0.0/0", 4, ADDR_NOTE_MAPPED},
    {"::ffff:0:0/95", "::fffe:0:0/95", 6, ADDR_NOTE_HOST_BITS},
};

START_TEST(good)
{
    const struct good_row *row = &good_rows[_i];
    size_t len = strlen(row->text);
    char *text = exact(row->text, len);
    struct prefix p;
    unsigned notes = 0;
    ck_assert_ptr_null(prefix_parse(text, len, &p, &notes));
    ck_assert_uint_eq(p.family, row->family);
    ck_assert_uint_eq(notes, row->notes);
    char out[PREFIX_TEXT_MAX];
    size_t n = prefix_format(out, &p);
    ck_assert_str_eq(out, row->want);
    ck_assert_uint_eq(n, strlen(out));
    free(text);
}
END_TEST

struct bad_row {
    const char *text;
    const char *why;
};

static const struct bad_row bad_rows[] = {
    /* too little */
    {"", "address missing"},
    {"/24", "address missing"},
    {"1.2.3", "IPv4 address with fewer than four octets"},
    {"10/8", "IPv4 address with fewer than four octets"},
    {"10", "IPv4 address with fewer than four octets"},
    {"1.2.3.", "invalid IPv4 address"},
    {"1..2.3", "invalid IPv4 address"},
    {".1.2.3.4", "invalid IPv4 address"},
    {"1:2:3", "invalid IPv6 address"},
    {"1:2:3:4:5:6:7", "invalid IPv6 address"},
    /* too much */
    {"1.2.3.4.5", "invalid IPv4 address"},
    {"1.2.3.4.", "invalid IPv4 address"},
    {"300.1.1.1", "octet above 255"},
    {"1.2.3.256", "octet above 255"},
    {"1.2.3.0004", "octet of more than three digits"},
    {"1.2.3.4x", "text directly after the address"},
    {"1.2.3.4 ", "text directly after the address"},
    {"1:2:3:4:5:6:7:8:9", "invalid IPv6 address"},
    {"1:2:3:4:5:6:7::8", "invalid IPv6 address"},
    {"1:2:3:4:5:6:7:192.0.2.1", "invalid IPv6 address"},
    {"12345::", "invalid IPv6 address"},
    {"::192.0.2.1:1", "invalid IPv6 address"},
    {"::192.0.2.256", "invalid IPv6 address"},
    /* wrong punctuation */
    {":", "invalid IPv6 address"},
    {":::", "invalid IPv6 address"},
    {"::1::", "invalid IPv6 address"},
    {":1:2:3:4:5:6:7", "invalid IPv6 address"},
    {"1:2:3:4:5:6:7:", "invalid IPv6 address"},
    {"::g", "invalid IPv6 address"},
    /* other notations */
    {"1.2.3.4:25", "address with a port or brackets"},
    {"[2001:db8::1]:25", "address with a port or brackets"},
    {"1.2.3.4-1.2.3.9", "address range; only ADDRESS or ADDRESS/LENGTH is accepted"},
    {"fe80::1%eth0", "IPv6 zone identifier not accepted"},
    {"example.com", "not an IP address"},
    {"-1.2.3.4", "not an IP address"},
    {"0x7f.0.0.1", "not an IP address"},
    /* prefix length */
    {"1.2.3.4/", "prefix length missing after the slash"},
    {"1.2.3.4/33", "prefix length above 32"},
    {"1.2.3.4/999", "prefix length above 32"},
    {"1.2.3.4/4294967296", "invalid prefix length"},
    {"1.2.3.4/-1", "invalid prefix length"},
    {"1.2.3.4/+8", "invalid prefix length"},
    {"1.2.3.4/2 ", "invalid prefix length"},
    {"1.2.3.4/24/24", "invalid prefix length"},
    {"1.2.3.4/255.255.255.0", "invalid prefix length"},
    {"1.2.3.4/024", "prefix length with a leading zero"},
    {"1.2.3.4/00", "prefix length with a leading zero"},
    {"::/129", "prefix length above 128"},
};

START_TEST(bad)
{
    const struct bad_row *row = &bad_rows[_i];
    size_t len = strlen(row->text);
    char *text = exact(row->text, len);
    struct prefix p = {.len = 77};
    unsigned notes = 0;
    ck_assert_pstr_eq(prefix_parse(text, len, &p, &notes), row->why);
    /* Nothing is handed out on failure. */
    ck_assert_uint_eq(p.len, 77);
    ck_assert_uint_eq(notes, 0);
    free(text);
}
END_TEST

struct scan_row {
    const char *text;
    size_t used;
};

static const struct scan_row scan_rows[] = {
    {"192.0.2.1", 9}, {"192.0.2.1 x", 9}, {"192.0.2.1/24", 9}, {"192.0.2.1-", 9}, {"1.2.3.4:", 7},
    {"", 0},          {"1.2.3", 0},       {"1.2.3.4.", 0},     {"1.2.3.45", 8},   {"1.2.3.4567", 0},
    {" 1.2.3.4", 0},  {"1.2.3.256", 0},
};

START_TEST(scan)
{
    const struct scan_row *row = &scan_rows[_i];
    size_t len = strlen(row->text);
    char *text = exact(row->text, len);
    uint32_t addr;
    unsigned notes = 0;
    ck_assert_uint_eq(addr4_scan(text, len, &addr, &notes), row->used);
    free(text);
}
END_TEST

/* Every octet in every place and spelling. */
START_TEST(octets)
{
    for (unsigned value = 0; value < 1000; value++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "7.%u.8.%03u", value, value);
        uint32_t addr = 0;
        unsigned notes = 0;
        size_t used = addr4_scan(text, (size_t)len, &addr, &notes);
        ck_assert_uint_eq(used, value > 255 ? 0 : (size_t)len);
        if (value > 255)
            continue;
        ck_assert_uint_eq(addr, 7U << 24 | value << 16 | 8U << 8 | value);
        ck_assert_uint_eq(notes, value < 100 ? ADDR_NOTE_LEADING_ZERO : 0);
    }
}
END_TEST

/* parse(format(x)) is x, over addresses with runs of zero words in all places. */
START_TEST(roundtrip6)
{
    for (unsigned zeros = 0; zeros < 256; zeros++) {
        struct addr6 a = {0};
        for (unsigned i = 0; i < 8; i++) {
            uint64_t word = zeros >> i & 1 ? 0 : 0xa0 + i;
            if (i < 4)
                a.hi |= word << (48 - 16 * i);
            else
                a.lo |= word << (112 - 16 * i);
        }
        char text[ADDR6_TEXT_MAX];
        size_t len = addr6_format(text, a);
        ck_assert_uint_eq(len, strlen(text));
        ck_assert_uint_lt(len, sizeof(text));
        struct addr6 back;
        ck_assert_msg(addr6_parse(text, len, &back), "%s", text);
        ck_assert_msg(back.hi == a.hi && back.lo == a.lo, "%s", text);
    }
}
END_TEST

START_TEST(longest_texts)
{
    char text[PREFIX_TEXT_MAX];
    struct prefix p = {.addr = {UINT64_MAX, UINT64_MAX}, .len = 127, .family = 6};
    prefix_format(text, &p);
    ck_assert_str_eq(text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
    char mapped[ADDR6_TEXT_MAX];
    addr6_format(mapped, (struct addr6){0, 0xffffc0000201});
    ck_assert_str_eq(mapped, "::ffff:192.0.2.1");
    struct addr6 a;
    ck_assert(!addr6_parse("1.2.3.4", 7, &a));
    ck_assert(!addr6_parse("::1/128", 7, &a));
}
END_TEST

static bool contains(const char *prefix, const char *addr)
{
    struct prefix p, a;
    unsigned notes = 0;
    ck_assert_ptr_null(prefix_parse(prefix, strlen(prefix), &p, &notes));
    ck_assert_ptr_null(prefix_parse(addr, strlen(addr), &a, &notes));
    return prefix_contains(&p, a.family, a.addr);
}

START_TEST(containment)
{
    ck_assert(contains("192.0.2.0/24", "192.0.2.255"));
    ck_assert(!contains("192.0.2.0/24", "192.0.3.0"));
    ck_assert(!contains("192.0.2.0/24", "192.0.1.255"));
    ck_assert(contains("0.0.0.0/0", "255.0.0.1"));
    ck_assert(!contains("0.0.0.0/0", "::1"));
    ck_assert(contains("192.0.2.1", "192.0.2.1"));
    ck_assert(!contains("192.0.2.1", "192.0.2.0"));
    ck_assert(contains("::/0", "2001:db8::1"));
    ck_assert(!contains("::/0", "192.0.2.1"));
    ck_assert(contains("2001:db8::/33", "2001:db8:7fff::"));
    ck_assert(!contains("2001:db8::/33", "2001:db8:8000::"));
    ck_assert(contains("2001:db8::/64", "2001:db8::ffff:0:0:1"));
    ck_assert(!contains("2001:db8::/65", "2001:db8::ffff:0:0:1"));
    ck_assert(!contains("2001:db8::1", "2001:db8::"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("addr");
    TCase *tc = tcase_create("addr");
    tcase_add_loop_test(tc, good, 0, ROWS(good_rows));
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_loop_test(tc, scan, 0, ROWS(scan_rows));
    tcase_add_test(tc, octets);
    tcase_add_test(tc, roundtrip6);
    tcase_add_test(tc, longest_texts);
    tcase_add_test(tc, containment);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
