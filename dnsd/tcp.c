/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tcp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/rcu.h"
#include "dnsd/spare.h"
#include "dnsd/tcpconn.h"
#include "dnsd/thread.h"

/* Epoll data: connections are their slot, the rest counts down from the top. */
#define TCP_ID_STOP     UINT32_MAX
#define TCP_ID_LISTENER (UINT32_MAX - 1 - TCP_LISTENERS_MAX) /* plus the listener's index */

/* Events per wake-up: bounds how long one round keeps a publication waiting. */
#define TCP_EVENTS 64

/* When descriptors or memory are short and no connection can be given up, listeners rest so long:
 * a pending connection would wake the thread at once and for ever. */
#define TCP_REST_MS 100

/* Rounds of reading at the end: what a client had sent at most, its kernel buffer twice over. */
#define TCP_DRAIN_ROUNDS 16

struct tcp {
    struct tcp_config cfg;
    pthread_t thread;
    int epoll, stop; /* stop: eventfd */
    int spare;       /* for a client when the process has no other and no connection to end */
    bool stopping;
    int64_t rest_until;   /* ms; 0: listeners are watched */
    struct tcpconn *conn; /* cfg.connections slots */
    struct tcpconn_shared sh;
};

static int64_t tcp_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int tcp_watch(struct tcp *t, int op, int fd, uint32_t id)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = id};
    return epoll_ctl(t->epoll, op, fd, &ev);
}

static int tcp_watch_listeners(struct tcp *t, int op)
{
    for (size_t i = 0; i < t->cfg.nlisteners; i++)
        if (tcp_watch(t, op, t->cfg.listeners[i], TCP_ID_LISTENER + (uint32_t)i) < 0)
            return -1;
    return 0;
}

static struct tcpconn *tcp_free_slot(struct tcp *t)
{
    for (unsigned i = 0; i < t->cfg.connections; i++)
        if (t->conn[i].fd < 0)
            return &t->conn[i];
    return NULL;
}

/*
 * The connection that has used up most of its time.  Not simply the idle ones first: when clients
 * that do not read hold all slots, the idle one is somebody who has just come.
 */
static struct tcpconn *tcp_oldest(struct tcp *t)
{
    struct tcpconn *oldest = NULL;
    double most = -1;
    for (unsigned s = 0; s < TCPCONN_NSTATES; s++) {
        struct tcpconn *c = t->sh.list[s].first;
        double used = c ? (double)(t->sh.now - c->since) / (double)t->sh.limit_ms[s] : -1;
        if (used > most) {
            oldest = c;
            most = used;
        }
    }
    return oldest;
}

/* Give up a connection, though not before what it may have asked just now is answered. */
static void tcp_evict(struct tcp *t, struct tcpconn *c, enum stats_counter why)
{
    if (c->state == TCPCONN_IDLE)
        tcpconn_event(&t->sh, c, EPOLLIN);
    if (c->fd >= 0)
        tcpconn_close(&t->sh, c, why);
}

/* Hold a new connection's address to its share; true when the new one may stay. */
static bool tcp_share(struct tcp *t, struct tcpconn *c)
{
    struct tcpconn *victim = NULL;
    unsigned n = 0;
    for (unsigned i = 0; i < t->cfg.connections; i++) {
        struct tcpconn *d = &t->conn[i];
        if (d->fd < 0 || d->proxied || !tcpconn_same_client(c, d))
            continue;
        n++;
        if (d != c && d->state == TCPCONN_IDLE && (!victim || d->since < victim->since))
            victim = d;
    }
    if (n <= TCP_PER_ADDRESS)
        return true;
    tcp_evict(t, victim ? victim : c, STAT_TCP_CLOSED_ADDRESS);
    return victim != NULL;
}

/*
 * Behind a PROXY header stands the client's address; the sender, who has many clients, is not
 * held to one address's share.
 */
static void tcp_proxied(struct tcp *t, struct tcpconn *c)
{
    if (acl_allows(t->cfg.proxy, (const struct sockaddr *)&c->from))
        tcpconn_expect_head(&t->sh, c);
    else
        tcpconn_close(&t->sh, c, STAT_TCP_CLOSED_PROXY);
}

