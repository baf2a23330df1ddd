/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tcpconn.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void tcpconn_unlink(struct tcpconn_shared *sh, struct tcpconn *c)
{
    struct tcpconn_list *l = &sh->list[c->state];
    *(c->prev ? &c->prev->next : &l->first) = c->next;
    *(c->next ? &c->next->prev : &l->last) = c->prev;
    c->prev = c->next = NULL;
}

static void tcpconn_append(struct tcpconn_shared *sh, struct tcpconn *c, enum tcpconn_state state)
{
    struct tcpconn_list *l = &sh->list[state];
    c->state = state;
    c->since = sh->now;
    c->prev = l->last;
    c->next = NULL;
    *(l->last ? &l->last->next : &l->first) = c;
    l->last = c;
}

static void tcpconn_rest_free(struct tcpconn_rest *r)
{
    free(r->block);
    *r = (struct tcpconn_rest){0};
}

/* Keep a copy of what could not be processed now; false when memory is exhausted. */
static bool tcpconn_rest_keep(struct tcpconn_rest *r, const uint8_t *data, size_t len)
{
    if (len == 0)
        return true;
    r->block = malloc(len);
    if (!r->block)
        return false;
    memcpy(r->block, data, len);
    r->at = 0;
    r->len = len;
    return true;
}

bool tcpconn_same_client(const struct tcpconn *c, const struct tcpconn *d)
{
    return c->family == d->family && c->addr.hi == d->addr.hi && c->addr.lo == d->addr.lo;
}

static void tcpconn_set_client(struct tcpconn *c, const struct sockaddr_storage *from)
{
    c->family = from->ss_family;
    c->addr = (struct addr6){0, 0};
    if (from->ss_family == AF_INET) {
        struct sockaddr_in sin;
        memcpy(&sin, from, sizeof sin);
        c->addr.lo = be32toh(sin.sin_addr.s_addr);
    } else {
        struct sockaddr_in6 sin6;
        memcpy(&sin6, from, sizeof sin6);
        memcpy(&c->addr, &sin6.sin6_addr, sizeof c->addr);
    }
}

/* Reading stops while replies wait: a client that does not read gets no more work done. */
static void tcpconn_watch(struct tcpconn_shared *sh, const struct tcpconn *c, int op)
{
    struct epoll_event ev = {.events = c->state == TCPCONN_WRITE ? EPOLLOUT : EPOLLIN,
                             .data.u32 = c->id};
    /* MOD of a registered descriptor has no reason to fail; if it did, the limits end it. */
    (void)epoll_ctl(sh->epoll, op, c->fd, &ev);
}

int tcpconn_open(struct tcpconn_shared *sh, struct tcpconn *c, int fd,
                 const struct sockaddr_storage *from)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = c->id};
    if (epoll_ctl(sh->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
        close(fd);
        return -1;
    }
    uint32_t id = c->id;
    *c = (struct tcpconn){.fd = fd, .id = id, .complete = sh->now};
    c->refused = !acl_allows(sh->acl, (const struct sockaddr *)from);
    tcpconn_set_client(c, from);
    c->from = *from;
    tcpconn_append(sh, c, TCPCONN_IDLE);
    sh->count++;
    return 0;
}

void tcpconn_close(struct tcpconn_shared *sh, struct tcpconn *c, enum stats_counter why)
{
    stats_add(sh->stats, why, 1);
    tcpconn_unlink(sh, c);
    close(c->fd);
    c->fd = -1;
    tcpframe_reset(&c->frame);
    tcpconn_rest_free(&c->in);
    tcpconn_rest_free(&c->out);
    free(c->head);
    c->head = NULL;
    sh->count--;
}

