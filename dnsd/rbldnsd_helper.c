/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/rbldnsd_files.h"
#include "dnsd/rbldnsd_link.h"
#include "dnsd/rbldnsd_load.h"
#include "dnsd/rbldnsd_log.h"
#include "lib/log.h"

struct helper {
    const struct rbldnsd_helper *cfg;
    struct rbldnsd_load load;
    int link;
    bool asked; /* the server waits for a LINK_LOADED */
    bool again; /* asked once more while the loader was at work */
    struct rbldnsd_files_line stats;
    int64_t next; /* ms: the next look at the files, 0: never */
};

static int64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The server's sockets above all: an address must be free when the server is gone. */
static void close_others(int a, int b)
{
    unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);
    if (low > 3)
        (void)close_range(3, low - 1, 0);
    if (high > low + 1)
        (void)close_range(low + 1, high - 1, 0);
    (void)close_range(high + 1, ~0u, 0);
}

static void loaded(struct helper *h, enum link_loaded what)
{
    char text[64];
    if (!h->asked && what == LINK_SAME)
        return;
    snprintf(text, sizeof text, "%.3f %.3f", h->load.elapsed, h->load.user);
    (void)link_send(h->link, LINK_LOADED, (uint8_t)what, text);
    h->asked = false;
}

static void check_files(struct helper *h)
{
    if (h->load.pid != 0) {
        h->again = true;
        return;
    }
    h->again = false;
    if (!rbldnsd_load_due(&h->load))
        loaded(h, LINK_SAME);
    else if (!rbldnsd_load_start(&h->load))
        loaded(h, LINK_BAD);
}

static void loader_said(struct helper *h)
{
    bool good;
    if (rbldnsd_load_read(&h->load, &good))
        return;
    bool again = h->again;
    loaded(h, good ? LINK_GOOD : LINK_BAD);
    if (again)
        check_files(h);
}

static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    rbldnsd_log_detach(null);
    if (null > 2)
        close(null);
}

static void obey(struct helper *h, const struct link_message *m)
{
    switch (m->kind) {
    case LINK_HUP:
        rbldnsd_files_log(h->cfg->o, h->link);
        /* fall through */
    case LINK_LOAD:
        h->asked = true;
        check_files(h);
        break;
    case LINK_LOG:
        if (m->detail >= LOG_LVL_ERROR && m->detail <= LOG_LVL_INFO)
            rbldnsd_log_relayed((enum log_level)m->detail, m->text);
        break;
    case LINK_STATS:
        rbldnsd_files_stats(h->cfg->o, &h->stats, m);
        break;
    case LINK_DETACH:
        detach();
        break;
    default:
        break;
    }
}

/* False: the server is gone. */
static bool server_said(struct helper *h)
{
    struct link_message m;
    int got;
    while ((got = link_receive(h->link, &m, NULL)) > 0)
        obey(h, &m);
    return got == 0;
}

static void tick(struct helper *h)
{
    if (h->next == 0 || now() < h->next)
        return;
    h->next = now() + (int64_t)h->cfg->o->check * 1000;
    if (h->cfg->o->statsfile)
        (void)link_send(h->link, LINK_TICK, 0, "");
    check_files(h);
}

static int timeout(const struct helper *h)
{
    if (h->next == 0)
        return -1;
    int64_t left = h->next - now();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void work(struct helper *h)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = h->link, .events = POLLIN},
                                {.fd = h->load.pid ? h->load.out : -1, .events = POLLIN}};
        if (poll(fds, 2, timeout(h)) < 0 && errno != EINTR)
            return;
        if (fds[0].revents && !server_said(h))
            return;
        if (fds[1].revents)
            loader_said(h);
        tick(h);
    }
}

static void helper_main(const struct rbldnsd_helper *cfg, int link)
{
    struct helper h = {.cfg = cfg, .link = link};
    char why[PRIV_WHY_MAX];
    close_others(link, cfg->state->loader);
    /* Signals from a terminal are for the server, which has ours blocked as well. */
    (void)setsid();
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (priv_become(cfg->account, why) < 0)
        log_error("%s", why);
    else if (!rbldnsd_load_init(&h.load, cfg->o, cfg->state))
        log_error("out of memory");
    else {
        if (cfg->o->check > 0)
            h.next = now() + (int64_t)cfg->o->check * 1000;
        rbldnsd_files_log(cfg->o, link);
        work(&h);
        rbldnsd_load_kill(&h.load);
    }
    rbldnsd_state_remove(cfg->state);
    _exit(0);
}

int rbldnsd_helper_start(const struct rbldnsd_helper *h, pid_t *pid,
                         char why[static RBLDNSD_WHY_MAX])
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        snprintf(why, RBLDNSD_WHY_MAX, "socketpair: %s", strerror(errno));
        return -1;
    }
    *pid = fork();
    if (*pid == 0) {
        close(pair[0]);
        helper_main(h, pair[1]);
    }
    int err = errno;
    close(pair[1]);
    if (*pid > 0)
        return pair[0];
    close(pair[0]);
    snprintf(why, RBLDNSD_WHY_MAX, "fork: %s", strerror(err));
    return -1;
}

bool rbldnsd_helper_once(const struct rbldnsd_helper *h)
{
    struct rbldnsd_load load;
    bool good = false;
    if (!rbldnsd_load_init(&load, h->o, h->state)) {
        log_error("out of memory");
        return false;
    }
    (void)rbldnsd_load_due(&load);
    if (rbldnsd_load_start(&load))
        while (rbldnsd_load_read(&load, &good))
            ;
    rbldnsd_load_free(&load);
    return good;
}
