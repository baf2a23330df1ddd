/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Publications under load, each seen: publish_load PORT IMAGES COUNT PID
 *
 * Compiles generation after generation of the zone "load.test" into IMAGES, the next as soon as the
 * one before is served, and asks all the while.  Generation g has the serial g, the addresses
 * 10.0.0.0/16 and, by its parity, 10.1.0.0/16 or 10.2.0.0/16, with the A value 127.1.x.y, x.y being
 * g, and g as the text.  An answer must be wholly of one generation: the last one, or while that is
 * being taken the one before, and never of an older one than the socket has seen.
 *
 * Prints how many queries were sent, lost and answered wrongly, the resident memory of process PID
 * after 10 generations and after all of them, in KiB, and the longest publication, in milliseconds.
 * Status 0 when nothing was lost or wrong and every generation was served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/query.h"
#include "tests/common/ask.h"
#include "tests/common/testzone.h"

#define SOCKETS      6 /* more than workers, so that each worker gets some of the load */
#define BURST        4 /* queries a socket has on their way at once */
#define LOST_MS      10000
#define SERVED_MS    30000 /* a generation that is not served by then never will be */
#define FILL_SOCKETS 16
#define FILL_MS      200
#define EARLY        10 /* generations before memory is looked at first */
#define SHOWN        10

struct stream {
    int fd;
    uint32_t seen;    /* newest generation in an answer */
    unsigned waiting; /* answers to come, of queries first, first + 1, ... */
    char name[BURST][64];
    bool even[BURST], odd[BURST]; /* is the name listed in such generations? */
};

static struct stream streams[SOCKETS];
static uint64_t sent, lost, wrong;
static uint32_t generation;

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void complain(const char *why, const char *name)
{
    if (wrong++ < SHOWN)
        fprintf(stderr, "generation %u, %s: %s\n", generation, name, why);
}

/* --- asking --- */

static void send_query(struct stream *s, unsigned i)
{
    static uint64_t seed = 7;
    uint64_t r = testzone_random(&seed);
    unsigned net = (unsigned)(r >> 40) % 4;
    uint8_t msg[ASK_MAX];
    struct ask a = {.name = s->name[i], .type = LDNS_RR_TYPE_ANY};
    s->even[i] = net == 0 || net == 2;
    s->odd[i] = net == 0 || net == 1;
    snprintf(s->name[i], sizeof s->name[i], "%u.%u.%u.10.load.test", (unsigned)(r >> 16) & 0xff,
             (unsigned)(r >> 24) & 0xff, net);
    if (net == 3) { /* not listed in any: the zone itself is asked for */
        snprintf(s->name[i], sizeof s->name[i], "load.test");
        a.type = LDNS_RR_TYPE_SOA;
        s->even[i] = s->odd[i] = true;
    }
    size_t len = ask_build(&a, msg);
    msg[0] = 0;
    msg[1] = (uint8_t)i;
    if (send(s->fd, msg, len, 0) != (ssize_t)len)
        complain(strerror(errno), s->name[i]);
    sent++;
}

/* The generation a record names, 0 when it names none. */
static uint32_t generation_of(const ldns_rr *rr)
{
    const ldns_rdf *rd = ldns_rr_rdf(rr, 0);
    const uint8_t *octets = ldns_rdf_data(rd);
    char text[16] = "";
    switch (ldns_rr_get_type(rr)) {
    case LDNS_RR_TYPE_A:
        return (uint32_t)octets[2] << 8 | octets[3];
    case LDNS_RR_TYPE_TXT:
        snprintf(text, sizeof text, "%.*s", (int)octets[0], (const char *)octets + 1);
        return (uint32_t)strtoul(text, NULL, 10);
    case LDNS_RR_TYPE_SOA:
        return ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
    default:
        return 0;
    }
}

/* The one generation of all records, 0 when they do not agree. */
static uint32_t generation_of_all(const ldns_rr_list *l)
{
    size_t n = ldns_rr_list_rr_count(l);
    uint32_t g = n > 0 ? generation_of(ldns_rr_list_rr(l, 0)) : 0;
    for (size_t i = 1; i < n; i++)
        if (generation_of(ldns_rr_list_rr(l, i)) != g)
            return 0;
    return g;
}

static const char *check(struct stream *s, unsigned i, const ldns_pkt *pkt)
{
    if (ldns_pkt_get_rcode(pkt) == LDNS_RCODE_SERVFAIL && s->seen == 0)
        return NULL; /* the first one is still to come */
    bool denied = ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN;
    if (!denied && ldns_pkt_get_rcode(pkt) != LDNS_RCODE_NOERROR)
        return "neither NOERROR nor NXDOMAIN";
    const ldns_rr_list *l = denied ? ldns_pkt_authority(pkt) : ldns_pkt_answer(pkt);
    uint32_t g = generation_of_all(l);
    if (g == 0)
        return "records of several generations, or none";
    bool soa = ldns_rr_get_type(ldns_rr_list_rr(l, 0)) == LDNS_RR_TYPE_SOA;
    if (!soa && ldns_rr_list_rr_count(l) != 2)
        return "not an address and a text";
    if (denied == (g % 2 ? s->odd[i] : s->even[i]))
        return "not what its generation lists";
    if (g != generation && g + 1 != generation)
        return "neither the last generation nor the one before";
    if (g < s->seen)
        return "older than an answer before it";
    s->seen = g;
    return NULL;
}

