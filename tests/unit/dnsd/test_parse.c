/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read out of a message; what cannot be read is in test_query_hostile.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/parse.h"
#include "tests/common/ask.h"

#define A(text) .name = (text), .type = DNS_TYPE_A
#define A_RR    "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\2"

/* One message from a block of its exact size; q->msg dangles afterwards. */
static enum parse_verdict parse(struct query *q, const uint8_t *msg, size_t len)
{
    uint8_t *block = malloc(len ? len : 1);
    if (len)
        memcpy(block, msg, len);
    memset(q, 0xee, sizeof *q);
    enum parse_verdict v = query_parse(q, block, len);
    free(block);
    return v;
}

static enum parse_verdict parse_ask(struct query *q, const struct ask *a)
{
    uint8_t msg[ASK_MAX];
    return parse(q, msg, ask_build(a, msg));
}

static const struct {
    const char *id;
    struct ask ask;
    const char *name; /* lower case wire form without the root octet */
    unsigned labels;
    uint16_t qtype, qclass;
} names[] = {
    {"root", {.name = ".", .type = 2}, "", 0, 2, 1},
    {"one label", {A("x")}, "\1x", 1, 1, 1},
    {"case", {A("Ab.CZ")}, "\2ab\2cz", 2, 1, 1},
    {"beside letters", {A("@[`{\\193.AZ")}, "\5@[`{\xc1\2az", 2, 1, 1},
    {"high type and class", {.name = "x", .type = 65535, .class = 65534}, "\1x", 1, 65535, 65534},
    {"low octets", {.name = "x", .type = 256, .class = 256}, "\1x", 1, 256, 256},
    {"class 0", {.name = "x", .type = 0, .class = ASK_CLASS_ZERO}, "\1x", 1, 0, 0},
};

START_TEST(question)
{
    struct query q;
    size_t len = strlen(names[_i].name);
    ck_assert_int_eq(parse_ask(&q, &names[_i].ask), PARSE_GOOD);
    ck_assert_uint_eq(q.nlabels, names[_i].labels);
    ck_assert_uint_eq(q.name_len, len + 1);
    ck_assert_mem_eq(q.name, names[_i].name, len + 1);
    ck_assert_uint_eq(q.qtype, names[_i].qtype);
    ck_assert_uint_eq(q.qclass, names[_i].qclass);
    ck_assert_uint_eq(q.question_end, DNS_HEADER_LEN + len + 1 + 4);
    ck_assert(!q.edns && !q.edns_do);
    ck_assert_uint_eq(q.edns_size, 0);
}
END_TEST

/* 127 labels of one octet are 255 octets: the most labels there can be. */
START_TEST(most_labels)
{
    char name[2 * NAME_LABELS_MAX + 4];
    struct query q;
    for (unsigned n = 1; n <= NAME_LABELS_MAX + 1; n++) {
        name[2 * n - 2] = 'a';
        name[2 * n - 1] = 0;
        enum parse_verdict v = parse_ask(&q, &(struct ask){A(name)});
        ck_assert_int_eq(v, n <= NAME_LABELS_MAX ? PARSE_GOOD : PARSE_HEADER);
        name[2 * n - 1] = '.';
        if (v == PARSE_HEADER) /* the offset of the label too many had a place of its own */
            ck_assert_uint_eq(q.name[0], 0xee);
        if (n > NAME_LABELS_MAX)
            break;
        ck_assert_uint_eq(q.nlabels, n);
        for (unsigned i = 0; i < n; i++)
            ck_assert_uint_eq(q.labels[i], 2 * i);
    }
    ck_assert_int_eq(q.rcode, DNS_FORMERR);
}
END_TEST

static const struct {
    const char *id;
    struct ask ask;
    enum parse_verdict verdict;
    enum dns_rcode rcode;
    bool edns, edns_do;
    uint16_t size;
} edns[] = {
    {"none", {A("x")}, PARSE_GOOD, DNS_NOERROR, false, false, 0},
    {"plain", {A("x"), ASK_EDNS(1232)}, PARSE_GOOD, DNS_NOERROR, true, false, 1232},
    {"size as sent", {A("x"), ASK_EDNS(0)}, PARSE_GOOD, DNS_NOERROR, true, false, 0},
    {"largest", {A("x"), ASK_EDNS(65535)}, PARSE_GOOD, DNS_NOERROR, true, false, 65535},
    {"DO", {A("x"), ASK_EDNS(1), .oflags = 0x8000}, PARSE_GOOD, DNS_NOERROR, true, true, 1},
    {"not DO", {A("x"), ASK_EDNS(1), .oflags = 0x7fff}, PARSE_GOOD, DNS_NOERROR, true, false, 1},
    {"version", {A("x"), ASK_EDNS(9), .version = 1}, PARSE_ERROR, DNS_BADVERS, true, false, 9},
    {"version 128",
     {A("x"), ASK_EDNS(9), .version = 128},
     PARSE_ERROR,
     DNS_BADVERS,
     true,
     false,
     9},
    {"rcode", {A("x"), ASK_EDNS(9), .xrcode = 255}, PARSE_GOOD, DNS_NOERROR, true, false, 9},
    {"before another",
     {A("x"), ASK_EDNS(9), .more = {0, 0, 0, 1}, ASK_TAIL(A_RR)},
     PARSE_GOOD,
     DNS_NOERROR,
     true,
     false,
     9},
    {"two",
     {A("x"), ASK_EDNS(9), .more = {0, 0, 0, 1}, ASK_TAIL("\0\0\x29\0\0\0\0\0\0\0\0")},
     PARSE_ERROR,
     DNS_FORMERR,
     false,
     false,
     9},
};

START_TEST(opt)
{
    struct query q;
    ck_assert_int_eq(parse_ask(&q, &edns[_i].ask), edns[_i].verdict);
    ck_assert_int_eq(q.rcode, edns[_i].rcode);
    ck_assert_int_eq(q.edns, edns[_i].edns);
    if (!q.edns)
        return;
    ck_assert_int_eq(q.edns_do, edns[_i].edns_do);
    ck_assert_uint_eq(q.edns_size, edns[_i].size);
}
END_TEST

/* A message cut anywhere is never good, and never read behind its end. */
START_TEST(cut)
{
    const struct ask a = {A("4.3.2.1.bl.test"), ASK_EDNS(1232), ASK_OPTIONS("\0\144\0\3abc")};
    uint8_t msg[ASK_MAX];
    size_t len = ask_build(&a, msg), whole = len - 11 - 7;
    struct query q;
    ck_assert_int_eq(parse(&q, msg, len), PARSE_GOOD);
    for (size_t n = 0; n < len; n++) {
        enum parse_verdict v = parse(&q, msg, n);
        ck_assert_int_eq(v, n < DNS_HEADER_LEN ? PARSE_DROP
                            : n < whole        ? PARSE_HEADER
                                               : PARSE_ERROR);
    }
}
END_TEST

/* The rcode a bare header carries: the opcode counts before the question does. */
START_TEST(header_rcode)
{
    struct query q;
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        ck_assert_int_eq(parse_ask(&q, &(struct ask){.opcode = opcode}), PARSE_HEADER);
        ck_assert_int_eq(q.rcode, opcode ? DNS_NOTIMP : DNS_FORMERR);
    }
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *tc = tcase_create("parse");
    tcase_add_loop_test(tc, question, 0, COUNT(names));
    tcase_add_test(tc, most_labels);
    tcase_add_loop_test(tc, opt, 0, COUNT(edns));
    tcase_add_test(tc, cut);
    tcase_add_test(tc, header_rcode);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
