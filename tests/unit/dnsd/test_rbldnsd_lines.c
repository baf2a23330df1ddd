/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader says, in rbldnsd's words. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/rbldnsd_lines.h"
#include "lib/log.h"

static char said[4096];

static void keep(enum log_level level, const char *text)
{
    size_t len = strlen(said);
    bool trouble = level == LOG_LVL_ERROR || level == LOG_LVL_WARN;
    snprintf(said + len, sizeof said - len, "%c %s\n", trouble ? '!' : '-', text);
}

/* 2026-11-24 02:01:58 UTC, and a second later for each data set. */
static int64_t mtime(void *ctx, size_t data)
{
    (void)ctx;
    return 1795485718 + (int64_t)data;
}

static char *const words[] = {"rbldnsd",     "-n",           "-b127.0.0.1/53",
                              "-wdata",      "z:ip4set:one", "z:ip4trie:a,b",
                              "z:generic:g", "z:acl:who"};

static struct rbldnsd_opt o;
static struct rbldnsd_lines lines;

static void setup(void)
{
    char why[RBLDNSD_WHY_MAX];
    ck_assert_int_eq(
        rbldnsd_opt_parse(&o, (int)(sizeof words / sizeof words[0]), words, false, why),
        RBLDNSD_RUN);
    ck_assert_msg(rbldnsd_opt_specs(&o, why), "%s", why);
    lines = (struct rbldnsd_lines){.o = &o, .seen = calloc(o.ndata, sizeof(size_t))};
    ck_assert_ptr_nonnull(lines.seen);
    rbldnsd_lines_start(&lines);
    said[0] = '\0';
    log_to(keep);
}

static void teardown(void)
{
    log_to(NULL);
    free(lines.seen);
    rbldnsd_opt_free(&o);
}

/* In a block of its own size, so that a look beyond its end is seen. */
static void take(const char *text)
{
    char *line = strdup(text);
    ck_assert_ptr_nonnull(line);
    rbldnsd_lines_take(&lines, line, mtime, NULL);
    free(line);
}

static const struct {
    const char *line, *said;
} rows[] = {
    /* bad lines */
    {"rbl-loader: list ip4set-1: /x/mirror/ip4set-1/incoming:15: invalid A RR: \"1.2.3.4 :0:\"",
     "! file one(15): invalid A RR\n"},
    {"rbl-loader: list ip4set-1: /x/mirror/ip4set-1/data:2: invalid address: \"a: \"b\"",
     "! file one(2): invalid address\n"},
    {"rbl-loader: list ip4trie-2: /x/incoming:3: data/b: invalid address: \"x\"",
     "! file b(3): invalid address\n"},
    {"rbl-loader: list ip4trie-2: /x/incoming:3: data/c: odd: \"x\"", "! file a(3): data/c: odd\n"},
    /* counts */
    {"rbl-loader: list ip4set-1: 21 entries (e32/24/16/8=21/0/0/0), 1 kB, changed, 0.1 s",
     "- ip4set:one: 20261124 020158: e32/24/16/8=21/0/0/0\n"},
    {"rbl-loader: list ip4trie-2: 4 entries (ents=4), 1 kB, changed, 9 bad lines, 0.1 s",
     "! ip4trie:a,b: 4 more warnings suppressed\n- ip4trie:a,b: 20261124 020159: ents=4\n"},
    {"rbl-loader: list generic-3: 2 entries, 1 kB, unchanged, 0.1 s",
     "- generic:g: 20261124 020200: unchanged\n"},
    {"rbl-loader: list acl-4: 2 entries (loaded), 1 kB, changed, 0.1 s",
     "- acl:who: 20261124 020201: loaded\n"},
    {"rbl-loader: list ip4set-1: unchanged (same file)", ""},
    /* losses */
    {"rbl-loader: list ip4set-1: no data: data/one: No such file or directory",
     "! file one: unable to open file: No such file or directory\n"},
    {"rbl-loader: list ip4trie-2: kept old data: data/b: Permission denied (age 2s)",
     "! file b: unable to open file: Permission denied\n"
     "! ip4trie:a,b: the data loaded before stay in service\n"},
    {"rbl-loader: list ip4set-1: its data cannot be used: time stamp in the future",
     "! file one: time stamp in the future\n"},
    /* zones */
    {"rbl-loader: zone z: published, 27 entries, serial 1, 0.0 s", ""},
    {"rbl-loader: zone z: not compiled, no data for ip4set-1",
     "! zone z: not all datasets are loaded, zone will not be serviced\n"},
    /* everything else stays as it is */
    {"rbl-loader: list ip4set-10: 21 entries, 1 kB, changed, 0.1 s",
     "! list ip4set-10: 21 entries, 1 kB, changed, 0.1 s\n"},
    {"rbl-loader: list ip4set-1: in no known form", "! list ip4set-1: in no known form\n"},
    {"rbl-loader: list ip4set-1: /x/incoming:3: cut", "! list ip4set-1: /x/incoming:3: cut\n"},
    {"rbl-loader: nothing published: killed", "! nothing published: killed\n"},
    {"ld.so: lost", "! ld.so: lost\n"},
    {"rbl-loader: list ", "! list \n"},
    {"rbl-loader: zone ", "! zone \n"},
    {"", "! \n"},
};

START_TEST(one_line)
{
    take(rows[_i].line);
    ck_assert_str_eq(said, rows[_i].said);
}
END_TEST

START_TEST(five_are_shown)
{
    static const char bad[] = "rbl-loader: list ip4set-1: /x/incoming:7: bad: \"x\"";
    for (int i = 0; i < 10; i++)
        take(bad);
    take("rbl-loader: list ip4set-1: 1 entries (e32/24/16/8=1/0/0/0), 1 kB, changed, 1234 bad "
         "lines, 0.1 s");
    ck_assert_str_eq(said, "! file one(7): bad\n! file one(7): bad\n! file one(7): bad\n"
                           "! file one(7): bad\n! file one(7): bad\n"
                           "! ip4set:one: 1229 more warnings suppressed\n"
                           "- ip4set:one: 20261124 020158: e32/24/16/8=1/0/0/0\n");
    said[0] = '\0';
    rbldnsd_lines_start(&lines);
    take(bad);
    ck_assert_str_eq(said, "! file one(7): bad\n");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_lines");
    TCase *tc = tcase_create("lines");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, one_line, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, five_are_shown);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
