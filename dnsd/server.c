/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsd/activate.h"
#include "dnsd/listen.h"
#include "dnsd/priv.h"
#include "lib/log.h"

_Static_assert(ACTIVATE_WHY_MAX == LISTEN_WHY_MAX, "one buffer for both reasons");

/* Descriptors beside sockets and TCP connections: standard ones, epoll, inotify, control clients,
 * the image being read, with room to spare. */
#define SERVER_SPARE_FDS 64

static int server_fail(char *why, const char *what)
{
    snprintf(why, SERVER_WHY_MAX, "%.120s: %s", what, strerror(errno));
    return -1;
}

static int server_signals(struct server *s, char *why)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    /* These mean something to rbldnsd, and must not end a server that is taken for one. */
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    /* Writes to a terminal or pipe that is gone must not end the server. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return server_fail(why, "signals");
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals < 0 ? server_fail(why, "signalfd") : 0;
}

/* Raise the descriptor limit to what the configuration needs, or TCP connections to what it allows.
 */
static void server_descriptors(struct server *s)
{
    struct rlimit rl;
    rlim_t fixed = s->ntcp + s->nudp + SERVER_SPARE_FDS;
    rlim_t need = fixed + s->conf->server.tcp_connections;
    s->connections = s->conf->server.tcp_connections;
    if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur >= need)
        return;
    rl.rlim_cur = need < rl.rlim_max ? need : rl.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur >= need)
        return;
    s->connections = rl.rlim_cur > fixed ? (unsigned)(rl.rlim_cur - fixed) : 1;
    log_warn("descriptor limit %ju: at most %u TCP connections instead of %u",
             (uintmax_t)rl.rlim_cur, s->connections, s->conf->server.tcp_connections);
}

static void server_addresses(struct server *s)
{
    const struct conf_server *c = &s->conf->server;
    for (size_t i = 0; i < c->nlisten; i++) {
        if (listen_is_absent(&c->listen[i])) {
            log_warn("%s: this host has no IPv6; going on without it", c->listen[i].text);
            continue;
        }
        s->proxied[s->ntcp] = c->listen[i].proxy;
        s->listen[s->ntcp++] = &c->listen[i];
    }
    s->nudp = s->ntcp * c->workers;
    s->nstats = 2 + s->nudp;
}

int server_init(struct server *s, const struct conf *conf, const struct server_mode *mode,
                char why[static SERVER_WHY_MAX])
{
    const struct conf_server *cs = &conf->server;
    *s = (struct server){
        .conf = conf, .mode = mode, .signals = -1, .notify.fd = -1, .watch = {.fd = -1, .wd = -1}};
    clock_gettime(CLOCK_MONOTONIC, &s->started);
    if (cs->nlisten == 0 || cs->nlisten > TCP_LISTENERS_MAX) {
        snprintf(why, SERVER_WHY_MAX, "server.listen: 1 to %d addresses are allowed, not %zu",
                 TCP_LISTENERS_MAX, cs->nlisten);
        return -1;
    }
    server_addresses(s);
    if (s->ntcp == 0) {
        snprintf(why, SERVER_WHY_MAX, "server.listen: no address is left on a host without IPv6");
        return -1;
    }
    s->tcp_fd = malloc(s->ntcp * sizeof *s->tcp_fd);
    s->udp_fd = malloc(s->nudp * sizeof *s->udp_fd);
    s->udp = calloc(s->nudp, sizeof(struct udp_worker *));
    s->stats = stats_alloc(s->nstats);
    s->acl = acl_build(cs->allow_query, cs->nallow_query);
    s->unlimited = acl_build(cs->rate_limit_allow, cs->nrate_limit_allow);
    s->proxies = acl_build(cs->proxy_from, cs->nproxy_from);
    if (!s->tcp_fd || !s->udp_fd || !s->udp || !s->stats || !s->acl || !s->unlimited ||
        !s->proxies) {
        s->ntcp = s->nudp = 0;
        errno = ENOMEM;
        return server_fail(why, "start");
    }
    for (size_t i = 0; i < s->ntcp; i++)
        s->tcp_fd[i] = -1;
    for (size_t i = 0; i < s->nudp; i++)
        s->udp_fd[i] = -1;
    server_descriptors(s);
    return server_signals(s, why);
}

