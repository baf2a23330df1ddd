/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rsync has the publisher's module on one side and "incoming" on the other.  Before it starts,
 * "incoming" is made a second name of "data": that is its basis for the delta.  It never writes
 * into an existing file (no --inplace) but renames a temporary over the name, so "data" stays as
 * it is, and afterwards the inode tells whether anything came.
 */
#include "loader/fetch_rsync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/clock.h"
#include "loader/fetch.h"
#include "loader/mirror.h"
#include "loader/procio.h"

#define SCHEME    "rsync://"
#define NOTES_MAX 2048 /* bytes kept of what rsync says: the first lines tell the cause */
#define POLL_MS   200

static const char *const rsync_paths[] = {"/usr/bin/rsync", "/bin/rsync", "/usr/local/bin/rsync"};

const char *rsync_exit_text(int status)
{
    static const struct meaning {
        int status;
        const char *text;
    } meanings[] = {
        {1, "usage error"},
        {2, "protocol incompatible"},
        {3, "cannot select the files"},
        {4, "action not supported"},
        {5, "the server refused the module or the login; check the URL, or ask for access"},
        {6, "cannot write its log"},
        {10, "cannot connect, or the connection broke; tried again later"},
        {11, "file input or output failed"},
        {12, "the connection was cut; tried again later"},
        {13, "error in program diagnostics"},
        {14, "error between its processes"},
        {20, "stopped by a signal"},
        {21, "lost a child process"},
        {22, "out of memory"},
        {23, "the file is not there or cannot be read; look for the list's new URL"},
        {24, "the file vanished during the transfer; tried again later"},
        {25, "deletion limit"},
        {30, "stalled: no data within stall-timeout"},
        {35, "no connection within connect-timeout; is port 873 open for us?"},
    };
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].status == status)
            return meanings[i].text;
    return "unknown failure";
}

/* rsync://HOST.../MODULE/FILE: three non-empty parts, no trailing slash, no wildcards. */
static bool url_fits(const char *url)
{
    if (strncmp(url, SCHEME, sizeof(SCHEME) - 1) != 0)
        return false;
    const char *host = url + sizeof(SCHEME) - 1;
    const char *module = strchr(host, '/');
    if (module == NULL || module == host || host[0] == '-' || strpbrk(module, "*?[ \t") != NULL)
        return false;
    const char *file = strchr(module + 1, '/');
    return file != NULL && file != module + 1 && url[strlen(url) - 1] != '/';
}

static const char *const fixed_options[] = {
    "rsync",
    "--times", /* equal size and time end the transfer before it starts */
    "--no-motd",
    "--no-recursive",
    "--no-links",
    "--copy-links", /* the publisher's name may be a link there; here it never is */
    "--no-perms",
    "--no-owner",
    "--no-group",
    "--no-devices",
    "--no-specials",
    "--no-inplace",
    "--no-partial",
    "--no-whole-file", /* always the delta */
    "--itemize-changes",
    "--itemize-changes", /* twice: say so when nothing changed */
    "--out-format=%i",
    "--info=skip1", /* and when the file was passed over, why */
};
#define NFIXED (sizeof(fixed_options) / sizeof(fixed_options[0]))

/* --ignore-times, three limits, --, URL, destination, NULL */
_Static_assert(NFIXED + 8 <= RSYNC_ARGS_MAX, "argv fits");

static const char *option(char buf[static RSYNC_OPTION_MAX], const char *name, uint64_t value)
{
    (void)snprintf(buf, RSYNC_OPTION_MAX, "--%s=%ju", name, (uintmax_t)value);
    return buf;
}

bool rsync_command(struct rsync_command *c, const struct conf_list *conf, bool known)
{
    size_t n = NFIXED;
    if (!url_fits(conf->url))
        return false;
    memcpy(c->argv, fixed_options, sizeof(fixed_options));
    if (!known)
        c->argv[n++] = "--ignore-times";
    c->argv[n++] = option(c->stall, "timeout", conf->stall_timeout);
    c->argv[n++] = option(c->connect, "contimeout", conf->connect_timeout);
    c->argv[n++] = option(c->max_size, "max-size", conf->max_size);
    c->argv[n++] = "--";
    c->argv[n++] = conf->url;
    c->argv[n++] = MIRROR_INCOMING;
    c->argv[n] = NULL;
    return true;
}

