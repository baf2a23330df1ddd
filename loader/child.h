/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes: what touches bytes from outside runs in one, the parent only reads its
 * messages (loader/msg.h).
 *
 * A child leads a session of its own, so that it and all it starts can be killed together and
 * nothing below it can ask a terminal for a password; it dies when the parent does.  One child at a
 * time; single-threaded use only.
 */
#ifndef LOADER_CHILD_H
#define LOADER_CHILD_H

#include <stdbool.h>

#include "loader/msg.h"

#define CHILD_WHY_MAX 256

/* Once, at the start: SIGTERM, SIGINT and SIGHUP are held back except while a child is awaited, so
 * that a commit is never cut in two by a polite signal. */
void child_setup(void);

/* The signal that asked the program to stop, or 0. */
int child_stop_signal(void);

struct child {
    int (*run)(void *arg, int out); /* in the child; out is for msg_write(); its exit status */
    void *arg;
    msg_fn on_msg; /* in the parent */
    void *ctx;
    void (*tick)(void *ctx); /* in the parent, now and then; may be NULL */
    unsigned limit;          /* seconds, then it is killed */
};

/*
 * Run one to its end.  NULL: it said "end" and exited with 0.  Else the reason, in why; it and
 * its descendants are gone in any case.
 */
const char *child_run(const struct child *c, char why[static CHILD_WHY_MAX]);

#endif