/* A socket of a listen address: one that was passed, or else our own. */
static int server_socket(struct activate *a, const struct conf_listen *l, int type, char *why)
{
    int fd = activate_socket(a, l, type);
    if (type == SOCK_STREAM)
        return fd < 0 ? listen_tcp(l, why) : listen_adopt_tcp(fd, l, why);
    return fd < 0 ? listen_udp(l, why) : listen_adopt_udp(fd, l, why);
}

static int server_sockets(struct server *s, char *why)
{
    struct activate passed;
    char reason[LISTEN_WHY_MAX], surplus[ACTIVATE_WHY_MAX];
    if (activate_open(&passed, ACTIVATE_FIRST, reason) < 0)
        goto fail;
    if (passed.n > 0)
        log_info("the service manager passed %zu sockets", passed.n);
    /* TCP first: it does not share its address, so a second server stops here. */
    for (size_t i = 0; i < s->ntcp; i++)
        if ((s->tcp_fd[i] = server_socket(&passed, s->listen[i], SOCK_STREAM, reason)) < 0)
            goto close;
    for (size_t i = 0; i < s->nudp; i++)
        if ((s->udp_fd[i] = server_socket(&passed, s->listen[i % s->ntcp], SOCK_DGRAM, reason)) < 0)
            goto close;
    if (activate_close(&passed, reason) == 0)
        return 0;
    goto fail;
close:
    (void)activate_close(&passed, surplus);
fail:
    snprintf(why, SERVER_WHY_MAX, "%s", reason);
    return -1;
}

/* Whom to become when root. */
static int server_account(const struct server *s, struct priv_account *a, char *why)
{
    if (!s->mode || !s->mode->account)
        return priv_lookup(s->conf->server.user, a, why);
    *a = *s->mode->account;
    return 0;
}

/* What queries are answered by beside the zones; the file may be root's alone. */
static int server_query(struct server *s, char *why)
{
    const struct conf_server *c = &s->conf->server;
    s->query = (struct query_config){.demand_cookies = c->cookies == CONF_COOKIES_DEMAND,
                                     .nsid = *c->nsid ? c->nsid : NULL,
                                     .version = *c->version ? c->version : NULL};
    s->query.drop_strangers = c->deny == CONF_DENY_DROP;
    s->rrl = (struct rrl_config){
        .rate = c->rate_limit, .slip = c->rate_limit_slip, .allow = s->unlimited};
    if (getrandom(s->rrl.key, sizeof s->rrl.key, 0) != sizeof s->rrl.key)
        return server_fail(why, "random numbers");
    if (c->cookies == CONF_COOKIES_OFF)
        return 0;
    s->query.cookies = &s->secrets;
    if (*c->cookie_secrets)
        return cookie_read(&s->secrets, c->cookie_secrets, why);
    cookie_random(&s->secrets);
    return 0;
}

int server_bind(struct server *s, char why[static SERVER_WHY_MAX])
{
    char reason[CONTROL_WHY_MAX];
    struct priv_account a = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    if (priv_is_root() && server_account(s, &a, reason) < 0)
        goto fail;
    if (server_sockets(s, why) < 0 || server_query(s, why) < 0)
        return -1;
    s->control = control_open(s->conf->paths.run, a.uid, a.gid, reason);
    if (!s->control)
        goto fail;
    const char *problem = notify_open(&s->notify);
    if (problem)
        log_warn("%s: the service manager will not be told", problem);
    return 0;
fail:
    snprintf(why, SERVER_WHY_MAX, "%s", reason);
    return -1;
}

static void server_confined(const char *what, int err)
{
    if (err)
        log_warn("%s is not available here (%s): running without it", what, strerror(err));
    else
        log_info("confined by %s", what);
}

