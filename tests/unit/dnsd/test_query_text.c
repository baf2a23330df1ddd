/* SPDX-License-Identifier: BSD-2-Clause */
/* TXT records: what "$" becomes, several texts, strings of 255 octets, replies too long for UDP. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/dnswalk.h"
#include "tests/common/expect.h"

#define A(text)     .name = (text), .type = DNS_TYPE_A
#define TXT(text)   .name = (text), .type = DNS_TYPE_TXT
#define ANY(text)   .name = (text), .type = DNS_TYPE_ANY
#define SAID(text)  SAYS("300 TXT \"" text "\"")
#define ZEROS(tail) "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." tail

/* --- templates --- */

static const struct testzone zone = {
    .name = "txt.test",
    .list =
        {
            {.name = "v", .txt = "see $", .entries = "192.0.2.0/24\n2001:db8::/32\n::/64\n"},
            {.name = "names",
             .format = "domains",
             .txt = "$ or $, for $$5",
             .entries = ".tree.example\n"},
            {.name = "one", .txt = "first $", .entries = "198.51.100.1\n"},
            {.name = "two", .a = "127.0.0.3", .txt = "second $", .entries = "198.51.100.1\n"},
            {.name = "same", .a = "127.0.0.4", .txt = "first $", .entries = "198.51.100.1\n"},
            {.name = "silent", .a = "127.0.0.5", .entries = "198.51.100.0/30\n"},
            {.name = "quote", .txt = "\"$\" \\ ;", .entries = "203.0.113.1\n"},
        },
    .ns = {{.name = "ns.example.net"}},
};

static const struct row rows[] = {
    {"$ IPv4", {TXT("7.2.0.192.txt.test")}, SAID("see 192.0.2.7")},
    {"$ IPv4, three digits", {TXT("255.2.0.192.txt.test")}, SAID("see 192.0.2.255")},
    {"$ IPv6, longest run of zeros",
     {TXT("1.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.txt.test")},
     SAID("see 2001:db8::1:0:0:1")},
    {"$ IPv6, lower case",
     {TXT("F.E.D.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.txt.test")},
     SAID("see 2001:db8::cdef")},
    {"$ IPv6, one group of zeros stays",
     {TXT("8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.txt.test")},
     SAID("see 2001:db8:0:4:5:6:7:8")},
    {"$ IPv6, all zeros", {TXT(ZEROS(ZEROS("txt.test")))}, SAID("see ::")},
    {"$ mapped IPv4",
     {TXT("7.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0." ZEROS("txt.test"))},
     SAYS("300 TXT \"see 192.0.2.7\"")},
    {"$ name", {TXT("a.Tree.example.txt.test")}, SAID("a.tree.example or a.tree.example, for $5")},
    {"several texts",
     {TXT("1.100.51.198.txt.test")},
     SAYS("300 TXT \"first 198.51.100.1\"; 300 TXT \"second 198.51.100.1\"")},
    {"several texts and addresses",
     {ANY("1.100.51.198.txt.test")},
     SAYS("300 A 127.0.0.2; 300 A 127.0.0.3; 300 A 127.0.0.4; 300 A 127.0.0.5; "
          "300 TXT \"first 198.51.100.1\"; 300 TXT \"second 198.51.100.1\"")},
    {"no text", {TXT("2.100.51.198.txt.test")}, IS(NODATA)},
    {"no text, ANY", {ANY("2.100.51.198.txt.test")}, SAYS("300 A 127.0.0.5")},
    {"quotes", {TXT("1.113.0.203.txt.test")}, SAID("\\\"203.0.113.1\\\" \\\\ ;")},
};

START_TEST(row)
{
    const struct testzone *const zones[] = {&zone};
    struct fixture f;
    fixture_open(&f, zones, 1, NULL);
    expect_row(&f, &rows[_i]);
    fixture_close(&f);
}
END_TEST

/* --- lengths --- */

#define QUESTION 35   /* octets of a query for 2.0.0.127.bl.test */
#define TEXT_MAX 4096 /* what is longer is cut */

static const struct {
    struct ask ask;
    size_t limit;
} ways[] = {
    {{TXT("2.0.0.127.bl.test")}, 512},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(0)}, 512},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(1)}, 512},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(511)}, 512},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(512)}, 512},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(600)}, 600},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(1232), .oflags = 0x8000}, 1232},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(65535)}, 1232},
    {{TXT("2.0.0.127.bl.test"), .tcp = true}, 65535},
    {{TXT("2.0.0.127.bl.test"), ASK_EDNS(512), .tcp = true}, 65535},
};

