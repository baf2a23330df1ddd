/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/allow.h"
#include "lib/allowfile.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Parse from a block that ends where the line ends. */
static const char *parse(const char *line, struct allow_entry *out, char why[static 64])
{
    size_t len = strlen(line);
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, line, len);
    const char *fault = allow_parse(copy, len, out);
    snprintf(why, 64, "%.*s", (int)out->why_len, out->why ? out->why : "");
    free(copy);
    return fault;
}

struct line_row {
    const char *line;
    enum allow_kind kind;
    const char *what;
    int64_t until;
    const char *why;
};

static const struct line_row line_rows[] = {
    {"", ALLOW_BLANK, "", 0, ""},
    {" \t\r", ALLOW_BLANK, "", 0, ""},
    {"# 192.0.2.1", ALLOW_BLANK, "", 0, ""},
    {"  # x", ALLOW_BLANK, "", 0, ""},
    {"192.0.2.1", ALLOW_PREFIX, "192.0.2.1", 0, ""},
    {"192.0.2.0/24\r", ALLOW_PREFIX, "192.0.2.0/24", 0, ""},
    {"2001:DB8::/32 # our own ", ALLOW_PREFIX, "2001:db8::/32", 0, "our own"},
    {"::ffff:192.0.2.1", ALLOW_PREFIX, "192.0.2.1", 0, ""},
    {"10.0.0.0/8", ALLOW_PREFIX, "10.0.0.0/8", 0, ""},
    {"2000::/16#x", ALLOW_PREFIX, "2000::/16", 0, "x"},
    {"Mail.Example.ORG.", ALLOW_NAME, "mail.example.org", 0, ""},
    {"_x.example", ALLOW_NAME, "_x.example", 0, ""},
    {"a.b until 2026-12-01T08:00:00Z", ALLOW_NAME, "a.b", 1796112000, ""},
    {"a.b\tuntil\t1970-01-01T00:00:01Z\t#  w # w", ALLOW_NAME, "a.b", 1, "w # w"},
    {"192.0.2.1 #", ALLOW_PREFIX, "192.0.2.1", 0, ""},
    {"192.0.2.1 until 9999-12-31T23:59:59Z", ALLOW_PREFIX, "192.0.2.1", 253402300799, ""},
};

START_TEST(lines)
{
    const struct line_row *row = &line_rows[_i];
    char what[NAME_TEXT_MAX] = "", why[64];
    struct allow_entry e;
    ck_assert_ptr_null(parse(row->line, &e, why));
    ck_assert_int_eq(e.kind, row->kind);
    ck_assert_int_eq(e.until, row->until);
    ck_assert_str_eq(why, row->why);
    if (e.kind == ALLOW_NAME)
        name_format(what, e.name.wire, e.name.len);
    else if (e.kind == ALLOW_PREFIX)
        prefix_format(what, &e.prefix);
    ck_assert_str_eq(what, row->what);
}
END_TEST

static const char *const bad_rows[] = {
    "192.0.2.1/24",
    "192.0.2.1/33",
    "8.0.0.0/7",
    "0.0.0.0/0",
    "::/0",
    "2000::/15",
    "192.0.2",
    "192.0.2.256",
    "com",
    "ex ample.org",
    "ex*mple.org",
    "a..b",
    ".a.b",
    "example.org/",
    "http://example.org",
    "b\303\274cher.example",
    "1.2.3.4 5.6.7.8",
    "1.2.3.4 untill 2026-12-01T08:00:00Z",
    "1.2.3.4 until",
    "1.2.3.4 until 2026-12-01",
    "1.2.3.4 until 2026-02-30T08:00:00Z",
    "1.2.3.4 until 2026-13-01T08:00:00Z",
    "1.2.3.4 until 2026-12-01T24:00:00Z",
    "1.2.3.4 until 2026-12-01T08:00:00+",
    "1.2.3.4 until 1969-12-01T08:00:00Z",
    "1.2.3.4 until 2026-12-01T08:00:00Z why",
};

START_TEST(bad)
{
    struct allow_entry e;
    char why[64];
    ck_assert_ptr_nonnull(parse(bad_rows[_i], &e, why));
}
END_TEST

