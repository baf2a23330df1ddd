/* SPDX-License-Identifier: BSD-2-Clause */
/* Access lists as they are read: clients of both families, actions, defaults, what is refused. */
#include <check.h>

#include "lib/answerset.h"
#include "lib/image.h"
#include "tests/unit/loader/rbldnsd_rows.h"

/* "ACTION" or "always A TEXT" of a value. */
static void shown(const struct entries *e, uint32_t number, char out[static 200])
{
    static const char *const action[] = {"pass", "ignore", "refuse", "empty", "always"};
    ck_assert_uint_gt(number, 0);
    ck_assert_uint_le(number, e->nvalue);
    const struct entry_value *v = &e->value[number - 1];
    ck_assert_uint_le(v->action, IMAGE_ALWAYS);
    ck_assert_int_eq(v->has_a, v->action == IMAGE_ALWAYS);
    int n = snprintf(out, 200, "%s", action[v->action]);
    if (v->action != IMAGE_ALWAYS)
        return;
    n += snprintf(out + n, 200 - (size_t)n, " %u.%u", v->a >> 8 & 255, v->a & 255);
    const uint8_t *s = e->bytes + v->text;
    struct text_segment t;
    while (v->text_len > 0 && text_next(&s, &t))
        if (t.op == TEXT_SUBJECT)
            n += snprintf(out + n, 200 - (size_t)n, "{client}");
        else
            n += snprintf(out + n, 200 - (size_t)n, " %.*s", (int)t.n, (const char *)t.octets);
}

/* Of 10.0.0.x: what the entries say in file order, whichever way they are stored. */
static const struct {
    const char *line, *want;
} values[] = {
    {"10.0.0.1", "ignore"},
    {"10.0.0.1 # why", "ignore"},
    {"10.0.0.1 :ignore", "ignore"},
    {"10.0.0.1 :blackhole", "ignore"},
    {"10.0.0.1 =BlackHole", "ignore"},
    {"10.0.0.1 :refuse", "refuse"},
    {"10.0.0.1:REFUSE", "refuse"},
    {"10.0.0.1 :refuse # why", "refuse"},
    {"10.0.0.1 =empty and more", "empty"},
    {"10.0.0.1 :pass:5", "pass"},
    {"10.0.0.1 :5", "always 0.5"},
    {"10.0.0.1 :5:seen $", "always 0.5 seen {client}"},
    {"10.0.0.1 seen", "always 0.2 seen"},
    {"10.0.0.1 refuse", "always 0.2 refuse"},
    {":refuse\n10.0.0.1", "refuse"},
    {"=refuse\n10.0.0.1 ;", "refuse"},
    {":refuse\n10.0.0.1 :5", "always 0.5"},
    {":refuse\n10.0.0.1 text", "always 0.2 text"},
    {":refuse\n10.0.0.1 :pass", "pass"},
    {":7:of all $\n10.0.0.1", "always 0.7 of all {client}"},
    {":7:of all\n10.0.0.1 :8", "always 0.8 of all"},
    {":7:of all\n10.0.0.1 :8:", "always 0.8"},
    {":7:of all\n10.0.0.1 mine", "always 0.7 mine"},
    {":7:of all\n:8\n10.0.0.1", "always 0.8"},
    {":7:of all\n:empty\n10.0.0.1", "empty"},
    {"$1 word\n10.0.0.1 :5:a $1", "always 0.5 a word"},
    {"10.0.0.1 :5:x\n$= base $=", "always 0.5 base x"},
};

START_TEST(value)
{
    struct rbldnsd_parsed r;
    char text[200], got[200];
    int len = snprintf(text, sizeof(text), "%s\n", values[_i].line);
    rows_parse(&r, "acl", text, (size_t)len);
    ck_assert_msg(r.p.bad == 0, "%s: %s", values[_i].line, r.reason);
    ck_assert_uint_eq(entries_count(&r.e), 1);
    shown(&r.e, r.e.naddr4 ? r.e.addr4_value : r.e.range4[0].value, got);
    ck_assert_msg(strcmp(got, values[_i].want) == 0, "%s: got \"%s\", want \"%s\"", values[_i].line,
                  got, values[_i].want);
    entries_free(&r.e);
}
END_TEST

static const struct {
    const char *key;
    unsigned family, bits;
} keys[] = {
    {"10.0.0.0", 4, 32},
    {"10.0", 4, 16},
    {"10.0.0", 4, 24},
    {"10/8", 4, 8},
    {"0/0", 4, 0},
    {"::/0", 6, 0},
    {"::", 6, 128},
    {"2001/16", 6, 16},
    {"10:20:30:40", 6, 64},
    {"10:5", 6, 32},
    {"1a/16", 6, 16},
    {"2001:db8::", 6, 128},
    {"2001:db8", 6, 32},
    /* a client that came by IPv6 is one, whatever its address says */
    {"::ffff:a00:1", 6, 128},
};

