/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of where entries stand: what it finds in lists of every format, and what becomes of it
 * when it is damaged. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/common/indexed.h"

#define F(text) text, sizeof(text) - 1

struct row {
    const char *name, *options, *text;
    size_t len;
    const char *ask[8][2]; /* what, lines */
};

static const struct row rows[] = {
    {"plain",
     "",
     F("# head\n192.0.2.7\n\n192.0.2.0/24 # net\n2001:db8::/32\n192.0.2.7\n2001:db8::1\n"),
     {{"192.0.2.7", "2 6 4"},
      {"192.0.2.255", "4"},
      {"192.0.3.0", ""},
      {"192.0.1.255", ""},
      {"2001:db8::1", "7 5"},
      {"2001:db8:ffff::", "5"},
      {"2001:db9::", ""}}},
    {"plain, every line end",
     "",
     F("\xef\xbb\xbf"
       "192.0.2.1\r\n192.0.2.2\r192.0.2.3\n\r\n192.0.2.5"),
     {{"192.0.2.1", "1"}, {"192.0.2.2", "2"}, {"192.0.2.3", "3"}, {"192.0.2.5", "5"}}},
    {"plain with references",
     "txt = '$ %{ref}'",
     F("192.0.2.1 ; SBL1\n192.0.2.0/30 ; SBL2\n"),
     {{"192.0.2.1", "1 2"}, {"192.0.2.3", "2"}}},
    {"bad lines are none",
     "max-bad = 100",
     F("192.0.2.1\n192.0.2.300\n192.0.2.2\n"),
     {{"192.0.2.1", "1"}, {"192.0.2.2", "3"}}},
    {"domains",
     "format = domains",
     F("a.test\n*.a.test\n.b.test\n||c.test^\nA.TEST\n"),
     {{"a.test", "1 5"},
      {"x.a.test", "2"},
      {"y.x.a.test", "2"},
      {"b.test", "3"},
      {"x.b.test", "3"},
      {"C.test", "4"},
      {"test", ""},
      {"xa.test", ""}}},
    {"domains and all below",
     "format = domains subdomains = true",
     F("test\na.test\n"),
     {{"a.test", "2 1"}, {"x.a.test", "2 1"}}},
    {"hosts",
     "format = hosts",
     F("127.0.0.1 localhost\n0.0.0.0 a.test b.test # two\n"),
     {{"a.test", "2"}, {"b.test", "2"}, {"localhost", ""}}},
    {"columns",
     "format = columns column = 2",
     F("date,ip\n2026-01-01,192.0.2.1\n2026-01-02,\"192.0.2.0/24\"\n"),
     {{"192.0.2.1", "2 3"}, {"192.0.2.2", "3"}}},
    {"ranges",
     "format = ranges",
     F("x: 192.0.2.3-192.0.2.200\n192.0.2.5 - 192.0.3.77\n"),
     {{"192.0.2.3", "1"},
      {"192.0.2.6", "1 2"},
      {"192.0.2.200", "1 2"},
      {"192.0.2.201", "2"},
      {"192.0.3.77", "2"},
      {"192.0.3.78", ""}}},
    {"JSON lines",
     "format = json",
     F("{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"1\"}\n{\"domain\":\"a.test\"}\n"
       "{\"type\":\"metadata\",\"records\":2}\n"),
     {{"192.0.2.1", "1"}, {"a.test", "2"}}},
    {"a JSON document",
     "format = json field = 'prefixes.ip'",
     F("{\n \"prefixes\": [\n  {\"ip\": \"192.0.2.0/24\"},\n  {\"ip\": \"192.0.2.7\"},\n"
       "  {\"ip\":\n   \"2001:db8::/32\"}]\n}\n"),
     {{"192.0.2.7", "4 3"}, {"192.0.2.8", "3"}, {"2001:db8::", "6"}}},
    {"a JSON document with escapes",
     "format = json",
     F("[\n\"192.0.2.1\",\n\"192.0.2.\\u0032\",\n\"192.0.2.3\"]\n"),
     {{"192.0.2.1", "2"}, {"192.0.2.2", "2"}, {"192.0.2.3", "2"}}},
    {"BIND zone",
     "format = bind",
     F("$ORIGIN z.t.\n@ SOA a. b. 1 1 1 1 1\n2.0.0.127 A 127.0.0.2\n TXT \"t\"\n"
       "7.2.0.192 A 127.0.0.2\n A 127.0.0.3\n a A 127.0.0.2\n*.a A 127.0.0.2\n"),
     {{"127.0.0.2", "3"}, {"192.0.2.7", "5"}, {"x.a", "8"}}},
    {"RPZ",
     "format = rpz",
     F("$ORIGIN z.t.\n@ SOA a. b. 1 1 1 1 1\na.test CNAME .\n*.a.test CNAME .\n"
       "b.a.test CNAME rpz-passthru.\n24.0.2.0.192.rpz-ip CNAME .\n"),
     {{"a.test", "3"}, {"b.a.test", "!5 4"}, {"192.0.2.9", "6"}}},
    {"djb",
     "format = djb",
     F(":127.0.0.2:listed\n192.0.2\n192.0.2.7\n"),
     {{"192.0.2.7", "3 2"}, {"192.0.2.8", "2"}}},
    {"ip4set",
     "format = 'rbldnsd:ip4set'",
     F(":2:text\n192.0.2.0/24\n!192.0.2.7\n192.0.2.7 :3:other\n192.0.3.250-192.0.5.3\n"),
     {{"192.0.2.7", "!3 4 2"}, {"192.0.2.8", "2"}, {"192.0.4.9", "5"}, {"192.0.5.4", ""}}},
    {"ip4trie with lines that go two ways",
     "format = 'rbldnsd:ip4trie'",
     F("192.0.2.1\n192.0.2.2 :3:x\n192.0.2.1\n!192.0.2.0/25\n192.0.2.3\n"),
     {{"192.0.2.1", "1 3 !4"}, {"192.0.2.2", "2 !4"}, {"192.0.2.3", "5 !4"}}},
    {"ip6trie",
     "format = 'rbldnsd:ip6trie'",
     F("2001:db8::/32\n!2001:db8::/48\n"),
     {{"2001:db8::1", "!2 1"}, {"2001:db8:1::", "1"}}},
    {"dnset",
     "format = 'rbldnsd:dnset'",
     F(".a.test :2:x\n!b.a.test\n*.c.test\n"),
     {{"b.a.test", "!2 1"}, {"x.c.test", "3"}, {"c.test", ""}}},
    {"generic", "format = 'rbldnsd:generic'", F("a A 127.0.0.2\na TXT \"x\"\n"), {{"a", "1 2"}}},
    {"extract",
     "format = extract max-bad = 100",
     F("reject 192.0.2.0/24 and 192.0.2.1\n"),
     {{"192.0.2.1", "1"}, {"192.0.2.2", "1"}}},
};

