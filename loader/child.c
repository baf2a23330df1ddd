/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/clock.h"

#define TICK_MS 100

static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP};
#define NSTOP (sizeof(stop_signals) / sizeof(stop_signals[0]))

static volatile sig_atomic_t stopped_by;
static sigset_t original_mask;

static void on_stop(int sig)
{
    stopped_by = sig;
}

void child_setup(void)
{
    sigset_t block;
    (void)sigemptyset(&block);
    for (size_t i = 0; i < NSTOP; i++) {
        struct sigaction sa = {.sa_handler = on_stop}, old;
        (void)sigemptyset(&sa.sa_mask);
        /* A signal that was ignored stays so: nohup means it. */
        if (sigaction(stop_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            continue;
        (void)sigaction(stop_signals[i], &sa, NULL);
        (void)sigaddset(&block, stop_signals[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &block, &original_mask);
}

int child_stop_signal(void)
{
    /* Let one that is pending in. */
    if (stopped_by == 0)
        (void)ppoll(NULL, 0, &(struct timespec){0}, &original_mask);
    return stopped_by;
}

static void child_main(const struct child *c, pid_t parent, int out)
{
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have died before the line above could notice. */
    if (getppid() != parent)
        _exit(1);
    for (size_t i = 0; i < NSTOP; i++)
        (void)signal(stop_signals[i], SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &original_mask, NULL);
    (void)msg_write(out, &(struct msg){.kind = MSG_HELLO, .num = {MSG_VERSION}});
    int status = c->run(c->arg, out);
    if (status == 0 && msg_write(out, &(struct msg){.kind = MSG_END}) != 0)
        status = 1;
    _exit(status);
}

/* Read what is there.  False when the stream is broken. */
static bool drain(int fd, struct msg_reader *reader, const struct child *c)
{
    char buf[16384];
    for (;;) {
        ssize_t n = read(fd, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        if (!msg_feed(reader, buf, (size_t)n, c->on_msg, c->ctx))
            return false;
    }
}

/*
 * Until the child has exited; NULL, or why it must be killed.  The end of the pipe is not waited
 * for: something the child started may have inherited it.
 */
static const char *follow(const struct child *c, int fd, int pidfd, struct msg_reader *reader)
{
    int64_t deadline = clock_ms() + (int64_t)c->limit * 1000;
    struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    while (stopped_by == 0) {
        int n = ppoll(p, 2, &(struct timespec){.tv_nsec = TICK_MS * 1000000L}, &original_mask);
        if (n < 0 && errno != EINTR)
            return "cannot wait for it";
        if (!drain(fd, reader, c))
            return "it sent a malformed message";
        if (n > 0 && p[0].revents != 0)
            return NULL;
        /* A closed pipe would otherwise wake every poll. */
        if (n > 0 && (p[1].revents & (POLLHUP | POLLERR)) != 0)
            p[1].fd = -1;
        if (clock_ms() >= deadline)
            return "time limit";
        if (c->tick != NULL)
            c->tick(c->ctx);
    }
    return "stopped by a signal";
}

static const char *judge(int status, const struct msg_reader *reader, char *why)
{
    if (WIFSIGNALED(status)) {
        int sig = WTERMSIG(status);
        (void)snprintf(why, CHILD_WHY_MAX, "killed by signal %d (%s)", sig, strsignal(sig));
        return why;
    }
    if (WEXITSTATUS(status) != 0) {
        (void)snprintf(why, CHILD_WHY_MAX, "exit status %d", WEXITSTATUS(status));
        return why;
    }
    if (reader->ended && reader->len == 0)
        return NULL;
    (void)snprintf(why, CHILD_WHY_MAX, "ended without a result");
    return why;
}

/* End the whole session of a child that is not yet reaped, and reap it. */
static int finish(pid_t pid, bool alive)
{
    int status = 0;
    siginfo_t info;
    if (alive)
        (void)kill(pid, SIGKILL);
    /* Before it is reaped its number cannot be anybody else's. */
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

const char *child_run(const struct child *c, char why[static CHILD_WHY_MAX])
{
    int fd[2], pidfd = -1;
    struct msg_reader reader = {.len = 0};
    if (pipe2(fd, O_CLOEXEC) != 0) {
        (void)snprintf(why, CHILD_WHY_MAX, "cannot make a pipe: %s", strerror(errno));
        return why;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)close(fd[0]);
        child_main(c, parent, fd[1]);
    }
    int fork_error = errno;
    (void)close(fd[1]);
    if (pid < 0) {
        (void)close(fd[0]);
        (void)snprintf(why, CHILD_WHY_MAX, "cannot fork: %s", strerror(fork_error));
        return why;
    }
    (void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
    pidfd = pidfd_open(pid, 0);
    const char *fault = pidfd < 0 ? "cannot watch it" : follow(c, fd[0], pidfd, &reader);
    int status = finish(pid, fault != NULL);
    if (fault != NULL)
        (void)snprintf(why, CHILD_WHY_MAX, "%s", fault);
    else if (!drain(fd[0], &reader, c))
        (void)snprintf(why, CHILD_WHY_MAX, "it sent a malformed message");
    else
        fault = judge(status, &reader, why);
    const char *result = fault != NULL || reader.broken ? why : NULL;
    if (pidfd >= 0)
        (void)close(pidfd);
    (void)close(fd[0]);
    return result;
}
