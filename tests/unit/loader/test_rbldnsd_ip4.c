/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/loader/rbldnsd_rows.h"

static const struct rbldnsd_row rows[] = {
    /* defaults and values */
    {"ip4set",
     ":127.0.0.3:Listed $ see\n10.0.0.1\n10.0.0.2 :5\n10.0.0.3 :6:\n10.0.0.4 own text $\n"
     "10.0.0.6:8:nospace\n10.0.0.7#comment\n10.0.0.10 :127.1:two parts\n"
     "10.0.0.16 :9  :  spaced\n10.0.0.22 :2:a \"q\" \\ back\n10.0.0.9 text # with hash\n",
     {{"10.0.0.1", "127.0.0.3|Listed 10.0.0.1 see"},
      {"10.0.0.2", "127.0.0.5|Listed 10.0.0.2 see"},
      {"10.0.0.3", "127.0.0.6"},
      {"10.0.0.4", "127.0.0.3|own text 10.0.0.4"},
      {"10.0.0.6", "127.0.0.8|nospace"},
      {"10.0.0.7", "127.0.0.3|Listed 10.0.0.7 see"},
      {"10.0.0.10", "127.0.0.1|two parts"},
      {"10.0.0.16", "127.0.0.9|spaced"},
      {"10.0.0.22", "127.0.0.2|a \"q\" \\ back"},
      {"10.0.0.9", "127.0.0.3|text # with hash"},
      {"10.0.0.8", "-"}}},
    /* the base template */
    {"ip4set",
     "$= See http://www.example.com/bl?$= ($) for details\n127.0.0.2    r123\n127.0.0.3\n"
     "127.0.0.4    =See $\n127.0.0.5 :2:\n127.0.0.6 :2:=\n127.0.0.7 a $ b $$\n",
     {{"127.0.0.2", "127.0.0.2|See http://www.example.com/bl?r123 (127.0.0.2) for details"},
      {"127.0.0.3", "127.0.0.2|See http://www.example.com/bl?127.0.0.3 (127.0.0.3) for details"},
      {"127.0.0.4", "127.0.0.2|See 127.0.0.4"},
      {"127.0.0.5", "127.0.0.2|See http://www.example.com/bl?127.0.0.5 (127.0.0.5) for details"},
      {"127.0.0.6", "127.0.0.2"},
      {"127.0.0.7", "127.0.0.2|See http://www.example.com/bl?a $ b $$ (127.0.0.7) for details"}}},
    /* the base template behind the entries, single addresses too */
    {"ip4set",
     "10.0.0.1\n10.1.0.0/16\n$= base $\n",
     {{"10.0.0.1", "127.0.0.2|base 10.0.0.1"}, {"10.1.2.3", "127.0.0.2|base 10.1.2.3"}}},
    /* variables: the first stands, wherever; "$" alone, at the end, doubled, unset */
    {"ip4set",
     "10.0.0.1 :2:a $1 b $2 c\n10.0.0.2 $x\n10.0.0.3 end$\n10.0.0.4 $$ $=\n$1 one $2 two\n$1 no\n"
     "#$3 three\n10.0.0.5 $3\n",
     {{"10.0.0.1", "127.0.0.2|a one $2 two b $2 c"},
      {"10.0.0.2", "127.0.0.2|10.0.0.2x"},
      {"10.0.0.3", "127.0.0.2|end10.0.0.3"},
      {"10.0.0.4", "127.0.0.2|$ $$ $="},
      {"10.0.0.5", "127.0.0.2|three"}}},
    /* a default line starts from the built-in default */
    {"ip4set",
     ":5:first\n10.0.0.1\n:6\n10.0.0.2\n:7:\n10.0.0.3\n:1.2.3\n10.0.0.4\n:10.20.30.40:far\n"
     "10.0.0.5\n:0255\n10.0.0.6\n",
     {{"10.0.0.1", "127.0.0.5|first"},
      {"10.0.0.2", "127.0.0.6"},
      {"10.0.0.3", "127.0.0.7"},
      {"10.0.0.4", "1.2.0.3"},
      {"10.0.0.5", "10.20.30.40|far"},
      {"10.0.0.6", "127.0.0.255"}}},
    /* forms of a key */
    {"ip4set",
     "10.1\n10.2.3\n11/8\n127.16/12\n128/24\n1.2.3.4-1.2.3.9\n2.16-2.31\n3-4\n5.2.3.4-9\n"
     "6.16-31\n7.16.0-31\n010.009.008.007\n",
     {{"10.1.255.255", "127.0.0.2"},
      {"10.2.3.0", "127.0.0.2"},
      {"11.255.0.1", "127.0.0.2"},
      {"127.31.255.255", "127.0.0.2"},
      {"128.0.0.255", "127.0.0.2"},
      {"1.2.3.9", "127.0.0.2"},
      {"2.31.255.255", "127.0.0.2"},
      {"4.255.255.255", "127.0.0.2"},
      {"5.2.3.9", "127.0.0.2"},
      {"6.31.0.0", "127.0.0.2"},
      {"7.16.31.255", "127.0.0.2"},
      {"10.9.8.7", "127.0.0.2"}}},
    {"ip4set",
     "1.2.3.4-1.2.3.9\n2.16-2.31\n10.1\n7.16.0-31\n",
     {{"1.2.3.3", "-"},
      {"1.2.3.10", "-"},
      {"2.15.255.255", "-"},
      {"2.32.0.0", "-"},
      {"10.2.0.0", "-"},
      {"7.16.32.0", "-"}}},
    {"ip4set", "0-255 :4\n", {{"0.0.0.0", "127.0.0.4"}, {"255.255.255.255", "127.0.0.4"}}},
    {"ip4set",
     "0.0.0.0-255.255.255.255\n!255.255.255.255\n!0.0.0.0\n",
     {{"0.0.0.0", "-"}, {"0.0.0.1", "127.0.0.2"}, {"255.255.255.255", "-"}}},
    /* levels */
    {"ip4set",
     "10/8 :2:a\n10.0.0.5 :3:b\n",
     {{"10.0.0.5", "127.0.0.3|b"}, {"10.0.0.6", "127.0.0.2|a"}}},
    {"ip4set",
     "10.0.0.0/25 :2:a\n10.0.0.5 :3:b\n",
     {{"10.0.0.5", "127.0.0.2 127.0.0.3|a|b"}, {"10.0.0.6", "127.0.0.2|a"}}},
    {"ip4set",
     "10.0.0.0/24 :2:a\n10.0.0.0/25 :3:b\n",
     {{"10.0.0.5", "127.0.0.3|b"}, {"10.0.0.200", "127.0.0.2|a"}}},
    {"ip4set",
     "!10.0.0.0/25\n10.0.0.5\n!11.0.0.0/24\n11.0.0.5\n12.0.0.1\n! 12.0.0.1 value\n",
     {{"10.0.0.5", "-"}, {"11.0.0.5", "127.0.0.2"}, {"12.0.0.1", "-"}}},
    {"ip4set", "10.0.0.1\n10.0.0.1\n10.0.0.1 :2:\n", {{"10.0.0.1", "127.0.0.2"}}},
    /* most single addresses alone, some inside ranges of their data set */
    {"ip4set",
     "10.0.0.1\n10.0.0.2\n10.9.0.1\n10.9.0.0/16 :3\n!10.0.0.2\n10.0.0.1 :4\n",
     {{"10.0.0.1", "127.0.0.2 127.0.0.4"},
      {"10.0.0.2", "-"},
      {"10.9.0.1", "127.0.0.2"},
      {"10.9.0.2", "127.0.0.3"}}},
    /* the largest range */
    {"ip4set",
     "#$MAXRANGE4 /24\n10.0.0.0/24\n10.0.1.1\n$MAXRANGE4 65536\n",
     {{"10.0.0.7", "127.0.0.2"}, {"10.0.1.1", "127.0.0.2"}}},
    /* line ends, byte order mark, blanks, comments */
    {"ip4set",
     "\xef\xbb\xbf"
     "10.0.0.1\r\n:3:t $\r\n \t10.0.0.2 \r\n# c\n;c\n10.0.0.3\t;x\n10.0.0.4 txt\r\n",
     {{"10.0.0.1", "127.0.0.2"},
      {"10.0.0.2", "127.0.0.3|t 10.0.0.2"},
      {"10.0.0.3", "127.0.0.3|t 10.0.0.3"},
      {"10.0.0.4", "127.0.0.3|txt"}}},
    /* ip4trie: longest match, the first entry of a prefix */
    {"ip4trie",
     "0/0 :9\n10/8 :2:a\n!10.0.0.0/25\n10.0.0.5 :5\n10.0.0.0/30 :3:c\n!10.0.0.1\n10.0.0.5 :6\n"
     "!10.0.0.5\n10/8 :7\n",
     {{"10.0.0.5", "127.0.0.5"},
      {"10.0.0.6", "-"},
      {"10.0.0.2", "127.0.0.3|c"},
      {"10.0.0.1", "-"},
      {"10.0.0.128", "127.0.0.2|a"},
      {"11.0.0.0", "127.0.0.9"}}},
    {"ip4trie",
     "10.0.0.1\n!10.0.0.1\n!10.0.0.2\n10.0.0.2\n10.0.0.3\n10.0.0.3 :4\n10.0.0.4 :4\n10.0.0.4\n"
     "10.0\n",
     {{"10.0.0.1", "127.0.0.2"},
      {"10.0.0.2", "-"},
      {"10.0.0.3", "127.0.0.2"},
      {"10.0.0.4", "127.0.0.4"},
      {"10.0.7.7", "127.0.0.2"}}},
    /* ip4tset: one value, the first default line anywhere */
    {"ip4tset",
     "10.0.0.1\n:5:all $\n10.0.0.2 :7:whatever\n:6:not\n10.0.0.3;x\n",
     {{"10.0.0.1", "127.0.0.5|all 10.0.0.1"},
      {"10.0.0.2", "127.0.0.5|all 10.0.0.2"},
      {"10.0.0.3", "127.0.0.5|all 10.0.0.3"},
      {"10.0.0.4", "-"}}},
    {"ip4tset", "10.0.0.1\n$= b $\n", {{"10.0.0.1", "127.0.0.2|b 10.0.0.1"}}},
};

