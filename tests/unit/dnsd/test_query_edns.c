/* SPDX-License-Identifier: BSD-2-Clause */
/* EDNS (RFC 6891): sizes, versions, flags, options, broken records. */
#include <check.h>
#include <stdlib.h>

#include "tests/common/expect.h"

#define A(text)    .name = (text), .type = DNS_TYPE_A
#define LISTED     A("2.0.0.127.bl.test")
#define UNLISTED   A("1.0.0.127.bl.test")
#define LISTED_A   SAYS("300 A 127.0.0.2")
#define OTHER_ZONE A("example.org")

/* Records to append: one more OPT, one whose owner is "x", one cut short. */
#define OPT         "\0\0\x29\x04\xd0\0\0\0\0\0\0"
#define OPT_OWNER   "\1x\0\0\x29\x04\xd0\0\0\0\0\0\0"
#define OPT_TO_ROOT "\xc0\x1e\0\x29\x04\xd0\0\0\0\0\0\0" /* a pointer to the question's root */
#define A_RR        "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"

static struct fixture fixture;

static const struct row rows[] = {
    {"E1 0", {LISTED, ASK_EDNS(0)}, LISTED_A, .len = 62},
    {"E1 1", {LISTED, ASK_EDNS(1)}, LISTED_A, .len = 62},
    {"E1 511", {LISTED, ASK_EDNS(511)}, LISTED_A},
    {"E2", {LISTED, ASK_EDNS(65535)}, LISTED_A},
    {"E3", {LISTED}, LISTED_A},
    {"E4 NXD", {UNLISTED, ASK_EDNS(1232)}, IS(NXD), .len = 97},
    {"E4 NODATA", {A("9.9.bl.test"), ASK_EDNS(1232)}, IS(NODATA)},
    {"E4 REFUSED", {OTHER_ZONE, ASK_EDNS(1232)}, ECHOES(REFUSED), .ede = 20},
    {"E4 SERVFAIL", {A("unloaded.test"), ASK_EDNS(1232)}, ECHOES(SERVFAIL), .ede = 14},
    {"E4 option", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\3\0\1")}, ECHOES(FORMERR)},
    {"E5 1", {LISTED, ASK_EDNS(1232), .version = 1}, ECHOES(BADVERS)},
    {"E5 2", {LISTED, ASK_EDNS(1232), .version = 2}, ECHOES(BADVERS)},
    {"E5 255", {LISTED, ASK_EDNS(1232), .version = 255}, ECHOES(BADVERS)},
    {"E5 RD", {LISTED, ASK_EDNS(1232), .version = 1, .flags = ASK_RD}, ECHOES(BADVERS)},
    {"E5 flag", {LISTED, ASK_EDNS(1232), .version = 1, .oflags = 0x40}, ECHOES(BADVERS)},
    {"E5 outside", {OTHER_ZONE, ASK_EDNS(1232), .version = 1}, ECHOES(BADVERS)},
    {"E5 not loaded", {A("unloaded.test"), ASK_EDNS(0), .version = 1}, ECHOES(BADVERS)},
    {"E5 TCP", {LISTED, ASK_EDNS(0), .version = 1, .tcp = true}, ECHOES(BADVERS)},
    {"E6",
     {LISTED, ASK_EDNS(1232), .more = {0, 0, 0, 1}, ASK_TAIL(OPT)},
     ECHOES(FORMERR),
     .no_opt = true},
    {"E6 after a bad version",
     {LISTED, ASK_EDNS(1232), .version = 1, .more = {0, 0, 0, 1}, ASK_TAIL(OPT)},
     ECHOES(FORMERR),
     .no_opt = true},
    {"E7", {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL(OPT_OWNER)}, ECHOES(FORMERR)},
    {"E7 pointer", {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL(OPT_TO_ROOT)}, ECHOES(FORMERR)},
    {"E7 and a good one",
     {LISTED, ASK_EDNS(1232), .more = {0, 0, 0, 1}, ASK_TAIL(OPT_OWNER)},
     ECHOES(FORMERR),
     .no_opt = true},
    {"E8 answer", {LISTED, .more = {0, 1}, ASK_TAIL(OPT)}, ECHOES(FORMERR)},
    {"E8 authority", {LISTED, .more = {0, 0, 1}, ASK_TAIL(OPT)}, ECHOES(FORMERR)},
    {"E9 data beyond the message",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\0"), .cut = 1},
     ECHOES(FORMERR),
     .no_opt = true},
    {"E9 no data at all",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\0"), .cut = 4},
     ECHOES(FORMERR),
     .no_opt = true},
    {"E9 header cut", {LISTED, ASK_EDNS(1232), .cut = 1}, ECHOES(FORMERR), .no_opt = true},
    {"E9 option beyond the data",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\5abcd")},
     ECHOES(FORMERR)},
    {"E9 option of 65535",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\xff\xff")},
     ECHOES(FORMERR)},
    {"E9 1 stray", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\0a")}, ECHOES(FORMERR)},
    {"E9 2 stray", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\0ab")}, ECHOES(FORMERR)},
    {"E9 3 stray", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\0abc")}, ECHOES(FORMERR)},
    {"E9 1 octet", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("a")}, ECHOES(FORMERR)},
    {"E9 DO", {LISTED, ASK_EDNS(1232), .oflags = 0x8000, ASK_OPTIONS("a")}, ECHOES(FORMERR)},
    {"E10 1", {LISTED, ASK_EDNS(1232), .xrcode = 1}, LISTED_A},
    {"E10 255", {LISTED, ASK_EDNS(1232), .xrcode = 255}, LISTED_A},
    {"E11 0x4000", {LISTED, ASK_EDNS(1232), .oflags = 0x4000}, LISTED_A},
    {"E11 0x0001", {LISTED, ASK_EDNS(1232), .oflags = 0x0001}, LISTED_A},
    {"E11 0x7fff", {LISTED, ASK_EDNS(1232), .oflags = 0x7fff}, LISTED_A},
    {"E11 0xffff", {LISTED, ASK_EDNS(1232), .oflags = 0xffff}, LISTED_A},
    {"E11 DO", {LISTED, ASK_EDNS(1232), .oflags = 0x8000}, LISTED_A},
    {"E12 100", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\3abc")}, LISTED_A},
    {"E12 65001", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\xfd\xe9\0\0")}, LISTED_A},
    {"E15", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\013\0\0")}, LISTED_A},
    {"E15 with a time", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\013\0\2\0\1")}, LISTED_A},
    {"E17", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\014\0\4\0\0\0\0")}, LISTED_A},
    {"E18", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\010\0\7\0\1\x18\0\xc0\0\2")}, LISTED_A},
    {"E18 family", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\010\0\4\x99\x99\0\0")}, LISTED_A},
    {"E21 no OPT", {OTHER_ZONE}, ECHOES(REFUSED)},
    {"E21 sent to us",
     {OTHER_ZONE, ASK_EDNS(1232), ASK_OPTIONS("\0\017\0\2\0\1")},
     ECHOES(REFUSED),
     .ede = 20},
    {"behind another record",
     {LISTED, .more = {0, 0, 0, 2}, ASK_TAIL(A_RR OPT)},
     LISTED_A,
     .opt_in_tail = true},
    {"before another record",
     {LISTED, ASK_EDNS(1232), .more = {0, 0, 0, 1}, ASK_TAIL(A_RR)},
     LISTED_A},
    {"M10 with OPT",
     {LISTED, .more = {0, 1, 0, 1}, ASK_TAIL(A_RR OPT)},
     ECHOES(FORMERR),
     .opt_in_tail = true},
    {"M10 authority, with OPT",
     {LISTED, .more = {0, 0, 1, 1}, ASK_TAIL(A_RR OPT)},
     ECHOES(FORMERR),
     .opt_in_tail = true},
    {"E8 another in additional",
     {LISTED, .more = {0, 1, 0, 1}, ASK_TAIL(OPT OPT)},
     ECHOES(FORMERR),
     .opt_in_tail = true},
};

START_TEST(row)
{
    expect_row(&fixture, &rows[_i]);
}
END_TEST

/* E12: 300 options in one OPT, all empty, all unknown; all different. */
START_TEST(many_options)
{
    char options[300 * 4] = {0};
    struct row r = {"E12 300", {LISTED, ASK_EDNS(1232)}, LISTED_A, .len = 62};
    for (unsigned i = 0; i < 300; i++)
        dns_put16((uint8_t *)options + 4 * i, (uint16_t)(_i ? 100 : 1000 + i));
    r.ask.options = options;
    r.ask.options_len = sizeof options;
    expect_row(&fixture, &r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_edns");
    TCase *tc = tcase_create("edns");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, many_options, 0, 2);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
