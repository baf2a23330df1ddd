/* SPDX-License-Identifier: BSD-2-Clause */
/* The control thread's loop: signals, the images directory, control clients, the watchdog. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dnsd/rcu.h"
#include "dnsd/report.h"
#include "dnsd/server.h"
#include "lib/log.h"

/* Times are ms of CLOCK_MONOTONIC, 0 where nothing is due. */
struct loop {
    struct server *s;
    int64_t now;
    int64_t due;    /* when the images directory is looked at after an event */
    int64_t gather; /* until when events after a look are left to gather */
    int64_t rescan; /* when it is looked at anyway */
    int64_t ping;   /* watchdog */
    bool ended;
};

static int64_t loop_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool loop_scan(struct loop *l, enum reload_why why)
{
    /* Before the scan: what comes after it is then heard of. */
    watch_renew(&l->s->watch);
    bool good = reload_scan(l->s->reload, why);
    l->due = 0;
    l->gather = loop_now() + WATCH_GATHER_MS;
    l->rescan = loop_now() + WATCH_RESCAN_MS;
    return good;
}

static void loop_signals(struct loop *l)
{
    struct signalfd_siginfo si;
    while (read(l->s->signals, &si, sizeof si) == (ssize_t)sizeof si) {
        if (l->s->mode) {
            if (l->s->mode->signal(l->s->mode->context, (int)si.ssi_signo))
                l->ended = true;
        } else if (si.ssi_signo == SIGHUP) {
            log_notice("SIGHUP: looking at %s", l->s->conf->paths.images);
            notify_reloading(&l->s->notify);
            (void)loop_scan(l, RELOAD_ASKED);
            notify_send(&l->s->notify, "READY=1");
        } else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT) {
            log_notice("%s: finishing", si.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
            l->ended = true;
        }
    }
}

static void loop_answer(void *context, enum control_request request, FILE *out)
{
    struct loop *l = context;
    stats_add(&l->s->stats[0], STAT_CONTROL_REQUESTS, 1);
    if (request == CONTROL_STATUS)
        report_status(l->s, out);
    else if (request == CONTROL_STATS)
        report_stats(l->s, out);
    else
        fputs(loop_scan(l, RELOAD_ASKED) ? "ok\n" : "failed\n", out);
}

static void loop_watchdog(struct loop *l)
{
    if (l->ping == 0 || l->now < l->ping)
        return;
    /* Nothing stops a thread for good but a fault of ours; then nothing more is said. */
    rcu_writer_wait();
    notify_send(&l->s->notify, "WATCHDOG=1");
    /* Half the time allowed, as sd_watchdog_enabled(3) advises. */
    l->ping = l->now + (int64_t)(l->s->notify.watchdog_us / 2000);
}

static int loop_sooner(int timeout, int64_t due, int64_t now)
{
    if (due == 0)
        return timeout;
    int64_t left = due > now ? due - now : 0;
    return timeout < 0 || left < timeout ? (int)left : timeout;
}

static int loop_timeout(const struct loop *l)
{
    int ms = control_timeout(l->s->control, l->now);
    ms = loop_sooner(ms, l->due, l->now);
    ms = loop_sooner(ms, l->rescan, l->now);
    return loop_sooner(ms, l->ping, l->now);
}

/* Work that is due by the clock. */
static void loop_due(struct loop *l)
{
    if ((l->due && l->now >= l->due) || l->now >= l->rescan)
        (void)loop_scan(l, RELOAD_NOTICED);
    loop_watchdog(l);
}

static void loop_round(struct loop *l)
{
    struct server *s = l->s;
    struct pollfd fds[3 + CONTROL_CLIENTS + 1] = {
        {.fd = s->signals, .events = POLLIN},
        {.fd = s->watch.fd, .events = POLLIN},
        {.fd = s->mode ? s->mode->fd : -1, .events = POLLIN}};
    size_t n = 3 + control_poll(s->control, fds + 3);
    int ready = poll(fds, n, loop_timeout(l));
    l->now = loop_now();
    /* On failure revents is not filled in; the next round tries again. */
    if (ready < 0) {
        for (size_t i = 0; i < n; i++)
            fds[i].revents = 0;
    }
    if (fds[0].revents)
        loop_signals(l);
    if (fds[1].revents && watch_drain(&s->watch) && l->due == 0)
        l->due = l->gather > l->now ? l->gather : l->now;
    if (fds[2].revents)
        s->mode->readable(s->mode->context);
    control_serve(s->control, fds + 3, n - 3, l->now);
    loop_due(l);
}

void server_loop(struct server *s)
{
    struct loop l = {.s = s, .now = loop_now()};
    struct control_handler h = {.answer = loop_answer, .context = &l};
    l.rescan = l.now + WATCH_RESCAN_MS;
    l.ping = s->notify.watchdog_us ? l.now : 0;
    control_set_handler(s->control, &h);
    /* The watch began before the first scan, so nothing was missed in between. */
    notify_send(&s->notify, "READY=1");
    while (!l.ended)
        loop_round(&l);
    notify_send(&s->notify, "STOPPING=1");
}
