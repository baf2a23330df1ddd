/* SPDX-License-Identifier: BSD-2-Clause */
/* Apex, other zones, classes, opcodes, transfers; what data cannot change; sizes. */
#include <check.h>
#include <stdlib.h>

#include "tests/common/checker.h"

#define CH(t, text) .name = (text), .type = (t), .class = DNS_CLASS_CH
#define OF(t, text) .name = (text), .type = (t)
#define A(text)     OF(DNS_TYPE_A, text)
#define TXT         DNS_TYPE_TXT
#define ANY         DNS_TYPE_ANY
#define ALL_FLAGS   (ASK_AA | ASK_TC | ASK_RD | ASK_RA | ASK_Z | ASK_AD | ASK_CD)

#define NS_BOTH  "3600 NS ns1.bl.test.; 3600 NS ns2.example.net."
#define LISTED   "2.0.0.127.bl.test"
#define LISTED_A "300 A 127.0.0.2"
/* The serial and its neighbours in front of IXFR queries, RFC 1995 section 3. */
#define IXFR_SOA "\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static struct fixture fixture;

static const struct row rows[] = {
    {"S1", {OF(6, "bl.test")}, SAYS(CHECKER_SOA)},
    {"S2", {OF(2, "bl.test")}, SAYS(NS_BOTH), .additional = "300 A 127.0.0.1"},
    {"S2 both families",
     {OF(2, "dbl.test")},
     SAYS("3600 NS ns1.dbl.test."),
     .additional = "300 A 127.0.0.1; 300 AAAA ::1"},
    {"S2 glue by name", {A("ns1.bl.test")}, SAYS("300 A 127.0.0.1")},
    {"S2 glue by name, IPv6", {OF(28, "ns1.dbl.test")}, SAYS("300 AAAA ::1")},
    {"S3", {A("bl.test")}, IS(NODATA)},
    {"S6", {A("example.org")}, ECHOES(REFUSED)},
    {"S6 root", {OF(2, ".")}, ECHOES(REFUSED)},
    {"S6 parent", {A("test")}, ECHOES(REFUSED)},
    {"S6 sibling", {A("xbl.test")}, ECHOES(REFUSED)},
    {"S6 zone inside", {A("bl.test.example")}, ECHOES(REFUSED)},
    {"S6 dot in a label", {A("x\\046bl.test")}, ECHOES(REFUSED)},
    {"S6 EDNS", {A("example.org"), ASK_EDNS(1232)}, ECHOES(REFUSED), .ede = 20},
    {"S6 RD", {A("example.org"), .flags = ASK_RD}, ECHOES(REFUSED)},
    {"S7 bind", {CH(TXT, "version.bind")}, SAYS("0 CH")},
    {"S7 server", {CH(TXT, "VERSION.server")}, SAYS("0 CH")},
    {"S7 A", {CH(1, "version.bind")}, ECHOES(REFUSED)},
    {"S7 class IN", {OF(TXT, "version.bind")}, ECHOES(REFUSED)},
    {"S8 id", {CH(TXT, "id.server")}, ECHOES(REFUSED)},
    {"S8 hostname", {CH(TXT, "hostname.bind")}, ECHOES(REFUSED)},
    {"S9 CH", {CH(1, LISTED)}, ECHOES(REFUSED)},
    {"S9 CH, a name behind", {CH(TXT, "version.bind.bl.test")}, ECHOES(REFUSED)},
    {"S9 HS", {A(LISTED), .class = 4}, ECHOES(REFUSED)},
    {"S9 NONE", {A(LISTED), .class = 254}, ECHOES(REFUSED)},
    {"S9 0", {A(LISTED), .class = ASK_CLASS_ZERO}, ECHOES(REFUSED)},
    {"S9 65535, EDNS", {A(LISTED), .class = 65535, ASK_EDNS(4096)}, ECHOES(REFUSED)},
    {"S10", {A(LISTED), .class = DNS_CLASS_ANY}, SAYS(LISTED_A), .no_aa = true},
    {"S10 none", {A("1.0.0.127.bl.test"), .class = DNS_CLASS_ANY}, IS(NXD), .no_aa = true},
    {"S10 SOA", {OF(6, "bl.test"), .class = DNS_CLASS_ANY}, SAYS(CHECKER_SOA), .no_aa = true},
    {"S13", {OF(252, "bl.test")}, ECHOES(NOTIMP)},
    {"S13 EDNS", {OF(252, "bl.test"), ASK_EDNS(1232)}, ECHOES(NOTIMP)},
    {"S14", {OF(251, "bl.test"), .more = {0, 0, 1}, ASK_TAIL(IXFR_SOA)}, ECHOES(REFUSED)},
    {"S14 no SOA", {OF(251, "bl.test")}, ECHOES(REFUSED)},
    {"S15", {OF(252, "bl.test"), .tcp = true}, ECHOES(REFUSED)},
    {"S15 IXFR",
     {OF(251, "bl.test"), .more = {0, 0, 1}, ASK_TAIL(IXFR_SOA), .tcp = true},
     ECHOES(REFUSED)},
    {"S16", {OF(ANY, LISTED)}, SAYS(LISTED_A "; 300 TXT \"Test entry\"")},
    {"S16 several",
     {OF(ANY, "4.3.2.1.bl.test")},
     SAYS("300 A 127.0.0.3; 300 A 127.0.0.4; "
          "300 TXT \"alpha lists 1.2.3.4\"; 300 TXT \"beta lists 1.2.3.4\"")},
    {"S16 empty non-terminal", {OF(ANY, "3.2.1.bl.test")}, IS(NODATA)},
    {"S16 none", {OF(ANY, "1.0.0.127.bl.test")}, IS(NXD)},
    {"S17", {OF(ANY, "bl.test")}, SAYS(CHECKER_SOA)},
    {"S17 TCP", {OF(ANY, "bl.test"), .tcp = true}, SAYS(CHECKER_SOA "; " NS_BOTH)},
    {"S18", {A("2.0.0.127.unloaded.test")}, ECHOES(SERVFAIL)},
    {"S18 apex", {OF(6, "unloaded.test")}, ECHOES(SERVFAIL)},
    {"S18 EDNS", {A("x.unloaded.test"), ASK_EDNS(1232)}, ECHOES(SERVFAIL), .ede = 14},
    {"S20", {A(LISTED), .refused = true}, ECHOES(REFUSED)},
    {"S20 EDNS", {A(LISTED), .refused = true, ASK_EDNS(1232)}, ECHOES(REFUSED), .ede = 18},
    {"S20 TCP", {A(LISTED), .refused = true, .tcp = true}, ECHOES(REFUSED)},
    {"S20 not ours", {A("org"), .refused = true, ASK_EDNS(1232)}, ECHOES(REFUSED), .ede = 18},
    {"S20 class CH", {CH(TXT, "version.bind"), .refused = true}, ECHOES(REFUSED)},
    {"S20 broken", {A(LISTED), .refused = true, .more = {0, 1}}, ECHOES(FORMERR)},
};