START_TEST(answers)
{
    rows_check(&rows[_i]);
}
END_TEST

static const struct {
    const char *format, *line;
} bad_rows[] = {
    {"ip4set", "10.0.0.12 :0:zero"},
    {"ip4set", "10.0.0.12 :0.0.0.0:zero"},
    {"ip4set", "10.0.0.13 :256:big"},
    {"ip4set", "10.0.0.14 :9 trailing"},
    {"ip4set", "10.0.0.18 ::x"},
    {"ip4set", "10.0.0.19 :"},
    {"ip4set", "10.0.0.19 : 2 :x"},
    {"ip4set", ":0:default"},
    {"ip4set", "10"},
    {"ip4set", "10.0.0.256"},
    {"ip4set", "10.0.0.1.2"},
    {"ip4set", "10.0.0.1x"},
    {"ip4set", "10.0.0."},
    {"ip4set", "!!10.0.0.1"},
    {"ip4set", "!"},
    {"ip4set", "1.2.3.4/24"},
    {"ip4set", "10.0.0.3/31"},
    {"ip4set", "10.0.0.0/33"},
    {"ip4set", "10.0.0.0/"},
    {"ip4set", "0/0"},
    {"ip4set", "1.2.3.4/0"},
    {"ip4set", "1.2.3.9-1.2.3.4"},
    {"ip4set", "127-127.0.0"},
    {"ip4set", "1.2-1.2.3.4"},
    {"ip4set", "1.2.3.4-256"},
    {"ip4set", "1.2.3.4-"},
    {"ip4set", "1.2.3.4 - 1.2.3.9"},
    {"ip4set", "1.2.3.4\v"},
    {"ip4set", "$NOSUCH x"},
    {"ip4set", "$ TTL 5"},
    {"ip4set", "$TTL 1h30m"},
    {"ip4set", "$TTL"},
    {"ip4set", "$TTL 4294967296"},
    {"ip4set", "$1"},
    {"ip4set", "$MAXRANGE4 0"},
    {"ip4set", "$MAXRANGE4 /0"},
    {"ip4set", "$MAXRANGE4 /33"},
    {"ip4set", "$DATASET ip4set x"},
    {"ip4set", "$SOA 0 a b 0 1h 1h 1h"},
    {"ip4set", "$SOA 0 a b 0 1h 1h 1h 1h ; x"},
    {"ip4set", "$NS 1d"},
    {"ip4set", "$FILE 3 name"},
    {"ip4trie", "1.2.3.4-1.2.3.9"},
    {"ip4trie", "1.2.3.4/31x"},
    {"ip4tset", "!1.2.3.4"},
    {"ip4tset", "1.2.3"},
    {"ip4tset", "1.2.3.4/32"},
    {"ip4tset", "1.2.3.4-5"},
};

