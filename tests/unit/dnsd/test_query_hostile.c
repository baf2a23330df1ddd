/* SPDX-License-Identifier: BSD-2-Clause */
/* Broken and hostile messages. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/common/expect.h"

#define A(text)   .name = (text), .type = DNS_TYPE_A
#define LISTED    A("2.0.0.127.bl.test")
#define LISTED_A  SAYS("300 A 127.0.0.2")
#define ALL_FLAGS (ASK_AA | ASK_TC | ASK_RD | ASK_RA | ASK_Z | ASK_AD | ASK_CD)
#define A_RR      "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"
#define ROOT_RR   "\0\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"
/* The question is written by hand: tail instead of name, and a count of one. */
#define BY_HAND(bytes) .more = {1}, ASK_TAIL(bytes)
#define IN_A           "\0\1\0\1"

#define L63                                                                                        \
    "\x3f"                                                                                         \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L52                                                                                        \
    "\x34"                                                                                         \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define L53                                                                                        \
    "\x35"                                                                                         \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define L54                                                                                        \
    "\x36"                                                                                         \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ZONE "\2bl\4test\0"

static struct fixture fixture;

static const struct row rows[] = {
    {"M2", {LISTED, .flags = ASK_QR}, IS(DROP)},
    {"M2 opcode", {.opcode = 15, .flags = ASK_QR}, IS(DROP)},
    {"M2 answer", {LISTED, .flags = ASK_QR, .more = {0, 1}, ASK_TAIL(A_RR)}, IS(DROP)},
    {"M4", {.opcode = 0}, BARE(FORMERR)},
    {"M4 RD", {.flags = ASK_RD}, BARE(FORMERR)},
    {"M4 all flags", {.flags = ALL_FLAGS}, BARE(FORMERR)},
    {"M5 no question", {.more = {1}}, BARE(FORMERR)},
    {"M5 QCLASS cut", {LISTED, .cut = 1}, BARE(FORMERR)},
    {"M5 QCLASS missing", {LISTED, .cut = 2}, BARE(FORMERR)},
    {"M5 QTYPE cut", {LISTED, .cut = 3}, BARE(FORMERR)},
    {"M5 QTYPE missing", {LISTED, .cut = 4}, BARE(FORMERR)},
    {"M5 root octet missing", {LISTED, .cut = 5}, BARE(FORMERR)},
    {"M5 label past the end", {BY_HAND("\2bl\5test")}, BARE(FORMERR)},
    {"M5 label of 63 past the end", {BY_HAND("\x3f")}, BARE(FORMERR)},
    {"M5 length alone", {BY_HAND("\1")}, BARE(FORMERR)},
    {"M6 2", {LISTED, .more = {1}}, BARE(FORMERR)},
    {"M6 2 present", {LISTED, .more = {1}, ASK_TAIL("\2bl\4test\0" IN_A)}, BARE(FORMERR)},
    {"M6 65535", {LISTED, .more = {65534}}, BARE(FORMERR)},
    {"M6 256: its low octet is 0", {LISTED, .more = {255}}, BARE(FORMERR)},
    {"M6 257: its low octet is 1", {LISTED, .more = {256}}, BARE(FORMERR)},
    {"M6 and OPT", {LISTED, ASK_EDNS(1232), .more = {1}}, BARE(FORMERR)},
    {"M7 01",
     {BY_HAND("\x41"
              "a" ZONE IN_A)},
     BARE(FORMERR)},
    {"M7 10",
     {BY_HAND("\x81"
              "a" ZONE IN_A)},
     BARE(FORMERR)},
    {"M7 01000000", {BY_HAND("\x40" ZONE IN_A)}, BARE(FORMERR)},
    {"M7 to itself", {BY_HAND("\xc0\x0c" IN_A)}, BARE(FORMERR)},
    {"M7 forward", {BY_HAND("\xc0\x12" IN_A "\2bl\4test\0")}, BARE(FORMERR)},
    {"M7 to the header", {BY_HAND("\xc0\x04" IN_A)}, BARE(FORMERR)},
    {"M7 loop of two", {BY_HAND("\xc0\x0e\xc0\x0c" IN_A)}, BARE(FORMERR)},
    {"M7 after a label", {BY_HAND("\1a\xc0\x0c" IN_A)}, BARE(FORMERR)},
    {"M7 half", {BY_HAND("\1a\xc0")}, BARE(FORMERR)},
    {"M7 past the end", {BY_HAND("\xff\xff" IN_A)}, BARE(FORMERR)},
    {"M8 255", {BY_HAND(L63 L63 L63 L53 ZONE IN_A)}, IS(NXD)},
    {"M8 256", {BY_HAND(L63 L63 L63 L54 ZONE IN_A)}, BARE(FORMERR)},
    {"M8 ends behind 255", {BY_HAND(L63 L63 L63 L63 "\0" IN_A)}, BARE(FORMERR)},
    {"M9 ANCOUNT 1", {LISTED, .more = {0, 1}}, ECHOES(FORMERR)},
    {"M9 ANCOUNT 65535", {LISTED, .more = {0, 65535}}, ECHOES(FORMERR)},
    {"M9 NSCOUNT 1", {LISTED, .more = {0, 0, 1}}, ECHOES(FORMERR)},
    {"M9 NSCOUNT 65535", {LISTED, .more = {0, 0, 65535}}, ECHOES(FORMERR)},
    {"M9 ARCOUNT 1", {LISTED, .more = {0, 0, 0, 1}}, ECHOES(FORMERR)},
    {"M9 ARCOUNT 65535", {LISTED, .more = {0, 0, 0, 65535}}, ECHOES(FORMERR)},
    {"M9 all 65535", {LISTED, .more = {0, 65535, 65535, 65535}}, ECHOES(FORMERR)},
    {"M9 one of two", {LISTED, .more = {0, 0, 0, 2}, ASK_TAIL(A_RR)}, ECHOES(FORMERR)},
    {"M9 RD", {LISTED, .flags = ASK_RD, .more = {0, 1}}, ECHOES(FORMERR)},
    {"M9 all flags", {LISTED, .flags = ALL_FLAGS, .more = {0, 1}}, ECHOES(FORMERR)},
    {"M9 outside", {A("example.org"), .more = {0, 1}}, ECHOES(FORMERR)},
    {"M10", {LISTED, .more = {0, 1}, ASK_TAIL(A_RR)}, ECHOES(FORMERR)},
    {"M10 authority", {LISTED, .more = {0, 0, 1}, ASK_TAIL(A_RR)}, ECHOES(FORMERR)},
    {"M10 three", {LISTED, .more = {0, 3}, ASK_TAIL(A_RR ROOT_RR A_RR)}, ECHOES(FORMERR)},
    {"M10 additional is allowed", {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL(A_RR)}, LISTED_A},
    {"M11 1", {LISTED, ASK_TAIL("\0")}, ECHOES(FORMERR)},
    {"M11 a record uncounted", {LISTED, ASK_TAIL(A_RR)}, ECHOES(FORMERR)},
    {"M11 behind OPT", {LISTED, ASK_EDNS(1232), ASK_TAIL("\0")}, ECHOES(FORMERR)},
    {"M11 behind a bad version",
     {LISTED, ASK_EDNS(1232), .version = 1, ASK_TAIL("\0")},
     ECHOES(FORMERR)},
    {"owner past the end", {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL("\x3f")}, ECHOES(FORMERR)},
    {"owner half a pointer", {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL("\xc0")}, ECHOES(FORMERR)},
    {"owner label 01",
     {LISTED, .more = {0, 0, 0, 1}, ASK_TAIL("\x40\0\0\1\0\1\0\0\0\0\0\0")},
     ECHOES(FORMERR)},
    {"IXFR, authority is no SOA",
     {.name = "bl.test", .type = 251, .more = {0, 0, 1}, ASK_TAIL(A_RR)},
     ECHOES(FORMERR)},
    {"IXFR, two in authority",
     {.name = "bl.test", .type = 251, .more = {0, 0, 2}, ASK_TAIL(A_RR A_RR)},
     ECHOES(FORMERR)},
};

