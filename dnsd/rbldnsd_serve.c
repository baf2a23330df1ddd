/* SPDX-License-Identifier: BSD-2-Clause */
/* The server of rbldnsd's command line: the steps of its start, and what it does beside serving. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dnsd/rbldnsd.h"
#include "dnsd/rbldnsd_bind.h"
#include "dnsd/rbldnsd_helper.h"
#include "dnsd/rbldnsd_link.h"
#include "dnsd/rbldnsd_log.h"
#include "dnsd/rbldnsd_state.h"
#include "dnsd/rbldnsd_stats.h"
#include "dnsd/rbldnsd_user.h"
#include "dnsd/server.h"
#include "lib/log.h"
#include "lib/version.h"

struct serve {
    const struct rbldnsd_opt *o;
    struct rbldnsd_state state;
    struct rbldnsd_bind bind[RBLDNSD_BINDS_MAX];
    size_t nbind;
    struct priv_account account;
    struct conf *conf;
    struct server server;
    bool has_server; /* server_free() is due */
    struct server_mode mode;
    struct rbldnsd_stats stats;
    int log;  /* the query log, or -1 */
    int null; /* /dev/null */
    pid_t helper;
    bool loading; /* a service manager was told of a reload */
    char why[RBLDNSD_WHY_MAX];
};
_Static_assert(RBLDNSD_WHY_MAX >= SERVER_WHY_MAX, "one buffer for all reasons");

static bool fail(struct serve *v, const char *what, const char *name)
{
    snprintf(v->why, sizeof v->why, "%s%.150s: %s", what, name, strerror(errno));
    return false;
}

/* --- what happens while it serves --- */

static void say_reloaded(const struct link_message *m)
{
    struct mallinfo2 mem = mallinfo2();
    double elapsed = 0, user = 0;
    (void)sscanf(m->text, "%lf %lf", &elapsed, &user);
    log_info("zones reloaded, time %.1fe/%.1fu sec, mem arena=%zu free=%zu mmap=%zu Kb", elapsed,
             user, mem.arena / 1024, mem.fordblks / 1024, mem.hblkhd / 1024);
}

/* The loader is done; images that are new have been renamed into place. */
static void on_loaded(struct serve *v, const struct link_message *m)
{
    if (m->detail != LINK_SAME && v->server.reload) {
        watch_renew(&v->server.watch);
        (void)reload_scan(v->server.reload, RELOAD_NOTICED);
    }
    if (m->detail != LINK_SAME)
        say_reloaded(m);
    if (v->loading)
        notify_send(&v->server.notify, "READY=1");
    v->loading = false;
}

static void on_message(struct serve *v, const struct link_message *m, int passed)
{
    if (m->kind == LINK_LOADED)
        on_loaded(v, m);
    else if (m->kind == LINK_TICK)
        rbldnsd_stats_line(&v->stats, v->mode.fd);
    else if (m->kind == LINK_LOGFILE && passed >= 0 && v->log >= 0)
        (void)dup3(passed, v->log, O_CLOEXEC);
    if (passed >= 0)
        close(passed);
}

static void on_link(void *context)
{
    struct serve *v = context;
    struct link_message m;
    int got, passed;
    while ((got = link_receive(v->mode.fd, &m, &passed)) > 0)
        on_message(v, &m, passed);
    if (got == 0)
        return;
    rbldnsd_log_relay(-1);
    close(v->mode.fd);
    v->mode.fd = -1;
    log_error("the helper process is gone: data files are not looked at any more");
}

static void say_counters(struct serve *v)
{
    rbldnsd_stats_line(&v->stats, v->mode.fd);
    rbldnsd_stats_log(&v->stats);
}

