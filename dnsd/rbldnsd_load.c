/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

/* rbldnsd looks at whole seconds and the size; a rename within a second shows in the inode. */
struct rbldnsd_file {
    char *path;
    size_t data;
    int error; /* of stat(), 0: the rest is known */
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

bool rbldnsd_load_init(struct rbldnsd_load *l, const struct rbldnsd_opt *o,
                       const struct rbldnsd_state *state)
{
    size_t n = 0;
    *l = (struct rbldnsd_load){.o = o, .state = state, .failed = true, .out = -1};
    for (size_t i = 0; i < o->ndata; i++)
        n += o->data[i].nfiles;
    l->lines = (struct rbldnsd_lines){.o = o, .seen = calloc(o->ndata + 1, sizeof(size_t))};
    l->file = calloc(n + 1, sizeof *l->file);
    bool good = l->lines.seen && l->file;
    for (size_t i = 0; good && i < o->ndata; i++)
        for (size_t k = 0; good && k < o->data[i].nfiles; k++) {
            struct rbldnsd_file *f = &l->file[l->nfiles++];
            f->data = i;
            f->path = rbldnsd_opt_path(o, o->data[i].file[k], true);
            good = f->path != NULL;
        }
    if (!good)
        rbldnsd_load_free(l);
    return good;
}

void rbldnsd_load_free(struct rbldnsd_load *l)
{
    for (size_t i = 0; l->file && i < l->nfiles; i++)
        free(l->file[i].path);
    free(l->file);
    free(l->lines.seen);
    l->file = NULL;
    l->lines.seen = NULL;
    l->nfiles = 0;
}

static bool look(struct rbldnsd_file *f)
{
    struct stat st;
    struct rbldnsd_file seen = {.path = f->path, .data = f->data};
    if (stat(f->path, &st) < 0) {
        seen.error = errno;
    } else {
        seen.dev = st.st_dev;
        seen.ino = st.st_ino;
        seen.size = st.st_size;
        seen.mtime = st.st_mtim;
    }
    bool same = seen.error == f->error && seen.dev == f->dev && seen.ino == f->ino &&
                seen.size == f->size && seen.mtime.tv_sec == f->mtime.tv_sec &&
                seen.mtime.tv_nsec == f->mtime.tv_nsec;
    *f = seen;
    return !same;
}

bool rbldnsd_load_due(struct rbldnsd_load *l)
{
    bool due = l->failed;
    for (size_t i = 0; i < l->nfiles; i++)
        due = look(&l->file[i]) || due;
    return due;
}

static int64_t mtime_of(void *ctx, size_t data)
{
    const struct rbldnsd_load *l = ctx;
    int64_t newest = 0;
    for (size_t i = 0; i < l->nfiles; i++)
        if (l->file[i].data == data && !l->file[i].error && l->file[i].mtime.tv_sec > newest)
            newest = l->file[i].mtime.tv_sec;
    return newest;
}

static void run_loader(const struct rbldnsd_load *l, int out, pid_t parent)
{
    static const int reset[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    char name[] = "rbl-loader", option[] = "-c", conf[PATH_MAX];
    char *argv[] = {name, option, conf, NULL};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
        (void)signal(reset[i], SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0)
        _exit(127);
    (void)unsetenv("JOURNAL_STREAM");
    snprintf(conf, sizeof conf, "%s", l->state->conf);
    (void)fexecve(l->state->loader, argv, environ);
    dprintf(STDERR_FILENO, "cannot run rbl-loader: %s\n", strerror(errno));
    _exit(127);
}

bool rbldnsd_load_start(struct rbldnsd_load *l)
{
    int fd[2];
    rbldnsd_lines_start(&l->lines);
    l->started = now();
    l->elapsed = l->user = 0;
    l->len = 0;
    l->failed = true;
    if (pipe2(fd, O_CLOEXEC) < 0) {
        log_error("unable to run rbl-loader: %s", strerror(errno));
        return false;
    }
    pid_t self = getpid();
    l->pid = fork();
    if (l->pid == 0)
        run_loader(l, fd[1], self);
    int err = errno;
    close(fd[1]);
    if (l->pid < 0) {
        l->pid = 0;
        close(fd[0]);
        log_error("unable to run rbl-loader: %s", strerror(err));
        return false;
    }
    l->out = fd[0];
    return true;
}

/* Hand on the lines that are complete; at the end also one that is not. */
static void take_lines(struct rbldnsd_load *l, bool end)
{
    char *at = l->text, *stop = l->text + l->len, *lf;
    while (at < stop && (lf = memchr(at, '\n', (size_t)(stop - at)))) {
        *lf = '\0';
        rbldnsd_lines_take(&l->lines, at, mtime_of, l);
        at = lf + 1;
    }
    l->len = (size_t)(stop - at);
    memmove(l->text, at, l->len);
    if (l->len > 0 && (end || l->len == sizeof l->text - 1)) {
        l->text[l->len] = '\0';
        rbldnsd_lines_take(&l->lines, l->text, mtime_of, l);
        l->len = 0;
    }
}

static bool reap(struct rbldnsd_load *l)
{
    int status = 0;
    struct rusage usage;
    pid_t got;
    close(l->out);
    l->out = -1;
    do
        got = wait4(l->pid, &status, 0, &usage);
    while (got < 0 && errno == EINTR);
    l->pid = 0;
    l->elapsed = now() - l->started;
    if (got > 0)
        l->user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    bool good = got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (got > 0 && WIFSIGNALED(status))
        log_error("rbl-loader was killed by signal %d", WTERMSIG(status));
    l->failed = !good;
    return good;
}

bool rbldnsd_load_read(struct rbldnsd_load *l, bool *good)
{
    ssize_t n = read(l->out, l->text + l->len, sizeof l->text - 1 - l->len);
    if (n < 0 && errno == EINTR)
        return true;
    if (n > 0)
        l->len += (size_t)n;
    take_lines(l, n <= 0);
    if (n > 0)
        return true;
    *good = reap(l);
    return false;
}

void rbldnsd_load_kill(struct rbldnsd_load *l)
{
    if (l->pid == 0)
        return;
    (void)kill(l->pid, SIGTERM);
    (void)reap(l);
}