int server_confine(struct server *s, char why[static SERVER_WHY_MAX])
{
    char reason[PRIV_WHY_MAX];
    struct priv_account a;
    bool root = priv_is_root();
    if ((root && server_account(s, &a, reason) < 0) || priv_become(root ? &a : NULL, reason) < 0) {
        snprintf(why, SERVER_WHY_MAX, "%s", reason);
        return -1;
    }
    watch_open(&s->watch, s->conf->paths.images);
    priv_confine(s->conf->paths.images, server_confined);
    return 0;
}

/* Replies are limited where strangers can reach us, unless the configuration says otherwise. */
static const struct rrl_config *server_limit(const struct server *s, const struct conf_listen *l)
{
    const struct conf_server *c = &s->conf->server;
    bool on = c->rate_limit_on == CONF_RATE_ALL ||
              (c->rate_limit_on == CONF_RATE_PUBLIC && !listen_is_private(l));
    return on ? &s->rrl : NULL;
}

static int server_workers(struct server *s, char *why)
{
    const struct account_book *b = s->mode ? s->mode->accounts : NULL;
    for (size_t i = 0; i < s->nudp; i++) {
        struct udp_config cfg = {.fd = s->udp_fd[i],
                                 .wildcard = listen_is_wildcard(s->listen[i % s->ntcp]),
                                 .point = &s->point,
                                 .acl = s->acl,
                                 .query = &s->query,
                                 .proxy = s->proxied[i % s->ntcp] ? s->proxies : NULL,
                                 .rrl = server_limit(s, s->listen[i % s->ntcp]),
                                 .stats = &s->stats[2 + i],
                                 .stop = &s->stop,
                                 .account = b ? b->thread[1 + i] : NULL};
        s->udp[i] = udp_start(&cfg);
        if (!s->udp[i])
            return server_fail(why, "cannot start a UDP worker");
    }
    struct tcp_config cfg = {.listeners = s->tcp_fd,
                             .nlisteners = s->ntcp,
                             .connections = s->connections,
                             .idle = s->conf->server.tcp_idle,
                             .point = &s->point,
                             .acl = s->acl,
                             .query = &s->query,
                             .proxied = s->proxied,
                             .proxy = s->proxies,
                             .stats = &s->stats[1],
                             .account = b ? b->thread[0] : NULL};
    s->tcp = tcp_start(&cfg);
    return s->tcp ? 0 : server_fail(why, "cannot start the TCP thread");
}

int server_start(struct server *s, char why[static SERVER_WHY_MAX])
{
    struct reload_config cfg = {.conf = s->conf, .point = &s->point, .stats = &s->stats[0]};
    s->reload = reload_new(&cfg);
    if (s->reload)
        (void)reload_scan(s->reload, RELOAD_NOTICED);
    if (!zoneset_peek(&s->point)) {
        errno = ENOMEM;
        return server_fail(why, "start");
    }
    return server_workers(s, why);
}

void server_stop(struct server *s)
{
    atomic_store_explicit(&s->stop, true, memory_order_relaxed);
    if (s->tcp)
        tcp_ask_stop(s->tcp);
    for (size_t i = 0; i < s->nudp; i++) {
        udp_join(s->udp[i]);
        s->udp[i] = NULL;
    }
    tcp_join(s->tcp);
    s->tcp = NULL;
}

static void server_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

void server_free(struct server *s)
{
    for (size_t i = 0; i < s->ntcp; i++)
        server_close(s->tcp_fd[i]);
    for (size_t i = 0; i < s->nudp; i++)
        server_close(s->udp_fd[i]);
    server_close(s->signals);
    if (zoneset_peek(&s->point))
        zoneset_publish(&s->point, NULL);
    reload_free(s->reload);
    control_close(s->control);
    watch_close(&s->watch);
    notify_close(&s->notify);
    acl_free(s->acl);
    acl_free(s->unlimited);
    acl_free(s->proxies);
    free(s->stats);
    free(s->udp);
    free(s->udp_fd);
    free(s->tcp_fd);
}
