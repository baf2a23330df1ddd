/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/fetch.h"

static char root[] = "/tmp/rbl-files-XXXXXX";
static char url[512], format[] = "rbldnsd:ip4set";
static struct conf_list conf;
static struct list_state known;
static struct fetch_job job;
static struct fetch_result r;

static void setup(void)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(url, sizeof(url), "file:%s/a,%s/b", root, root);
    conf = (struct conf_list){.url = url, .format = format, .max_size = 1000};
    job = (struct fetch_job){.conf = &conf,
                             .dir = open(root, O_RDONLY | O_DIRECTORY),
                             .out = open("/dev/null", O_WRONLY)};
    ck_assert_int_ge(job.dir, 0);
}

static void teardown(void)
{
    char command[128];
    (void)close(job.dir);
    (void)close(job.out);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const void *bytes, size_t len, int seconds)
{
    (void)unlinkat(job.dir, name, 0);
    ck_assert_int_eq(file_create_synced(job.dir, name, bytes, len), 0);
    ck_assert_int_eq(utimensat(job.dir, name, (struct timespec[2]){{seconds, 0}, {seconds, 7}}, 0),
                     0);
}

static enum fetch_outcome fetch(void)
{
    r = (struct fetch_result){.outcome = FETCH_FAILED};
    fetch_file(&job, &r);
    return r.outcome;
}

static void has_incoming(const char *a, const char *b)
{
    char got[1024] = "", want[1024];
    int fd = openat(job.dir, "incoming", O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(read(fd, got, sizeof(got) - 1), 0);
    (void)close(fd);
    (void)snprintf(want, sizeof(want), "$FILE %zu %s/a\n%s\n$FILE %zu %s/b\n%s\n", strlen(a), root,
                   a, strlen(b), root, b);
    ck_assert_str_eq(got, want);
    ck_assert_uint_eq(r.bytes, strlen(want));
}

START_TEST(in_order)
{
    put("a", "10.0.0.1\n", 9, 5);
    put("b", "10.0.0.2", 8, 5);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    has_incoming("10.0.0.1\n", "10.0.0.2");
    put("a", "", 0, 5);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    has_incoming("", "10.0.0.2");
}
END_TEST

/* A change of either file, of their times alone too, is one of the data set. */
START_TEST(changes)
{
    put("a", "10.0.0.1\n", 9, 5);
    put("b", "10.0.0.2\n", 9, 6);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    known.source = r.source;
    job.known = &known;
    ck_assert_int_eq(fetch(), FETCH_UNCHANGED);
    put("a", "10.0.0.3\n", 9, 4);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    known.source = r.source;
    ck_assert_int_eq(fetch(), FETCH_UNCHANGED);
    put("b", "10.0.0.2\n", 9, 7);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    known.source = r.source;
    (void)snprintf(url, sizeof(url), "file:%s/b,%s/a", root, root);
    ck_assert_int_eq(fetch(), FETCH_NEW);
}
END_TEST

/* One written a moment ago may be written to again within the same tick. */
START_TEST(young)
{
    put("a", "10.0.0.1\n", 9, 5);
    put("b", "10.0.0.2\n", 9, 5);
    ck_assert_int_eq(utimensat(job.dir, "b", NULL, 0), 0);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_uint_eq(r.source.inode, 0);
}
END_TEST

START_TEST(compressed)
{
    /* "10.0.0.2\n" */
    static const uint8_t gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                 0x03, 0x33, 0x34, 0xd0, 0x03, 0x41, 0x23, 0x2e, 0x00,
                                 0x6f, 0x69, 0xda, 0x70, 0x09, 0x00, 0x00, 0x00};
    put("a", "10.0.0.1\n", 9, 5);
    put("b", gz, sizeof(gz), 5);
    ck_assert_msg(fetch() == FETCH_NEW, "%s", r.detail);
    has_incoming("10.0.0.1\n", "10.0.0.2\n");
    put("b", gz, sizeof(gz) - 1, 5);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "/b: truncated gzip data"));
}
END_TEST

START_TEST(refused)
{
    char text[600];
    memset(text, '#', sizeof(text));
    put("a", "10.0.0.1\n", 9, 5);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "/b: No such file"));
    put("a", text, sizeof(text), 5);
    put("b", text, sizeof(text), 5);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "larger than max-size"));
    (void)snprintf(url, sizeof(url), "file:%s/a,", root);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    (void)snprintf(url, sizeof(url), "file:%s/a,%s", root, root);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "not a regular file"));
}
END_TEST

/* For other formats a comma is one of the file's name. */
START_TEST(other_formats)
{
    conf.format = NULL;
    (void)snprintf(url, sizeof(url), "file:%s/a,b", root);
    put("a,b", "10.0.0.1\n", 9, 5);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_uint_eq(r.bytes, 9);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fetch_files");
    TCase *t = tcase_create("fetch_files");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, in_order);
    tcase_add_test(t, changes);
    tcase_add_test(t, young);
    tcase_add_test(t, compressed);
    tcase_add_test(t, refused);
    tcase_add_test(t, other_formats);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
