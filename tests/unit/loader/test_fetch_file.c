/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/fetch.h"

static char root[] = "/tmp/rbl-file-XXXXXX";
static char url[128], source[64];
static struct conf_list conf;
static struct list_state known;
static struct fetch_job job;
static struct fetch_result r;

static void setup(void)
{
    memcpy(root + sizeof(root) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(source, sizeof(source), "%s/source", root);
    (void)snprintf(url, sizeof(url), "file:%s", source);
    conf = (struct conf_list){.url = url, .max_size = 1000};
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

/* A source whose last change is long ago. */
static void put(const char *text)
{
    (void)unlinkat(job.dir, "source", 0);
    ck_assert_int_eq(file_create_synced(job.dir, "source", text, strlen(text)), 0);
    ck_assert_int_eq(utimensat(job.dir, "source", (struct timespec[2]){{5, 0}, {5, 7}}, 0), 0);
}

static enum fetch_outcome fetch(void)
{
    r = (struct fetch_result){.outcome = FETCH_FAILED};
    fetch_file(&job, &r);
    return r.outcome;
}

static void has_incoming(const char *text)
{
    char buf[64] = "";
    int fd = openat(job.dir, "incoming", O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(read(fd, buf, sizeof(buf) - 1), 0);
    (void)close(fd);
    ck_assert_str_eq(buf, text);
}

START_TEST(forms)
{
    char cwd[4096];
    put("192.0.2.1\n");
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_uint_eq(r.bytes, 10);
    has_incoming("192.0.2.1\n");
    (void)snprintf(url, sizeof(url), "file://%s", source);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
    ck_assert_int_eq(chdir(root), 0);
    (void)snprintf(url, sizeof(url), "file:source");
    ck_assert_int_eq(fetch(), FETCH_NEW);
    /* A link at the source is the administrator's own. */
    ck_assert_int_eq(symlink("source", "link"), 0);
    (void)snprintf(url, sizeof(url), "file:link");
    ck_assert_int_eq(fetch(), FETCH_NEW);
    has_incoming("192.0.2.1\n");
    ck_assert_int_eq(chdir(cwd), 0);
}
END_TEST

START_TEST(unchanged)
{
    put("192.0.2.1\n");
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_uint_ne(r.source.inode, 0);
    known.source = r.source;
    job.known = &known;
    ck_assert_int_eq(fetch(), FETCH_UNCHANGED);
    ck_assert_int_eq(utimensat(job.dir, "source", (struct timespec[2]){{5, 0}, {5, 8}}, 0), 0);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    /* Replaced by a file of the same size and time. */
    ck_assert_int_eq(renameat(job.dir, "source", job.dir, "held"), 0);
    put("192.0.2.2\n");
    ck_assert_int_eq(fetch(), FETCH_NEW);
    job.known = NULL;
}
END_TEST

/* The clock of a file has ticks: a second write within one would go unseen. */
START_TEST(young)
{
    put("192.0.2.1\n");
    ck_assert_int_eq(utimensat(job.dir, "source", NULL, 0), 0);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    ck_assert_uint_eq(r.source.inode, 0);
    ck_assert_int_gt(r.source.sec, 5); /* the time is still that of the file */
}
END_TEST

START_TEST(refused)
{
    static const char *const bad[] = {"file:", "file://host/path", "file://"};
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "No such file"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(url, sizeof(url), "%s", bad[i]);
        ck_assert_int_eq(fetch(), FETCH_FAILED);
        ck_assert_ptr_nonnull(strstr(r.detail, "none of file:"));
    }
    (void)snprintf(url, sizeof(url), "file:%s", root);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "not a regular file"));
    /* Would block for ever if it were opened as usual. */
    ck_assert_int_eq(mkfifoat(job.dir, "fifo", 0644), 0);
    (void)snprintf(url, sizeof(url), "file:%s/fifo", root);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "not a regular file"));
    (void)snprintf(url, sizeof(url), "file:%s", source);
    put("192.0.2.1\n");
    conf.max_size = 9;
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "larger than max-size"));
    conf.max_size = 10;
    ck_assert_int_eq(fetch(), FETCH_NEW);
}
END_TEST

/* "incoming" may be a second name of "data", after an rsync run. */
START_TEST(never_in_place)
{
    char buf[8] = "";
    put("new\n");
    ck_assert_int_eq(file_create_synced(job.dir, "data", "old", 3), 0);
    ck_assert_int_eq(linkat(job.dir, "data", job.dir, "incoming", 0), 0);
    ck_assert_int_eq(fetch(), FETCH_NEW);
    has_incoming("new\n");
    int fd = openat(job.dir, "data", O_RDONLY);
    ck_assert_int_eq(read(fd, buf, sizeof(buf) - 1), 3);
    ck_assert_str_eq(buf, "old");
    (void)close(fd);
}
END_TEST

START_TEST(changed_while_read)
{
    int fd = openat(job.dir, "source", O_RDWR | O_CREAT | O_APPEND, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, 64 << 20), 0);
    conf.max_size = 1ull << 40;
    pid_t writer = fork();
    if (writer == 0)
        for (;;)
            if (write(fd, "192.0.2.1\n", 10) != 10)
                _exit(1);
    /* Until it is at work. */
    struct stat st;
    do
        ck_assert_int_eq(fstat(fd, &st), 0);
    while (st.st_size == 64 << 20);
    ck_assert_int_eq(fetch(), FETCH_FAILED);
    ck_assert_ptr_nonnull(strstr(r.detail, "changed while it was read"));
    (void)kill(writer, SIGKILL);
    (void)waitpid(writer, NULL, 0);
    (void)close(fd);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fetch_file");
    TCase *tc = tcase_create("fetch_file");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, forms);
    tcase_add_test(tc, unchanged);
    tcase_add_test(tc, young);
    tcase_add_test(tc, refused);
    tcase_add_test(tc, never_in_place);
    tcase_add_test(tc, changed_while_read);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
