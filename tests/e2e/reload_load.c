/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A steady stream of queries while images are exchanged: reload_load PORT SECONDS RATE
 *
 * The zone "load.test" exists in two generations that answer differently in everything: the TTL of
 * every record (60 or 120, negative answers too), the A value, the text, and which of four networks
 * are listed.  One answer must be wholly of one generation.
 *
 *   10.0.0.0/16 in both, 10.1.0.0/16 in the first only, 10.2.0.0/16 in the second only,
 *   10.3.0.0/16 in neither
 *
 * Prints what was sent, answered, lost and wrong, and how often a socket saw the generation change.
 * A socket's queries are answered by one worker in order, so it sees a publication at most once.
 * Status 0 when nothing was lost or wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS    8 /* more than workers, so that each worker gets some of the load */
#define TIMEOUT_NS 10000000000LL
#define IN_FLIGHT  512u /* what falls behind on a busy machine is sent later, not in one burst */
#define IDS        65536u
#define MSG_MAX    1500
#define SHOWN      10 /* wrong answers described */

struct pending {
    int64_t sent; /* 0: none */
    uint32_t addr;
    uint16_t type;
    uint8_t msg[64];
    size_t len;
};

struct stream {
    int fd;
    int generation; /* of the last answer, -1 before the first */
    unsigned changes;
    uint16_t oldest, next; /* IDs in flight are [oldest, next) */
    struct pending pending[IDS];
};

struct totals {
    uint64_t sent, answered, lost, wrong;
    uint64_t seen[2];
    uint32_t latency[2000]; /* answers by tenths of a millisecond; the last: all beyond */
};

static struct stream streams[SOCKETS];
static struct totals totals;

static int64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* xorshift64*: the same queries in every run. */
static uint32_t next_random(void)
{
    static uint64_t x = 0x9e3779b97f4a7c15u;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return (uint32_t)((x * 0x2545f4914f6cdd1du) >> 32);
}

static bool listed(uint32_t addr, int generation)
{
    unsigned net = addr >> 16 & 0xff;
    return net == 0 || (net == 1 && generation == 0) || (net == 2 && generation == 1);
}

static void make_query(struct pending *p, uint16_t id)
{
    static const uint16_t types[] = {LDNS_RR_TYPE_A, LDNS_RR_TYPE_TXT, LDNS_RR_TYPE_ANY};
    uint32_t r = next_random();
    p->addr = 10u << 24 | (r & 3) << 16 | (r >> 8 & 0xffff);
    p->type = types[(r >> 24) % 3];
    uint8_t *m = p->msg;
    memset(m, 0, 12);
    m[0] = (uint8_t)(id >> 8);
    m[1] = (uint8_t)id;
    m[5] = 1;
    size_t n = 12;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        char label[4];
        int l = snprintf(label, sizeof label, "%u", (p->addr >> shift) & 0xff);
        m[n++] = (uint8_t)l;
        memcpy(m + n, label, (size_t)l);
        n += (size_t)l;
    }
    static const uint8_t tail[] = "\4load\4test\0\0\0\0\1";
    memcpy(m + n, tail, sizeof tail - 1);
    n += sizeof tail - 1;
    m[n - 3] = (uint8_t)p->type;
    p->len = n;
}

static const char *check_record(const ldns_rr *rr, const struct pending *p, int generation)
{
    char text[80], addr[INET_ADDRSTRLEN];
    if (ldns_rr_ttl(rr) != (generation ? 120u : 60u))
        return "records of both generations in one answer";
    const ldns_rdf *rd = ldns_rr_rdf(rr, 0);
    if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_A) {
        const uint8_t want[4] = {127, 0, 0, generation ? 3 : 2};
        return memcmp(ldns_rdf_data(rd), want, 4) == 0 ? NULL : "wrong address";
    }
    struct in_addr in = {htonl(p->addr)};
    inet_ntop(AF_INET, &in, addr, sizeof addr);
    int l = snprintf(text, sizeof text, "%s of generation %d", addr, generation);
    bool same =
        ldns_rdf_size(rd) == (size_t)l + 1 && memcmp(ldns_rdf_data(rd) + 1, text, (size_t)l) == 0;
    return same ? NULL : "wrong text";
}