START_TEST(row)
{
    struct row r = rows[_i];
    if (r.ask.class == DNS_CLASS_CH)
        r.answer = NULL; /* ldns prints class CH in its own way: see version_text */
    expect_row(&fixture, &r);
}
END_TEST

/* S7: the product's name and no number. */
START_TEST(version_text)
{
    static const char want[] = "\xc0\x0c\0\x10\0\3\0\0\0\0\0\x0a\x09rblmirror";
    uint8_t msg[ASK_MAX];
    size_t len = ask_build(&(struct ask){CH(TXT, "version.bind")}, msg);
    struct heard h = fixture_hear(&fixture, &(struct query_options){0}, msg, len);
    ck_assert_uint_eq(h.len, len + sizeof want - 1);
    ck_assert_mem_eq(h.p + len, want, sizeof want - 1);
    free(h.p);
}
END_TEST

/* S11, S12: every opcode but QUERY, with and without flags, question and OPT. */
START_TEST(opcodes)
{
    for (unsigned i = 0; i < 8; i++) {
        struct ask a = {.opcode = (unsigned)_i, .edns = i & 1, .size = 1232};
        a.name = i & 2 ? "bl.test" : NULL;
        a.type = DNS_TYPE_SOA;
        a.flags = i & 4 ? ALL_FLAGS : 0;
        expect_row(&fixture, &(struct row){"S11", a, BARE(NOTIMP)});
    }
}
END_TEST

/* Flags that a query should not have are not answered; RD is. */
START_TEST(flags)
{
    static const char *const names[] = {LISTED, "1.0.0.127.bl.test", "9.9.bl.test", "org"};
    static const enum shape shapes[] = {SHAPE_LISTED, SHAPE_NXD, SHAPE_NODATA, SHAPE_ECHO};
    for (unsigned bits = 0; bits < 128; bits++)
        for (unsigned i = 0; i < 4; i++) {
            struct row r = {"flags", {A(names[i])}, .shape = shapes[i]};
            r.ask.flags = (bits & 15) << 4 | (bits >> 4) << 8;
            r.rcode = DNS_REFUSED;
            expect_row(&fixture, &r);
        }
}
END_TEST

/* D2: the test points hold whatever the data say. */
static const struct testzone everything = {
    .name = "all.test",
    .list = {{.name = "v4", .entries = "127.0.0.0/8\n::ffff:127.0.0.0/104\n", .a = "127.0.0.9"},
             {.name = "names", .format = "domains", .entries = "invalid\n", .a = "127.0.0.9"}},
    .ns = {{.name = "ns.example.net"}},
};