static bool on_signal(void *context, int signo)
{
    struct serve *v = context;
    if (signo == SIGTERM || signo == SIGINT) {
        log_info("terminating");
        return true;
    }
    if (signo == SIGUSR1 || signo == SIGUSR2)
        say_counters(v);
    if (signo == SIGUSR2) {
        rbldnsd_stats_reset(&v->stats);
        rbldnsd_stats_mark(&v->stats, v->mode.fd);
    }
    if (signo == SIGHUP && v->mode.fd >= 0) {
        notify_reloading(&v->server.notify);
        v->loading = true;
        (void)link_send(v->mode.fd, LINK_HUP, 0, "");
    }
    return false;
}

/* --- the steps of the start, in rbldnsd's order --- */

static bool step_sockets(struct serve *v)
{
    const char *listen[RBLDNSD_BINDS_MAX];
    if (!rbldnsd_bind_resolve(v->o, v->bind, &v->nbind, v->why))
        return false;
    for (size_t i = 0; i < v->nbind; i++)
        listen[i] = v->bind[i].listen;
    if (!rbldnsd_state_make(&v->state, v->why) ||
        !rbldnsd_state_conf(&v->state, v->o, listen, v->nbind, v->why))
        return false;
    v->conf = conf_load(v->state.conf, NULL, stderr);
    if (!v->conf) {
        snprintf(v->why, sizeof v->why, "the command line cannot be served");
        return false;
    }
    v->mode = (struct server_mode){
        .context = v, .account = &v->account, .fd = -1, .readable = on_link, .signal = on_signal};
    v->has_server = true;
    bool good = server_init(&v->server, v->conf, &v->mode, v->why) == 0 &&
                rbldnsd_user(v->o->user, &v->account, v->why) &&
                server_bind(&v->server, v->why) == 0;
    if (!good)
        rbldnsd_bind_failed(v->bind, v->nbind, v->why);
    return good;
}

/*
 * Before there is a helper to open it the query log is nowhere.  On a daemon's standard output it
 * stays there.
 */
static bool step_accounts(struct serve *v)
{
    const char *name = v->o->logfile;
    if (name && v->o->foreground && strcmp(name, "-") == 0)
        v->log = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else if (name)
        v->log = fcntl(v->null, F_DUPFD_CLOEXEC, 3);
    if (name && v->log < 0)
        return fail(v, "query log", "");
    if (!rbldnsd_stats_open(&v->stats, v->o, 1 + v->server.nudp, v->log)) {
        errno = ENOMEM;
        return fail(v, "start", "");
    }
    v->mode.accounts = v->stats.book;
    return true;
}

static bool write_pid(struct serve *v)
{
    const char *path = v->o->pidfile;
    FILE *f = path ? fopen(path, "we") : NULL;
    if (!path)
        return true;
    if (!f || fprintf(f, "%ld\n", (long)getpid()) < 0 || fclose(f) != 0)
        return fail(v, "unable to write pidfile", "");
    return true;
}

/* Landlock takes the place of chroot(2): but a directory that is not there is a mistake. */
static bool check_directories(struct serve *v)
{
    struct stat st;
    const char *root = v->o->rootdir;
    char *work = rbldnsd_opt_path(v->o, "", true);
    bool good = false;
    if (root && (stat(root, &st) < 0 || (errno = ENOTDIR, !S_ISDIR(st.st_mode))))
        good = fail(v, "unable to chroot to ", root);
    else if (v->o->workdir &&
             (!work || stat(work, &st) < 0 || (errno = ENOTDIR, !S_ISDIR(st.st_mode))))
        good = fail(v, "unable to chdir to ", v->o->workdir);
    else
        good = true;
    free(work);
    return good;
}

static bool step_helper(struct serve *v)
{
    bool root = priv_is_root();
    struct rbldnsd_helper h = {.o = v->o, .state = &v->state, .account = root ? &v->account : NULL};
    if (root && !rbldnsd_state_give(&v->state, v->account.uid, v->account.gid, v->why))
        return false;
    v->mode.fd = rbldnsd_helper_start(&h, &v->helper, v->why);
    if (v->mode.fd < 0)
        return false;
    v->state.dir[0] = '\0'; /* the helper's from here on */
    rbldnsd_log_relay(v->mode.fd);
    return server_confine(&v->server, v->why) == 0;
}

