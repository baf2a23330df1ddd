/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of a data set that was read: counts by kind, and entries that are there twice. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"

struct row {
    const char *type, *text, *counts;
    const char *said; /* "LINE REASON;" of what is reported */
};

static const struct row rows[] = {
    {"ip4set", "1.2.3.4\n1.2.3.5\n10.0.0.0/23\n10.0.0.1-10.0.1.20\n20.0.0.0/8\n!30/8\n10.1\n",
     "e32/24/16/8=278/2/1/2", ""},
    {"ip4set", "", "e32/24/16/8=0/0/0/0", ""},
    {"ip4tset", ":5:x\n1.2.3.4\n1.2.3.5\n", "cnt=2", ""},
    {"ip6tset", "2001:db8:0:0\n2001:db8:0:1\n!2001:db8::1\n", "cnt=2 exl=1", ""},
    {"dnset", ".example.com\nx.example\n*.y.example\n!z.example\n", "e/w=3/2", ""},
    {"generic", "a A 127.0.0.2\na TXT x\n", "e=2", ""},
    {"acl", "10.0.0.0/8 :ignore\n::/0 :pass\n", "loaded", ""},
    {"combined", "$DATASET ip4set:proxy http @\n1.2.3.4\n1.2.3.0/24\n$DATASET dnset dom\n.x.org\n",
     "ip4set:proxy: e32/24/16/8=1/1/0/0; dnset: e/w=1/1; subzones=3 datasets=2", ""},
    {"combined", "", "subzones=0 datasets=0", ""},
    {"combined", "$DATASET ip4set @\n1.1.1.1\n$DATASET ip4set b @\n$DATASET ip4trie a b\n",
     "ip4set: e32/24/16/8=1/0/0/0; ip4set: e32/24/16/8=0/0/0/0; ip4trie: ents=0; "
     "subzones=3 datasets=3",
     ""},
    /* twice */
    {"ip4trie", "10.0.0.5\n10.0.0.0/25 :3:text\n# c\n10.0.0.5 :4:again\n10.0.0.0/25\n!10.0.0.5\n",
     "ents=2",
     "4 duplicated entry for 10.0.0.5/32;5 duplicated entry for 10.0.0.0/25;"
     "6 duplicated entry for 10.0.0.5/32;"},
    {"ip4trie", "10.0.0.0/24\n10.0.0.0/25\n10.0.0.0\n", "ents=3", ""},
    {"ip4trie", "nonsense\n1.1.1.1\n1.1.1.1\n", "ents=1",
     "1 invalid address;3 duplicated entry for 1.1.1.1/32;"},
    {"ip6trie", "2001:db8::/32\n2001:db8::1\n2001:DB8:0:0::/32\n2001:db8:0::1\n", "ents=2",
     "3 duplicated entry for 2001:db8::/32;4 duplicated entry for 2001:db8::1/128;"},
    {"acl", "10.0.0.0/8 :ignore\n::/0 :pass\n10/8 :refuse\n0/0\n::/0\n", "loaded",
     "3 duplicated entry for 10.0.0.0/8;5 duplicated entry for ::/0;"},
    {"ip4set", "10.0.0.5\n10.0.0.5\n", "e32/24/16/8=2/0/0/0", ""},
    /* bad lines, in rbldnsd's words */
    {"ip4set",
     "1.1.1.1 :0:\n1.1.1.1 :9 x\n1.1.1.300\n1.2.3.4/24\n1.1.1.9-3\n1.1.1.2-1.1\n$x\n"
     "$MAXRANGE4 /30\n1.1.1.0/29\n1.1.1.0-4\n",
     "e32/24/16/8=0/0/0/0",
     "1 invalid A RR;2 unrecognized value for an entry;3 invalid address;"
     "4 invalid range (non-zero host part);5 invalid address (the range ends before it starts);"
     "6 invalid address (the end of the range);7 invalid or unrecognized special entry;"
     "9 too large range (8) ignored (4 max);10 too large range (5) ignored (4 max);"},
    {"ip6tset", "2001:db8::\n!2001:db8:0:0\n", "cnt=0 exl=0",
     "1 invalid address for regular entry (should be 64 bits);"
     "2 invalid address for exclusion (should be 128 bits);"},
    {"dnset", ".\nx.\\300\n", "e/w=0/0",
     "1 invalid domain name (empty name);2 invalid domain name (invalid escape in the name);"},
    {"generic", "a AAAA ::1\na A x\na 5x A 1.1.1.1\n. A 1.1.1.1\n", "e=0",
     "1 invalid/unrecognized entry (records are A, TXT and MX);"
     "2 invalid/unrecognized entry (invalid address);"
     "3 invalid/unrecognized entry (invalid TTL);4 invalid/unrecognized entry (empty name);"},
    {"combined", "$DATASET ip4set:lost\n1.1.1.1\n", "subzones=0 datasets=1",
     "1 no subzone(s) specified for dataset, data will be ignored;"},
    {"acl", "10.0.0.1 =jump\n", "loaded", "1 invalid keyword;"},
    {"ip6tset", "2001:db8:0:0\n2001:db8:0:0\n", "cnt=2 exl=0", ""},
    /* several files */
    {"ip4trie", "$FILE 8 one\n1.1.1.1\n\n$FILE 16 two\n2.2.2.2\n1.1.1.1\n\n", "ents=2",
     "2 two: duplicated entry for 1.1.1.1/32;"},
};

static char said[1000];

static void report(void *arg, size_t line, const char *text, const char *reason)
{
    size_t used = strlen(said);
    (void)arg;
    (void)text;
    (void)snprintf(said + used, sizeof(said) - used, "%zu %s;", line, reason);
}

START_TEST(says)
{
    const struct row *row = &rows[_i];
    size_t len = strlen(row->text);
    char name[40], *text = malloc(len + 1);
    struct entries e;
    struct parse p = {.out = &e, .report = report, .now = 1800000000};

    ck_assert_ptr_nonnull(text);
    memcpy(text, row->text, len);
    (void)snprintf(name, sizeof(name), "rbldnsd:%s", row->type);
    said[0] = '\0';
    entries_init(&e);
    ck_assert(format_find(name)->parse(&p, text, len));
    ck_assert_str_eq(p.counts, row->counts);
    ck_assert_str_eq(said, row->said);
    entries_free(&e);
    free(text);
}
END_TEST

/* What is there twice is no bad line: a list of nothing else is still fit. */
START_TEST(no_bad_line)
{
    static const char text[] = "1.1.1.1\n1.1.1.1\n1.1.1.1\n";
    struct entries e;
    struct parse p = {.out = &e, .now = 1800000000};

    entries_init(&e);
    ck_assert(format_find("rbldnsd:ip4trie")->parse(&p, text, sizeof(text) - 1));
    ck_assert_uint_eq(p.bad, 0);
    ck_assert_uint_eq(p.lines, 3);
    ck_assert_uint_eq(p.noted, 2);
    entries_free(&e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_counts");
    TCase *tc = tcase_create("counts");

    tcase_add_loop_test(tc, says, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tc, no_bad_line);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