START_TEST(row)
{
    struct row r = rows[_i];
    expect_row(&fixture, &r);
    r.ask.tcp = true; /* P8: no different over TCP */
    expect_row(&fixture, &r);
}
END_TEST

/* M1: every length below a header, of zeros and of the start of a good query. */
START_TEST(short_messages)
{
    uint8_t msg[ASK_MAX], zeros[12] = {0};
    ask_build(&(struct ask){LISTED}, msg);
    for (size_t len = 0; len < 12; len++) {
        const uint8_t *in[] = {msg, zeros};
        for (unsigned i = 0; i < 2; i++) {
            struct heard h = fixture_hear(&fixture, &(struct query_options){0}, in[i], len);
            ck_assert_uint_eq(h.len, 0);
            ck_assert_int_eq(h.result, QUERY_DROPPED);
        }
    }
}
END_TEST

/* M11 with 200 octets, whatever they are. */
START_TEST(trailing)
{
    char tail[200];
    memset(tail, _i, sizeof tail);
    struct row r = {"M11 200", {LISTED, .tail = tail, .tail_len = sizeof tail}, ECHOES(FORMERR)};
    expect_row(&fixture, &r);
}
END_TEST

/* --- M14: as large as a datagram can be --- */

#define LARGEST 65507

static int64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The best of several, so that a busy machine fails nobody. */
static int64_t time_of(const uint8_t *msg, size_t len, size_t *reply_len)
{
    uint8_t reply[QUERY_UDP_MAX];
    enum query_result result;
    int64_t best = INT64_MAX;
    for (unsigned i = 0; i < 20; i++) {
        int64_t from = nanoseconds();
        *reply_len =
            query_answer(fixture.zones, &(struct query_options){0}, msg, len, reply, &result);
        int64_t took = nanoseconds() - from;
        best = took < best ? took : best;
    }
    return best;
}

