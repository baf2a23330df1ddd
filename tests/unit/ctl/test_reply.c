/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/reply.h"

#define HEAD "version=1\npid=2\nuptime=3\nworkers=4\ngeneration=5\n"
#define ZONE "zone=bl.test\tserial=9\tentries=10\tbuilt=11\tbytes=12\t"

START_TEST(status_good)
{
    char *text = strdup(HEAD ZONE "state=serving\n"
                                  "zone=old.test\tserial=4294967295\tentries=18446744073709551615\t"
                                  "built=-7\tbytes=0\tstate=serving old: a: b=c\n"
                                  "zone=none.test\tserial=0\tentries=0\tbuilt=0\tbytes=0\t"
                                  "state=not loaded\n");
    struct served s;
    size_t line;
    ck_assert_ptr_null(served_parse(text, &s, &line));
    ck_assert_str_eq(s.version, "1");
    ck_assert_uint_eq(s.pid, 2);
    ck_assert_uint_eq(s.uptime, 3);
    ck_assert_uint_eq(s.workers, 4);
    ck_assert_uint_eq(s.generation, 5);
    ck_assert_uint_eq(s.nzones, 3);
    const struct served_zone *z = served_find(&s, "bl.test");
    ck_assert_ptr_eq(z, &s.zone[0]);
    ck_assert(z->serial == 9 && z->entries == 10 && z->built == 11 && z->bytes == 12);
    ck_assert(served_loaded(z));
    z = served_find(&s, "old.test");
    ck_assert(z->serial == UINT32_MAX && z->entries == UINT64_MAX && z->built == -7);
    ck_assert_str_eq(z->state, "serving old: a: b=c");
    ck_assert(served_loaded(z));
    ck_assert(!served_loaded(served_find(&s, "none.test")));
    ck_assert_ptr_null(served_find(&s, "other.test"));
    served_free(&s);
    free(text);
}
END_TEST

struct bad_row {
    const char *text;
    size_t line;
};

static const struct bad_row bad_rows[] = {
    /* head */
    {"", 1},
    {"\n", 1},
    {"pid=2\n", 1},
    {"version=1", 1},
    {"version=1\n", 2},
    {"version=1\npid=x\nuptime=3\nworkers=4\ngeneration=5\n", 2},
    {"version=1\npid=2\nuptime=-3\nworkers=4\ngeneration=5\n", 3},
    {"version=1\npid=2\nuptime=3\ngeneration=5\nworkers=4\n", 4},
    {"version=1\npid=2\nuptime=3\nworkers=4\ngeneration=9223372036854775808\n", 5},
    {"version=1\npid=2\nuptime=3\nworkers=4\ngeneration=", 5},
    /* zones */
    {HEAD "\n", 6},
    {HEAD ZONE "state=serving", 6},
    {HEAD ZONE "state=serving\n" ZONE "\n", 7},
    {HEAD ZONE "state=\n", 6},
    {HEAD ZONE "state=servings\n", 6},
    {HEAD ZONE "state=loaded\n", 6},
    {HEAD "zone=\tserial=9\tentries=10\tbuilt=11\tbytes=12\tstate=serving\n", 6},
    {HEAD "zone=x\n", 6},
    {HEAD "zone=x\tserial=4294967296\tentries=10\tbuilt=11\tbytes=12\tstate=serving\n", 6},
    {HEAD "zone=x\tserial=1\tentries=\tbuilt=11\tbytes=12\tstate=serving\n", 6},
    {HEAD "zone=x\tserial=1\tentries=1\tbuilt=1 1\tbytes=12\tstate=serving\n", 6},
    {HEAD "zone=x\tserial=1\tentries=1\tbuilt=11\tstate=serving\n", 6},
    {HEAD "zone=x\tentries=1\tserial=1\tbuilt=11\tbytes=12\tstate=serving\n", 6},
    {HEAD "zone=x serial=1 entries=1 built=11 bytes=12 state=serving\n", 6},
};

START_TEST(status_bad)
{
    char *text = strdup(bad_rows[_i].text);
    struct served s;
    size_t line = 0;
    ck_assert_ptr_nonnull(served_parse(text, &s, &line));
    ck_assert_uint_eq(line, bad_rows[_i].line);
    ck_assert_ptr_null(s.zone);
    ck_assert_uint_eq(s.nzones, 0);
    free(text);
}
END_TEST

static const struct {
    const char *text;
    size_t line; /* 0: good */
} stats_rows[] = {
    {"a 0\n", 0},  {"udp-queries 18446744073709551615\ntcp-2 1\n", 0},
    {"a 0", 1},    {"a 0\nb\n", 2},
    {"a  0\n", 1}, {"a 0 \n", 1},
    {"a\t0\n", 1}, {" 0\n", 1},
    {"a -1\n", 1}, {"a 18446744073709551616\n", 1},
    {"A 1\n", 1},  {"a\x1b[2J 1\n", 1},
    {"\n", 1},
};

START_TEST(stats)
{
    size_t line = 0;
    char *text = strdup(stats_rows[_i].text);
    const char *why = stats_check(text, &line);
    ck_assert_int_eq(why == NULL, stats_rows[_i].line == 0);
    if (why)
        ck_assert_uint_eq(line, stats_rows[_i].line);
    free(text);
}
END_TEST

START_TEST(errors)
{
    char said[] = "error=unknown request; known are a, b\n", other[] = "errors=1\n", ok[] = "ok\n";
    ck_assert_str_eq(reply_error(said), "unknown request; known are a, b");
    ck_assert_ptr_null(reply_error(other));
    ck_assert_ptr_null(reply_error(ok));
    ck_assert_str_eq(ok, "ok\n");
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("reply");
    TCase *t = tcase_create("reply");
    tcase_add_test(t, status_good);
    tcase_add_loop_test(t, status_bad, 0, COUNT(bad_rows));
    tcase_add_loop_test(t, stats, 0, COUNT(stats_rows));
    tcase_add_test(t, errors);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
