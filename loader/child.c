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
static struct child *children; /* those that are running */
static unsigned nchildren;

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
    /* What the others say is not for this one to take away. */
    for (const struct child *other = children; other != NULL; other = other->next) {
        (void)close(other->out);
        (void)close(other->pidfd);
    }
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
static bool drain(struct child *c)
{
    char buf[16384];
    for (;;) {
        ssize_t n = read(c->out, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            c->closed = n == 0;
            return true;
        }
        if (!msg_feed(&c->reader, buf, (size_t)n, c->on_msg, c->ctx))
            return false;
    }
}

static void judge(struct child *c, int status)
{
    if (WIFSIGNALED(status)) {
        int sig = WTERMSIG(status);
        (void)snprintf(c->why, sizeof(c->why), "killed by signal %d (%s)", sig, strsignal(sig));
    } else if (WEXITSTATUS(status) != 0) {
        (void)snprintf(c->why, sizeof(c->why), "exit status %d", WEXITSTATUS(status));
    } else if (!c->reader.ended || c->reader.len != 0) {
        (void)snprintf(c->why, sizeof(c->why), "ended without a result");
    }
}

/* End the whole session of a child that is not yet reaped, and reap it. */
static int reap(pid_t pid, bool alive)
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

/* fault: why it must be killed, or NULL: it has exited. */
static void finish(struct child *c, const char *fault)
{
    int status = reap(c->pid, fault != NULL);
    if (fault == NULL && !drain(c))
        fault = "it sent a malformed message";
    if (fault != NULL)
        (void)snprintf(c->why, sizeof(c->why), "%s", fault);
    else
        judge(c, status);
    if (c->pidfd >= 0)
        (void)close(c->pidfd);
    (void)close(c->out);
    c->running = false;
    struct child **at = &children;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    nchildren--;
}

static void fail_start(struct child *c, const char *what)
{
    (void)snprintf(c->why, sizeof(c->why), "%s: %s", what, strerror(errno));
}

void child_start(struct child *c)
{
    int fd[2];
    c->why[0] = '\0';
    c->closed = false;
    c->reader = (struct msg_reader){.len = 0};
    errno = EAGAIN;
    if (nchildren == CHILDREN_MAX || pipe2(fd, O_CLOEXEC) != 0) {
        fail_start(c, "cannot make a pipe");
        return;
    }
    pid_t parent = getpid();
    c->pid = fork();
    if (c->pid == 0) {
        (void)close(fd[0]);
        child_main(c, parent, fd[1]);
    }
    if (c->pid < 0) {
        fail_start(c, "cannot fork");
        (void)close(fd[0]);
        (void)close(fd[1]);
        return;
    }
    (void)close(fd[1]);
    (void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
    c->out = fd[0];
    c->pidfd = pidfd_open(c->pid, 0);
    c->deadline = clock_ms() + (int64_t)c->limit * 1000;
    c->running = true;
    c->next = children;
    children = c;
    nchildren++;
    if (c->pidfd < 0)
        finish(c, "cannot watch it");
}

static void look_at(struct child *c, const char *fault)
{
    if (fault == NULL && !drain(c))
        fault = "it sent a malformed message";
    else if (fault == NULL && stopped_by != 0)
        fault = "stopped by a signal";
    else if (fault == NULL && clock_ms() >= c->deadline)
        fault = "time limit";
    if (fault != NULL)
        finish(c, fault);
}

void children_watch(void)
{
    struct pollfd p[2 * CHILDREN_MAX];
    struct timespec wait = {.tv_nsec = stopped_by == 0 ? TICK_MS * 1000000L : 0};
    nfds_t n = 0;
    for (const struct child *c = children; c != NULL; c = c->next) {
        p[n++] = (struct pollfd){.fd = c->pidfd, .events = POLLIN};
        /* A closed pipe would wake every poll. */
        p[n++] = (struct pollfd){.fd = c->closed ? -1 : c->out, .events = POLLIN};
    }
    int ready = ppoll(p, n, &wait, &original_mask);
    const char *fault = ready < 0 && errno != EINTR ? "cannot wait for it" : NULL;
    const struct pollfd *of = p;
    for (struct child *c = children, *next; c != NULL; c = next, of += 2) {
        next = c->next;
        /* The end of the pipe is not waited for: something it started may have inherited that. */
        if (ready > 0 && of->revents != 0)
            finish(c, NULL);
        else
            look_at(c, fault);
    }
}

bool child_run(struct child *c, void (*tick)(void *ctx))
{
    child_start(c);
    while (c->running) {
        children_watch();
        if (tick != NULL)
            tick(c->ctx);
    }
    return c->why[0] == '\0';
}