START_TEST(bad)
{
    struct rbldnsd_parsed r;
    char text[200];
    int len = snprintf(text, sizeof(text), "10.9.9.9\n%s\n10.9.9.8\n", bad_rows[_i].line);
    rows_parse(&r, bad_rows[_i].format, text, (size_t)len);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_uint_eq(entries_count(&r.e), 2);
    ck_assert_str_eq(r.p.fatal, "");
    entries_free(&r.e);
}
END_TEST

START_TEST(too_large)
{
    struct rbldnsd_parsed r;
    static const char text[] = "$MAXRANGE4 /24\n10.0.0.0/23\n!10.0.0.0/23\n10.0.2.0/24\n"
                               "$MAXRANGE4 256\n$MAXRANGE4 2\n10.0.0.0-1\n10.0.0.0-2\n";
    rows_parse(&r, "ip4set", text, sizeof(text) - 1);
    ck_assert_uint_eq(r.p.bad, 3);
    ck_assert_uint_eq(r.e.nrange4, 2);
    entries_free(&r.e);
}
END_TEST

START_TEST(cut_line)
{
    struct rbldnsd_parsed r;
    rows_parse(&r, "ip4set", "10.0.0.1\n8.8.8", 14);
    ck_assert(!r.p.unterminated); /* it is not used */
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.p.noted, 1);
    ck_assert_uint_eq(entries_count(&r.e), 1);
    entries_free(&r.e);
    rows_parse(&r, "ip4set", "10.0.0.1\n# end", 14);
    ck_assert_uint_eq(r.p.noted, 0);
    entries_free(&r.e);
}
END_TEST

