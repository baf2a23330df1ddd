/* SPDX-License-Identifier: BSD-2-Clause */
/* What concerns more than one line: directives of the zone, sections, several files, refusals. */
#include "tests/unit/loader/rbldnsd_rows.h"

static const struct rbldnsd_row rows[] = {
    /* the manual's example */
    {"combined",
     "$TTL 111\n$DATASET ip4set:proxy proxies @\n:2:Open proxy, see $\n127.0.0.2\n127.0.0.4\n"
     "$DATASET ip4set:relay relays @ # both\n$TTL 222\n:3:Open relay\n127.0.0.2\n127.0.0.5\n"
     "$DATASET generic proxies\n@ A 127.0.0.8\n$DATASET dnset names sub.names\n.bad.com :6\n",
     {{"127.0.0.2", "127.0.0.2 127.0.0.3|Open proxy, see 127.0.0.2|Open relay"},
      {"127.0.0.5", "127.0.0.3|Open relay"},
      {"2.0.0.127.relays", "127.0.0.3|Open relay"},
      {"4.0.0.127.relays", "-"},
      {"proxies", "127.0.0.8"},
      {"x.bad.com.names", "127.0.0.6"},
      {"x.bad.com.sub.names", "127.0.0.6"},
      {"names", "-"},
      {"zzz", "-"}}},
    /* variables: those of the common part stand, those of a section end with it */
    {"combined",
     "$1 common\n$DATASET dnset a\n$1 own\n$2 two\nx :2:$1 $2\n$DATASET dnset b\n$= base $\n"
     "x :2:$1 $2\ny\n$DATASET dnset:n c\nx :2:$1 $2\n",
     {{"x.a", "127.0.0.2|common two"},
      {"x.b", "127.0.0.2|base x"},
      {"y.b", "127.0.0.2|base y"},
      {"x.c", "127.0.0.2|common $2"}}},
    /* the largest range is that of the whole file; a default is not */
    {"combined",
     "$DATASET ip4trie a @\n:5:d\n10/8\n$DATASET ip4set b\n11.0.0.0\n"
     "$DATASET ip6tset b\n1:2:3:4\n",
     {{"10.9.9.9", "127.0.0.5|d"},
      {"0.0.0.11.b", "127.0.0.2"},
      {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.b", "127.0.0.2"}}},
    /* several files in one: defaults start anew, variables do not */
    {"ip4set",
     "$FILE 22 /a\n:5:d $1\n10.0.0.1\n$1 v\n\n$FILE 18 b c\n10.0.0.2\n:6:\n:7:\n\n\n",
     {{"10.0.0.1", "127.0.0.5|d v"}, {"10.0.0.2", "127.0.0.2"}}},
    {"ip4tset",
     "$FILE 9 /a\n10.0.0.1\n\n$FILE 13 b\n:6:\n10.0.0.2\n\n",
     {{"10.0.0.1", "127.0.0.6"}, {"10.0.0.2", "127.0.0.6"}}},
    {"combined",
     "$FILE 30 /a\n$1 v\n$DATASET dnset a\nx $1 $2\n\n$FILE 30 b\n$2 w\n$DATASET dnset b\n"
     "x $1 $2\n\n",
     {{"x.a", "127.0.0.2|v w"}, {"x.b", "127.0.0.2|v $2"}}},
};

START_TEST(answers)
{
    rows_check(&rows[_i]);
}
END_TEST

/* --- files that cannot be used --- */

static const struct {
    const char *format, *text, *fatal;
} fatal_rows[] = {
    {"combined", "10.0.0.1\n$DATASET ip4set @\n", "data before the first $DATASET"},
    {"combined", "$DATASET ip5set @\n", "unknown type in $DATASET: ip5set"},
    {"combined", "$DATASET combined @\n", "unknown type in $DATASET: combined"},
    {"combined", "$DATASET acl:x @\n", "unknown type in $DATASET: acl"},
    {"combined", "$DATASET\n", "unknown type in $DATASET: "},
    {"combined", "$FILE 27 a\n$DATASET ip4set @\n1.2.3.4\n\n\n$FILE 8 b\n1.2.3.4\n\n",
     "data before the first $DATASET"},
    {"ip4set", "$TIMESTAMP 2023:11:14:22:13:21\n", "$TIMESTAMP lies in the future"},
    {"ip4set", "$TIMESTAMP 20380101 0\n", "$TIMESTAMP lies in the future"},
};

START_TEST(fatal)
{
    struct rbldnsd_parsed r;
    rows_parse(&r, fatal_rows[_i].format, fatal_rows[_i].text, strlen(fatal_rows[_i].text));
    ck_assert_str_eq(r.p.fatal, fatal_rows[_i].fatal);
    entries_free(&r.e);
}
END_TEST

/* --- $SOA, $NS, $TTL, $TIMESTAMP --- */

static void parse(struct rbldnsd_parsed *r, const char *format, const char *text)
{
    rows_parse(r, format, text, strlen(text));
    ck_assert_str_eq(r->p.fatal, "");
}

static void is_name(const struct name *n, const char *want)
{
    char text[NAME_TEXT_MAX];
    name_format(text, n->wire, n->len);
    ck_assert_str_eq(text, want);
}

START_TEST(soa)
{
    struct rbldnsd_parsed r;
    parse(&r, "ip4set",
          "$soa x a b 0 1h 1h 1h 1h\n$TTL 1m\n$SOA 0 ns1.ex.test. Host.ex.test 7 1h 10m 2d 1W\n"
          "$SOA 5 other. other. 8 1 1 1 1\n$TTL 2m\n");
    ck_assert_uint_eq(r.p.bad, 1);
    const struct entries_meta *m = r.e.meta;
    ck_assert(m->has_soa);
    is_name(&m->mname, "ns1.ex.test");
    is_name(&m->rname, "host.ex.test");
    ck_assert_uint_eq(m->soa_ttl, 60);
    ck_assert_uint_eq(m->serial, 7);
    ck_assert_uint_eq(m->refresh, 3600);
    ck_assert_uint_eq(m->retry, 600);
    ck_assert_uint_eq(m->expire, 172800);
    ck_assert_uint_eq(m->minimum, 604800);
    ck_assert_uint_eq(r.e.ttl, 120);
    entries_free(&r.e);
}
END_TEST

START_TEST(ns)
{
    struct rbldnsd_parsed r;
    parse(&r, "dnset",
          "$NS 1d -only.skipped\n;$nameserver 1h ns1.ex -ns2.ex NS1.ex. ns3.ex\n$NS 2d ns4.ex\n");
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.e.meta->nns, 2);
    is_name(&r.e.meta->ns[0], "ns1.ex");
    is_name(&r.e.meta->ns[1], "ns3.ex");
    ck_assert_uint_eq(r.e.meta->ns_ttl, 3600);
    entries_free(&r.e);
    char text[1000];
    int n = snprintf(text, sizeof(text), "$NS 0");
    for (int i = 0; i < 40; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, " ns%d.ex", i);
    rows_parse(&r, "dnset", "a\n", 2);
    entries_free(&r.e);
    text[n] = '\n';
    rows_parse(&r, "dnset", text, (size_t)n + 1);
    ck_assert_uint_eq(r.e.meta->nns, 32);
    ck_assert_uint_eq(r.p.bad, 1);
    entries_free(&r.e);
}
END_TEST

static const struct {
    const char *line;
    int64_t made, expires; /* -1: a bad line */
} stamp_rows[] = {
    {"$TIMESTAMP 2023:01:02:03:04:05", 1672628645, 0},
    {"$TIMESTAMP 20230102", 1672617600, 0},
    {"$TIMESTAMP 2023-01-02-0304", 1672628640, 0},
    {"$TIMESTAMP 20000229 20000301", 951782400, 951868800},
    {"$TIMESTAMP 1970:01:01:00:00:01 +1h", 1, 3601},
    {"$TIMESTAMP 0 20230102", 0, 1672617600},
    {"$TIMESTAMP - -", 0, 0},
    {"$TIMESTAMP 20230102 +0", 1672617600, 0},
    {"$TIMESTAMP 0 +1h", -1, 0},
    {"$TIMESTAMP 2023", -1, 0},
    {"$TIMESTAMP 20231301", -1, 0},
    {"$TIMESTAMP 20230100", -1, 0},
    {"$TIMESTAMP 19690101", -1, 0},
    {"$TIMESTAMP 20230102x", -1, 0},
    {"$TIMESTAMP 20230102 0 x", -1, 0},
    {"$TIMESTAMP 20230102240000", -1, 0},
    {"$TIMESTAMP", -1, 0},
};

START_TEST(timestamp)
{
    struct rbldnsd_parsed r;
    char text[200];
    snprintf(text, sizeof(text), "%s\n", stamp_rows[_i].line);
    parse(&r, "ip4set", text);
    ck_assert_uint_eq(r.p.bad, stamp_rows[_i].made < 0);
    if (stamp_rows[_i].made >= 0) {
        ck_assert_int_eq(r.e.meta->made, stamp_rows[_i].made);
        ck_assert_int_eq(r.e.meta->expires, stamp_rows[_i].expires);
    }
    entries_free(&r.e);
}
END_TEST

START_TEST(earliest_expiry)
{
    struct rbldnsd_parsed r;
    parse(&r, "ip4set", "$TIMESTAMP 0 20250102\n$TIMESTAMP 0 20240102\n$TIMESTAMP 0 20260102\n");
    ck_assert_int_eq(r.e.meta->expires, 1704153600);
    entries_free(&r.e);
}
END_TEST

START_TEST(sections)
{
    struct rbldnsd_parsed r;
    parse(&r, "combined",
          "$TTL 10\n$ENT true\n$DATASET ip4set a @\n$TTL 20\n$NS 0 ns.ex\n1.2.3.4\n"
          "$DATASET dnset\nunreachable\n$DATASET dnset b..c ;x\nname\n");
    ck_assert_uint_eq(r.p.bad, 1); /* the section without a name */
    ck_assert_uint_eq(r.line, 7);
    const struct entries *e = &r.e;
    ck_assert_uint_eq(e->ttl, 20);
    ck_assert_uint_eq(e->nsub, 2);
    is_name(&e->sub[0], "a");
    is_name(&e->sub[1], ".");
    ck_assert_uint_eq(e->meta->ns_ttl, 20);
    e = e->next;
    ck_assert_uint_eq(e->nname, 0);
    e = e->next;
    ck_assert_uint_eq(e->nname, 1);
    ck_assert_uint_eq(e->ttl, 10);
    is_name(&e->sub[0], "b.c");
    ck_assert_ptr_null(e->next);
    entries_free(&r.e);
}
END_TEST

/* Lines of several files are named by their file; what only looks like it is a bad line. */
START_TEST(frames)
{
    struct rbldnsd_parsed r;
    parse(&r, "ip4set", "$FILE 9 /x/a\n10.0.0.1\n\n$FILE 13 b\n10.0.0.2\nbad\n\n");
    ck_assert_uint_eq(entries_count(&r.e), 2);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_str_eq(r.reason, "b: invalid address");
    entries_free(&r.e);
    static const char *const plain[] = {
        "$FILE 9 a\n10.0.0.1\n",    "$FILE 10 a\n10.0.0.1\n\n",
        "$FILE 9 a\n10.0.0.1\n\nx", "$FILE 99999999999 a\n10.0.0.1\n\n",
        "$FILE -1 a\n10.0.0.1\n\n", "$FILE 9\n10.0.0.1\n\n"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        parse(&r, "ip4set", plain[i]);
        ck_assert_uint_eq(r.line, 1);
        ck_assert_str_eq(r.reason, "invalid or unrecognized special entry");
        ck_assert_uint_eq(entries_count(&r.e), 1);
        entries_free(&r.e);
    }
    /* The end of a file is no better than that of a text. */
    parse(&r, "ip4set", "$FILE 14 a\n10.0.0.1\n8.8.8\n$FILE 9 b\n10.0.0.2\n\n");
    ck_assert_uint_eq(r.p.noted, 1);
    ck_assert_uint_eq(entries_count(&r.e), 2);
    ck_assert_str_eq(r.reason, "a: last line without a line end, it may be cut: not used");
    entries_free(&r.e);
}
END_TEST

START_TEST(long_texts)
{
    struct rbldnsd_parsed r;
    char text[12000];
    size_t n = (size_t)snprintf(text, sizeof(text), "$= ");
    for (size_t i = 0; i < 1990; i += 2)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "$=");
    n += (size_t)snprintf(text + n, sizeof(text) - n, "\n10.0.0.1 :2:");
    memset(text + n, 'x', 3000);
    n += 3000;
    text[n++] = '\n';
    for (size_t i = 0; i < 2000; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", i ? "$x" : "10.0.0.2 =");
    text[n++] = '\n';
    rows_parse(&r, "ip4set", text, n);
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.p.noted, 2);
    for (size_t i = 0; i < r.e.nvalue; i++)
        ck_assert_uint_le(r.e.value[i].text_len, 6000);
    entries_free(&r.e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_zone");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, answers, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_loop_test(t, fatal, 0, sizeof(fatal_rows) / sizeof(fatal_rows[0]));
    tcase_add_loop_test(t, timestamp, 0, sizeof(stamp_rows) / sizeof(stamp_rows[0]));
    tcase_add_test(t, soa);
    tcase_add_test(t, ns);
    tcase_add_test(t, earliest_expiry);
    tcase_add_test(t, sections);
    tcase_add_test(t, frames);
    tcase_add_test(t, long_texts);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
