/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration adds to answers: NSID, class CH, keepalive; and TSIG. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/checker.h"
#include "tests/common/expect.h"

#define A(text)  .name = (text), .type = DNS_TYPE_A
#define LISTED   A("2.0.0.127.bl.test")
#define LISTED_A SAYS("300 A 127.0.0.2")
#define NAMED    .with = &named
#define CH(n)    .name = (n), .type = DNS_TYPE_TXT, .class = DNS_CLASS_CH

#define NSID      "\0\3\0\0"
#define OURS      "\0\3\0\6node-7"
#define KEEPALIVE "\0\13\0\0"
#define PADDING   "\0\14\0\2\0\0"
#define TWICE(x)  x x
#define TIMES5(x) x x x x x

static struct fixture fixture;
static const struct query_config names = {.nsid = "node-7", .version = "v"};
static const struct query_config silent = {.nsid = NULL, .version = NULL};
static const struct query_options named = {.config = &names, .keepalive = 100};
static const struct query_options closing = {.config = &names, .keepalive = 0};
static const struct query_options quiet = {.config = &silent};

/* A record of the key ".", as ISC's checker has it: class ANY, TTL 0, then RDLEN and the data. */
#define TSIG_HEAD    "\0\0\xfa\0\xff\0\0\0\0"
#define ALGORITHM    "\13hmac-sha256\0"
#define TIME         "\0\0\x66\1\2\3\1\x2c" /* 48 bits and the fudge */
#define MAC          "0123456789abcdef0123456789abcdef"
#define TSIG_END     "\x12\x34\0\0\0\0" /* original ID, error, other length */
#define TSIG_DATA    ALGORITHM TIME "\0\x20" MAC TSIG_END
#define TSIG_LEN(n)  TSIG_HEAD "\0" n
#define TSIG         TSIG_LEN("\x3d") TSIG_DATA
#define ONE_MORE     .more = {0, 0, 0, 1}
#define SIGNED(data) ONE_MORE, ASK_TAIL(data)
#define BADKEY       ECHOES(NOTAUTH), .badkey = true
#define A_RR         "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"
#define OPT          "\0\0\x29\x04\xd0\0\0\0\0\0\0"
_Static_assert(sizeof TSIG_DATA - 1 == 0x3d, "as RDLEN says");

