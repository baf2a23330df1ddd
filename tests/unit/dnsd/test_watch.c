/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in a directory, and whether that is a reason to look at it. */
#include "dnsd/watch.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[32], moved[40];
    struct watch w;
};

static void setup_place(struct place *p)
{
    *p = (struct place){.dir = "/tmp/rbl-watch.XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(p->dir));
    snprintf(p->moved, sizeof p->moved, "%s.moved", p->dir);
    watch_open(&p->w, p->dir);
    ck_assert_int_ge(p->w.fd, 0);
    ck_assert_int_ge(p->w.wd, 0);
}

static void path_of(const struct place *p, char path[static 80], const char *name)
{
    snprintf(path, 80, "%s/%s", p->dir, name);
}

static void write_file(const struct place *p, const char *name)
{
    char path[80];
    path_of(p, path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
}

static void rename_file(const struct place *p, const char *from, const char *to)
{
    char a[80], b[80];
    path_of(p, a, from);
    path_of(p, b, to);
    ck_assert_int_eq(rename(a, b), 0);
}

static void unlink_file(const struct place *p, const char *name)
{
    char path[80];
    path_of(p, path, name);
    ck_assert_int_eq(unlink(path), 0);
}

/* The kernel has told something, and it is a reason or not. */
static bool is_reason(struct place *p)
{
    struct pollfd fd = {.fd = p->w.fd, .events = POLLIN};
    ck_assert_int_eq(poll(&fd, 1, 0), 1);
    bool reason = watch_drain(&p->w);
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    return reason;
}

START_TEST(images)
{
    struct place p;
    setup_place(&p);
    write_file(&p, "a.rbl");
    ck_assert(is_reason(&p));
    rename_file(&p, "a.rbl", "b.rbl");
    ck_assert(is_reason(&p));
    unlink_file(&p, "b.rbl");
    ck_assert(is_reason(&p));
    ck_assert(!watch_drain(&p.w));
    watch_close(&p.w);
    ck_assert_int_eq(rmdir(p.dir), 0);
}
END_TEST

/* As a loader does it: only the rename to its name makes a file an image. */
START_TEST(hidden_files)
{
    struct place p;
    setup_place(&p);
    write_file(&p, ".a.rbl.tmp");
    ck_assert(!is_reason(&p));
    rename_file(&p, ".a.rbl.tmp", ".b.rbl.tmp");
    ck_assert(!is_reason(&p));
    rename_file(&p, ".b.rbl.tmp", "a.rbl");
    ck_assert(is_reason(&p));
    write_file(&p, ".c.rbl.tmp");
    unlink_file(&p, "a.rbl");
    unlink_file(&p, ".c.rbl.tmp");
    ck_assert(is_reason(&p)); /* one among others that are none */
    watch_close(&p.w);
    ck_assert_int_eq(rmdir(p.dir), 0);
}
END_TEST

/* The path leads elsewhere now: that is a reason, and the new place is watched. */
START_TEST(directory_replaced)
{
    struct place p;
    setup_place(&p);
    ck_assert_int_eq(rename(p.dir, p.moved), 0);
    ck_assert_int_eq(mkdir(p.dir, 0700), 0);
    ck_assert(watch_drain(&p.w));
    (void)watch_drain(&p.w); /* the end of the old watch is told once more */
    write_file(&p, "a.rbl");
    ck_assert(is_reason(&p));
    unlink_file(&p, "a.rbl");
    watch_close(&p.w);
    ck_assert_int_eq(rmdir(p.dir), 0);
    ck_assert_int_eq(rmdir(p.moved), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("watch");
    TCase *c = tcase_create("watch");
    tcase_add_test(c, images);
    tcase_add_test(c, hidden_files);
    tcase_add_test(c, directory_replaced);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
