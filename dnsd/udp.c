/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "dnsd/proxy.h"
#include "dnsd/query.h"
#include "dnsd/rcu.h"
#include "dnsd/thread.h"
#include "lib/hot.h"

/*
 * Room for one query.  A question and an OPT of a few hundred options fit (a 255-octet name and
 * 300 empty options are 1482); anything longer is no query this server could mean to answer, is
 * recognised by MSG_TRUNC and dropped.  64 of them are 128 KiB per worker, resident as far as a
 * batch has ever filled them.
 */
#define UDP_RECV_MAX 2048
_Static_assert(UDP_RECV_MAX >= QUERY_UDP_MAX, "a query as large as our EDNS size must fit");

/*
 * After the stop flag at most this many datagrams are still answered.  They cannot have been more:
 * the kernel accounts a datagram with at least 512 bytes against a buffer of twice the 4 MiB
 * asked for in dnsd/listen.c.  Without the bound a flood would keep the worker here for ever.
 */
#define UDP_DRAIN_MAX 16384

#define UDP_CONTROL_MAX CMSG_SPACE(sizeof(struct in6_pktinfo))

struct udp_worker {
    struct udp_config cfg;
    pthread_t thread;
    struct mmsghdr msg[QUERY_BATCH]; /* of queries, then of their replies */
    struct iovec iov[QUERY_BATCH];
    struct sockaddr_storage from[QUERY_BATCH];
    struct sockaddr_storage client[QUERY_BATCH]; /* as a PROXY header names it */
    _Alignas(struct cmsghdr) uint8_t control[QUERY_BATCH][UDP_CONTROL_MAX];
    unsigned slot[QUERY_BATCH]; /* which received datagram query i of the batch is */
    struct query_batch batch;
    struct rrl *rrl; /* or NULL */
    uint8_t query[QUERY_BATCH][UDP_RECV_MAX];
    uint8_t reply[QUERY_BATCH][QUERY_UDP_MAX];
};

/* Make the first n headers ready to receive, whatever the batch before left in them. */
static void udp_arm(struct udp_worker *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct msghdr *h = &w->msg[i].msg_hdr;
        w->iov[i] = (struct iovec){.iov_base = w->query[i], .iov_len = UDP_RECV_MAX};
        h->msg_name = &w->from[i];
        h->msg_namelen = sizeof w->from[i];
        h->msg_iov = &w->iov[i];
        h->msg_iovlen = 1;
        if (w->cfg.wildcard) {
            h->msg_control = w->control[i];
            h->msg_controllen = UDP_CONTROL_MAX;
        }
    }
}

/*
 * Turn the address a query was sent to into the one its reply leaves from.  The interface is left
 * to routing, except that a link-local address means nothing without it.
 */
static void udp_reply_source(struct msghdr *h)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    if (!c)
        return;
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo *pi = (struct in_pktinfo *)(void *)CMSG_DATA(c);
        pi->ipi_ifindex = 0;
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo *pi = (struct in6_pktinfo *)(void *)CMSG_DATA(c);
        if (!IN6_IS_ADDR_LINKLOCAL(&pi->ipi6_addr))
            pi->ipi6_ifindex = 0;
    }
}

static bool udp_port_is_zero(const struct sockaddr_storage *from)
{
    /* sin_port and sin6_port are at the same place. */
    _Static_assert(offsetof(struct sockaddr_in, sin_port) ==
                       offsetof(struct sockaddr_in6, sin6_port),
                   "one look for both families");
    struct sockaddr_in sin;
    memcpy(&sin, from, sizeof sin);
    return sin.sin_port == 0;
}

/*
 * Take the PROXY header off datagram i, which becomes query k of the batch.  A header that may not
 * be there, or that is cut short, costs the datagram.
 */
static bool udp_unwrap(struct udp_worker *w, unsigned i, unsigned k)
{
    size_t used;
    if (!acl_allows(w->cfg.proxy, w->batch.client[k]))
        return false;
    enum proxy_verdict v = proxy_parse(w->batch.msg[k], w->batch.len[k], &w->client[i], &used);
    if (v != PROXY_SELF && v != PROXY_CLIENT)
        return false;
    w->batch.msg[k] += used;
    w->batch.len[k] -= used;
    if (v == PROXY_CLIENT)
        w->batch.client[k] = (const struct sockaddr *)&w->client[i];
    return true;
}

/* Fill the batch from n received datagrams; returns how many of them are worth a look. */
static unsigned udp_collect(struct udp_worker *w, unsigned n)
{
    struct stats *st = w->cfg.stats;
    uint64_t bytes = 0;
    unsigned k = 0;
    for (unsigned i = 0; i < n; i++) {
        bytes += w->msg[i].msg_len;
        if (w->msg[i].msg_hdr.msg_flags & MSG_TRUNC) {
            stats_add(st, STAT_UDP_DROP_TOO_LONG, 1);
            continue;
        }
        if (udp_port_is_zero(&w->from[i])) {
            stats_add(st, STAT_UDP_DROP_PORT0, 1);
            continue;
        }
        w->batch.msg[k] = w->query[i];
        w->batch.len[k] = w->msg[i].msg_len;
        w->batch.client[k] = (const struct sockaddr *)&w->from[i];
        if (w->cfg.proxy && !udp_unwrap(w, i, k)) {
            stats_add(st, STAT_UDP_DROP_PROXY, 1);
            continue;
        }
        bool refused = !acl_allows(w->cfg.acl, w->batch.client[k]);
        if (refused && w->cfg.query && w->cfg.query->drop_strangers) {
            stats_add(st, STAT_UDP_DROP_CLIENT, 1);
            continue;
        }
        w->slot[k] = i;
        w->batch.reply[k] = w->reply[i];
        w->batch.refused[k] = refused;
        k++;
    }
    stats_add(st, STAT_UDP_BATCHES, 1);
    stats_add(st, STAT_UDP_QUERIES, n);
    stats_add(st, STAT_UDP_BYTES_IN, bytes);
    return k;
}