static const struct row rows[] = {
    {"E13", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(NSID), NAMED}, LISTED_A, SENDS(OURS)},
    {"E13 payload",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\3\0\2xx"), NAMED},
     LISTED_A,
     SENDS(OURS)},
    {"E13 not asked", {LISTED, ASK_EDNS(1232), NAMED}, LISTED_A},
    {"E13 none", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(NSID), .with = &quiet}, LISTED_A},
    {"E13 no configuration", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(NSID)}, LISTED_A},
    {"E13 beside an error",
     {A("org"), ASK_EDNS(1232), ASK_OPTIONS(NSID), NAMED},
     ECHOES(REFUSED),
     SENDS(OURS),
     .ede = 20},
    {"E14 NSID",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS(TIMES5(NSID) TIMES5(NSID) TIMES5(NSID) TIMES5(NSID)),
      NAMED},
     LISTED_A,
     SENDS(OURS)},
    {"E14 PADDING", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(TWICE(PADDING)), NAMED}, LISTED_A},
    {"E14 unknown", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(TWICE("\0\144\0\0")), NAMED}, LISTED_A},
    {"E14 keepalive",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS(TWICE(KEEPALIVE)), NAMED, .tcp = true},
     LISTED_A,
     SENDS("\0\13\0\2\0\144")},
    {"E15", {LISTED, ASK_EDNS(1232), ASK_OPTIONS(KEEPALIVE), NAMED}, LISTED_A},
    {"E16",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS(KEEPALIVE), NAMED, .tcp = true},
     LISTED_A,
     SENDS("\0\13\0\2\0\144")},
    {"E16 with a time",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\13\0\2\1\1"), NAMED, .tcp = true},
     LISTED_A,
     SENDS("\0\13\0\2\0\144")},
    {"E16 closing",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS(KEEPALIVE), .with = &closing, .tcp = true},
     LISTED_A,
     SENDS("\0\13\0\2\0\0")},
    {"E16 not asked", {LISTED, ASK_EDNS(1232), NAMED, .tcp = true}, LISTED_A},
    {"E16 and NSID",
     {LISTED, ASK_EDNS(1232), ASK_OPTIONS(KEEPALIVE NSID), NAMED, .tcp = true},
     LISTED_A,
     SENDS(OURS "\0\13\0\2\0\144")},
    {"E19", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\11\0\0"), NAMED}, LISTED_A},
    {"E20", {LISTED, ASK_EDNS(1232), ASK_OPTIONS("\0\23\0\0"), NAMED}, LISTED_A},
    {"S7 configured", {CH("version.server"), NAMED}, IS(LISTED)},
    {"S7 none", {CH("version.bind"), .with = &quiet}, ECHOES(REFUSED)},
    {"S8 id", {CH("id.server"), NAMED}, IS(LISTED)},
    {"S8 hostname", {CH("HOSTNAME.bind"), NAMED}, IS(LISTED)},
    {"S8 none", {CH("id.server"), .with = &quiet}, ECHOES(REFUSED)},
    {"M13", {LISTED, SIGNED(TSIG)}, BADKEY},
    {"M13 RD", {LISTED, SIGNED(TSIG), .flags = ASK_RD}, BADKEY},
    {"M13 TCP", {LISTED, SIGNED(TSIG), .tcp = true}, BADKEY},
    {"M13 OPT", {LISTED, ASK_EDNS(1232), SIGNED(TSIG)}, BADKEY},
    {"M13 outside", {A("org"), SIGNED(TSIG)}, BADKEY},
    {"M13 other algorithm",
     {LISTED, SIGNED(TSIG_LEN("\x15") "\2xy\0" TIME "\0\0"
                                      "\x99\x99\0\0\0\1z")},
     BADKEY},
    {"M13 key with labels", {LISTED, SIGNED("\3key\4test" TSIG)}, BADKEY},
    {"M13 BADVERS first", {LISTED, ASK_EDNS(1232), .version = 1, SIGNED(TSIG)}, ECHOES(BADVERS)},
    {"dnswkk", {.name = "bl.test", .type = DNS_TYPE_SOA, SIGNED(TSIG)}, BADKEY},
    {"M12 not last", {LISTED, .more = {0, 0, 0, 2}, ASK_TAIL(TSIG A_RR)}, ECHOES(FORMERR)},
    {"M12 before OPT", {LISTED, .more = {0, 0, 0, 2}, ASK_TAIL(TSIG OPT)}, ECHOES(FORMERR)},
    {"M12 twice", {LISTED, .more = {0, 0, 0, 2}, ASK_TAIL(TSIG TSIG)}, ECHOES(FORMERR)},
    {"M12 in answer", {LISTED, .more = {0, 1}, ASK_TAIL(TSIG)}, ECHOES(FORMERR)},
    {"M12 in authority", {LISTED, .more = {0, 0, 1}, ASK_TAIL(TSIG)}, ECHOES(FORMERR)},
    {"M12 RDLEN 0", {LISTED, SIGNED(TSIG_LEN("\0"))}, ECHOES(FORMERR)},
    {"M12 RDLEN past the end", {LISTED, SIGNED(TSIG_LEN("\x3e") TSIG_DATA)}, ECHOES(FORMERR)},
    {"M12 RDLEN one less", {LISTED, SIGNED(TSIG_LEN("\x3c") TSIG_DATA)}, ECHOES(FORMERR)},
    {"M12 one octet more", {LISTED, SIGNED(TSIG_LEN("\x3e") TSIG_DATA "x")}, ECHOES(FORMERR)},
    {"M12 ends in the algorithm", {LISTED, SIGNED(TSIG_LEN("\4") "\13hma")}, ECHOES(FORMERR)},
    {"M12 ends in the time", {LISTED, SIGNED(TSIG_LEN("\4") "\0\1\2\3")}, ECHOES(FORMERR)},
    {"M12 MAC past the end",
     {LISTED, SIGNED(TSIG_LEN("\x11") "\0" TIME "\0\7" TSIG_END)},
     ECHOES(FORMERR)},
    {"M12 MAC of 65535",
     {LISTED, SIGNED(TSIG_LEN("\x11") "\0" TIME "\xff\xff" TSIG_END)},
     ECHOES(FORMERR)},
    {"M12 other past the end",
     {LISTED, SIGNED(TSIG_LEN("\x11") "\0" TIME "\0\0\x12\x34\0\0\0\1")},
     ECHOES(FORMERR)},
    {"M12 other short",
     {LISTED, SIGNED(TSIG_LEN("\x12") "\0" TIME "\0\0\x12\x34\0\0\0\0z")},
     ECHOES(FORMERR)},
    {"M12 algorithm a pointer",
     {LISTED, SIGNED(TSIG_LEN("\x12") "\xc0\x0c" TIME "\0\0" TSIG_END)},
     ECHOES(FORMERR)},
    {"M12 class IN",
     {LISTED, SIGNED("\0\0\xfa\0\1\0\0\0\0\0\x11\0" TIME "\0\0" TSIG_END)},
     ECHOES(FORMERR)},
    {"M12 TTL",
     {LISTED, SIGNED("\0\0\xfa\0\xff\0\0\0\1\0\x11\0" TIME "\0\0" TSIG_END)},
     ECHOES(FORMERR)},
    {"M12 key a pointer",
     {LISTED, SIGNED("\xc0\x0c\0\xfa\0\xff\0\0\0\0\0\x11\0" TIME "\0\0" TSIG_END)},
     ECHOES(FORMERR)},
};

