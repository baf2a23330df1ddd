/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/loader/rbldnsd_rows.h"

static const struct rbldnsd_row rows[] = {
    {"ip6trie",
     "2001:db8::/32 :2:L $\n!2001:db8:bad::/48\n2001:db8:bad::7 :5:again\n",
     {{"2001:db8::1", "127.0.0.2|L 2001:db8::1"},
      {"2001:db8:bad::1", "-"},
      {"2001:db8:bad::7", "127.0.0.5|again"},
      {"2001:db9::", "-"}}},
    /* forms: short ones are prefixes, "::" is a whole address, values right behind */
    {"ip6trie",
     "2001:db8 :3\n1:2:3 :4\ndead/16 :5\n2001:DB9:: :6:txt\n2001:dba:::7:txt\n::1\n"
     "1:2:3:4:5:6:7:8 :8\n2001:dbb::/32:9:t\n2002::#x\n3::4:5\n",
     {{"2001:db8:ffff::", "127.0.0.3"},
      {"1:2:3:ffff::1", "127.0.0.4"},
      {"dead:1::", "127.0.0.5"},
      {"2001:db9::", "127.0.0.6|txt"},
      {"2001:dba::", "127.0.0.7|txt"},
      {"::1", "127.0.0.2"},
      {"1:2:3:4:5:6:7:8", "127.0.0.8"},
      {"2001:dbb:1::", "127.0.0.9|t"},
      {"2002::", "127.0.0.2"},
      {"2002::1", "-"},
      {"3::4:5", "127.0.0.2"}}},
    {"ip6trie",
     "0/0 :9\n!::/1\n:5:later\nffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n::2 \n",
     {{"8000::", "127.0.0.9"},
      {"::1", "-"},
      {"::2", "127.0.0.5|later"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "127.0.0.5|later"}}},
    /* the first entry of a prefix; siblings and nesting */
    {"ip6trie",
     "::14 :4\n::15 :5\n::54 :6\n::14 :7\n::/120 :8\n!::15\n",
     {{"::14", "127.0.0.4"},
      {"::15", "127.0.0.5"},
      {"::54", "127.0.0.6"},
      {"::1", "127.0.0.8"},
      {"::100", "-"}}},
    /* mapped addresses answer as the IPv4 ones they are */
    {"ip6trie", "::ffff:a00:0/104 :3\n", {{"10.1.2.3", "127.0.0.3"}, {"11.0.0.0", "-"}}},
    {"ip6tset",
     "2001:db8:0:1\n!2001:db8:0:1::5\n2001:db8:0:2 :9:ignored\n:7:t $\n:8\n"
     "!2001:db8:0:2:0:0:0:1\n",
     {{"2001:db8:0:1::1", "127.0.0.7|t 2001:db8:0:1::1"},
      {"2001:db8:0:1::5", "-"},
      {"2001:db8:0:2::", "127.0.0.7|t 2001:db8:0:2::"},
      {"2001:db8:0:2::1", "-"},
      {"2001:db8:0:3::", "-"}}},
};

START_TEST(answers)
{
    rows_check(&rows[_i]);
}
END_TEST

static const struct {
    const char *format, *line;
} bad_rows[] = {
    {"ip6trie", "dead"},
    {"ip6trie", "::ffff:1.2.3.4"},
    {"ip6trie", "1:2:3:4:5:6:7:8:9"},
    {"ip6trie", "1:2:3:4:5:6:7:8:5:txt"},
    {"ip6trie", "1::2::3"},
    {"ip6trie", "2001:db8::1:5:txt"},
    {"ip6trie", "1:2:3:4:5:6:7:8::"},
    {"ip6trie", "::1:2:3:4:5:6:7:8"},
    {"ip6trie", "12345::"},
    {"ip6trie", "1:2:3:"},
    {"ip6trie", "g::"},
    {"ip6trie", "::/129"},
    {"ip6trie", "::/"},
    {"ip6trie", "2001:db8::1/64"},
    {"ip6trie", "1.2.3.4"},
    {"ip6trie", "::1-::2"},
    {"ip6trie", "!"},
    {"ip6trie", "!!::1"},
    {"ip6trie", ":0:x"},
    {"ip6tset", "2001:db8:0:1::"},
    {"ip6tset", "2001:db8:0"},
    {"ip6tset", "2001:db8:0:1/64"},
    {"ip6tset", "!2001:db8:0:1"},
    {"ip6tset", "2001:db8:0:1:0"},
};

START_TEST(bad)
{
    struct rbldnsd_parsed r;
    char text[200];
    int len = snprintf(text, sizeof(text), "1:2:3:4\n%s\n1:2:3:5\n", bad_rows[_i].line);
    rows_parse(&r, bad_rows[_i].format, text, (size_t)len);
    ck_assert_msg(r.p.bad == 1, "%s: %zu bad", bad_rows[_i].line, r.p.bad);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_uint_eq(entries_count(&r.e), 2);
    entries_free(&r.e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_ip6");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, answers, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_loop_test(t, bad, 0, sizeof(bad_rows) / sizeof(bad_rows[0]));
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
