/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queries over loopback UDP: load [-m] PORT ZONE QUERIES COUNT PID [RATE]
 *
 * Without RATE: COUNT queries as fast as answers return, WINDOW in flight; prints the CPU time
 * process PID used per answer (microseconds) and answers a second.  With RATE: COUNT queries at
 * that many a second; prints the CPU time and the latency that half, 99 % and 99.9 % stay below
 * (microseconds).  Last the number of queries without an answer.  ZONE "-": the peer only echoes,
 * answers are not looked at.  -m: nothing that is asked for is listed.
 *
 * CPU time is that of the kernel's clock for the process: user and system time as in
 * /proc/PID/stat, but in nanoseconds instead of clock ticks.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/bench/bench.h"

#define WINDOW                                                                                     \
    96 /* fits into the receive buffer of a server that asks for 64 kB, as rbldnsd does */
#define PLACE_MASK 0x7fu /* of an ID: its place in the window; the rest tells a late answer */
#define BATCH      64
#define WAIT_MS    200

struct query {
    uint8_t len;
    uint8_t msg[BENCH_MSG_MAX];
};

struct client {
    int fd;
    bool check, misses;
    struct query *pool;
    size_t npool;
    uint64_t sent, answered, lost, wrong, count;
    unsigned nfree;
    uint16_t free[WINDOW]; /* places */
    uint16_t id[WINDOW];
    size_t what[WINDOW]; /* which of the pool is in flight at this place */
    int64_t when[WINDOW];
    uint32_t *latency; /* ns, of each answer; NULL: not wanted */
    struct mmsghdr out[BATCH], in[BATCH];
    struct iovec out_iov[BATCH], in_iov[BATCH];
    uint8_t reply[BATCH][1500];
};

static void open_socket(struct client *c, uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = 4 << 20;
    c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0)
        bench_die("load");
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static void make_pool(struct client *c, const char *path, const char *zone)
{
    struct bench_queries q;
    bench_read_queries(&q, path);
    c->npool = q.n;
    c->pool = malloc(c->npool * sizeof *c->pool);
    if (!c->pool)
        bench_die("load");
    for (size_t i = 0; i < c->npool; i++)
        c->pool[i].len = (uint8_t)bench_query(c->pool[i].msg, &q, i, zone);
    bench_free_queries(&q);
}

static void client_init(struct client *c)
{
    c->nfree = WINDOW;
    for (unsigned i = 0; i < WINDOW; i++) {
        c->free[i] = c->id[i] = (uint16_t)i;
        c->when[i] = 0;
    }
    for (unsigned i = 0; i < BATCH; i++) {
        c->in_iov[i] = (struct iovec){c->reply[i], sizeof c->reply[i]};
        c->in[i].msg_hdr = (struct msghdr){.msg_iov = &c->in_iov[i], .msg_iovlen = 1};
        c->out[i].msg_hdr = (struct msghdr){.msg_iov = &c->out_iov[i], .msg_iovlen = 1};
    }
}

/* At most `most` further queries, in one system call. */
static void send_some(struct client *c, uint64_t most)
{
    unsigned n = 0;
    int64_t now = bench_now();
    while (n < BATCH && n < most && c->nfree > 0 && c->sent + n < c->count) {
        uint16_t at = c->free[--c->nfree], id = c->id[at];
        size_t i = (c->sent + n) % c->npool;
        struct query *q = &c->pool[i];
        q->msg[0] = (uint8_t)(id >> 8);
        q->msg[1] = (uint8_t)id;
        c->what[at] = i;
        c->when[at] = now;
        c->out_iov[n++] = (struct iovec){q->msg, q->len};
    }
    for (unsigned done = 0; done < n;) {
        int k = sendmmsg(c->fd, c->out + done, n - done, 0);
        if (k <= 0)
            bench_die("load: send");
        done += (unsigned)k;
    }
    c->sent += n;
}