START_TEST(host_bits)
{
    struct rbldnsd_parsed r;
    r.p = (struct parse){.out = &r.e, .host_bits = true};
    entries_init(&r.e);
    ck_assert(format_rbldnsd_ip4set.parse(&r.p, "10.0.0.7/24\n", 12));
    ck_assert_uint_eq(r.p.noted, 1);
    ck_assert_uint_eq(r.e.range4[0].first, 0x0a000000);
    ck_assert_uint_eq(r.e.range4[0].last, 0x0a0000ff);
    entries_free(&r.e);
}
END_TEST

/* Values that alternate are not stored again and again, and single addresses stay small. */
START_TEST(sizes)
{
    struct rbldnsd_parsed r;
    char text[8000];
    size_t n = 0;
    for (unsigned i = 0; i < 200; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "10.0.0.%u :%u:text %u\n", i, i % 3 + 2,
                              i % 3);
    rows_parse(&r, "ip4set", text, n);
    ck_assert_uint_eq(r.e.nvalue, 3);
    entries_free(&r.e);
    rows_parse(&r, "ip4set", "10.0.0.1\n10.0.0.2 # x\n10.0.0.3 :3\n", 34);
    ck_assert_uint_eq(r.e.naddr4, 2);
    ck_assert_uint_eq(r.e.nrange4, 1);
    entries_free(&r.e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_ip4");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, answers, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_loop_test(t, bad, 0, sizeof(bad_rows) / sizeof(bad_rows[0]));
    tcase_add_test(t, too_large);
    tcase_add_test(t, cut_line);
    tcase_add_test(t, host_bits);
    tcase_add_test(t, sizes);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
