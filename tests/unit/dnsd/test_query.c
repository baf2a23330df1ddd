/* SPDX-License-Identifier: BSD-2-Clause */
/* What exists in a zone and what does not: addresses, test points, names, borders. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/expect.h"

#define A(text)      .name = (text), .type = DNS_TYPE_A
#define OF(t, text)  .name = (text), .type = (t)
#define TXT(text)    OF(DNS_TYPE_TXT, text)
#define ZEROS_20     "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define MAPPED(last) last ".0.0.0.0.0.f.7.f.f.f.f." ZEROS_20 ".bl.test"
#define LABEL_63     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
/* With ".bl.test" and 52 octets in the first label 254 octets; one more is the most there may be.
 */
#define LABEL_52 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NAME_255 LABEL_63 "." LABEL_63 "." LABEL_63 ".b" LABEL_52 ".bl.test"
/* 2a00:1:2:0:0:0:0:7 and 2a00:1:3::5, 2a00:1:3::6 */
#define IN_48        "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.0.0.a.2.bl.test"
#define HOST_5(last) last ".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.1.0.0.0.0.0"

static struct fixture fixture;

#define BOTH_TXT "300 TXT \"alpha lists 1.2.3.4\"; 300 TXT \"beta lists 1.2.3.4\""

static const struct row rows[] = {
    {"D1", {A("2.0.0.127.bl.test")}, SAYS("300 A 127.0.0.2"), .len = 51},
    {"D1 TXT", {TXT("2.0.0.127.bl.test")}, SAYS("300 TXT \"Test entry\"")},
    {"D2", {A("1.0.0.127.bl.test")}, IS(NXD), .len = 86},
    {"D2 TXT", {TXT("1.0.0.127.bl.test")}, IS(NXD)},
    {"D3", {A(MAPPED("2"))}, SAYS("300 A 127.0.0.2")},
    {"D4", {A(MAPPED("1"))}, IS(NXD)},
    {"D5", {A("test.dbl.test")}, IS(LISTED)},
    {"D5 invalid", {A("invalid.dbl.test")}, IS(NXD)},
    {"D5 address zone", {A("test.bl.test")}, SAYS("300 A 127.0.0.2")},
    {"D5 invalid in an address zone", {A("invalid.bl.test")}, IS(NXD)},
    {"D6", {A("4.3.2.1.bl.test")}, SAYS("300 A 127.0.0.3; 300 A 127.0.0.4"), .len = 65},
    {"D7", {TXT("4.3.2.1.bl.test")}, SAYS(BOTH_TXT)},
    {"D8 AAAA", {OF(28, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 MX", {OF(15, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 HTTPS", {OF(65, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 65280", {OF(65280, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 0", {OF(0, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 OPT", {OF(41, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 TKEY", {OF(249, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 TSIG", {OF(250, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 MAILB", {OF(253, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 SOA", {OF(6, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D8 NS", {OF(2, "4.3.2.1.bl.test")}, IS(NODATA)},
    {"D9", {A("7.9.9.9.bl.test")}, SAYS("300 A 127.0.0.4")},
    {"D10", {A("13.9.9.9.bl.test")}, IS(NXD)},
    {"D10 before", {A("12.9.9.9.bl.test")}, SAYS("300 A 127.0.0.4")},
    {"D10 behind", {A("14.9.9.9.bl.test")}, SAYS("300 A 127.0.0.4")},
    {"D11 first", {A("0.4.6.5.bl.test")}, SAYS("300 A 127.0.0.3")},
    {"D11", {A("1.4.6.5.bl.test")}, SAYS("300 A 127.0.0.3")},
    {"D11 last", {A("255.7.6.5.bl.test")}, SAYS("300 A 127.0.0.3")},
    {"D11 before", {A("255.3.6.5.bl.test")}, IS(NXD)},
    {"D11 behind", {A("0.8.6.5.bl.test")}, IS(NXD)},
    {"D12 three", {A("9.9.9.bl.test")}, IS(NODATA)},
    {"D12 two", {TXT("9.9.bl.test")}, IS(NODATA)},
    {"D12 one", {OF(255, "9.bl.test")}, IS(NODATA)},
    {"D13", {A("6.5.bl.test")}, IS(NODATA)},
    {"D13 one", {A("5.bl.test")}, IS(NODATA)},
    {"D13 three", {A("7.6.5.bl.test")}, IS(NODATA)},
    {"D13 none", {A("8.6.5.bl.test")}, IS(NXD)},
    {"D14", {A("200.11.bl.test")}, IS(NODATA)},
    {"D14 none", {A("100.11.bl.test")}, IS(NXD)},
    {"D15", {A("3.bl.test")}, IS(NXD)},
    {"D15 nibble only", {A("2.bl.test")}, IS(NODATA)},
    {"D15 nibbles of the mapped addresses", {A("0.bl.test")}, IS(NODATA)},
    {"D16 host", {A(HOST_5("5") ".a.2.bl.test")}, SAYS("300 A 127.0.0.3")},
    {"D16 beside", {A(HOST_5("6") ".a.2.bl.test")}, IS(NXD)},
    {"D16 in a range", {A(IN_48)}, SAYS("300 A 127.0.0.3")},
    {"D17", {A("x.4.3.2.1.bl.test")}, IS(NXD)},
    {"D17 digit", {A("1.4.3.2.1.bl.test")}, IS(NXD)},
    {"D17 in a range", {A("1.7.9.9.9.bl.test")}, IS(NXD)},
    {"D17 IPv6", {A("1." HOST_5("5") ".a.2.bl.test")}, IS(NXD)},
    {"D18 256", {A("256.0.0.127.bl.test")}, IS(NXD)},
    {"D18 258", {A("258.0.0.127.bl.test")}, IS(NXD)},
    {"D18 263, carried into a listed range", {A("263.8.9.9.bl.test")}, IS(NXD)},
    {"D18 sign", {A("-1.0.0.127.bl.test")}, IS(NXD)},
    {"D18 plus", {A("+2.0.0.127.bl.test")}, IS(NXD)},
    {"D18 exponent", {A("1e1.0.0.127.bl.test")}, IS(NXD)},
    {"D18 hexadecimal", {A("0x7f.0.0.127.bl.test")}, IS(NXD)},
    {"D18 blank", {A("\\032.0.0.127.bl.test")}, IS(NXD)},
    {"D18 blank behind", {A("2\\032.0.0.127.bl.test")}, IS(NXD)},
    {"D18 wraps", {A("4294967298.0.0.127.bl.test")}, IS(NXD)},
    {"D18 dot inside", {A("2\\0460.0.127.bl.test")}, IS(NXD)},
    {"D19", {A("02.0.0.127.bl.test")}, IS(NXD)},
    {"D19 zeros", {A("2.00.0.127.bl.test")}, IS(NXD)},
    {"D20", {A("2.0.0.127.bL.TeST")}, SAYS("300 A 127.0.0.2")},
    {"D20 IPv6", {A(HOST_5("5") ".A.2.Bl.tESt")}, SAYS("300 A 127.0.0.3")},
    {"D20 negative", {A("1.0.0.127.BL.TEST")}, IS(NXD)},
    {"D20 name", {A("EXACT.eXample.dbl.TEST")}, SAYS("300 A 127.0.1.2")},
    {"D21 exact", {A("exact.example.dbl.test")}, SAYS("300 A 127.0.1.2")},
    {"D21 tree", {A("tree.example.dbl.test")}, SAYS("300 A 127.0.1.2")},
    {"D21 below", {A("a.b.tree.example.dbl.test")}, SAYS("300 A 127.0.1.2")},
    {"D21 below exact", {A("a.exact.example.dbl.test")}, IS(NXD)},
    {"D21 between", {A("example.dbl.test")}, IS(NODATA)},
    {"D21 TXT", {TXT("a.b.tree.example.dbl.test")}, SAYS("300 TXT \"a.b.tree.example is listed\"")},
    {"D22", {A("q7x2kd.dbl.test")}, IS(NXD)},
    {"D23 NUL", {A("\\000.0.0.127.bl.test")}, IS(NXD)},
    {"D23 NUL behind", {A("2\\000.0.0.127.bl.test")}, IS(NXD)},
    {"D23 255", {A("\\255.dbl.test")}, IS(NXD)},
    {"D23 63 octets", {A(LABEL_63 ".dbl.test")}, IS(NXD)},
    {"D23 255 octets", {A(NAME_255)}, IS(NXD)},
};

START_TEST(row)
{
    expect_row(&fixture, &rows[_i]);
}
END_TEST

/* 1 to 31 labels of each name: something lies below. */
static const char *const deep[] = {HOST_5("5") ".a.2.bl.test", IN_48, MAPPED("2")};

START_TEST(d16_suffixes)
{
    const char *name = deep[_i];
    for (unsigned labels = 31; labels > 0; labels--) {
        name = strchr(name, '.') + 1;
        expect_row(&fixture, &(struct row){"D16", {A(name)}, IS(NODATA)});
    }
    ck_assert_str_eq(strchr(name, '.'), ".bl.test");
}
END_TEST

/* Every octet of the answer that the introduction of RFC 5782 section 5 wants first. */
START_TEST(golden)
{
    static const uint8_t want[51] =
        "\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\0012\0010\0010\003127\002bl\004test\0"
        "\0\1\0\1"
        "\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\x7f\x00\x00\x02";
    uint8_t msg[ASK_MAX];
    size_t len = ask_build(&(struct ask){A("2.0.0.127.bl.test")}, msg);
    struct heard h = fixture_hear(&fixture, &(struct query_options){0}, msg, len);
    ck_assert_uint_eq(len, 35);
    ck_assert_uint_eq(h.len, sizeof want);
    ck_assert_mem_eq(h.p, want, sizeof want);
    free(h.p);
}
END_TEST

/* D24: what a zone lists is answered from 127.0.0.0/8, and never as 127.0.0.1. */
START_TEST(d24_answers_are_loopback)
{
    unsigned listed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t msg[ASK_MAX];
        size_t len = ask_build(&rows[i].ask, msg);
        struct heard h = fixture_hear(&fixture, &(struct query_options){0}, msg, len);
        bool is_a = h.result == QUERY_LISTED && rows[i].ask.type == DNS_TYPE_A;
        for (unsigned k = dns_get16(h.p + 6); is_a && k > 0; k--) {
            const uint8_t *a = h.p + h.len - 16 * k + 12;
            ck_assert_msg(a[0] == 127 && (a[1] | a[2] || a[3] != 1) && a[1] != 255, "%s",
                          rows[i].id);
            listed++;
        }
        free(h.p);
    }
    ck_assert_uint_gt(listed, 15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query");
    TCase *tc = tcase_create("names");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, d16_suffixes, 0, (int)(sizeof deep / sizeof deep[0]));
    tcase_add_test(tc, golden);
    tcase_add_test(tc, d24_answers_are_loopback);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