static bool is_right(const struct client *c, const uint8_t *m, size_t place)
{
    unsigned rcode = m[3] & 0xf;
    if (!c->check)
        return true;
    return place % 2 == 0 && !c->misses ? rcode == 0 && m[7] > 0 : rcode == 3 && m[7] == 0;
}

/* True when something came. */
static bool receive_some(struct client *c)
{
    int n = recvmmsg(c->fd, c->in, BATCH, MSG_DONTWAIT, NULL);
    if (n <= 0)
        return false;
    int64_t now = bench_now();
    for (int i = 0; i < n; i++) {
        const uint8_t *m = c->reply[i];
        unsigned id = (unsigned)m[0] << 8 | m[1], at = id & PLACE_MASK;
        if (c->in[i].msg_len < 12 || at >= WINDOW || c->id[at] != id || c->when[at] == 0)
            continue; /* came after it was given up */
        c->wrong += !is_right(c, m, c->what[at]);
        if (c->latency)
            c->latency[c->answered] = (uint32_t)(now - c->when[at]);
        c->when[at] = 0;
        c->free[c->nfree++] = (uint16_t)at;
        c->answered++;
    }
    return true;
}

static void give_up(struct client *c)
{
    for (unsigned at = 0; at < WINDOW; at++)
        if (c->when[at] != 0) {
            c->when[at] = 0;
            c->id[at] = (uint16_t)(c->id[at] + PLACE_MASK + 1);
            c->free[c->nfree++] = (uint16_t)at;
            c->lost++;
        }
}

static void run(struct client *c, double rate)
{
    struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
    int64_t start = bench_now();
    while (c->answered + c->lost < c->count) {
        uint64_t most = BATCH;
        if (rate > 0) {
            uint64_t due = (uint64_t)((double)(bench_now() - start) * 1e-9 * rate);
            most = due > c->sent ? due - c->sent : 0;
        }
        if (most > 0)
            send_some(c, most);
        bool came = receive_some(c);
        bool all_out = c->nfree == 0 || c->sent == c->count;
        if (!came && all_out && poll(&pfd, 1, WAIT_MS) == 0)
            give_up(c);
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct client c;
    c.misses = argc > 1 && strcmp(argv[1], "-m") == 0;
    argv += c.misses;
    argc -= c.misses;
    if (argc < 6 || argc > 7) {
        fputs("usage: load [-m] PORT ZONE QUERIES COUNT PID [RATE]\n", stderr);
        return 2;
    }
    c.check = strcmp(argv[2], "-") != 0;
    open_socket(&c, (uint16_t)bench_number(argv[1], 65535));
    make_pool(&c, argv[3], c.check ? argv[2] : "bench.test");
    c.count = (uint64_t)bench_number(argv[4], 1000000000);
    pid_t pid = (pid_t)bench_number(argv[5], INT32_MAX);
    double rate = argc == 7 ? (double)bench_number(argv[6], 10000000) : 0;
    if (rate > 0 && !(c.latency = malloc((c.count + 1) * sizeof *c.latency)))
        bench_die("load");
    client_init(&c);

    double cpu = bench_cpu(pid);
    int64_t start = bench_now();
    run(&c, rate);
    double seconds = (double)(bench_now() - start) * 1e-9;
    cpu = bench_cpu(pid) - cpu;

    if (c.wrong > 0 || c.answered == 0 || cpu <= 0) {
        fprintf(stderr, "load: %llu answers, %llu of them wrong\n", (unsigned long long)c.answered,
                (unsigned long long)c.wrong);
        return 1;
    }
    double answers = (double)c.answered, per_answer = cpu * 1e6 / answers;
    if (rate > 0) {
        qsort(c.latency, c.answered, sizeof *c.latency, by_size);
        printf("%.3f %.1f %.1f %.1f", per_answer, c.latency[c.answered / 2] / 1e3,
               c.latency[c.answered * 99 / 100] / 1e3, c.latency[c.answered * 999 / 1000] / 1e3);
    } else {
        printf("%.3f %.0f", per_answer, answers / seconds);
    }
    printf(" %llu\n", (unsigned long long)c.lost);
    return 0;
}