/* D25: a zone below another. */
static const struct testzone inner = {
    .name = "a.bl.test",
    .list = {{.name = "one", .entries = "192.0.2.1\n", .a = "127.0.0.7"}},
    .ns = {{.name = "ns.example.net"}},
};

static const struct testzone *const more_zones[] = {&everything, &inner, &testzone_bl};

static const struct row more_rows[] = {
    {"D1 listed anyway", {A("2.0.0.127.all.test")}, IS(LISTED)},
    {"D2 listed by a list", {A("1.0.0.127.all.test")}, IS(NXD)},
    {"D2 beside", {A("3.0.0.127.all.test")}, SAYS("300 A 127.0.0.9")},
    {"D5 listed by a list", {A("invalid.all.test")}, IS(NXD)},
    {"D5 beside", {A("test.all.test")}, IS(LISTED)},
    {"D25 inner", {A("1.2.0.192.a.bl.test")}, SAYS("300 A 127.0.0.7")},
    {"D25 inner test point", {A("2.0.0.127.a.bl.test")}, IS(LISTED)},
    {"D25 only outer lists it", {A("4.3.2.1.a.bl.test")}, IS(NXD)},
    {"D25 only inner lists it", {A("1.2.0.192.bl.test")}, IS(NXD)},
    {"D25 outer", {A("7.9.9.9.bl.test")}, SAYS("300 A 127.0.0.4")},
    {"D25 apex", {OF(2, "A.BL.test")}, SAYS("3600 NS ns.example.net.")},
    {"D25 not a label", {A("1.2.0.192.ba.bl.test")}, IS(NXD)},
};

START_TEST(more_row)
{
    struct fixture f;
    fixture_open(&f, more_zones, 3, NULL);
    expect_row(&f, &more_rows[_i]);
    fixture_close(&f);
}
END_TEST

/* S19: too old to be served. */
START_TEST(expired)
{
    struct zonetab_zone zone = {.expired = true};
    ck_assert_ptr_null(name_parse("gone.test", 9, &zone.name));
    struct fixture f = {.zones = zonetab_build(&zone, 1)};
    expect_row(&f, &(struct row){"S19", {A("x.gone.test")}, ECHOES(SERVFAIL)});
    expect_row(&f, &(struct row){
                       "S19 EDNS", {A("gone.test"), ASK_EDNS(1232)}, ECHOES(SERVFAIL), .ede = 24});
    fixture_close(&f);
}
END_TEST

/* Replies to a question of 35 octets when the text has 54 characters. */
static const struct testzone measured = {
    .name = "bl.test",
    .ns = {{.name = "ns1.bl.test", .a = "127.0.0.1"}, {.name = "ns2.example.net"}},
    .test_txt = "Listed, see https://lists.example.net/listing?ip=1.2.3",
};

static const struct row sizes[] = {
    {"size A", {A(LISTED)}, IS(LISTED), .len = 51},
    {"size NXD", {A("1.0.0.127.bl.test")}, IS(NXD), .len = 86},
    {"size TXT", {OF(TXT, LISTED)}, IS(LISTED), .len = 102},
    {"size ANY", {OF(ANY, LISTED)}, IS(LISTED), .len = 118},
    {"size FORMERR", {A(LISTED), .more = {0, 1}}, ECHOES(FORMERR), .len = 35},
    {"size NOTIMP", {A(LISTED), .opcode = 2}, BARE(NOTIMP), .len = 12},
    {"size REFUSED", {A("2.0.0.127.xx.test")}, ECHOES(REFUSED), .len = 35},
    {"size REFUSED, EDNS",
     {A("2.0.0.127.xx.test"), ASK_EDNS(4096)},
     ECHOES(REFUSED),
     .ede = 20,
     .len = 35 + 17},
};

START_TEST(size)
{
    const struct testzone *zone = &measured;
    struct fixture f;
    fixture_open(&f, &zone, 1, NULL);
    expect_row(&f, &sizes[_i]);
    fixture_close(&f);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("query_other");
    TCase *tc = tcase_create("other");
    fixture_standard(&fixture);
    tcase_add_loop_test(tc, row, 0, COUNT(rows));
    tcase_add_test(tc, version_text);
    tcase_add_loop_test(tc, opcodes, 1, 16);
    tcase_add_test(tc, flags);
    tcase_add_test(tc, expired);
    tcase_add_loop_test(tc, more_row, 0, COUNT(more_rows));
    tcase_add_loop_test(tc, size, 0, COUNT(sizes));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fixture_close(&fixture);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
