/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/priv.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/landlock.h"

bool priv_is_root(void)
{
    return geteuid() == 0;
}

int priv_lookup(const char *user, struct priv_account *out, char why[static PRIV_WHY_MAX])
{
    errno = 0;
    const struct passwd *pw = getpwnam(user);
    if (!pw) {
        snprintf(why, PRIV_WHY_MAX, "user %.64s: %s", user,
                 errno ? strerror(errno) : "no such account");
        return -1;
    }
    if (pw->pw_uid == 0) {
        snprintf(why, PRIV_WHY_MAX, "user %.64s: is root; name an account without privileges",
                 user);
        return -1;
    }
    *out = (struct priv_account){.uid = pw->pw_uid, .gid = pw->pw_gid};
    return 0;
}

static int priv_fail(const char *what, char *why)
{
    snprintf(why, PRIV_WHY_MAX, "cannot drop privileges: %s: %s", what, strerror(errno));
    return -1;
}

static int priv_switch(const struct priv_account *a, char *why)
{
    /* The bounding set needs a capability to be emptied, so it goes first.  Where that one is
     * missing the set is of no use either: without it and execve() nothing in it can be gained. */
    capng_clear(CAPNG_SELECT_BOTH);
    (void)capng_apply(CAPNG_SELECT_BOUNDS);
    if (setgroups(1, &a->gid) < 0)
        return priv_fail("setgroups", why);
    if (setresgid(a->gid, a->gid, a->gid) < 0)
        return priv_fail("setresgid", why);
    if (setresuid(a->uid, a->uid, a->uid) < 0)
        return priv_fail("setresuid", why);
    errno = 0;
    if (setuid(0) == 0 || geteuid() != a->uid || getegid() != a->gid)
        return priv_fail("root can be regained", why);
    return 0;
}

int priv_become(const struct priv_account *account, char why[static PRIV_WHY_MAX])
{
    if (account && priv_switch(account, why) < 0)
        return -1;
    /* Also for a server that was given CAP_NET_BIND_SERVICE as an ambient capability. */
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0) {
        errno = EPERM;
        return priv_fail("capabilities", why);
    }
    return 0;
}

/*
 * What serving takes: of these programs, of the C library's malloc, stdio and threads, of liburcu.
 * Everything else counts as a call this kernel does not have (ENOSYS), for which libraries have
 * their own second way; so also clone3 and openat2, whose arguments a filter cannot see.  A newer C
 * library costs a server a feature then, not its life.
 */
static const int priv_allowed[] = {
    /* packets, connections, the control socket, the helper's link */
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    /* waiting */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(signalfd4),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    /* images and what is open already; open and openat are among the rules */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(fcntl),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(getdents64),
    SCMP_SYS(fadvise64),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_rm_watch),
    /* memory; mmap and mprotect are among the rules */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* threads and signals; clone is among the rules */
    SCMP_SYS(futex),
    SCMP_SYS(membarrier),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* clocks, dice, who we are */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
};

/* Allowed for some values of one argument: those where (argument & mask) == value. */
static const struct priv_rule {
    int call;
    unsigned arg;
    uint64_t mask, value;
} priv_rules[] = {
    /* O_RDONLY, and nothing that makes or empties a file; O_TMPFILE needs write access */
    {SCMP_SYS(open), 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS}, /* stdio: is it a terminal? */
    {SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_NAME},
    {SCMP_SYS(prctl), 0, UINT32_MAX, PR_GET_DUMPABLE},
    {SCMP_SYS(prctl), 0, UINT32_MAX, PR_GET_NO_NEW_PRIVS},
    {SCMP_SYS(prlimit64), 2, UINT64_MAX, 0},     /* ask, not set */
    {SCMP_SYS(sched_getattr), 0, UINT32_MAX, 0}, /* of the calling thread only */
    {SCMP_SYS(sched_setattr), 0, UINT32_MAX, 0},
};

/* No library tries these for want of something better: whoever does is not the server any more. */
static const int priv_deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(mount),
    SCMP_SYS(move_mount),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
};

#define PRIV_COUNT(a) (sizeof(a) / sizeof(a)[0])

static int priv_filter_rules(scmp_filter_ctx ctx)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_allowed); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, priv_allowed[i], 0);
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_rules); i++) {
        const struct priv_rule *r = &priv_rules[i];
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, r->call, 1,
                              SCMP_CMP(r->arg, SCMP_CMP_MASKED_EQ, r->mask, r->value));
    }
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_deadly); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, priv_deadly[i], 0);
    return rc;
}

/* Returns 0 or an errno value. */
static int priv_filter(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!ctx)
        return ENOMEM;
    int rc = priv_filter_rules(ctx);
    /* A tree: the calls per packet would otherwise stand at the end of a hundred comparisons. */
    if (rc == 0)
        rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (rc == 0)
        rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc < 0 ? -rc : 0;
}

void priv_confine(const char *dir, void (*report)(const char *what, int err))
{
    struct rlimit none = {0, 0};
    struct landlock_rule images = {dir, LANDLOCK_USE_READ};
    int err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
    report("no_new_privs", err);
    err = setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? errno : 0;
    report("no core dumps", err);
    report("Landlock", landlock_confine(&images, 1, false));
    report("seccomp", priv_filter());
}
