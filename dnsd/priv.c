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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dnsd/landlock.h"

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
 * Refused outright.  EPERM and not a signal: an operator who meets one of these through a library
 * or a sanitizer gets a server that runs and a call that fails.  io_uring and clone3 (below) could
 * do what the filter forbids without showing it their arguments.
 */
static const int priv_denied[] = {
    /* execute, look into others, load code into the kernel */
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(personality),
    /* write, make, remove, rename, change attributes */
    SCMP_SYS(creat),
    SCMP_SYS(truncate),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utime),
    SCMP_SYS(utimes),
    SCMP_SYS(utimensat),
    SCMP_SYS(futimesat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(memfd_create),
    SCMP_SYS(memfd_secret),
    /* mounts, namespaces, accounts, the machine */
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setfsuid),
    SCMP_SYS(setfsgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(syslog),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
    /* all sockets exist; connections come from accept4() */
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(listen),
};

/* Refused for some values of one argument: those where (argument & mask) == value. */
static const struct priv_rule {
    int call;
    unsigned arg;
    uint64_t mask, value;
} priv_rules[] = {
    {SCMP_SYS(open), 1, O_ACCMODE, O_WRONLY},
    {SCMP_SYS(open), 1, O_ACCMODE, O_RDWR},
    {SCMP_SYS(open), 1, O_ACCMODE, O_ACCMODE},
    {SCMP_SYS(open), 1, O_CREAT, O_CREAT},
    {SCMP_SYS(open), 1, O_TRUNC, O_TRUNC},
    {SCMP_SYS(openat), 2, O_ACCMODE, O_WRONLY},
    {SCMP_SYS(openat), 2, O_ACCMODE, O_RDWR},
    {SCMP_SYS(openat), 2, O_ACCMODE, O_ACCMODE},
    {SCMP_SYS(openat), 2, O_CREAT, O_CREAT},
    {SCMP_SYS(openat), 2, O_TRUNC, O_TRUNC},
    {SCMP_SYS(mmap), 2, PROT_EXEC, PROT_EXEC},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, PROT_EXEC},
    {SCMP_SYS(pkey_mprotect), 2, PROT_EXEC, PROT_EXEC},
    {SCMP_SYS(clone), 0, CLONE_THREAD, 0},
};

/* Linux 6.6, the same number on all machines; the headers of Debian 12 do not have it. */
#define PRIV_SYS_FCHMODAT2 452

/* Their arguments lie in memory (or the filter's library does not know them); ENOSYS makes the C
 * library use the calls they replace. */
static const int priv_absent[] = {SCMP_SYS(openat2), SCMP_SYS(clone3), PRIV_SYS_FCHMODAT2};

#define PRIV_COUNT(a) (sizeof(a) / sizeof(a)[0])

static int priv_filter_rules(scmp_filter_ctx ctx)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_denied); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), priv_denied[i], 0);
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_rules); i++) {
        const struct priv_rule *r = &priv_rules[i];
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), r->call, 1,
                              SCMP_CMP(r->arg, SCMP_CMP_MASKED_EQ, r->mask, r->value));
    }
    for (size_t i = 0; rc == 0 && i < PRIV_COUNT(priv_absent); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), priv_absent[i], 0);
    return rc;
}

/* Returns 0 or an errno value. */
static int priv_filter(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (!ctx)
        return ENOMEM;
    int rc = priv_filter_rules(ctx);
    if (rc == 0)
        rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc < 0 ? -rc : 0;
}

void priv_confine(const char *dir, void (*missing)(const char *what, int err))
{
    struct rlimit none = {0, 0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        missing("no_new_privs", errno);
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        missing("core limit", errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        missing("dumpable", errno);
    int err = landlock_read_only(dir);
    if (err)
        missing("Landlock", err);
    err = priv_filter();
    if (err)
        missing("seccomp", err);
}