static const char *check_listed(const ldns_pkt *pkt, const struct pending *p, int generation)
{
    const ldns_rr_list *l = ldns_pkt_answer(pkt);
    size_t want_a = p->type != LDNS_RR_TYPE_TXT, want_txt = p->type != LDNS_RR_TYPE_A;
    size_t a = 0, txt = 0;
    for (size_t i = 0; i < ldns_rr_list_rr_count(l); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(l, i);
        a += ldns_rr_get_type(rr) == LDNS_RR_TYPE_A;
        txt += ldns_rr_get_type(rr) == LDNS_RR_TYPE_TXT;
        const char *why = check_record(rr, p, generation);
        if (why)
            return why;
    }
    return a == want_a && txt == want_txt ? NULL : "not the records asked for";
}

/* NULL when the answer is one that the generation (stored) gives; else what is wrong. */
static const char *check_packet(const ldns_pkt *pkt, const struct pending *p, int *generation)
{
    bool negative = ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN;
    if (!negative && ldns_pkt_get_rcode(pkt) != LDNS_RCODE_NOERROR)
        return "a response code other than NOERROR and NXDOMAIN";
    if (!ldns_pkt_qr(pkt) || !ldns_pkt_aa(pkt) || ldns_pkt_tc(pkt))
        return "wrong flags";
    const ldns_rr_list *l = negative ? ldns_pkt_authority(pkt) : ldns_pkt_answer(pkt);
    if (ldns_rr_list_rr_count(l) == 0)
        return "no records";
    const ldns_rr *first = ldns_rr_list_rr(l, 0);
    *generation = ldns_rr_ttl(first) == 60 ? 0 : 1;
    if (listed(p->addr, *generation) == negative)
        return negative ? "denied, but its generation lists it"
                        : "listed, but its generation does not list it";
    if (!negative)
        return check_listed(pkt, p, *generation);
    if (ldns_rr_get_type(first) != LDNS_RR_TYPE_SOA)
        return "denied without a SOA";
    return ldns_rr_ttl(first) == (*generation ? 120u : 60u) ? NULL : "TTL of no generation";
}

static const char *check_answer(const uint8_t *msg, size_t len, const struct pending *p, int *gen)
{
    if (len < p->len || memcmp(msg + 12, p->msg + 12, p->len - 12) != 0)
        return "question not echoed";
    ldns_pkt *pkt = NULL;
    if (ldns_wire2pkt(&pkt, msg, len) != LDNS_STATUS_OK)
        return "malformed";
    const char *why = check_packet(pkt, p, gen);
    ldns_pkt_free(pkt);
    return why;
}

static void complain(const char *why, const struct pending *p)
{
    totals.wrong++;
    if (totals.wrong > SHOWN)
        return;
    struct in_addr in = {htonl(p->addr)};
    fprintf(stderr, "%s, type %u: %s\n", inet_ntoa(in), p->type, why);
}

static void take_answer(struct stream *s, const uint8_t *msg, size_t len)
{
    static const struct pending nothing;
    struct pending *p = len >= 12 ? &s->pending[msg[0] << 8 | msg[1]] : NULL;
    if (!p || p->sent == 0) {
        complain("an answer to no query, or to one given up", &nothing);
        return;
    }
    int64_t slot = (now_ns() - p->sent) / 100000;
    const size_t last = sizeof totals.latency / sizeof totals.latency[0] - 1;
    totals.latency[slot < (int64_t)last ? (size_t)slot : last]++;
    totals.answered++;
    int generation = -1;
    const char *why = check_answer(msg, len, p, &generation);
    p->sent = 0;
    if (why) {
        complain(why, p);
        return;
    }
    totals.seen[generation]++;
    if (s->generation >= 0 && s->generation != generation)
        s->changes++;
    s->generation = generation;
}

static void receive(struct stream *s)
{
    uint8_t msg[MSG_MAX];
    ssize_t n;
    while ((n = recv(s->fd, msg, sizeof msg, MSG_DONTWAIT)) >= 0)
        take_answer(s, msg, (size_t)n);
}