static void check_row(const struct row *row, int packed)
{
    struct indexed x;
    char got[256];
    indexed_make(&x, row->options, row->text, row->len, packed);
    for (size_t i = 0; i < 8 && row->ask[i][0] != NULL; i++) {
        indexed_ask(x.where, row->ask[i][0], got);
        ck_assert_msg(strcmp(got, row->ask[i][1]) == 0, "%s: %s: got \"%s\", want \"%s\"",
                      row->name, row->ask[i][0], got, row->ask[i][1]);
    }
    indexed_free(&x);
}

START_TEST(formats)
{
    check_row(&rows[_i], 0);
    check_row(&rows[_i], 1);
}
END_TEST

/* --- lines as they stand there --- */

struct shown {
    const char *text;
    size_t len;
    uint32_t line;
    const char *want;
};

#define LONG                                                                                       \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"  \
    "123456789"

static const struct shown shown[] = {
    {F("a\nb\nc\n"), 2, "b"},
    {F("a\r\n \tb\t \r\nc"), 2, "b"},
    {F("a\rb\rc"), 3, "c"},
    {F("a\n\nc"), 2, ""},
    {F("a\nb\0b\n"), 2, "b?b"},
    {F("x " LONG LONG LONG LONG LONG "\n"), 1, "x " LONG LONG LONG LONG "..."},
    {F("a\n"), 2, "? the index is damaged; rbl-loader makes it again"},
    {F(""), 1, "? the index is damaged; rbl-loader makes it again"},
};

