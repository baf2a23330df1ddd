/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queries over one TCP connection to loopback: load_tcp PORT ZONE QUERIES COUNT PID
 *
 * COUNT queries, WINDOW of them on their way (RFC 7766 section 6.2.1.1), each looked at when its
 * answer comes.  Prints the CPU time process PID used per answer (microseconds) and answers a
 * second.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/bench/bench.h"

#define WINDOW 256
#define FRAME  (BENCH_MSG_MAX + 2)

struct client {
    int fd;
    uint8_t (*pool)[FRAME];
    size_t npool;
    uint64_t sent, answered, count;
    uint8_t out[WINDOW * FRAME], in[1 << 16];
    size_t nout, nin; /* octets that wait to be sent, and of an answer not yet whole */
};

static void connect_to(struct client *c, uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0)
        bench_die("load_tcp");
}

static size_t frame_size(const uint8_t *frame)
{
    return 2u + ((size_t)frame[0] << 8 | frame[1]);
}

static void make_pool(struct client *c, const char *path, const char *zone)
{
    struct bench_queries q;
    bench_read_queries(&q, path);
    c->npool = q.n < 60000 ? q.n & ~(size_t)1 : 60000; /* by ID: even ones are listed */
    c->pool = malloc(c->npool * sizeof *c->pool);
    if (!c->pool)
        bench_die("load_tcp");
    for (size_t i = 0; i < c->npool; i++) {
        size_t len = bench_query(c->pool[i] + 2, &q, i, zone);
        c->pool[i][0] = (uint8_t)(len >> 8);
        c->pool[i][1] = (uint8_t)len;
        c->pool[i][2] = (uint8_t)(i >> 8);
        c->pool[i][3] = (uint8_t)i;
    }
    bench_free_queries(&q);
}

static void fill(struct client *c)
{
    while (c->sent < c->count && c->sent - c->answered < WINDOW &&
           sizeof c->out - c->nout >= FRAME) {
        const uint8_t *frame = c->pool[c->sent++ % c->npool];
        memcpy(c->out + c->nout, frame, frame_size(frame));
        c->nout += frame_size(frame);
    }
}

static void flush(struct client *c)
{
    ssize_t n = c->nout ? send(c->fd, c->out, c->nout, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (n < 0 && errno != EAGAIN)
        bench_die("load_tcp: send");
    if (n > 0) {
        c->nout -= (size_t)n;
        memmove(c->out, c->out + n, c->nout);
    }
}

static void check(const uint8_t *m, size_t len)
{
    unsigned rcode = len < 12 ? 16 : m[3] & 0xf;
    bool good = m[1] % 2 == 0 ? rcode == 0 && m[7] > 0 : rcode == 3 && m[7] == 0;
    if (good)
        return;
    fputs("load_tcp: a wrong answer\n", stderr);
    exit(1);
}

static void receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->in + c->nin, sizeof c->in - c->nin, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        fputs("load_tcp: the connection was closed\n", stderr);
        exit(1);
    }
    c->nin += n > 0 ? (size_t)n : 0;
    size_t at = 0;
    while (c->nin - at >= 2 && c->nin - at >= frame_size(c->in + at)) {
        check(c->in + at + 2, frame_size(c->in + at) - 2);
        at += frame_size(c->in + at);
        c->answered++;
    }
    c->nin -= at;
    memmove(c->in, c->in + at, c->nin);
}

int main(int argc, char **argv)
{
    static struct client c;
    if (argc != 6) {
        fputs("usage: load_tcp PORT ZONE QUERIES COUNT PID\n", stderr);
        return 2;
    }
    connect_to(&c, (uint16_t)bench_number(argv[1], 65535));
    make_pool(&c, argv[3], argv[2]);
    c.count = (uint64_t)bench_number(argv[4], 1000000000);
    pid_t pid = (pid_t)bench_number(argv[5], INT32_MAX);
    double cpu = bench_cpu(pid);
    int64_t start = bench_now();
    while (c.answered < c.count) {
        fill(&c);
        flush(&c);
        struct pollfd p = {c.fd, (short)(POLLIN | (c.nout ? POLLOUT : 0)), 0};
        if (poll(&p, 1, 10000) == 0) {
            fputs("load_tcp: no answer for ten seconds\n", stderr);
            return 1;
        }
        receive(&c);
    }
    double seconds = (double)(bench_now() - start) * 1e-9;
    printf("%.3f %.0f\n", (bench_cpu(pid) - cpu) * 1e6 / (double)c.answered,
           (double)c.answered / seconds);
    free(c.pool);
    return 0;
}
