/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each attempt is made in a child of its own that has confined itself as the server does: a
 * confined process cannot go on to be a test program.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dnsd/priv.h"

static char dir[64], inside[96], outside[96];

static void put_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "data", 4), 4);
    close(fd);
}

/* DIR/images/file may be read, DIR/outside not; both belong to everybody, so that only the
 * confinement stands in the way. */
static void setup(void)
{
    char images[80];
    snprintf(dir, sizeof dir, "/tmp/rbl-priv-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    chmod(dir, 0777);
    snprintf(images, sizeof images, "%s/images", dir);
    snprintf(inside, sizeof inside, "%s/images/file", dir);
    snprintf(outside, sizeof outside, "%s/outside", dir);
    ck_assert_int_eq(mkdir(images, 0777), 0);
    chmod(images, 0777);
    put_file(inside);
    put_file(outside);
    chmod(inside, 0666);
    chmod(outside, 0666);
}

static void teardown(void)
{
    char images[80], made[128];
    unlink(inside);
    unlink(outside);
    /* What the unconfined attempts have made. */
    snprintf(made, sizeof made, "%s.new", inside);
    unlink(made);
    snprintf(made, sizeof made, "%s/images/sub", dir);
    rmdir(made);
    snprintf(images, sizeof images, "%s/images", dir);
    rmdir(images);
    ck_assert_int_eq(rmdir(dir), 0);
}

static bool no_landlock, no_seccomp;

static void missing(const char *what, int err)
{
    no_landlock |= err && strcmp(what, "Landlock") == 0;
    no_seccomp |= err && strcmp(what, "seccomp") == 0;
}

enum verdict { ALLOWED, DENIED, SKIPPED, BROKEN, KILLED };

/* The child's exit status is its verdict; KILLED: by the filter. */
static enum verdict in_child(enum verdict (*body)(void *), void *arg)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit((int)body(arg));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : BROKEN;
    return (enum verdict)WEXITSTATUS(status);
}

/* --- What a confined process tries ---------------------------------------------------------- */

static enum verdict result(long rc)
{
    if (rc >= 0)
        return ALLOWED;
    return errno == EPERM || errno == EACCES || errno == ENOSYS ? DENIED : BROKEN;
}

static enum verdict opened(const char *path, int flags)
{
    return result(open(path, flags, 0644));
}

static enum verdict read_inside(void)
{
    return opened(inside, O_RDONLY);
}

static enum verdict list_inside(void)
{
    char images[80];
    snprintf(images, sizeof images, "%s/images", dir);
    return opened(images, O_RDONLY | O_DIRECTORY);
}

static enum verdict read_outside(void)
{
    return opened(outside, O_RDONLY);
}

static enum verdict read_passwd(void)
{
    return opened("/etc/passwd", O_RDONLY);
}

static enum verdict write_inside(void)
{
    return opened(inside, O_WRONLY);
}

static enum verdict rdwr_inside(void)
{
    return opened(inside, O_RDWR);
}

static enum verdict truncate_by_open(void)
{
    return opened(inside, O_RDONLY | O_TRUNC);
}

static enum verdict create_by_open(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s.new", inside);
    return opened(path, O_RDONLY | O_CREAT);
}

static enum verdict open_by_openat2(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_WRONLY, 0, 0};
    return result(syscall(SYS_openat2, AT_FDCWD, inside, &how, sizeof how));
}

static enum verdict unlink_inside(void)
{
    return result(unlink(inside));
}

static enum verdict rename_inside(void)
{
    return result(rename(inside, outside));
}

static enum verdict make_directory(void)
{
    char path[96];
    snprintf(path, sizeof path, "%s/images/sub", dir);
    return result(mkdir(path, 0755));
}

static enum verdict change_mode(void)
{
    return result(chmod(inside, 0600));
}

static enum verdict execute(void)
{
    char *argv[] = {"true", NULL}, *envp[] = {NULL};
    return result(execve("/bin/true", argv, envp));
}

