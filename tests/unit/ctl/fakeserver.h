/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A control socket in a directory of its own, served by a child that does to one client after the
 * other what the test says.
 */
#ifndef TESTS_FAKESERVER_H
#define TESTS_FAKESERVER_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/client.h"

struct fakeserver {
    char dir[32];
    pid_t pid; /* 0: nobody serves */
};

/* What the child does with one connection after it read the request. */
struct fakereply {
    const char *bytes;
    size_t len;
    bool hold;  /* keep the connection open */
    bool flood; /* send line feeds without end */
};

static inline void fakeserver_dir(struct fakeserver *s)
{
    *s = (struct fakeserver){.dir = "/tmp/rbl-fake.XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(s->dir));
}

static inline void fakeserver_serve(int fd, const struct fakereply *r)
{
    char request[64];
    int c = accept(fd, NULL, NULL);
    if (c < 0 || recv(c, request, sizeof request, 0) <= 0)
        return;
    send(c, r->bytes, r->len, MSG_NOSIGNAL);
    if (r->flood) {
        static char block[65536];
        memset(block, '\n', sizeof block);
        while (send(c, block, sizeof block, MSG_NOSIGNAL) > 0)
            ;
    }
    if (r->hold)
        pause();
    close(c);
}

static inline void fakeserver_start(struct fakeserver *s, const struct fakereply *r)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    fakeserver_dir(s);
    snprintf(sun.sun_path, sizeof sun.sun_path, "%s/" CLIENT_SOCKET, s->dir);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&sun, sizeof sun), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    s->pid = fork();
    ck_assert_int_ge(s->pid, 0);
    if (s->pid == 0)
        for (;;)
            fakeserver_serve(fd, r);
    close(fd);
}

static inline void fakeserver_stop(struct fakeserver *s)
{
    char path[64];
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    snprintf(path, sizeof path, "%s/" CLIENT_SOCKET, s->dir);
    unlink(path);
    rmdir(s->dir);
}

#endif