/*
 * Line up the replies of a batch of n; returns how many there are to send.  They leave by the
 * headers their queries came with, which move up where a query has none.
 */
static unsigned udp_line_up(struct udp_worker *w, unsigned n)
{
    uint64_t bytes = 0;
    unsigned k = 0;
    for (unsigned i = 0; i < n; i++) {
        stats_result(w->cfg.stats, w->batch.result[i]);
        if (w->batch.reply_len[i] == 0)
            continue;
        struct msghdr *h = &w->msg[k].msg_hdr;
        if (w->slot[i] != k) {
            *h = w->msg[w->slot[i]].msg_hdr;
            h->msg_iov = &w->iov[k];
        }
        if (h->msg_controllen > 0)
            udp_reply_source(h);
        w->iov[k].iov_base = w->batch.reply[i];
        w->iov[k].iov_len = w->batch.reply_len[i];
        bytes += w->batch.reply_len[i];
        k++;
    }
    stats_add(w->cfg.stats, STAT_UDP_BYTES_OUT, bytes);
    return k;
}

/*
 * sendmmsg() stops at the first datagram that fails and reports it only when it is the first of
 * the call.  That one is given up and the rest goes on: a firewall rule (EPERM) or an unreachable
 * client must not cost the others their replies.  It never blocks (EAGAIN is such a failure): a
 * full send buffer means the network takes no more, and waiting here would lose queries instead.
 */
static void udp_send(struct udp_worker *w, unsigned n)
{
    unsigned done = 0;
    while (done < n) {
        int sent = sendmmsg(w->cfg.fd, w->msg + done, n - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += (unsigned)sent;
        } else if (sent == 0 || errno != EINTR) {
            stats_add(w->cfg.stats, STAT_UDP_DROP_SEND, 1);
            done++;
        }
    }
}

static void udp_account(struct udp_worker *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct account_message m = {.query = w->batch.msg[i],
                                    .query_len = w->batch.len[i],
                                    .reply = w->batch.reply[i],
                                    .reply_len = w->batch.reply_len[i],
                                    .client = w->batch.client[i]};
        account_message(w->cfg.account, &m);
    }
}

/* Leave out or truncate replies beyond a client's rate; a cookie of ours shows who asks. */
static void udp_limit(struct udp_worker *w, unsigned n)
{
    struct timespec ts;
    struct query_batch *b = &w->batch;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    uint64_t now = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
    for (unsigned i = 0; i < n; i++) {
        if (b->reply_len[i] == 0 || b->shown[i])
            continue;
        enum rrl_verdict v = rrl_check(w->rrl, b->client[i], now);
        if (v == RRL_SEND)
            continue;
        b->reply_len[i] = v == RRL_TRUNCATE ? query_truncate(b->msg[i], b->len[i], b->reply[i]) : 0;
        stats_add(w->cfg.stats, b->reply_len[i] ? STAT_UDP_RATE_TRUNCATED : STAT_UDP_RATE_DROPPED,
                  1);
    }
}

/* Answer n received datagrams; the worker is online. */
HOT static void udp_answer(struct udp_worker *w, unsigned n)
{
    unsigned k = udp_collect(w, n);
    const struct zoneset *set = zoneset_current(w->cfg.point);
    query_answer_batch(set->tab, &w->batch, k);
    if (w->rrl)
        udp_limit(w, k);
    if (w->cfg.account)
        udp_account(w, k);
    k = udp_line_up(w, k);
    udp_send(w, k);
    if (w->cfg.account)
        account_flush(w->cfg.account);
    udp_arm(w, n);
}

/* One receive and what follows from it; returns the number of datagrams, 0 for none. */
HOT static unsigned udp_step(struct udp_worker *w, int flags)
{
    rcu_reader_offline();
    int n = recvmmsg(w->cfg.fd, w->msg, QUERY_BATCH, flags, NULL);
    rcu_reader_online();
    if (n > 0) {
        udp_answer(w, (unsigned)n);
        return (unsigned)n;
    }
    /* An error here is one some reply caused earlier, reported late; it says nothing about us. */
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        stats_add(w->cfg.stats, STAT_UDP_RECV_ERRORS, 1);
    return 0;
}

HOT static void *udp_main(void *arg)
{
    struct udp_worker *w = arg;
    thread_take_short_turns();
    rcu_reader_enter();
    while (!atomic_load_explicit(w->cfg.stop, memory_order_relaxed))
        udp_step(w, MSG_WAITFORONE);
    unsigned drained = 0, n;
    do {
        n = udp_step(w, MSG_DONTWAIT);
        drained += n;
    } while (n > 0 && drained < UDP_DRAIN_MAX);
    rcu_reader_leave();
    return NULL;
}

struct udp_worker *udp_start(const struct udp_config *cfg)
{
    struct udp_worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->cfg = *cfg;
    w->batch.config = w->cfg.query;
    udp_arm(w, QUERY_BATCH);
    if (cfg->rrl)
        w->rrl = rrl_new(cfg->rrl);
    int err = cfg->rrl && !w->rrl ? ENOMEM : thread_start(&w->thread, udp_main, w);
    if (err) {
        rrl_free(w->rrl);
        free(w);
        errno = err;
        return NULL;
    }
    return w;
}

void udp_join(struct udp_worker *w)
{
    if (!w)
        return;
    pthread_join(w->thread, NULL);
    rrl_free(w->rrl);
    free(w);
}