/* "incoming" as a basis: a link to "data", a copy where links do not work, else an empty file. */
static bool make_basis(const struct fetch_job *job, struct fetch_result *r)
{
    (void)unlinkat(job->dir, MIRROR_INCOMING, 0);
    if (job->has_data && linkat(job->dir, MIRROR_DATA, job->dir, MIRROR_INCOMING, 0) == 0)
        return true;
    int fd = fetch_create(job, r);
    if (fd < 0)
        return false;
    struct stat st = {.st_mtim = {.tv_sec = 1}};
    int from = job->has_data ? openat(job->dir, MIRROR_DATA, O_RDONLY | O_CLOEXEC) : -1;
    bool good = true;
    if (from >= 0) {
        ssize_t n = 1;
        good = fstat(from, &st) == 0;
        while (good && (n = copy_file_range(from, NULL, fd, NULL, 1 << 24, 0)) > 0)
            continue;
        good = good && n == 0;
        (void)close(from);
    }
    /* The time of the data, so that they count as the same; an empty file must count as older
     * than anything, or an empty list would look as if it were here already. */
    good = futimens(fd, (struct timespec[2]){st.st_mtim, st.st_mtim}) == 0 && good;
    (void)close(fd);
    if (!good)
        fetch_fail(r, "cannot prepare the incoming file: %s", strerror(errno));
    return good;
}

static void exec_rsync(const struct fetch_job *job, const struct rsync_command *c, int out, int err)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
    struct rlimit limit = {job->conf->max_size, job->conf->max_size};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
        fchdir(job->dir) != 0)
        _exit(126);
    /* A server that announces less than it sends stops here, with a message instead of a signal. */
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    for (size_t i = 0; i < sizeof(rsync_paths) / sizeof(rsync_paths[0]); i++)
        (void)execve(rsync_paths[i], (char *const *)(uintptr_t)c->argv,
                     (char *const *)(uintptr_t)environment);
    _exit(127);
}

/* What came on one of rsync's outputs. */
struct notes {
    int fd;
    size_t len;
    char text[NOTES_MAX];
};

static void take_notes(struct notes *n)
{
    char buf[4096];
    ssize_t got = read(n->fd, buf, sizeof(buf));
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        (void)close(n->fd);
        n->fd = -1;
        return;
    }
    size_t room = sizeof(n->text) - 1 - n->len, take = (size_t)got < room ? (size_t)got : room;
    memcpy(n->text + n->len, buf, take);
    n->len += take;
    n->text[n->len] = '\0';
}