START_TEST(lines)
{
    const struct shown *s = &shown[_i];
    for (int packed = 0; packed < 2; packed++) {
        struct indexed x;
        struct where_line line;
        char got[512], want[512];
        indexed_make(&x, "max-bad = 100", s->text, s->len, packed);
        const char *why = where_text(x.where, x.data, s->line, &line);
        snprintf(got, sizeof(got), "%s%s", why != NULL ? "? " : "", why != NULL ? why : line.text);
        snprintf(want, sizeof(want), "%.400s%s", s->want, strlen(s->want) > 400 ? "..." : "");
        ck_assert_str_eq(got, want);
        ck_assert_str_eq(line.file, "");
        ck_assert_uint_eq(line.number, s->line);
        indexed_free(&x);
    }
}
END_TEST

/* A line far into a text of lines of every length is found by its number. */
START_TEST(many_lines)
{
    enum { N = 5000 };
    struct indexed x;
    struct where_line line;
    char *text = NULL, want[64];
    size_t len;
    FILE *f = open_memstream(&text, &len);
    for (unsigned i = 1; i <= N; i++)
        fprintf(f, "192.0.%u.%u %.*s%s", i / 256, i % 256, (int)(i * 7919 % 9000 / 100), LONG,
                i % 3 == 0 ? "\r\n" : "\n");
    fclose(f);
    indexed_make(&x, "", text, len, 0);
    ck_assert_uint_gt(where_header(x.where)->table[WHERE_LINES].count, 10);
    for (unsigned i = 1; i <= N; i++) {
        int n = snprintf(want, sizeof(want), "192.0.%u.%u", i / 256, i % 256);
        ck_assert_ptr_null(where_text(x.where, x.data, i, &line));
        ck_assert_int_eq(strncmp(line.text, want, (size_t)n), 0);
    }
    ck_assert_ptr_nonnull(where_text(x.where, x.data, N + 1, &line));
    indexed_free(&x);
    free(text);
}
END_TEST

/* --- several files, sections --- */

#define FILE_A "192.0.2.1\n192.0.2.2\n"
#define FILE_B "# b\r192.0.2.3"

START_TEST(several_files)
{
    struct indexed x;
    struct where_line line;
    char got[256];
    static const char text[] = "$FILE 20 one\n" FILE_A "\n$FILE 13 dir/two\n" FILE_B "\n";
    indexed_make(&x, "format = 'rbldnsd:ip4set'", text, sizeof(text) - 1, 0);
    indexed_ask(x.where, "192.0.2.2", got);
    ck_assert_str_eq(got, "3");
    ck_assert_ptr_null(where_text(x.where, x.data, 3, &line));
    ck_assert_str_eq(line.file, "one");
    ck_assert_uint_eq(line.number, 2);
    /* The last line of a file without a line end is not used. */
    indexed_ask(x.where, "192.0.2.3", got);
    ck_assert_str_eq(got, "");
    ck_assert_ptr_null(where_text(x.where, x.data, 7, &line));
    ck_assert_str_eq(line.file, "dir/two");
    ck_assert_uint_eq(line.number, 2);
    ck_assert_str_eq(line.text, "192.0.2.3");
    indexed_free(&x);
}
END_TEST