START_TEST(row)
{
    struct row r = rows[_i];
    expect_row(&fixture, &r);
}
END_TEST

/* S8: the text is the identity, for every spelling of the name. */
START_TEST(identity_text)
{
    static const char want[] = "\xc0\x0c\0\x10\0\3\0\0\0\0\0\7\6node-7";
    uint8_t msg[ASK_MAX];
    size_t len = ask_build(&(struct ask){CH("Id.Server")}, msg);
    struct heard h = fixture_hear(&fixture, &named, msg, len);
    ck_assert_uint_eq(h.len, len + sizeof want - 1);
    ck_assert_mem_eq(h.p + len, want, sizeof want - 1);
    free(h.p);
}
END_TEST

/* A key name and an algorithm of 255 octets each do not fit into 512: TC, and TCP has room. */
START_TEST(long_names)
{
    static const uint8_t fields[] = TIME "\0\0" TSIG_END;
    char tail[600] = {0};
    size_t at = 0;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < 127; k++, at += 2)
            memcpy(tail + at, "\1x", 2);
        tail[at++] = 0;
        if (i == 0) {
            memcpy(tail + at, "\0\xfa\0\xff\0\0\0\0", 8); /* the owner's root is there */
            dns_put16((uint8_t *)tail + at + 8, 255 + sizeof fields - 1);
            at += 10;
        }
    }
    memcpy(tail + at, fields, sizeof fields - 1);
    at += sizeof fields - 1;
    struct row r = {"M13 long", {LISTED, ONE_MORE, .tail = tail, .tail_len = at}, BADKEY};
    r.ask.tcp = true;
    expect_row(&fixture, &r);
    uint8_t msg[ASK_MAX];
    r.ask.tcp = false;
    size_t len = ask_build(&r.ask, msg);
    struct heard h = fixture_hear(&fixture, &(struct query_options){0}, msg, len);
    expect_sane("M13 long", &h, msg, len, false);
    ck_assert_int_eq(h.result, QUERY_NOTAUTH);
    ck_assert_uint_eq(h.p[2] & 2, 2);
    free(h.p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_options");
    TCase *tc = tcase_create("options");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, identity_text);
    tcase_add_test(tc, long_names);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
