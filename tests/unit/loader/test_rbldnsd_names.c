/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/loader/rbldnsd_rows.h"

#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define L60 L50 "ffffffffff"

static const struct rbldnsd_row rows[] = {
    /* plain, wildcard, both */
    {"dnset",
     "plain.com\n*.wild.com :3\n.both.com :4:$ x\nTLD\n*.star.tld\n",
     {{"plain.com", "127.0.0.2"},
      {"a.plain.com", "-"},
      {"wild.com", "-"},
      {"a.wild.com", "127.0.0.3"},
      {"b.a.wild.com", "127.0.0.3"},
      {"both.com", "127.0.0.4|both.com x"},
      {"a.b.both.com", "127.0.0.4|both.com x"},
      {"tld", "127.0.0.2"},
      {"com", "-"}}},
    /* what of exclusions */
    {"dnset",
     ".excl.com\n!ok.excl.com\n!*.sub.excl.com\nin.sub.excl.com :6:\n.gone.com\n! .x.gone.com\n",
     {{"ok.excl.com", "-"},
      {"a.ok.excl.com", "127.0.0.2"},
      {"sub.excl.com", "127.0.0.2"},
      {"a.sub.excl.com", "-"},
      {"in.sub.excl.com", "127.0.0.6"},
      {"a.in.sub.excl.com", "-"},
      {"x.gone.com", "-"},
      {"a.x.gone.com", "-"},
      {"y.gone.com", "127.0.0.2"}}},
    /* a plain entry hides the wildcard's value, two lines for one name add up */
    {"dnset",
     ".a.com :2:w\nx.a.com :3:p\ntwo.com :4:q\ntwo.com :5:r\ntwo.com :4:q\n",
     {{"x.a.com", "127.0.0.3|p"},
      {"y.x.a.com", "127.0.0.2|w"},
      {"two.com", "127.0.0.4 127.0.0.5|q|r"}}},
    /* the longest wildcard */
    {"dnset",
     "*.b.com :2\n*.a.b.com :3\n",
     {{"a.b.com", "127.0.0.2"}, {"x.a.b.com", "127.0.0.3"}, {"x.b.com", "127.0.0.2"}}},
    /* odd names: dots squeezed, escapes, only the first mark is special, "#" is part of it */
    {"dnset",
     "..dots...com.. :3\n*.*.star.com :4\nA*b.com :5\nwe\\.ird.test :6:$\nfoo.com#x :7\n"
     "\\097bc.com :8\n",
     {{"dots.com", "127.0.0.3"},
      {"x.\\*.star.com", "127.0.0.4"},
      {"a*b.com", "127.0.0.5"},
      {"we\\.ird.test", "127.0.0.6|we\\.ird.test"},
      {"foo.com\\035x", "127.0.0.7"},
      {"foo.com", "-"},
      {"abc.com", "127.0.0.8"},
      {"y.dots.com", "127.0.0.3"}}},
    {"dnset",
     ":3:d $\none.com\ntwo.com # comment\nthree.com text $$ $\n$= base $ $=\n",
     {{"one.com", "127.0.0.3|base one.com d $"},
      {"two.com", "127.0.0.3|base two.com d $"},
      {"three.com", "127.0.0.3|base three.com text $$ $"}}},
    {"dnhash", ".x.com :3:$\n", {{"a.x.com", "127.0.0.3|x.com"}}},
};

START_TEST(answers)
{
    rows_check(&rows[_i]);
}
END_TEST

static const struct {
    const char *format, *line;
} bad_rows[] = {
    {"dnset", "."},
    {"dnset", "*."},
    {"dnset", "!"},
    {"dnset", "! "},
    {"dnset", "!."},
    {"dnset", "..."},
    {"dnset", "a\\25.com"},
    {"dnset", "a\\256.com"},
    {"dnset", "a\\"},
    {"dnset", L60 "1234.com"},
    {"dnset", L60 "." L60 "." L60 "." L60 "." L50},
    {"dnset", "a.com :0"},
    {"generic", "www"},
    {"generic", "www AAAA ::1"},
    {"generic", "www CNAME x"},
    {"generic", "www 5x A 1.2.3.4"},
    {"generic", "www IN 300 A 1.2.3.4"},
    {"generic", "www 300"},
    {"generic", "www 300 IN"},
    {"generic", "www A"},
    {"generic", "www A x"},
    {"generic", "www A 256.0.0.1"},
    {"generic", "www TXT"},
    {"generic", "www MX 10"},
    {"generic", "www MX x y"},
    {"generic", "www MX 65536 y"},
    {"generic", "www MX 10 y z"},
    {"generic", ". A 1.2.3.4"},
    {"generic", ":2:x"},
};