static void expire(struct stream *s, int64_t before)
{
    while (s->oldest != s->next) {
        struct pending *p = &s->pending[s->oldest];
        if (p->sent > before)
            return;
        totals.lost += p->sent != 0;
        p->sent = 0;
        s->oldest++;
    }
}

static void send_one(struct stream *s)
{
    struct pending *p = &s->pending[s->next];
    make_query(p, s->next);
    p->sent = now_ns();
    if (send(s->fd, p->msg, p->len, 0) != (ssize_t)p->len)
        complain(strerror(errno), p);
    s->next++;
    totals.sent++;
}

static int open_streams(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (unsigned i = 0; i < SOCKETS; i++) {
        struct stream *s = &streams[i];
        int size = 4 << 20;
        s->generation = -1;
        s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0)
            return -1;
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    return 0;
}

static uint64_t in_flight(void)
{
    return totals.sent - totals.answered - totals.lost;
}

/* Send what the clock says is due, take what has come; after the last query wait for the rest. */
static void run(int64_t duration, double rate)
{
    int64_t start = now_ns(), now = start, end = start + 10 * duration + TIMEOUT_NS;
    uint64_t all = (uint64_t)((double)duration * 1e-9 * rate);
    struct pollfd pfd[SOCKETS];
    for (unsigned i = 0; i < SOCKETS; i++)
        pfd[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
    while ((totals.sent < all || in_flight() > 0) && now < end) {
        int64_t elapsed = now - start < duration ? now - start : duration;
        uint64_t due = (uint64_t)((double)elapsed * 1e-9 * rate);
        while (totals.sent < due && in_flight() < IN_FLIGHT)
            send_one(&streams[totals.sent % SOCKETS]);
        poll(pfd, SOCKETS, 1);
        for (unsigned i = 0; i < SOCKETS; i++)
            receive(&streams[i]);
        now = now_ns();
        for (unsigned i = 0; i < SOCKETS; i++)
            expire(&streams[i], now - TIMEOUT_NS);
    }
    for (unsigned i = 0; i < SOCKETS; i++)
        expire(&streams[i], INT64_MAX - 1);
}

static double percentile(double share)
{
    const size_t n = sizeof totals.latency / sizeof totals.latency[0];
    uint64_t sum = 0, want = (uint64_t)((double)totals.answered * share);
    for (size_t i = 0; i < n; i++) {
        sum += totals.latency[i];
        if (sum > want)
            return (double)(i + 1) / 10;
    }
    return (double)n / 10;
}

static void report(void)
{
    unsigned least = UINT32_MAX, most = 0;
    for (unsigned i = 0; i < SOCKETS; i++) {
        unsigned c = streams[i].changes;
        least = c < least ? c : least;
        most = c > most ? c : most;
    }
    printf("sent %llu answered %llu lost %llu wrong %llu\n", (unsigned long long)totals.sent,
           (unsigned long long)totals.answered, (unsigned long long)totals.lost,
           (unsigned long long)totals.wrong);
    printf("generations %llu %llu changes %u to %u\n", (unsigned long long)totals.seen[0],
           (unsigned long long)totals.seen[1], least, most);
    printf("below, in ms: half %.1f, 99 %% %.1f, 99.9 %% %.1f, all %.1f\n", percentile(0.5),
           percentile(0.99), percentile(0.999), percentile(1 - 1e-9));
}

static long argument(const char *text, long max)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || *end || v < 1 || v > max) {
        fprintf(stderr, "reload_load: not a number from 1 to %ld: %s\n", max, text);
        exit(2);
    }
    return v;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: reload_load PORT SECONDS RATE\n", stderr);
        return 2;
    }
    uint16_t port = (uint16_t)argument(argv[1], 65535);
    long seconds = argument(argv[2], 3600), rate = argument(argv[3], 200000);
    if (open_streams(port) < 0) {
        perror("reload_load");
        return 2;
    }
    run(seconds * 1000000000LL, (double)rate);
    report();
    bool good =
        totals.sent > 0 && totals.answered == totals.sent && totals.lost == 0 && totals.wrong == 0;
    return good ? 0 : 1;
}
