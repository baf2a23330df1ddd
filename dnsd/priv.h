/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving up what the server no longer needs once its sockets are bound.
 *
 * In this order, all of it before threads are started, since each thread would keep its own:
 *
 *   priv_lookup()   while files of the system may still be read
 *   priv_become()   root only: another account, no capability, none to be regained
 *   priv_confine()  everyone: reads only below one directory, writes and executes nothing
 */
#ifndef DNSD_PRIV_H
#define DNSD_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRIV_WHY_MAX 200

struct priv_account {
    uid_t uid;
    gid_t gid;
};

/* Is there anything to become somebody else from? */
bool priv_is_root(void);

/* 0, or -1 with the reason in why: no such account, or one with uid 0. */
int priv_lookup(const char *user, struct priv_account *out, char why[static PRIV_WHY_MAX]);

/*
 * As root: become the account for good, with its one group.  account NULL: stay who we are.  In
 * both cases drop every capability.  0, or -1 with the reason in why; then the process must end.
 */
int priv_become(const struct priv_account *account, char why[static PRIV_WHY_MAX]);

/*
 * No new privileges, no core dumps, no debugger; Landlock: files and directories below dir may be
 * read, nothing else be opened; seccomp: only the calls that serving takes.  Among others it is
 * without a way to write or change a file system, to open a socket or start a process; trying to
 * execute a program, to look into another process or to load code into the kernel is its end.
 *
 * What this kernel or container does not offer is left out, and the server runs on: report() is
 * given the name of each measure, with 0 when it is in force, else an errno value.
 */
void priv_confine(const char *dir, void (*report)(const char *what, int err));

#endif