START_TEST(bad)
{
    struct rbldnsd_parsed r;
    char text[500];
    int len = snprintf(text, sizeof(text), "a A 1.2.3.4\n%s\nb A 1.2.3.4\n", bad_rows[_i].line);
    rows_parse(&r, bad_rows[_i].format, text, (size_t)len);
    ck_assert_msg(r.p.bad == 1, "%s: %zu bad", bad_rows[_i].line, r.p.bad);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_uint_eq(entries_count(&r.e), 2);
    ck_assert_str_eq(r.p.fatal, "");
    entries_free(&r.e);
}
END_TEST

/* --- generic: records as they are kept --- */

static const struct {
    const char *line, *name;
    uint16_t type;
    uint32_t ttl;
    const char *rdata;
    size_t len;
} record_rows[] = {
    {"www A 1.2.3.4", "www", 1, 0, "\1\2\3\4", 4},
    {"WWW.Sub. in a 5", "www.sub", 1, 0, "\0\0\0\5", 4},
    {"@ 300 IN A 1.2 anything", ".", 1, 300, "\1\0\0\2", 4},
    {".x 1h A 1.2.3", "x", 1, 3600, "\1\2\0\3", 4},
    {"*.x 0 A 1.2.3.4", "*.x", 1, 0, "\1\2\3\4", 4},
    {"t TXT  some  text ", "t", 16, 0, "\12some  text", 11},
    {"t TXT \"a \"b\"", "t", 16, 0, "\4a \"b", 5},
    {"t TXT \"\"", "t", 16, 0, "\0", 1},
    {"t TXT $ :2:", "t", 16, 0, "\5$ :2:", 6},
    {"m MX 10 Mail.example.", "m", 15, 0, "\0\12\4mail\7example\0", 16},
};

START_TEST(records)
{
    struct rbldnsd_parsed r;
    char text[200], name[NAME_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%s\n", record_rows[_i].line);
    rows_parse(&r, "generic", text, (size_t)len);
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.e.nrecord, 1);
    const struct entry_record *e = &r.e.record[0];
    name_format(name, r.e.bytes + e->name, e->name_len);
    ck_assert_str_eq(name, record_rows[_i].name);
    ck_assert_uint_eq(e->type, record_rows[_i].type);
    ck_assert_uint_eq(e->ttl, record_rows[_i].ttl);
    ck_assert_uint_eq(e->rdata_len, record_rows[_i].len);
    ck_assert_mem_eq(r.e.bytes + e->rdata, record_rows[_i].rdata, record_rows[_i].len);
    entries_free(&r.e);
}
END_TEST

/* $TTL holds for the lines behind it, here alone. */
START_TEST(record_ttl)
{
    struct rbldnsd_parsed r;
    static const char text[] = "a A 1\n$TTL 50\nb A 1\nc 7 A 1\n$TTL 60\nd A 1\n";
    static const uint32_t want[] = {0, 50, 7, 60};
    rows_parse(&r, "generic", text, sizeof(text) - 1);
    ck_assert_uint_eq(r.e.nrecord, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(r.e.record[i].ttl, want[i]);
    ck_assert_uint_eq(r.e.ttl, 0);
    entries_free(&r.e);
}
END_TEST

START_TEST(long_text)
{
    struct rbldnsd_parsed r;
    char text[3000];
    size_t n = (size_t)snprintf(text, sizeof(text), "t TXT ");
    memset(text + n, 'x', 600);
    text[n + 600] = '\n';
    rows_parse(&r, "generic", text, n + 601);
    ck_assert_uint_eq(r.e.record[0].rdata_len, 603);
    ck_assert_uint_eq(r.e.bytes[r.e.record[0].rdata + 512], 90);
    entries_free(&r.e);
    memset(text + n, 'x', 2500);
    text[n + 2500] = '\n';
    rows_parse(&r, "generic", text, n + 2501);
    ck_assert_uint_eq(r.e.record[0].rdata_len, 2008);
    ck_assert_uint_eq(r.p.noted, 1);
    entries_free(&r.e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_names");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, answers, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_loop_test(t, bad, 0, sizeof(bad_rows) / sizeof(bad_rows[0]));
    tcase_add_loop_test(t, records, 0, sizeof(record_rows) / sizeof(record_rows[0]));
    tcase_add_test(t, record_ttl);
    tcase_add_test(t, long_text);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