/* 463: a reply of exactly 512 octets; 452, 540, 1169: of 512, 600 and 1232 with an OPT. */
static const size_t lengths[] = {1,   54,  254, 255, 256, 452,  453,  463,  464,  509,  510, 511,
                                 539, 540, 541, 765, 766, 1169, 1170, 4095, 4096, 4097, 5000};

/* The strings of one TXT record put together are the text; all but the last have 255 octets. */
static void check_strings(const struct walk_rr *rr, const char *text, size_t n)
{
    size_t at = 0, done = 0;
    while (at < rr->rdlen) {
        size_t part = rr->rdata[at];
        ck_assert_uint_eq(part, n - done < 255 ? n - done : 255);
        ck_assert_mem_eq(rr->rdata + at + 1, text + done, part);
        at += 1 + part;
        done += part;
    }
    ck_assert_uint_eq(at, rr->rdlen);
    ck_assert_uint_eq(done, n);
}

static void check_whole(const struct fixture *f, const struct ask *ask, const char *text, size_t n)
{
    uint8_t msg[ASK_MAX];
    struct walk w;
    size_t len = ask_build(ask, msg);
    struct heard h = fixture_hear(f, &(struct query_options){.tcp = ask->tcp}, msg, len);
    ck_assert(walk_message(&w, h.p, h.len));
    ck_assert_uint_eq(w.count[WALK_ANSWER], 1);
    check_strings(&w.rr[0], text, n);
    free(h.p);
}

START_TEST(length)
{
    size_t n = lengths[_i], kept = n < TEXT_MAX ? n : TEXT_MAX;
    char *text = calloc(1, n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 23);
    struct testzone z = {.name = "bl.test", .ns = {{.name = "ns.example.net"}}, .test_txt = text};
    const struct testzone *const zones[] = {&z};
    struct fixture f;
    fixture_open(&f, zones, 1, NULL);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct row r = {"length", ways[i].ask, IS(LISTED)};
        size_t opt = r.ask.edns ? 11 : 0;
        r.len = QUESTION + 12 + kept + (kept + 254) / 255 + opt;
        if (r.len > ways[i].limit) {
            r.len = QUESTION + opt;
            r.shape = SHAPE_TRUNCATED;
        } else {
            check_whole(&f, &r.ask, text, kept);
        }
        expect_row(&f, &r);
    }
    fixture_close(&f);
    free(text);
}
END_TEST

/* --- many records --- */

/* 24 lists with an A and a text of their own: A fits into 512 octets, TXT and ANY do not. */
START_TEST(many)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";
    static char names[TESTZONE_LISTS][16], addresses[TESTZONE_LISTS][32], texts[TESTZONE_LISTS][64];
    struct testzone z = {.name = "bl.test", .ns = {{.name = "ns.example.net"}}};
    for (unsigned i = 0; i < TESTZONE_LISTS; i++) {
        snprintf(names[i], sizeof names[i], "l%u", i);
        snprintf(addresses[i], sizeof addresses[i], "127.0.1.%u", i + 1);
        snprintf(texts[i], sizeof texts[i], "%c %s: $", alphabet[i], alphabet);
        z.list[i] = (struct testlist){
            .name = names[i], .a = addresses[i], .txt = texts[i], .entries = "192.0.2.1\n"};
    }
    const struct testzone *const zones[] = {&z};
    const struct row many_rows[] = {
        {"24 A", {A("1.2.0.192.bl.test")}, IS(LISTED), .len = QUESTION + 24 * 16},
        {"24 TXT", {TXT("1.2.0.192.bl.test")}, IS(TRUNCATED), .len = QUESTION},
        {"24 ANY", {ANY("1.2.0.192.bl.test")}, IS(TRUNCATED), .len = QUESTION},
        {"24 ANY, EDNS", {ANY("1.2.0.192.bl.test"), ASK_EDNS(1232)}, IS(TRUNCATED)},
        {"24 ANY, TCP",
         {ANY("1.2.0.192.bl.test"), .tcp = true},
         IS(LISTED),
         .len = QUESTION + 24 * (16 + 12 + 1 + 28 + 2 + 9)},
    };
    struct fixture f;
    fixture_open(&f, zones, 1, NULL);
    expect_row(&f, &many_rows[_i]);
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, row, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, length, 0, (int)(sizeof lengths / sizeof lengths[0]));
    tcase_add_loop_test(tc, many, 0, 5);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