static enum verdict new_process(void)
{
    return result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static enum verdict new_socket(void)
{
    return result(socket(AF_INET, SOCK_STREAM, 0));
}

static enum verdict new_unix_socket(void)
{
    return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static enum verdict lift_limit(void)
{
    struct rlimit rl;
    if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
        return BROKEN;
    return result(setrlimit(RLIMIT_NOFILE, &rl));
}

static enum verdict unknown_call(void)
{
    return result(syscall(SYS_getpriority, PRIO_PROCESS, 0));
}

static enum verdict trace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static enum verdict executable_memory(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return result(p == MAP_FAILED ? -1 : 0);
}

static enum verdict make_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? BROKEN : result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static enum verdict io_uring(void)
{
    char params[256] = {0};
    return result(syscall(SYS_io_uring_setup, 1, params));
}

static void *thread_body(void *arg)
{
    return arg;
}

static enum verdict new_thread(void)
{
    pthread_t t;
    if (pthread_create(&t, NULL, thread_body, NULL) != 0)
        return DENIED;
    return pthread_join(t, NULL) == 0 ? ALLOWED : BROKEN;
}

static enum verdict new_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? DENIED : ALLOWED;
}

static enum verdict be_dumped(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? DENIED : ALLOWED;
}

enum by { BY_ANY, BY_LANDLOCK, BY_SECCOMP };

static const struct attempt {
    const char *what;
    enum verdict (*run)(void);
    enum verdict want;
    enum by by; /* what has to be there for the row to hold */
} attempts[] = {
    {"read below the directory", read_inside, ALLOWED, BY_ANY},
    {"list the directory", list_inside, ALLOWED, BY_ANY},
    {"start a thread", new_thread, ALLOWED, BY_ANY},
    {"read elsewhere", read_outside, DENIED, BY_LANDLOCK},
    {"read /etc/passwd", read_passwd, DENIED, BY_LANDLOCK},
    {"open for writing", write_inside, DENIED, BY_SECCOMP},
    {"open for both", rdwr_inside, DENIED, BY_SECCOMP},
    {"open with O_TRUNC", truncate_by_open, DENIED, BY_SECCOMP},
    {"open with O_CREAT", create_by_open, DENIED, BY_SECCOMP},
    {"openat2", open_by_openat2, DENIED, BY_SECCOMP},
    {"unlink", unlink_inside, DENIED, BY_SECCOMP},
    {"rename", rename_inside, DENIED, BY_SECCOMP},
    {"mkdir", make_directory, DENIED, BY_SECCOMP},
    {"chmod", change_mode, DENIED, BY_SECCOMP},
    {"execve", execute, KILLED, BY_SECCOMP},
    {"clone a process", new_process, DENIED, BY_SECCOMP},
    {"socket", new_socket, DENIED, BY_SECCOMP},
    {"local socket", new_unix_socket, DENIED, BY_SECCOMP},
    {"set a limit", lift_limit, DENIED, BY_SECCOMP},
    {"a call nobody needs", unknown_call, DENIED, BY_SECCOMP},
    {"ptrace", trace, KILLED, BY_SECCOMP},
    {"map executable memory", executable_memory, DENIED, BY_SECCOMP},
    {"make memory executable", make_executable, DENIED, BY_SECCOMP},
    {"io_uring", io_uring, KILLED, BY_SECCOMP},
    {"gain privileges", new_privileges, DENIED, BY_ANY},
    {"be dumped", be_dumped, DENIED, BY_ANY},
};

static enum verdict confined(void *arg)
{
    const struct attempt *a = arg;
    char images[80];
    snprintf(images, sizeof images, "%s/images", dir);
    priv_confine(images, missing);
    if ((a->by == BY_LANDLOCK && no_landlock) || (a->by == BY_SECCOMP && no_seccomp))
        return SKIPPED;
    return a->run();
}

START_TEST(confinement)
{
    struct attempt a = attempts[_i];
    enum verdict v = in_child(confined, &a);
    ck_assert_msg(v == a.want || v == SKIPPED, "%s: verdict %d", a.what, (int)v);
}
END_TEST

/* The same without confinement: a row that is denied anyway would prove nothing. */
static enum verdict unconfined(void *arg)
{
    return ((const struct attempt *)arg)->run();
}

START_TEST(denied_only_by_confinement)
{
    struct attempt a = attempts[_i];
    /* These two end the child as a test, or need a kernel that lets anyone do them. */
    if (a.run == execute || a.run == io_uring || a.run == new_process)
        return;
    ck_assert_msg(in_child(unconfined, &a) == ALLOWED, "%s", a.what);
}
END_TEST

static enum verdict missing_directory(void *arg)
{
    char path[96];
    (void)arg;
    /* images/later/ does not exist yet: what appears below images/ must still be readable. */
    snprintf(path, sizeof path, "%s/images/later/deep", dir);
    priv_confine(path, missing);
    if (no_landlock)
        return SKIPPED;
    return read_inside() == ALLOWED && read_outside() == DENIED ? ALLOWED : BROKEN;
}

START_TEST(directory_may_come_later)
{
    enum verdict v = in_child(missing_directory, NULL);
    ck_assert(v == ALLOWED || v == SKIPPED);
}
END_TEST

/* --- Becoming another account ---------------------------------------------------------------- */

static bool status_has(const char *key, const char *want)
{
    char line[256];
    size_t len = strlen(key);
    bool found = false;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, len) == 0 && line[len] == ':') {
            line[strcspn(line, "\n")] = '\0';
            found = strcmp(line + len + 2, want) == 0;
        }
    if (f)
        fclose(f);
    return found;
}