/* Send data; the number of octets the kernel took, or -1 when the connection is broken. */
static ssize_t tcpconn_send(struct tcpconn_shared *sh, struct tcpconn *c, const uint8_t *data,
                            size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = send(c->fd, data + done, len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    stats_add(sh->stats, STAT_TCP_BYTES_OUT, done);
    return (ssize_t)done;
}

/* Write the collected replies and keep what does not go; false: the connection is broken. */
static bool tcpconn_flush(struct tcpconn_shared *sh, struct tcpconn *c)
{
    size_t len = sh->out_len;
    sh->out_len = 0;
    ssize_t n = tcpconn_send(sh, c, sh->out, len);
    return n >= 0 && tcpconn_rest_keep(&c->out, sh->out + n, len - (size_t)n);
}

/* The reply lies behind what is collected, n octets of it. */
static void tcpconn_account(struct tcpconn_shared *sh, const struct tcpconn *c, const uint8_t *msg,
                            size_t len, size_t n)
{
    struct account_message m = {.query = msg,
                                .query_len = len,
                                .reply = sh->out + sh->out_len + TCPFRAME_PREFIX,
                                .reply_len = n,
                                .client = (const struct sockaddr *)&c->from};
    account_message(sh->account, &m);
    account_flush(sh->account);
}

/* Append the reply to one message from a set, its length in front of it. */
static void tcpconn_answer(struct tcpconn_shared *sh, struct tcpconn *c, const struct zoneset *set,
                           const uint8_t *msg, size_t len)
{
    struct query_options opt = {.config = sh->query,
                                .keepalive = sh->keepalive,
                                .tcp = true,
                                .refused = c->refused,
                                .client = (const struct sockaddr *)&c->from};
    enum query_result result;
    uint8_t *at = sh->out + sh->out_len;
    size_t n = query_answer(set->tab, &opt, msg, len, at + TCPFRAME_PREFIX, &result);
    stats_add(sh->stats, STAT_TCP_QUERIES, 1);
    stats_result(sh->stats, result);
    if (sh->account)
        tcpconn_account(sh, c, msg, len, n);
    if (n == 0)
        return;
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
    sh->out_len += TCPFRAME_PREFIX + n;
}

/* One piece of input being worked off. */
struct tcpconn_work {
    struct tcpframe_input in;
    enum tcpframe_result last;
    bool complete; /* at least one message was */
    bool broken;   /* the replies could not be written or kept */
};

/* Answer the messages in the input until it ends or replies cannot be written any more. */
static void tcpconn_messages(struct tcpconn_shared *sh, struct tcpconn *c, struct tcpconn_work *w)
{
    const uint8_t *msg;
    size_t len;
    unsigned turn = 0;
    /* Once a turn: what a client asks in one segment, A, TXT and SOA, is of one generation. */
    const struct zoneset *set = zoneset_current(sh->point);
    while ((w->last = tcpframe_next(&c->frame, &w->in, &msg, &len)) == TCPFRAME_MESSAGE) {
        w->complete = true;
        tcpconn_answer(sh, c, set, msg, len);
        if (++turn == TCPCONN_TURN)
            break;
        if (sh->out_len < TCPCONN_FLUSH_AT)
            continue;
        w->broken = !tcpconn_flush(sh, c);
        if (w->broken || c->out.block)
            return;
    }
    w->broken = !tcpconn_flush(sh, c);
}

/* Enter the state that fits, with a new limit where a complete message or progress earns one. */
static void tcpconn_settle(struct tcpconn_shared *sh, struct tcpconn *c, bool progress)
{
    /* A socket that can be written to brings a connection its next turn at the next wake-up. */
    enum tcpconn_state state = c->out.block || c->in.block              ? TCPCONN_WRITE
                               : c->head || tcpframe_partial(&c->frame) ? TCPCONN_PARTIAL
                                                                        : TCPCONN_IDLE;
    bool turned = (state == TCPCONN_WRITE) != (c->state == TCPCONN_WRITE);
    if (state != c->state || progress) {
        tcpconn_unlink(sh, c);
        tcpconn_append(sh, c, state);
    }
    if (turned)
        tcpconn_watch(sh, c, EPOLL_CTL_MOD);
}

static void tcpconn_process(struct tcpconn_shared *sh, struct tcpconn *c, const uint8_t *data,
                            size_t len)
{
    struct tcpconn_work w = {.in = {.data = data, .len = len}};
    tcpconn_messages(sh, c, &w);
    if (w.complete)
        c->complete = sh->now;
    if (w.last == TCPFRAME_MESSAGE && !w.broken)
        w.broken = !tcpconn_rest_keep(&c->in, w.in.data + w.in.used, w.in.len - w.in.used);
    if (w.last == TCPFRAME_BAD)
        tcpconn_close(sh, c, STAT_TCP_CLOSED_LENGTH);
    else if (w.broken || w.last == TCPFRAME_NOMEM)
        tcpconn_close(sh, c, STAT_TCP_CLOSED_ERROR);
    else
        tcpconn_settle(sh, c, w.complete);
}

void tcpconn_expect_head(struct tcpconn_shared *sh, struct tcpconn *c)
{
    c->proxied = true;
    c->head = calloc(1, sizeof *c->head);
    if (!c->head)
        tcpconn_close(sh, c, STAT_TCP_CLOSED_ERROR);
}

/*
 * More of a PROXY header.  Returns how many of the octets belong to it, or -1 when the connection
 * has been closed; c->head is gone once it is whole.
 */
static ssize_t tcpconn_head(struct tcpconn_shared *sh, struct tcpconn *c, const uint8_t *data,
                            size_t len)
{
    struct tcpconn_head *h = c->head;
    struct sockaddr_storage client;
    size_t n = sizeof h->octets - h->have, before = h->have, used = 0;
    n = len < n ? len : n;
    memcpy(h->octets + h->have, data, n);
    h->have += n;
    enum proxy_verdict v = proxy_parse(h->octets, h->have, &client, &used);
    if (v == PROXY_MORE)
        return (ssize_t)n;
    if (v == PROXY_BAD) {
        tcpconn_close(sh, c, STAT_TCP_CLOSED_PROXY);
        return -1;
    }
    free(h);
    c->head = NULL;
    if (v == PROXY_CLIENT)
        c->from = client;
    c->refused = !acl_allows(sh->acl, (const struct sockaddr *)&c->from);
    if (c->refused && sh->query && sh->query->drop_strangers) {
        tcpconn_close(sh, c, STAT_TCP_CLOSED_CLIENT);
        return -1;
    }
    return (ssize_t)(used - before);
}

static void tcpconn_readable(struct tcpconn_shared *sh, struct tcpconn *c)
{
    ssize_t n = recv(c->fd, sh->in, sizeof sh->in, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        tcpconn_close(sh, c, n == 0 ? STAT_TCP_CLOSED_PEER : STAT_TCP_CLOSED_ERROR);
        return;
    }
    stats_add(sh->stats, STAT_TCP_BYTES_IN, (uint64_t)n);
    ssize_t head = c->head ? tcpconn_head(sh, c, sh->in, (size_t)n) : 0;
    if (head >= 0)
        tcpconn_process(sh, c, sh->in + head, (size_t)(n - head));
}

/* The client took replies: go on with the queries it sent before, then read again. */
static void tcpconn_writable(struct tcpconn_shared *sh, struct tcpconn *c)
{
    ssize_t n = 0;
    if (c->out.block)
        n = tcpconn_send(sh, c, c->out.block + c->out.at, c->out.len - c->out.at);
    if (n < 0) {
        tcpconn_close(sh, c, STAT_TCP_CLOSED_ERROR);
        return;
    }
    c->out.at += (size_t)n;
    if (c->out.at < c->out.len) {
        /* Taking a little now and then does not extend the idle limit. */
        if (n > 0 && sh->now - c->complete < sh->limit_ms[TCPCONN_IDLE])
            tcpconn_settle(sh, c, true);
        return;
    }
    tcpconn_rest_free(&c->out);
    struct tcpconn_rest held = c->in;
    c->in = (struct tcpconn_rest){0};
    if (held.block)
        tcpconn_process(sh, c, held.block, held.len);
    else
        tcpconn_settle(sh, c, false);
    free(held.block);
}

void tcpconn_event(struct tcpconn_shared *sh, struct tcpconn *c, uint32_t events)
{
    /* Errors and hang-ups show themselves in the call that the state allows. */
    (void)events;
    if (c->state == TCPCONN_WRITE)
        tcpconn_writable(sh, c);
    else
        tcpconn_readable(sh, c);
}

int tcpconn_expire(struct tcpconn_shared *sh)
{
    static const enum stats_counter why[TCPCONN_NSTATES] = {
        STAT_TCP_CLOSED_IDLE, STAT_TCP_CLOSED_PARTIAL, STAT_TCP_CLOSED_WRITE};
    int64_t next = -1;
    for (unsigned s = 0; s < TCPCONN_NSTATES; s++) {
        struct tcpconn *c;
        while ((c = sh->list[s].first) && sh->now - c->since >= sh->limit_ms[s])
            tcpconn_close(sh, c, why[s]);
        int64_t left = c ? c->since + sh->limit_ms[s] - sh->now : -1;
        if (left >= 0 && (next < 0 || left < next))
            next = left;
    }
    return (int)next;
}