START_TEST(largest_datagram)
{
    static const uint8_t fill[] = {0x00, 0xff, 0xc0};
    uint8_t *msg = malloc(LARGEST);
    size_t len;
    memset(msg, fill[_i], LARGEST);
    ck_assert_int_lt(time_of(msg, LARGEST, &len), 50000);
    ck_assert_uint_eq(len, fill[_i] & 0x80 ? 0 : DNS_HEADER_LEN);
    free(msg);
}
END_TEST

/* The same size, made to be walked to its end: the shortest records, the shortest options. */
START_TEST(longest_walk)
{
    uint8_t *msg = calloc(1, LARGEST), head[ASK_MAX];
    size_t len = ask_build(&(struct ask){LISTED}, head), reply_len;
    memcpy(msg, head, len);
    dns_put16(msg + 10, 65535); /* ARCOUNT; all octets behind are records of 11 zero octets */
    if (_i == 1) {
        dns_put16(msg + 10, 1);
        dns_put16(msg + len + 1, DNS_TYPE_OPT);
        dns_put16(msg + len + 9, (uint16_t)(LARGEST - len - 11));
    }
    if (_i == 2)
        dns_put16(msg + 6, 65535); /* ANCOUNT */
    ck_assert_int_lt(time_of(msg, LARGEST, &reply_len), 2000000);
    ck_assert_uint_ge(reply_len, len);
    ck_assert_uint_le(reply_len, len + 16 + 11);
    free(msg);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_hostile");
    TCase *tc = tcase_create("hostile");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, short_messages);
    tcase_add_loop_test(tc, trailing, 0, 256);
    tcase_add_loop_test(tc, largest_datagram, 0, 3);
    tcase_add_loop_test(tc, longest_walk, 0, 3);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
