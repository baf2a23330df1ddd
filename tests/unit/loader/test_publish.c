/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/publish.h"

static char root[] = "/tmp/rbl-publish-XXXXXX";
static char path[64];
static char why[PUBLISH_WHY_MAX];
static int dir;

static void setup(void)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(path, sizeof(path), "%s/a/b", root);
    (void)umask(022);
    dir = publish_open(path);
    ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
    char command[128];
    (void)close(dir);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT, 0644);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
}

static bool there(const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static size_t read_file(const char *name, char *buf, size_t cap)
{
    int fd = openat(dir, name, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ssize_t n = read(fd, buf, cap);
    (void)close(fd);
    ck_assert_int_ge(n, 0);
    return (size_t)n;
}

static const char *stage(const char *zone, const char *text)
{
    size_t half = strlen(text) / 2;
    char *bytes = (char *)(uintptr_t)text;
    const struct iovec piece[] = {{bytes, half}, {bytes + half, strlen(text) - half}};
    return publish_stage(dir, zone, piece, 2, why);
}

static void publish(const char *text)
{
    ck_assert_ptr_null(stage("z", text));
    ck_assert_ptr_null(publish_commit(dir, "z", why));
}

static void holds(const char *name, const char *text)
{
    char buf[16];
    ck_assert_uint_eq(read_file(name, buf, sizeof(buf)), strlen(text));
    ck_assert_mem_eq(buf, text, strlen(text));
}

START_TEST(two_generations)
{
    publish("one");
    ck_assert(!there("z.rbl.old"));
    ck_assert_int_eq(publish_roll_back(dir, "z"), -1); /* to what? */
    ck_assert(!publish_is_rolled_back(dir, "z"));
    publish("two");
    publish("three");
    holds("z.rbl", "three");
    holds("z.rbl.old", "two");
    ck_assert(!there(".z~.rbl.tmp"));
    ck_assert(!publish_is_rolled_back(dir, "z"));
    ck_assert_int_eq(publish_roll_back(dir, "z"), 0);
    ck_assert(publish_is_rolled_back(dir, "z"));
    holds("z.rbl", "two");
    holds("z.rbl.bad", "three");
    ck_assert(!there("z.rbl.old"));
    ck_assert_int_eq(publish_roll_back(dir, "z"), -1);
    ck_assert_int_eq(publish_roll_forward(dir, "z"), 0);
    ck_assert(!publish_is_rolled_back(dir, "z"));
    ck_assert_int_eq(publish_roll_forward(dir, "z"), -1);
    ck_assert_int_eq(publish_roll_back(dir, "no/file"), -1);
}
END_TEST

START_TEST(stage_then_commit)
{
    char buf[16];
    struct stat st;
    ck_assert_ptr_null(stage("z.test", "one"));
    ck_assert(there(".z.test.rbl.tmp") && !there("z.test.rbl"));
    ck_assert_ptr_null(publish_commit(dir, "z.test", why));
    ck_assert(!there(".z.test.rbl.tmp"));
    ck_assert_uint_eq(read_file("z.test.rbl", buf, sizeof(buf)), 3);
    ck_assert_int_eq(fstatat(dir, "z.test.rbl", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0644);
    /* A reader of the old one keeps it while the new one takes its name. */
    int old = openat(dir, "z.test.rbl", O_RDONLY);
    ck_assert_ptr_null(stage("z.test", "second"));
    ck_assert_uint_eq(read_file("z.test.rbl", buf, sizeof(buf)), 3);
    ck_assert_ptr_null(publish_commit(dir, "z.test", why));
    ck_assert_uint_eq(read_file("z.test.rbl", buf, sizeof(buf)), 6);
    ck_assert_int_eq(read(old, buf, sizeof(buf)), 3);
    (void)close(old);
}
END_TEST

START_TEST(leftover_of_a_killed_run)
{
    char buf[32];
    put(".z.test.rbl.tmp");
    int held = openat(dir, ".z.test.rbl.tmp", O_WRONLY);
    ck_assert_ptr_null(stage("z.test", "new"));
    /* Somebody who still writes to the old one cannot reach the new one. */
    ck_assert_int_eq(write(held, "spoiled", 7), 7);
    (void)close(held);
    ck_assert_ptr_null(publish_commit(dir, "z.test", why));
    ck_assert_uint_eq(read_file("z.test.rbl", buf, sizeof(buf)), 3);
    /* Opening the directory sweeps them, and nothing else. */
    put(".a.rbl.tmp");
    put(".hidden");
    put("a.rbl.tmp");
    put("a.rbl");
    int again = publish_open(path);
    ck_assert_int_ge(again, 0);
    (void)close(again);
    ck_assert(!there(".a.rbl.tmp"));
    ck_assert(there(".hidden") && there("a.rbl.tmp") && there("a.rbl") && there("z.test.rbl"));
}
END_TEST

START_TEST(failures)
{
    ck_assert_ptr_nonnull(publish_commit(dir, "nothing.test", why));
    ck_assert_ptr_nonnull(strstr(why, "nothing.test.rbl"));
    (void)close(dir);
    dir = open("/proc", O_RDONLY | O_DIRECTORY);
    ck_assert_ptr_nonnull(stage("z.test", "x"));
    ck_assert_ptr_nonnull(strstr(why, "cannot write"));
}
END_TEST

START_TEST(names)
{
    char name[PUBLISH_NAME_MAX], longest[PUBLISH_NAME_MAX + 8];
    ck_assert(publish_name(name, "z.test"));
    ck_assert_str_eq(name, "z.test.rbl");
    ck_assert(!publish_name(name, ""));
    ck_assert(!publish_name(name, "0/25.2.0.192.in-addr.arpa"));
    ck_assert(!publish_name(name, "../up"));
    ck_assert(!publish_name(name, ".hidden"));
    /* The longest name is hidden: ".", "~.rbl.tmp" and NUL. */
    memset(longest, 'x', sizeof(longest));
    longest[PUBLISH_NAME_MAX - 11] = '\0';
    ck_assert(publish_name(name, longest));
    ck_assert_ptr_null(stage(longest, "x"));
    ck_assert_ptr_null(publish_commit(dir, longest, why));
    longest[PUBLISH_NAME_MAX - 11] = 'x';
    longest[PUBLISH_NAME_MAX - 10] = '\0';
    ck_assert(!publish_name(name, longest));
    ck_assert_ptr_nonnull(stage(longest, "x"));
}
END_TEST

static char gone[256];

static void on_gone(const char *zone)
{
    size_t len = strlen(gone);
    (void)snprintf(gone + len, sizeof(gone) - len, "%s ", zone);
}

START_TEST(retire)
{
    static char kept[] = "kept.test", other[] = "other.test";
    struct conf_zone zones[] = {{.text = kept}, {.text = other}};
    struct conf conf = {.zones = zones, .nzones = 2};
    static const char *const stay[] = {
        "kept.test.rbl", "kept.test.rbl.old", "kept.test.rbl.bad", ".kept.test.rbl.tmp",
        ".rbl",          "old.test",          "old.rbl.tmp",       "old.rblx"};
    for (size_t i = 0; i < sizeof(stay) / sizeof(stay[0]); i++)
        put(stay[i]);
    put("old.test.rbl");
    put("old.test.rbl.old");
    put("old.test.rbl.bad");
    put("Kept.test.rbl");
    ck_assert_int_eq(mkdirat(dir, "sub.rbl", 0755), 0);
    gone[0] = '\0';
    publish_retire(dir, &conf, on_gone);
    ck_assert_ptr_nonnull(strstr(gone, "old.test "));
    ck_assert_ptr_nonnull(strstr(gone, "Kept.test "));
    ck_assert_ptr_null(strstr(gone, "kept.test"));
    ck_assert(!there("old.test.rbl.old") && !there("old.test.rbl.bad"));
    ck_assert(!there("old.test.rbl") && !there("Kept.test.rbl") && there("sub.rbl"));
    for (size_t i = 0; i < sizeof(stay) / sizeof(stay[0]); i++)
        ck_assert_msg(there(stay[i]), "%s", stay[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("publish");
    TCase *tc = tcase_create("publish");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, stage_then_commit);
    tcase_add_test(tc, two_generations);
    tcase_add_test(tc, leftover_of_a_killed_run);
    tcase_add_test(tc, failures);
    tcase_add_test(tc, names);
    tcase_add_test(tc, retire);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