enum first_load { FIRST_GOOD, FIRST_BAD, FIRST_ENDED };

/* Wait for the helper, or for somebody who wants the program to end. */
static enum first_load first_load(struct serve *v)
{
    struct pollfd fds[2] = {{.fd = v->mode.fd, .events = POLLIN},
                            {.fd = v->server.signals, .events = POLLIN}};
    struct link_message m;
    struct signalfd_siginfo si;
    int passed, got = link_send(v->mode.fd, LINK_LOAD, 0, "");
    while (got >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return FIRST_BAD;
        while (read(v->server.signals, &si, sizeof si) == (ssize_t)sizeof si)
            if (on_signal(v, (int)si.ssi_signo))
                return FIRST_ENDED;
        got = link_receive(v->mode.fd, &m, &passed);
        if (got > 0)
            on_message(v, &m, passed);
        if (got > 0 && m.kind == LINK_LOADED)
            return m.detail == LINK_BAD ? FIRST_BAD : FIRST_GOOD;
    }
    return FIRST_BAD;
}

static void say_started(const struct serve *v)
{
    log_info("rbldnsd version " RBL_VERSION " started (%zu socket(s), %zu zone(s))", v->nbind,
             v->o->nzones);
}

/* True with *go false: asked to end before it served. */
static bool step_load(struct serve *v, bool *go)
{
    if (v->o->quick)
        return link_send(v->mode.fd, LINK_LOAD, 0, "") == 0 || fail(v, "helper process", "");
    enum first_load first = first_load(v);
    *go = first == FIRST_GOOD;
    if (first == FIRST_BAD)
        snprintf(v->why, sizeof v->why, "zone loading errors, aborting");
    return first != FIRST_BAD;
}

static bool start(struct serve *v, bool *go)
{
    if (!step_sockets(v))
        return false;
    for (size_t i = 0; i < v->nbind; i++)
        log_info("listening on %s", v->bind[i].shown);
    return step_accounts(v) && write_pid(v) && check_directories(v) && step_helper(v) &&
           step_load(v, go) && (!*go || server_start(&v->server, v->why) == 0);
}

/* --- */

static void leave_terminal(struct serve *v)
{
    (void)link_send(v->mode.fd, LINK_DETACH, 0, "");
    rbldnsd_log_detach(v->null);
}

static void finish(struct serve *v, bool served)
{
    if (v->has_server) {
        server_stop(&v->server);
        /* The last queries are in the counters now. */
        if (served) {
            say_counters(v);
            rbldnsd_stats_mark(&v->stats, v->mode.fd);
        }
        server_free(&v->server);
    }
    rbldnsd_stats_close(&v->stats);
    if (v->log >= 0)
        close(v->log);
    rbldnsd_log_relay(-1);
    if (v->mode.fd >= 0)
        close(v->mode.fd);
    /* It removes the directory; whoever started us may look for leftovers. */
    if (v->helper > 0)
        while (waitpid(v->helper, NULL, 0) < 0 && errno == EINTR)
            ;
    rbldnsd_state_remove(&v->state);
    if (v->state.loader >= 0)
        close(v->state.loader);
    if (v->null >= 0)
        close(v->null);
    conf_free(v->conf);
}

int rbldnsd_serve(const struct rbldnsd_opt *o, void (*release)(void *context), void *context)
{
    struct serve *v = calloc(1, sizeof *v);
    bool go = true;
    if (!v) {
        log_error("out of memory");
        return EXIT_FAILURE;
    }
    v->o = o;
    v->mode.fd = -1;
    v->state.loader = -1;
    v->log = -1;
    v->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool started = start(v, &go);
    if (!started)
        log_error("%s", v->why);
    if (started && go) {
        say_started(v);
        release(context);
        if (!o->foreground)
            leave_terminal(v);
        rbldnsd_stats_mark(&v->stats, v->mode.fd);
        server_loop(&v->server);
    }
    finish(v, started && go);
    free(v);
    return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
