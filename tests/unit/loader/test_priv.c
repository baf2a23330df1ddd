/* SPDX-License-Identifier: BSD-2-Clause */
/* Each attempt is made in a child that has confined itself as the loader's children do. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/priv.h"

enum verdict { ALLOWED, DENIED, BROKEN };

static char top[64], images[80], mirror[80], list[96], image[96], data[112];

static enum verdict result(long rc)
{
    if (rc >= 0)
        return ALLOWED;
    return errno == EPERM || errno == EACCES || errno == ENOSYS ? DENIED : BROKEN;
}

static enum verdict make(const char *dir)
{
    char path[128];
    snprintf(path, sizeof path, "%s/made", dir);
    return result(open(path, O_WRONLY | O_CREAT, 0644));
}

static enum verdict make_image(void)
{
    return make(images);
}

static enum verdict change_image(void)
{
    return result(open(image, O_WRONLY));
}

static enum verdict remove_image(void)
{
    return result(unlink(image));
}

static enum verdict publish(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/published", images);
    return result(rename(image, path));
}

static enum verdict make_incoming(void)
{
    return make(list);
}

static enum verdict make_state(void)
{
    return make(mirror);
}

static enum verdict read_data(void)
{
    return result(open(data, O_RDONLY));
}

static enum verdict read_passwd(void)
{
    return result(open("/etc/passwd", O_RDONLY));
}

static enum verdict inet(void)
{
    return result(socket(AF_INET, SOCK_STREAM, 0));
}

static enum verdict inet6(void)
{
    return result(socket(AF_INET6, SOCK_DGRAM, 0));
}

static enum verdict local(void)
{
    return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static enum verdict fork_one(void)
{
    int status;
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    return pid < 0 ? result(-1) : result(waitpid(pid, &status, 0));
}

static enum verdict execute(void)
{
    char *argv[] = {"true", NULL}, *envp[] = {NULL};
    /* Exit status 0 is ALLOWED. */
    return result(execve("/bin/true", argv, envp));
}

static void *thread_body(void *arg)
{
    return arg;
}

static enum verdict thread(void)
{
    pthread_t t;
    return pthread_create(&t, NULL, thread_body, NULL) == 0 && pthread_join(t, NULL) == 0 ? ALLOWED
                                                                                          : DENIED;
}

static enum verdict namespaces(void)
{
    return result(syscall(SYS_unshare, 0));
}

enum by { BY_ANY, BY_LANDLOCK };

static const struct attempt {
    const char *what;
    enum verdict (*run)(void);
    enum verdict fetch, compile, index;
    enum by by;
} attempts[] = {
    {"read a list's data", read_data, ALLOWED, ALLOWED, ALLOWED, BY_ANY},
    {"read elsewhere", read_passwd, ALLOWED, DENIED, DENIED, BY_LANDLOCK},
    {"make an image", make_image, DENIED, ALLOWED, DENIED, BY_LANDLOCK},
    {"change an image", change_image, DENIED, ALLOWED, DENIED, BY_LANDLOCK},
    {"remove an image", remove_image, DENIED, ALLOWED, DENIED, BY_LANDLOCK},
    {"publish", publish, DENIED, DENIED, DENIED, BY_LANDLOCK},
    {"write into the list's directory", make_incoming, ALLOWED, DENIED, DENIED, BY_LANDLOCK},
    {"write beside it", make_state, DENIED, DENIED, DENIED, BY_LANDLOCK},
    {"an IPv4 socket", inet, ALLOWED, DENIED, DENIED, BY_ANY},
    {"an IPv6 socket", inet6, ALLOWED, DENIED, DENIED, BY_ANY},
    {"a local socket", local, ALLOWED, DENIED, DENIED, BY_ANY},
    {"a process", fork_one, ALLOWED, DENIED, DENIED, BY_ANY},
    {"a program", execute, ALLOWED, DENIED, DENIED, BY_ANY},
    {"a thread", thread, ALLOWED, ALLOWED, ALLOWED, BY_ANY},
    {"namespaces", namespaces, DENIED, DENIED, DENIED, BY_ANY},
};

static void put(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void setup(void)
{
    snprintf(top, sizeof top, "/tmp/rbl-lpriv-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(top));
    snprintf(images, sizeof images, "%s/images", top);
    snprintf(mirror, sizeof mirror, "%s/mirror", top);
    snprintf(list, sizeof list, "%s/list", mirror);
    snprintf(image, sizeof image, "%s/z.rbl", images);
    snprintf(data, sizeof data, "%s/data", list);
    ck_assert(mkdir(images, 0755) == 0 && mkdir(mirror, 0755) == 0 && mkdir(list, 0755) == 0);
    put(image);
    put(data);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", top);
    ck_assert_int_eq(system(command), 0);
}

static enum verdict in_child(const struct attempt *a, void (*confine)(void))
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        confine();
        _exit((int)a->run());
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : BROKEN;
}

static void as_fetcher(void)
{
    priv_fetch(open(list, O_RDONLY | O_DIRECTORY));
}

static void as_compiler(void)
{
    struct conf conf = {.paths = {.mirror = mirror, .images = images}};
    priv_compile(&conf);
}

static void as_indexer(void)
{
    struct conf conf = {.paths = {.mirror = mirror, .images = images}};
    priv_index(&conf);
}

static void as_we_are(void)
{
}

static bool holds(const struct attempt *a)
{
    /* LANDLOCK_CREATE_RULESET_VERSION */
    return a->by == BY_ANY || syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

START_TEST(fetching)
{
    const struct attempt *a = &attempts[_i];
    if (holds(a))
        ck_assert_msg(in_child(a, as_fetcher) == a->fetch, "%s", a->what);
}
END_TEST

START_TEST(compiling)
{
    const struct attempt *a = &attempts[_i];
    if (holds(a))
        ck_assert_msg(in_child(a, as_compiler) == a->compile, "%s", a->what);
}
END_TEST

START_TEST(indexing)
{
    const struct attempt *a = &attempts[_i];
    if (holds(a))
        ck_assert_msg(in_child(a, as_indexer) == a->index, "%s", a->what);
}
END_TEST

START_TEST(denied_only_by_confinement)
{
    const struct attempt *a = &attempts[_i];
    ck_assert_msg(in_child(a, as_we_are) == ALLOWED, "%s", a->what);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader/priv");
    TCase *all = tcase_create("attempts");
    int n = sizeof attempts / sizeof attempts[0];
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, fetching, 0, n);
    tcase_add_loop_test(all, compiling, 0, n);
    tcase_add_loop_test(all, indexing, 0, n);
    tcase_add_loop_test(all, denied_only_by_confinement, 0, n);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