static enum verdict become_nobody(void *arg)
{
    struct priv_account a;
    char why[PRIV_WHY_MAX], id[64];
    gid_t group;
    (void)arg;
    if (priv_lookup("nobody", &a, why) < 0 || priv_become(&a, why) < 0)
        return BROKEN;
    snprintf(id, sizeof id, "%u\t%u\t%u\t%u", a.uid, a.uid, a.uid, a.uid);
    bool good = status_has("Uid", id);
    for (const char *const *cap =
             (const char *const[]){"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", NULL};
         *cap; cap++)
        good = good && status_has(*cap, "0000000000000000");
    good = good && getgroups(1, &group) == 1 && group == a.gid;
    return good && setuid(0) < 0 && seteuid(0) < 0 && setgid(0) < 0 ? DENIED : ALLOWED;
}

START_TEST(root_is_given_up)
{
    /* Another user can only stay who it is: the next test. */
    if (!priv_is_root())
        return;
    ck_assert_int_eq(in_child(become_nobody, NULL), DENIED);
}
END_TEST

static enum verdict stay(void *arg)
{
    char why[PRIV_WHY_MAX];
    uid_t before = getuid();
    (void)arg;
    if (priv_become(NULL, why) < 0 || getuid() != before)
        return BROKEN;
    return status_has("CapEff", "0000000000000000") && status_has("CapPrm", "0000000000000000")
               ? DENIED
               : ALLOWED;
}

START_TEST(capabilities_are_given_up_by_anyone)
{
    ck_assert_int_eq(in_child(stay, NULL), DENIED);
}
END_TEST

static const char *const bad_users[] = {"root", "no-such-account-here", ""};

START_TEST(bad_user_is_refused)
{
    struct priv_account a;
    char why[PRIV_WHY_MAX] = "";
    ck_assert_int_eq(priv_lookup(bad_users[_i], &a, why), -1);
    ck_assert_msg(strstr(why, bad_users[_i]) && strlen(why) > 6, "%s", why);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("priv");
    TCase *confine = tcase_create("confine");
    TCase *become = tcase_create("become");
    int n = sizeof attempts / sizeof attempts[0], users = sizeof bad_users / sizeof bad_users[0];
    tcase_add_checked_fixture(confine, setup, teardown);
    tcase_add_loop_test(confine, confinement, 0, n);
    tcase_add_loop_test(confine, denied_only_by_confinement, 0, n);
    tcase_add_test(confine, directory_may_come_later);
    tcase_add_test(become, root_is_given_up);
    tcase_add_test(become, capabilities_are_given_up_by_anyone);
    tcase_add_loop_test(become, bad_user_is_refused, 0, users);
    suite_add_tcase(suite, confine);
    suite_add_tcase(suite, become);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