START_TEST(sections)
{
    static const char text[] = "$DATASET ip4set @ usa\n192.0.2.1\n"
                               "$DATASET dnset usa\na.test\n$DATASET ip4set @\n192.0.2.1\n";
    static const struct {
        uint32_t line;
        const char *sub;
        bool under;
    } want[] = {{2, "", true},    {2, "usa", true}, {2, "x", false},  {4, "", false},
                {4, "usa", true}, {6, "", true},    {6, "usa", false}};
    struct indexed x;
    char got[256];
    indexed_make(&x, "format = 'rbldnsd:combined'", text, sizeof(text) - 1, 0);
    indexed_ask(x.where, "192.0.2.1", got);
    ck_assert_str_eq(got, "2 6");
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct name sub = {.len = 1};
        bool under;
        if (want[i].sub[0])
            ck_assert_ptr_null(name_parse(want[i].sub, strlen(want[i].sub), &sub));
        ck_assert_ptr_null(where_under(x.where, want[i].line, &sub, &under));
        ck_assert_int_eq(under, want[i].under);
    }
    indexed_free(&x);
}
END_TEST

/* --- damage --- */

static const char sample[] = "192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n";

/* Ask everything of an index that may be anything. */
static void ask_all(const uint8_t *bytes, size_t len, int data, const char *want)
{
    static const char *const what[] = {"192.0.2.1", "2001:db8::1", "a.test"};
    char why[WHERE_WHY_MAX], got[256];
    struct where *w = where_read(indexed_file(bytes, len), why);
    if (w == NULL) {
        ck_assert_str_ne(why, "");
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        indexed_ask(w, what[i], got);
        if (i == 0 && got[0] != '?')
            ck_assert_str_eq(got, want);
    }
    for (uint32_t line = 0; line < 5; line++) {
        struct where_line text;
        (void)where_text(w, data, line, &text);
    }
    where_close(w);
}

/* An octet changed anywhere is either noticed or of no use to the answer. */
START_TEST(flips)
{
    struct indexed x;
    indexed_make(&x, "", sample, sizeof(sample) - 1, _i);
    for (size_t at = 0; at < x.len; at++) {
        for (unsigned flip = 1; flip < 256; flip = flip * 3 + 1) {
            x.bytes[at] ^= (uint8_t)flip;
            ask_all(x.bytes, x.len, x.data, "1 2");
            x.bytes[at] ^= (uint8_t)flip;
        }
    }
    indexed_free(&x);
}
END_TEST

START_TEST(cuts)
{
    struct indexed x;
    char why[WHERE_WHY_MAX];
    indexed_make(&x, "", sample, sizeof(sample) - 1, 0);
    for (size_t len = 0; len < x.len; len++)
        ck_assert_ptr_null(where_read(indexed_file(x.bytes, len), why));
    indexed_free(&x);
}
END_TEST

/* The file shrinks, or the data do, while they are in use. */
START_TEST(shrinks)
{
    struct indexed x;
    char why[WHERE_WHY_MAX], got[256];
    struct where_line line;
    indexed_make(&x, "", sample, sizeof(sample) - 1, 0);
    int fd = indexed_file(x.bytes, x.len), other = dup(fd);
    struct where *w = where_read(fd, why);
    ck_assert_ptr_nonnull(w);
    ck_assert_int_eq(ftruncate(other, sizeof(struct where_header)), 0);
    indexed_ask(w, "192.0.2.1", got);
    ck_assert_str_eq(got, "? the index is damaged; rbl-loader makes it again");
    ck_assert_int_eq(ftruncate(x.data, 4), 0);
    ck_assert_str_eq(where_text(x.where, x.data, 2, &line),
                     "the list is shorter than its index says");
    close(other);
    where_close(w);
    indexed_free(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("where");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, formats, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_loop_test(t, lines, 0, sizeof(shown) / sizeof(shown[0]));
    tcase_add_test(t, many_lines);
    tcase_add_test(t, several_files);
    tcase_add_test(t, sections);
    tcase_add_loop_test(t, flips, 0, 2);
    tcase_add_test(t, cuts);
    tcase_add_test(t, shrinks);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
