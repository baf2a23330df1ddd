/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/explain.h"
#include "tests/common/testzone.h"

/* Everything at once: lists that overlap, exclusions, both families, names, a sub-name. */
static const struct testzone zone = {
    .name = "bl.test",
    .list =
        {
            {.name = "alpha",
             .a = "127.0.0.3",
             .txt = "alpha \"$\"",
             .entries = "1.2.3.4\n10.0.0.0/8\n2001:db8::/32\n::fffe:0:0/95\n"},
            {.name = "beta",
             .a = "127.0.0.4",
             .txt = "beta",
             .entries = "1.2.3.4\n11.0.0.3\n"
                        "11.0.0.4/30\n"},
            {.name = "names",
             .format = "domains",
             .txt = "$ is bad",
             .entries = "exact.example\n.tree.example\n*.wild.example\n"},
            {.name = "allow", .exclude = true, .entries = "10.1.0.0/16\n"},
            {.name = "usa", .a = "127.0.0.9", .entries = "1.2.3.4\n", .sub = "usa"},
        },
};

#define NOT_USA "usa.bl.test: not listed\n"
#define NOWHERE "bl.test: not listed\n" NOT_USA
#define LISTED(query, a, txt, match, lists)                                                        \
    "bl.test: listed\n  query  " query ".bl.test\n  A      " a "\n  TXT    " txt                   \
    "\n  match  " match "\n  list   " lists "\n"

struct row {
    const char *what, *want;
};

static const struct row rows[] = {
    /* two lists, and a sub-name without TXT */
    {"1.2.3.4", LISTED("4.3.2.1", "127.0.0.3\n  A      127.0.0.4",
                       "\"alpha \\\"1.2.3.4\\\"\"\n  TXT    \"beta\"", "1.2.3.4/32",
                       "alpha\n  list   beta") "usa.bl.test: listed\n"
                                               "  query  4.3.2.1.usa.bl.test\n"
                                               "  A      127.0.0.9\n"
                                               "  match  1.2.3.4/32\n"
                                               "  list   usa\n"},
    {"1.2.3.5", NOWHERE},
    /* prefixes: what is left of a network around its hole, and points side by side */
    {"10.2.0.1",
     LISTED("1.0.2.10", "127.0.0.3", "\"alpha \\\"10.2.0.1\\\"\"", "10.2.0.0/15", "alpha") NOT_USA},
    {"10.1.255.255", NOWHERE},
    {"10.0.0.0",
     LISTED("0.0.0.10", "127.0.0.3", "\"alpha \\\"10.0.0.0\\\"\"", "10.0.0.0/16", "alpha") NOT_USA},
    {"11.0.0.3", LISTED("3.0.0.11", "127.0.0.4", "\"beta\"", "11.0.0.3/32", "beta") NOT_USA},
    {"11.0.0.6", LISTED("6.0.0.11", "127.0.0.4", "\"beta\"", "11.0.0.4/30", "beta") NOT_USA},
    {"2001:db8::1",
     LISTED("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2", "127.0.0.3",
            "\"alpha \\\"2001:db8::1\\\"\"", "2001:db8::/32", "alpha") NOT_USA},
    {"2001:db9::1", NOWHERE},
    /* names */
    {"exact.example", LISTED("exact.example", "127.0.0.2", "\"exact.example is bad\"",
                             "exact.example (exact)", "names") NOT_USA},
    {"x.exact.example", NOWHERE},
    {"tree.example", LISTED("tree.example", "127.0.0.2", "\"tree.example is bad\"",
                            "tree.example (exact)", "names") NOT_USA},
    {"A.B.Tree.Example.", LISTED("a.b.tree.example", "127.0.0.2", "\"a.b.tree.example is bad\"",
                                 "*.tree.example (wildcard)", "names") NOT_USA},
    {"x.wild.example", LISTED("x.wild.example", "127.0.0.2", "\"x.wild.example is bad\"",
                              "*.wild.example (wildcard)", "names") NOT_USA},
    {"wild.example", "bl.test: not listed (names below are)\n" NOT_USA},
    {"example", "bl.test: not listed (names below are)\n" NOT_USA},
    {"other.example", NOWHERE},
    /* test entries, RFC 5782 section 5 */
    {"127.0.0.1", NOWHERE},
    {"invalid", NOWHERE},
};

static char *ask(const struct image *img, const char *what, bool *listed)
{
    struct what w;
    char *text = NULL;
    size_t len;
    struct explain to = {.out = open_memstream(&text, &len)};
    ck_assert_ptr_null(what_parse(what, &w));
    *listed = explain(&to, img, &w);
    fclose(to.out);
    return text;
}

START_TEST(table)
{
    struct image *img = testzone_build(&zone);
    bool listed;
    char *text = ask(img, rows[_i].what, &listed);
    ck_assert_str_eq(text, rows[_i].want);
    ck_assert_int_eq(listed, strstr(rows[_i].want, ": listed") != NULL);
    free(text);
    image_close(img);
}
END_TEST

/* The IPv6 spelling of an IPv4 address is answered from both trees, each value and text once. */
START_TEST(mapped)
{
    struct image *img = testzone_build(&zone);
    bool listed;
    char *text = ask(img, "::ffff:10.0.0.1", &listed);
    ck_assert(listed);
    ck_assert_ptr_nonnull(strstr(text, "  query  1.0.0.0.0.0.a.0.f.f.f.f."));
    ck_assert_ptr_nonnull(strstr(text, "  A      127.0.0.3\n  TXT    \"alpha \\\"10.0.0.1\\\"\"\n"
                                       "  match  10.0.0.0/16\n"));
    free(text);
    image_close(img);
}
END_TEST

START_TEST(test_points)
{
    static const char *const what[] = {"127.0.0.2", "::ffff:127.0.0.2", "test"};
    struct image *img = testzone_build(&testzone_bl);
    bool listed;
    char *text = ask(img, what[_i], &listed);
    ck_assert(listed);
    ck_assert_ptr_nonnull(strstr(text, "  TXT    \"Test entry\"\n"));
    ck_assert_ptr_nonnull(strstr(text, "  list   none (test entry)\n"));
    free(text);
    image_close(img);
}
END_TEST

/* Bytes that a list may hold and a terminal must not see. */
START_TEST(no_control_bytes)
{
    struct testzone z = {
        .name = "bl.test",
        .list = {{.name = "l", .txt = "\x1b[31m$\r\x9b", .entries = "1.2.3.4\n"}},
    };
    struct image *img = testzone_build(&z);
    bool listed;
    char *text = ask(img, "1.2.3.4", &listed);
    ck_assert_ptr_nonnull(strstr(text, "TXT    \"\\027[31m1.2.3.4\\013\\155\"\n"));
    for (const char *p = text; *p; p++)
        ck_assert(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
    free(text);
    image_close(img);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("explain");
    TCase *t = tcase_create("explain");
    tcase_add_loop_test(t, table, 0, COUNT(rows));
    tcase_add_test(t, mapped);
    tcase_add_loop_test(t, test_points, 0, 3);
    tcase_add_test(t, no_control_bytes);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