/* Size of rsync's temporary file, the only sign of progress that needs no trust in its output. */
static void watch_temporary(const struct fetch_job *job)
{
    struct stat st;
    int fd = openat(job->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL)
        return;
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (strncmp(e->d_name, "." MIRROR_INCOMING ".", sizeof("." MIRROR_INCOMING ".") - 1) == 0 &&
            fstatat(job->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            fetch_progress(job, (uint64_t)st.st_size);
    (void)closedir(d);
}

/*
 * rsync's own --timeout does not see a server that stops in the middle of the file: its keepalives
 * still leave for our kernel's buffer, and each starts the clock again.  What it reads tells.
 */
struct stall {
    uint64_t read;
    int64_t moved; /* when it last read something */
};

static bool is_stalled(struct stall *s, pid_t pid, unsigned limit)
{
    uint64_t read;
    bool known = procio_read_by(pid, &read);
    if (!known || read != s->read) {
        s->read = known ? read : 0;
        s->moved = clock_ms();
    }
    return clock_ms() - s->moved >= (int64_t)limit * 1000;
}

/* Until both outputs are closed; false with r->detail: a time limit is over. */
static bool follow_rsync(const struct fetch_job *job, pid_t pid, struct notes *out,
                         struct notes *err, struct fetch_result *r)
{
    const struct conf_list *conf = job->conf;
    int64_t start = clock_ms();
    struct stall stall = {.moved = start};
    while (out->fd >= 0 || err->fd >= 0) {
        struct pollfd p[2] = {{.fd = out->fd, .events = POLLIN}, {.fd = err->fd, .events = POLLIN}};
        if (poll(p, 2, POLL_MS) > 0) {
            if (p[0].revents != 0)
                take_notes(out);
            if (p[1].revents != 0)
                take_notes(err);
        }
        watch_temporary(job);
        if (clock_ms() - start > (int64_t)conf->timeout * 1000)
            fetch_fail(r, "not complete within timeout (%u s)", conf->timeout);
        else if (is_stalled(&stall, pid, conf->stall_timeout))
            fetch_fail(r, "stalled: no data for %u s (stall-timeout)", conf->stall_timeout);
        else
            continue;
        return false;
    }
    return true;
}

/* First line of rsync's complaints that tells something; its closing summary does not. */
static const char *first_cause(struct notes *err)
{
    char *line = err->text;
    while (*line != '\0' && (*line == '\n' || strncmp(line, "rsync error:", 12) == 0)) {
        char *nl = strchr(line, '\n');
        line = nl == NULL ? line + strlen(line) : nl + 1;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static void judge_failure(int status, struct notes *err, struct fetch_result *r)
{
    const char *cause = first_cause(err);
    if (WIFSIGNALED(status))
        fetch_fail(r, "rsync was killed by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) == 127)
        fetch_fail(r, "the rsync program is not installed");
    else
        fetch_fail(r, "rsync: %s (exit status %d)%s%.256s", rsync_exit_text(WEXITSTATUS(status)),
                   WEXITSTATUS(status), *cause == '\0' ? "" : ": ", cause);
}

/* rsync ended well: did a file come, is ours the same, or was theirs passed over? */
static void judge_success(const struct fetch_job *job, const struct file_id *basis,
                          struct notes *out, struct fetch_result *r)
{
    struct file_id now;
    if (!file_id_at(job->dir, MIRROR_INCOMING, &now)) {
        fetch_fail(r, "rsync left no file");
    } else if (now.inode != basis->inode) {
        r->outcome = FETCH_NEW;
        r->bytes = now.size;
    } else if (job->has_data && strncmp(out->text, ".f", 2) == 0) {
        r->outcome = FETCH_UNCHANGED;
        (void)snprintf(r->detail, sizeof(r->detail), "same time and size");
    } else {
        out->text[strcspn(out->text, "\n")] = '\0';
        fetch_fail(r, "rsync brought nothing: %.256s (max-size is %ju bytes)",
                   out->len == 0 ? "no such file" : out->text, (uintmax_t)job->conf->max_size);
    }
}

/* Start it; its process, or -1 with r->detail.  out and err get the reading ends. */
static pid_t start_rsync(const struct fetch_job *job, const struct rsync_command *c,
                         struct notes *out, struct notes *err, struct fetch_result *r)
{
    int po[2] = {-1, -1}, pe[2] = {-1, -1};
    pid_t pid = -1;
    if (pipe2(po, O_CLOEXEC) == 0 && pipe2(pe, O_CLOEXEC) == 0)
        pid = fork();
    if (pid == 0)
        exec_rsync(job, c, po[1], pe[1]);
    if (pid < 0)
        fetch_fail(r, "cannot start rsync: %s", strerror(errno));
    if (po[1] >= 0)
        (void)close(po[1]);
    if (pe[1] >= 0)
        (void)close(pe[1]);
    out->fd = po[0];
    err->fd = pe[0];
    return pid;
}

void fetch_rsync(const struct fetch_job *job, struct fetch_result *r)
{
    struct rsync_command command;
    struct notes out = {.fd = -1}, err = {.fd = -1};
    struct file_id basis;
    int status = 0;
    if (!rsync_command(&command, job->conf, job->known != NULL)) {
        fetch_fail(r, "the URL is not rsync://HOST[:PORT]/MODULE/FILE");
        return;
    }
    if (!make_basis(job, r) || !file_id_at(job->dir, MIRROR_INCOMING, &basis))
        return;
    pid_t pid = start_rsync(job, &command, &out, &err, r);
    if (pid < 0)
        return;
    if (!follow_rsync(job, pid, &out, &err, r)) {
        (void)kill(pid, SIGKILL);
        return; /* the parent ends what it started */
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        judge_failure(status, &err, r);
    else
        judge_success(job, &basis, &out, r);
}
