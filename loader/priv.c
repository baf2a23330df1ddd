/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/priv.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "lib/landlock.h"

/*
 * Refused with EPERM.  A list of what is refused and not, as the server has, of what is allowed:
 * rsync, libcurl, the resolver and libarchive are other people's programs, and change.
 */
static const int priv_never[] = {
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(personality),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(sethostname),
    SCMP_SYS(syslog),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
};

/* And by the compiling child: the network, other programs, publishing. */
static const int priv_no_compiler[] = {
    SCMP_SYS(socket),    SCMP_SYS(socketpair), SCMP_SYS(connect),  SCMP_SYS(bind),
    SCMP_SYS(listen),    SCMP_SYS(accept),     SCMP_SYS(accept4),  SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),   SCMP_SYS(sendmmsg),   SCMP_SYS(execve),   SCMP_SYS(execveat),
    SCMP_SYS(fork),      SCMP_SYS(vfork),      SCMP_SYS(rename),   SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(link),       SCMP_SYS(linkat),   SCMP_SYS(symlink),
    SCMP_SYS(symlinkat), SCMP_SYS(mkdir),      SCMP_SYS(mkdirat),  SCMP_SYS(mknod),
    SCMP_SYS(mknodat),   SCMP_SYS(truncate),   SCMP_SYS(chmod),    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),     SCMP_SYS(lchown),     SCMP_SYS(fchownat),
};

#define PRIV_COUNT(a) (sizeof(a) / sizeof(a)[0])

static int refuse(scmp_filter_ctx ctx, const int *calls, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    return rc;
}

/* clone3 hides its flags from a filter; ENOSYS makes the C library start threads by clone. */
static int refuse_processes(scmp_filter_ctx ctx)
{
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                              SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    return rc;
}

static void filter(bool compiler)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (ctx == NULL)
        return;
    int rc = refuse(ctx, priv_never, PRIV_COUNT(priv_never));
    if (rc == 0 && compiler)
        rc = refuse(ctx, priv_no_compiler, PRIV_COUNT(priv_no_compiler));
    if (rc == 0 && compiler)
        rc = refuse_processes(ctx);
    if (rc == 0)
        (void)seccomp_load(ctx);
    seccomp_release(ctx);
}

void priv_fetch(int dir)
{
    char spool[32];
    const struct landlock_rule rules[] = {
        {"/", LANDLOCK_USE_RUN},
        {"/dev/null", LANDLOCK_USE_WRITE},
        {spool, LANDLOCK_USE_WRITE},
    };
    (void)snprintf(spool, sizeof spool, "/proc/self/fd/%d", dir);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)landlock_confine(rules, PRIV_COUNT(rules), true);
    filter(false);
}

/* images: a directory to write to; NULL: none. */
static void confine_reader(const struct conf *conf, const char *images)
{
    const struct landlock_rule rules[] = {
        {conf->paths.mirror, LANDLOCK_USE_READ},
        /* how many processors there are, and how memory lies */
        {"/sys/devices/system/cpu", LANDLOCK_USE_READ},
        {"/proc", LANDLOCK_USE_READ},
        {images, LANDLOCK_USE_WRITE},
    };
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)landlock_confine(rules, PRIV_COUNT(rules) - (images == NULL), false);
    filter(true);
}

void priv_compile(const struct conf *conf)
{
    confine_reader(conf, conf->paths.images);
}

void priv_index(const struct conf *conf)
{
    confine_reader(conf, NULL);
}