START_TEST(key)
{
    struct rbldnsd_parsed r;
    char text[100];
    int len = snprintf(text, sizeof(text), "%s :refuse\n", keys[_i].key);
    rows_parse(&r, "acl", text, (size_t)len);
    ck_assert_msg(r.p.bad == 0, "%s: %s", keys[_i].key, r.reason);
    ck_assert_uint_eq(r.e.nrange6, keys[_i].family == 6);
    ck_assert_uint_eq(r.e.nrange4 + r.e.naddr4, keys[_i].family == 4);
    if (r.e.nrange6)
        ck_assert_uint_eq(r.e.range6[0].specific, keys[_i].bits);
    else
        ck_assert_uint_eq(r.e.naddr4 ? 32 : r.e.range4[0].specific, keys[_i].bits);
    entries_free(&r.e);
}
END_TEST

static const char *const bad_lines[] = {
    "!10.0.0.1",
    "! ::1",
    "10.0.0.1-10.0.0.5",
    "10",
    "10.0.0.1/8",
    "10.0.0.1=empty",
    "10.0.0.1 =foo",
    "10.0.0.1 :refused",
    "10.0.0.1 :",
    "10.0.0.1 :0",
    "10.0.0.1 : pass",
    "10.0.0.1 :5=x",
    "=foo",
    "=",
    ":refuse-all",
    "=:refuse",
    "dead",
    "1.2.3.256",
    "::1::2 :pass",
    "host.example",
    "$SOA 0 a. b. 0 1 1 1 1",
    "$NS 0 a.",
    "$NAMESERVER 0 a.",
    "$DATASET ip4set @",
};

START_TEST(bad)
{
    struct rbldnsd_parsed r;
    char text[200], got[200];
    int len = snprintf(text, sizeof(text), "10.9.0.1 :empty\n%s\n::2\n", bad_lines[_i]);
    rows_parse(&r, "acl", text, (size_t)len);
    ck_assert_msg(r.p.bad == 1, "%s: %zu bad", bad_lines[_i], r.p.bad);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_uint_eq(entries_count(&r.e), 2);
    shown(&r.e, r.e.range6[0].value, got); /* no default line that is bad counts */
    ck_assert_str_eq(got, "ignore");
    entries_free(&r.e);
}
END_TEST

START_TEST(directives)
{
    static const char text[] = "$TTL 77\n$MAXRANGE4 /16\n10/8 :pass\n10.1/16 :pass\n";
    struct rbldnsd_parsed r;
    rows_parse(&r, "acl", text, sizeof(text) - 1);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_uint_eq(r.line, 3);
    ck_assert_uint_eq(r.e.ttl, 77);
    ck_assert_uint_eq(r.e.rule, RULE_LONGEST);
    entries_free(&r.e);
}
END_TEST

/* The default of a file does not reach into the next one; alternating values are stored once. */
START_TEST(files)
{
    static const char first[] = ":refuse\n10.0.0.1\n10.0.0.2 :pass\n10.0.0.3\n";
    static const char second[] = "10.0.0.4\n10.0.0.5 :pass\n";
    struct rbldnsd_parsed r;
    char text[300], got[200];
    int len = snprintf(text, sizeof(text), "$FILE %zu a\n%s\n$FILE %zu b\n%s\n", sizeof(first) - 1,
                       first, sizeof(second) - 1, second);
    rows_parse(&r, "acl", text, (size_t)len);
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.e.nvalue, 3);
    ck_assert_uint_eq(r.e.naddr4, 1);
    ck_assert_uint_eq(r.e.nrange4, 4);
    static const char *const want[] = {"pass", "refuse", "ignore", "pass"};
    for (size_t i = 0; i < 4; i++) {
        shown(&r.e, r.e.range4[i].value, got);
        ck_assert_str_eq(got, want[i]);
    }
    entries_free(&r.e);
}
END_TEST

/* An access list is no section of a combined file. */
START_TEST(not_combined)
{
    static const char text[] = "$DATASET acl @\n10.0.0.1\n";
    struct rbldnsd_parsed r;
    rows_parse(&r, "combined", text, sizeof(text) - 1);
    ck_assert_str_ne(r.p.fatal, "");
    ck_assert_uint_eq(entries_count(&r.e), 0);
    entries_free(&r.e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_acl");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, value, 0, sizeof(values) / sizeof(values[0]));
    tcase_add_loop_test(t, key, 0, sizeof(keys) / sizeof(keys[0]));
    tcase_add_loop_test(t, bad, 0, sizeof(bad_lines) / sizeof(bad_lines[0]));
    tcase_add_test(t, directives);
    tcase_add_test(t, files);
    tcase_add_test(t, not_combined);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