static void tcp_take(struct tcp *t, int fd, const struct sockaddr_storage *from, bool proxied)
{
    struct tcpconn *c = tcp_free_slot(t);
    if (!c) {
        c = tcp_oldest(t);
        tcp_evict(t, c, STAT_TCP_CLOSED_FULL);
    }
    stats_add(t->cfg.stats, STAT_TCP_ACCEPTED, 1);
    if (tcpconn_open(&t->sh, c, fd, from) < 0)
        return;
    if (proxied)
        tcp_proxied(t, c);
    else if (c->refused && t->cfg.query && t->cfg.query->drop_strangers)
        tcpconn_close(&t->sh, c, STAT_TCP_CLOSED_CLIENT);
    else
        (void)tcp_share(t, c);
}

/* accept() failed for want of descriptors or memory, which it also does when nobody waits. */
static bool tcp_make_room(struct tcp *t, int listener)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    if (poll(&waiting, 1, 0) == 0)
        return false;
    struct tcpconn *c = tcp_oldest(t);
    stats_add(t->cfg.stats, STAT_TCP_ACCEPT_ERRORS, 1);
    if (c) {
        tcp_evict(t, c, STAT_TCP_CLOSED_FULL);
        return true;
    }
    if (spare_give(&t->spare))
        return true;
    t->rest_until = t->sh.now + TCP_REST_MS;
    (void)tcp_watch_listeners(t, EPOLL_CTL_DEL);
    return false;
}

/* Take pending connections, at most a table full so that open ones get their turn. */
static void tcp_accept(struct tcp *t, size_t index)
{
    int listener = t->cfg.listeners[index];
    bool proxied = t->cfg.proxied && t->cfg.proxied[index];
    for (unsigned i = 0; i < t->cfg.connections; i++) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        memset(&from, 0, sizeof from);
        int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            tcp_take(t, fd, &from, proxied);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!tcp_make_room(t, listener))
                return;
        }
        /* Else the client gave up before we came (ECONNABORTED and its like): try the next. */
    }
}

/* How long to wait: until the first limit, or until listeners have rested. */
static int tcp_timeout(struct tcp *t)
{
    int ms = tcpconn_expire(&t->sh);
    if (t->rest_until == 0)
        return ms;
    int64_t left = t->rest_until - t->sh.now;
    if (left <= 0) {
        t->rest_until = 0;
        (void)tcp_watch_listeners(t, EPOLL_CTL_ADD);
        return ms;
    }
    return ms < 0 || left < ms ? (int)left : ms;
}

/* A slot may have changed hands earlier in the round; events it did not cause do it no harm. */
static void tcp_dispatch(struct tcp *t, const struct epoll_event *ev)
{
    uint32_t id = ev->data.u32;
    if (id == TCP_ID_STOP)
        t->stopping = true;
    else if (id >= TCP_ID_LISTENER)
        tcp_accept(t, id - TCP_ID_LISTENER);
    else if (t->conn[id].fd >= 0)
        tcpconn_event(&t->sh, &t->conn[id], ev->events);
}

/*
 * Clients that ask are told how long they may stay silent (RFC 7828), and not to stay at all once
 * the server stops or seven of eight slots are taken.
 */
static void tcp_clocks(struct tcp *t)
{
    t->sh.now = tcp_now();
    bool leave = t->stopping || t->sh.count > (size_t)t->cfg.connections * 7 / 8;
    t->sh.keepalive = leave ? 0 : (uint16_t)(t->cfg.idle * 10);
}

static void tcp_round(struct tcp *t, int timeout)
{
    struct epoll_event ev[TCP_EVENTS];
    spare_keep(&t->spare);
    rcu_reader_offline();
    int n = epoll_wait(t->epoll, ev, TCP_EVENTS, timeout);
    rcu_reader_online();
    tcp_clocks(t);
    for (int i = 0; i < n; i++)
        tcp_dispatch(t, &ev[i]);
}