START_TEST(times)
{
    char text[ALLOW_TIME_MAX];
    for (int64_t t = 1; t < 253402300800; t = t * 3 + 12345) {
        int64_t back = 0;
        allow_time_format(text, t);
        ck_assert(allow_time_parse(text, strlen(text), &back));
        ck_assert_int_eq(back, t);
    }
    allow_time_format(text, 253402300800);
    ck_assert_str_eq(text, "");
    struct allow_entry e = {.until = 100};
    ck_assert(!allow_is_over(&e, 99));
    ck_assert(allow_is_over(&e, 100));
    e.until = 0;
    ck_assert(!allow_is_over(&e, INT64_MAX));
}
END_TEST

START_TEST(sameness)
{
    static const char *const texts[] = {"192.0.2.0/24", "192.0.2.0/25", "192.0.2.0",
                                        "2001:db8::",   "example.org",  "a.example.org"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            struct allow_entry a, b;
            ck_assert_ptr_null(allow_parse_what(texts[i], strlen(texts[i]), &a));
            ck_assert_ptr_null(allow_parse_what(texts[k], strlen(texts[k]), &b));
            ck_assert_int_eq(allow_same(&a, &b), i == k);
        }
}
END_TEST

/* --- the file --- */

static char dir[] = "/tmp/rbl-allow-XXXXXX", path[64];

static void setup(void)
{
    snprintf(dir, sizeof dir, "/tmp/rbl-allow-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/sub/allow", dir);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

static void holds(const char *wanted)
{
    char why[ALLOWFILE_WHY_MAX];
    size_t len;
    char *text = allowfile_read(path, &len, why);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(len, strlen(wanted));
    ck_assert_str_eq(text, wanted);
    free(text);
}

static bool keeps(void *arg, const char *line, size_t len)
{
    const char *word = arg;
    return len != strlen(word) || memcmp(line, word, len) != 0;
}

START_TEST(edits)
{
    char why[ALLOWFILE_WHY_MAX] = "", b[] = "b", none[] = "none";
    size_t len;
    ck_assert_ptr_null(allowfile_read(path, &len, why));
    ck_assert_str_eq(why, "");
    /* nothing to do where there is nothing */
    struct allowfile_change c = {.keep = keeps, .arg = none};
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    ck_assert_ptr_null(allowfile_read(path, &len, why));
    c.add = "a";
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    c.add = "b";
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    holds("a\nb\n");
    c = (struct allowfile_change){.keep = keeps, .arg = b, .mark = "# "};
    ck_assert_int_eq(allowfile_edit(path, &c, why), 1);
    holds("a\n# b\n");
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    c = (struct allowfile_change){.add = "b"};
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    c = (struct allowfile_change){.keep = keeps, .arg = b};
    ck_assert_int_eq(allowfile_edit(path, &c, why), 1);
    holds("a\n# b\n");
}
END_TEST

/* A file that an editor left without a last line end. */
START_TEST(unended)
{
    char why[ALLOWFILE_WHY_MAX];
    struct allowfile_change c = {.add = "b"};
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs("x\ny", f), 0);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(allowfile_edit(path, &c, why), 0);
    holds("x\ny\nb\n");
}
END_TEST

START_TEST(odd_files)
{
    char why[ALLOWFILE_WHY_MAX] = "", target[64], sub[64];
    size_t len;
    struct allowfile_change c = {.add = "b"};
    snprintf(target, sizeof target, "%s/target", dir);
    snprintf(sub, sizeof sub, "%s/sub", dir);
    ck_assert_int_eq(mkdir(sub, 0700), 0);
    FILE *f = fopen(target, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fclose(f), 0);
    /* not through a link */
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(allowfile_edit(path, &c, why), -1);
    ck_assert_ptr_nonnull(strstr(why, path));
    ck_assert_ptr_null(allowfile_read(path, &len, why));
    ck_assert_ptr_nonnull(strstr(why, path));
    ck_assert_int_eq(unlink(path), 0);
    /* nothing that waits for a writer */
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(allowfile_edit(path, &c, why), -1);
    ck_assert_int_eq(unlink(path), 0);
    /* nor the directory */
    ck_assert_int_eq(rmdir(sub), 0);
    ck_assert_int_eq(symlink(dir, sub), 0);
    ck_assert_int_eq(allowfile_edit(path, &c, why), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("allow");
    TCase *tc = tcase_create("lines"), *files = tcase_create("files");
    tcase_add_loop_test(tc, lines, 0, ROWS(line_rows));
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_test(tc, times);
    tcase_add_test(tc, sameness);
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, edits);
    tcase_add_test(files, unended);
    tcase_add_test(files, odd_files);
    suite_add_tcase(s, tc);
    suite_add_tcase(s, files);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