static void receive(struct stream *s)
{
    uint8_t msg[1500];
    ssize_t n;
    while ((n = recv(s->fd, msg, sizeof msg, MSG_DONTWAIT)) >= 0) {
        unsigned i = n > 12 ? msg[1] : BURST;
        ldns_pkt *pkt = NULL;
        if (i >= BURST || s->waiting == 0 ||
            ldns_wire2pkt(&pkt, msg, (size_t)n) != LDNS_STATUS_OK) {
            complain("not an answer", "?");
            continue;
        }
        const char *why = check(s, i, pkt);
        if (why)
            complain(why, s->name[i]);
        ldns_pkt_free(pkt);
        s->waiting--;
    }
}

/* Each socket asks, and all are answered: no query is on its way afterwards. */
static void round_of_queries(void)
{
    struct pollfd pfd[SOCKETS];
    for (unsigned k = 0; k < SOCKETS; k++) {
        pfd[k] = (struct pollfd){.fd = streams[k].fd, .events = POLLIN};
        for (unsigned i = 0; i < BURST; i++)
            send_query(&streams[k], i);
        streams[k].waiting = BURST;
    }
    int64_t end = now_ms() + LOST_MS;
    for (unsigned left = 1; left > 0 && now_ms() < end;) {
        poll(pfd, SOCKETS, 10);
        left = 0;
        for (unsigned k = 0; k < SOCKETS; k++) {
            receive(&streams[k]);
            left += streams[k].waiting;
        }
    }
    for (unsigned k = 0; k < SOCKETS; k++)
        lost += streams[k].waiting;
}

/* --- publishing --- */

static void publish(int dir)
{
    char a[16], text[16], entries[64];
    snprintf(a, sizeof a, "127.1.%u.%u", generation >> 8 & 0xff, generation & 0xff);
    snprintf(text, sizeof text, "%u", generation);
    snprintf(entries, sizeof entries, "10.0.0.0/16\n10.%d.0.0/16\n", generation % 2 ? 1 : 2);
    struct testzone z = {.name = "load.test",
                         .serial = generation,
                         .list = {{.name = "one", .a = a, .txt = text, .entries = entries}}};
    size_t len;
    uint8_t *bytes = testzone_bytes(&z, &len);
    int fd = openat(dir, ".load", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) < 0 ||
        renameat(dir, ".load", dir, "load.test.rbl") < 0) {
        perror("publish_load");
        exit(2);
    }
    free(bytes);
}

static bool all_have_seen(uint32_t g)
{
    for (unsigned k = 0; k < SOCKETS; k++)
        if (streams[k].seen != g)
            return false;
    return true;
}

/* Milliseconds until every socket's answers were of the new generation, -1 when some never were. */
static int64_t publish_next(int dir)
{
    generation++;
    publish(dir);
    int64_t begin = now_ms();
    do {
        round_of_queries();
        if (now_ms() - begin > SERVED_MS)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    } while (!all_have_seen(generation));
    return now_ms() - begin;
}

static long resident(long pid)
{
    char path[64], line[128];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kib;
}

static int open_socket(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("publish_load");
        exit(2);
    }
    return fd;
}

/*
 * A worker's buffers take memory as far as a batch has ever filled them.  Fill them once, or how
 * busy the machine happens to be decides when: the queries wait until the server goes on.  That
 * some do not fit the kernel's buffer does not matter.
 */
static void fill_batches(uint16_t port, pid_t pid)
{
    int fd[FILL_SOCKETS];
    uint8_t msg[ASK_MAX], reply[1500];
    struct ask a = {.name = "load.test", .type = LDNS_RR_TYPE_SOA};
    size_t len = ask_build(&a, msg);
    kill(pid, SIGSTOP);
    for (unsigned k = 0; k < FILL_SOCKETS; k++) {
        fd[k] = open_socket(port);
        for (unsigned i = 0; i < QUERY_BATCH; i++)
            (void)send(fd[k], msg, len, 0);
    }
    kill(pid, SIGCONT);
    for (unsigned k = 0; k < FILL_SOCKETS; k++) {
        struct pollfd p = {.fd = fd[k], .events = POLLIN};
        for (unsigned i = 0; i < QUERY_BATCH && poll(&p, 1, FILL_MS) > 0; i++)
            (void)recv(fd[k], reply, sizeof reply, 0);
        close(fd[k]);
    }
}

int main(int argc, char **argv)
{
    int dir = argc == 5 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (dir < 0) {
        fputs("usage: publish_load PORT IMAGES COUNT PID\n", stderr);
        return 2;
    }
    uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
    long pid = strtol(argv[4], NULL, 10), early = 0;
    int64_t longest = 0;
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    fill_batches(port, (pid_t)pid);
    for (unsigned k = 0; k < SOCKETS; k++)
        streams[k].fd = open_socket(port);
    while (generation < count) {
        int64_t ms = publish_next(dir);
        if (ms < 0) {
            complain("was never served", "the zone");
            break;
        }
        longest = ms > longest ? ms : longest;
        if (generation == EARLY)
            early = resident(pid);
    }
    printf("%u generations: sent %llu lost %llu wrong %llu; memory %ld %ld; longest %lld\n",
           generation, (unsigned long long)sent, (unsigned long long)lost,
           (unsigned long long)wrong, early, resident(pid), (long long)longest);
    return sent > 0 && lost == 0 && wrong == 0 && generation == count ? 0 : 1;
}
