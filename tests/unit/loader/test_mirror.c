/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/mirror.h"

static char root[] = "/tmp/rbl-mirror-XXXXXX";
static char path[64], why[MIRROR_WHY_MAX];
static struct mirror mirror;
static int dir;

static void setup(void)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(path, sizeof(path), "%s/new/mirror", root);
    ck_assert_int_eq(mirror_open(path, &mirror, why), MIRROR_OPENED);
    dir = mirror_list_dir(&mirror, "psbl");
    ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
    char command[128];
    (void)close(dir);
    mirror_close(&mirror);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *text)
{
    ck_assert_int_eq(file_create_synced(dir, name, text, strlen(text)), 0);
}

static bool there(const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

START_TEST(lock)
{
    struct mirror second;
    ck_assert_int_eq(mirror_open(path, &second, why), MIRROR_BUSY);
    ck_assert_ptr_nonnull(strstr(why, "another loader"));
    mirror_close(&mirror);
    ck_assert_int_eq(mirror_open(path, &second, why), MIRROR_OPENED);
    mirror_close(&second);
    ck_assert_int_eq(mirror_open("/proc/self/nothing", &second, why), MIRROR_FAILED);
    ck_assert_ptr_nonnull(strstr(why, "/proc/self/nothing"));
}
END_TEST

START_TEST(leftovers)
{
    put("data", "d");
    put("state", "s");
    put("refused", "r");
    put("incoming", "i");
    put(".incoming.Ab3xYz", "t");
    put(".state.tmp", "t");
    put(".other", "o");
    int again = mirror_list_dir(&mirror, "psbl");
    ck_assert_int_ge(again, 0);
    (void)close(again);
    ck_assert(there("data") && there("state") && there("refused") && there(".other"));
    ck_assert(!there("incoming") && !there(".incoming.Ab3xYz") && !there(".state.tmp"));
}
END_TEST

START_TEST(verdicts)
{
    struct file_id id, now;
    struct stat st;
    ck_assert_int_eq(mirror_accept(dir, &id), -1);
    put("incoming", "first");
    ck_assert_int_eq(fchmodat(dir, "incoming", 0600, 0), 0);
    ck_assert_int_eq(mirror_accept(dir, &id), 0);
    ck_assert(!there("incoming"));
    ck_assert_uint_eq(id.size, 5);
    ck_assert(file_id_at(dir, "data", &now) && file_id_equal(&id, &now));
    ck_assert_int_eq(fstatat(dir, "data", &st, 0), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0644);
    put("incoming", "bad");
    mirror_refuse(dir);
    ck_assert(!there("incoming") && there("refused"));
    put("incoming", "better");
    ck_assert_int_eq(mirror_accept(dir, &id), 0);
    ck_assert(!there("refused"));
    put("incoming", "gone");
    mirror_discard(dir);
    ck_assert(!there("incoming"));
    ck_assert(file_id_at(dir, "data", &now) && file_id_equal(&id, &now));
}
END_TEST

START_TEST(state_file)
{
    struct list_state s = {.tried = 5, .etag = "\"x\""}, back;
    ck_assert(!mirror_read_state(dir, &back, why));
    ck_assert_str_eq(why, "");
    ck_assert_int_eq(mirror_write_state(dir, &s), 0);
    s.tried = 6;
    ck_assert_int_eq(mirror_write_state(dir, &s), 0);
    ck_assert(!there(".state.tmp"));
    ck_assert(mirror_read_state(dir, &back, why));
    ck_assert_int_eq(back.tried, 6);
    ck_assert_str_eq(back.etag, "\"x\"");
    put("state", "rblmirror-state=1\ntried=6\nwhat=1\n");
    ck_assert(!mirror_read_state(dir, &back, why));
    ck_assert_str_eq(why, "state:3: unknown key");
    ck_assert_int_eq(back.tried, 0);
    ck_assert_int_eq(unlinkat(dir, "state", 0), 0);
    ck_assert_int_eq(symlinkat("/etc/passwd", dir, "state"), 0);
    ck_assert(!mirror_read_state(dir, &back, why));
    ck_assert_ptr_nonnull(strstr(why, "state: "));
}
END_TEST

/* A file identity tells replaced, rewritten and touched files apart. */
START_TEST(identity)
{
    struct file_id a, b;
    put("data", "12345");
    ck_assert(file_id_at(dir, "data", &a));
    ck_assert(file_id_at(dir, "data", &b) && file_id_equal(&a, &b));
    put("other", "12345");
    ck_assert(file_id_at(dir, "other", &b) && !file_id_equal(&a, &b));
    ck_assert_int_eq(utimensat(dir, "data", (struct timespec[2]){{1, 2}, {3, 4}}, 0), 0);
    ck_assert(file_id_at(dir, "data", &b) && !file_id_equal(&a, &b));
    ck_assert(b.sec == 3 && b.nsec == 4);
    ck_assert(!file_id_at(dir, "nothing", &b) && b.inode == 0);
    ck_assert(!file_id_at(dir, ".", &b) && b.inode == 0);
    ck_assert_int_eq(symlinkat("data", dir, "link"), 0);
    ck_assert(!file_id_at(dir, "link", &b));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mirror");
    TCase *tc = tcase_create("mirror");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, lock);
    tcase_add_test(tc, leftovers);
    tcase_add_test(tc, verdicts);
    tcase_add_test(tc, state_file);
    tcase_add_test(tc, identity);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
