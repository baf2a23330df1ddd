/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes: what touches bytes from outside runs in one, the parent only reads its
 * messages (loader/msg.h).
 *
 * A child leads a session of its own, so that it and all it starts can be killed together and
 * nothing below it can ask a terminal for a password; it dies when the parent does. Single-threaded
 * use only.
 */
#ifndef LOADER_CHILD_H
#define LOADER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/conf.h"
#include "loader/msg.h"

#define CHILD_WHY_MAX 256
#define CHILDREN_MAX  (CONF_FETCHES_MAX + 1) /* at the same time; one of them compiles */

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
    unsigned limit; /* seconds, then it is killed */

    /* For the caller to read. */
    bool running;
    char why[CHILD_WHY_MAX]; /* once it has ended: "" when it said "end" and exited with 0 */

    /* This module's own. */
    struct child *next;
    pid_t pid;
    int pidfd, out;
    bool closed; /* out, on the other side */
    int64_t deadline;
    struct msg_reader reader;
};

/*
 * Start one; the struct must stay where it is while the child is running.  It is not running
 * afterwards when it could not be started, or CHILDREN_MAX are.
 */
void child_start(struct child *c);

/*
 * Take the messages of all that are running, for a tenth of a second or until one has ended.  When
 * one has ended, it and its descendants are gone, whatever its end was.  A signal that asks the
 * program to stop ends all.
 */
void children_watch(void);

/* Run one to its end, with tick (which may be NULL) called now and then; true when it was good. */
bool child_run(struct child *c, void (*tick)(void *ctx));

#endif