static void tcp_close_all(struct tcp *t, enum tcpconn_state state)
{
    while (t->sh.list[state].first)
        tcpconn_close(&t->sh, t->sh.list[state].first, STAT_TCP_CLOSED_STOP);
}

/* Take no more connections and answer what the open ones have sent. */
static void tcp_drain(struct tcp *t)
{
    for (size_t i = 0; i < t->cfg.nlisteners; i++)
        tcp_accept(t, i);
    if (t->rest_until == 0)
        (void)tcp_watch_listeners(t, EPOLL_CTL_DEL);
    t->rest_until = 0;
    (void)epoll_ctl(t->epoll, EPOLL_CTL_DEL, t->stop, NULL);
    for (unsigned round = 0; round < TCP_DRAIN_ROUNDS; round++)
        tcp_round(t, 0);
}

/*
 * Let replies under way finish, and end every connection that is owed nothing.  A client that goes
 * on asking and reading would keep its own for ever, hence the end.
 */
static void tcp_linger(struct tcp *t)
{
    int64_t end = t->sh.now + TCPCONN_WRITE_MS;
    for (;;) {
        tcp_close_all(t, TCPCONN_IDLE);
        tcp_close_all(t, TCPCONN_PARTIAL);
        int ms = tcpconn_expire(&t->sh);
        if (ms < 0 || t->sh.now >= end)
            break;
        tcp_round(t, ms < end - t->sh.now ? ms : (int)(end - t->sh.now));
    }
    tcp_close_all(t, TCPCONN_WRITE);
}

static void *tcp_main(void *arg)
{
    struct tcp *t = arg;
    thread_take_short_turns();
    rcu_reader_enter();
    t->sh.now = tcp_now();
    while (!t->stopping)
        tcp_round(t, tcp_timeout(t));
    tcp_drain(t);
    tcp_linger(t);
    rcu_reader_leave();
    return NULL;
}

static void tcp_free(struct tcp *t)
{
    if (t->epoll >= 0)
        close(t->epoll);
    if (t->stop >= 0)
        close(t->stop);
    (void)spare_give(&t->spare);
    free(t->conn);
    free(t);
}

static void tcp_prepare(struct tcp *t, const struct tcp_config *cfg)
{
    t->cfg = *cfg;
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->spare = -1;
    spare_keep(&t->spare);
    t->sh.point = cfg->point;
    t->sh.acl = cfg->acl;
    t->sh.query = cfg->query;
    t->sh.stats = cfg->stats;
    t->sh.account = cfg->account;
    t->sh.epoll = t->epoll;
    t->sh.limit_ms[TCPCONN_IDLE] = (int64_t)cfg->idle * 1000;
    t->sh.limit_ms[TCPCONN_PARTIAL] = TCPCONN_PARTIAL_MS;
    t->sh.limit_ms[TCPCONN_WRITE] = TCPCONN_WRITE_MS;
}

struct tcp *tcp_start(const struct tcp_config *cfg)
{
    struct tcp *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    tcp_prepare(t, cfg);
    t->conn = calloc(cfg->connections, sizeof *t->conn);
    if (!t->conn || t->epoll < 0 || t->stop < 0)
        goto fail;
    for (unsigned i = 0; i < cfg->connections; i++)
        t->conn[i] = (struct tcpconn){.fd = -1, .id = i};
    if (tcp_watch(t, EPOLL_CTL_ADD, t->stop, TCP_ID_STOP) < 0 ||
        tcp_watch_listeners(t, EPOLL_CTL_ADD) < 0)
        goto fail;
    int err = thread_start(&t->thread, tcp_main, t);
    if (err == 0)
        return t;
    errno = err;
fail:;
    int saved = errno;
    tcp_free(t);
    errno = saved;
    return NULL;
}

void tcp_ask_stop(struct tcp *t)
{
    uint64_t one = 1;
    /* An eventfd refuses only when its counter is full, and then the thread is awake already. */
    if (write(t->stop, &one, sizeof one) < 0)
        return;
}

void tcp_join(struct tcp *t)
{
    if (!t)
        return;
    pthread_join(t->thread, NULL);
    tcp_free(t);
}
