/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same questions to two servers on loopback, rbldnsd and ours, answers compared.
 *
 *   diff PORT-OF-RBLDNSD PORT-OF-OURS QUESTIONS
 *
 * QUESTIONS: lines NAME TYPE, or NAME TYPE *.  Compared are rcode, the answer set with TTLs, and
 * the SOA of negative answers.  Differences that are deliberate are rows of reasons[]; every other
 * one is printed.  Exit status 0: none of those.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/name.h"
#include "tests/common/dnswalk.h"

#define WINDOW    64
#define WAIT_MS   2000
#define MSG_LEN   4096
#define CANON_MAX 64
#define SHOWN_MAX 4

enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5 };
enum { A = 1, NS = 2, SOA = 6, MX = 15, TXT = 16, OPT = 41, ANY = 255 };

struct question {
    char text[NAME_TEXT_MAX + 16];
    struct name name;
    unsigned type;
    bool record; /* there are records at the name, and an access list is at work */
};

/* One record without its place in the message: names spelt out, TXT as one string. */
struct canon {
    uint16_t type;
    uint32_t ttl;
    size_t len;
    uint8_t data[1400];
};

struct reply {
    bool came;
    unsigned rcode;
    bool tc;
    struct canon answer[CANON_MAX];
    size_t nanswer;
    struct canon soa; /* of the authority section; len 0: none */
};

/* --- reading replies --- */

static size_t expand(const uint8_t *msg, size_t at, uint8_t *out)
{
    size_t n = 0;
    for (unsigned hops = 0; hops < 128 && n < NAME_WIRE_MAX;) {
        uint8_t c = msg[at];
        if (c >= 0xc0) {
            at = (size_t)(c & 0x3f) << 8 | msg[at + 1];
            hops++;
            continue;
        }
        for (unsigned i = 0; i <= c; i++)
            out[n++] = name_fold(msg[at + i]);
        if (c == 0)
            return n;
        at += c + 1u;
    }
    return n;
}

static size_t skip(const uint8_t *msg, size_t at)
{
    while (msg[at] != 0 && msg[at] < 0xc0)
        at += msg[at] + 1u;
    return at + (msg[at] ? 2 : 1);
}

static void canonical(struct canon *c, const uint8_t *msg, const struct walk_rr *rr)
{
    size_t at = (size_t)(rr->rdata - msg);
    *c = (struct canon){.type = rr->type, .ttl = rr->ttl};
    if (rr->type == NS) {
        c->len = expand(msg, at, c->data);
    } else if (rr->type == MX) {
        memcpy(c->data, rr->rdata, 2);
        c->len = 2 + expand(msg, at + 2, c->data + 2);
    } else if (rr->type == SOA) {
        c->len = expand(msg, at, c->data);
        at = skip(msg, at);
        c->len += expand(msg, at, c->data + c->len);
        memcpy(c->data + c->len, msg + skip(msg, at), 20);
        c->len += 20;
    } else if (rr->type == TXT) {
        for (size_t i = 0; i < rr->rdlen; i += rr->rdata[i] + 1u) {
            memcpy(c->data + c->len, rr->rdata + i + 1, rr->rdata[i]);
            c->len += rr->rdata[i];
        }
    } else {
        c->len = rr->rdlen;
        memcpy(c->data, rr->rdata, rr->rdlen);
    }
}

static int compare(const void *a, const void *b)
{
    const struct canon *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->data, y->data, x->len);
}

static void read_reply(struct reply *r, const uint8_t *msg, size_t len)
{
    static struct walk w;
    *r = (struct reply){.came = true, .rcode = msg[3] & 15, .tc = (msg[2] & 2) != 0};
    if (!walk_message(&w, msg, len)) {
        r->rcode = 99; /* not a message: differs from everything */
        return;
    }
    for (size_t i = 0; i < w.nrr && i < WALK_RR_MAX; i++) {
        if (w.rr[i].section == WALK_ANSWER && r->nanswer < CANON_MAX)
            canonical(&r->answer[r->nanswer++], msg, &w.rr[i]);
        if (w.rr[i].section == WALK_AUTHORITY && w.rr[i].type == SOA)
            canonical(&r->soa, msg, &w.rr[i]);
    }
    qsort(r->answer, r->nanswer, sizeof *r->answer, compare);
}

/* --- asking --- */

static size_t build(const struct question *q, uint16_t id, uint8_t *out)
{
    static const uint8_t opt[] = {0, 0, OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
    memset(out, 0, 12);
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    out[5] = out[11] = 1;
    memcpy(out + 12, q->name.wire, q->name.len);
    size_t n = 12u + q->name.len;
    uint8_t tail[4] = {(uint8_t)(q->type >> 8), (uint8_t)q->type, 0, 1};
    memcpy(out + n, tail, 4);
    memcpy(out + n + 4, opt, sizeof opt);
    return n + 4 + sizeof opt;
}

static int open_port(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(2);
    }
    return fd;
}

/*
 * Both answer one socket in order, so the reply to version.bind, asked last, comes after all
 * others: what is missing then is not answered at all, as access lists may want it.
 */
static size_t build_last(uint16_t id, uint8_t *out)
{
    static const uint8_t rest[] = "\0\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\20\0\3";
    out[0] = (uint8_t)(id >> 8);
    out[1] = (uint8_t)id;
    memcpy(out + 2, rest, sizeof rest - 1);
    return 2 + sizeof rest - 1;
}

static void ask(int fd, const struct question *q, size_t n, struct reply *out)
{
    uint8_t msg[MSG_LEN];
    for (size_t i = 0; i < n; i++) {
        out[i].came = false;
        if (send(fd, msg, build(&q[i], (uint16_t)i, msg), 0) < 0) {
            perror("no server"); /* ECONNREFUSED of an earlier one */
            exit(2);
        }
    }
    (void)!send(fd, msg, build_last((uint16_t)n, msg), 0);
    for (size_t id = 0; id != n;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, WAIT_MS) <= 0) {
            fprintf(stderr, "no answer to version.bind\n");
            exit(2);
        }
        ssize_t len = recv(fd, msg, sizeof msg, 0);
        id = len < 12 ? WINDOW + 1 : (size_t)msg[0] << 8 | msg[1];
        if (id < n && !out[id].came)
            read_reply(&out[id], msg, (size_t)len);
    }
}

/* --- comparing --- */

static bool same_answers(const struct reply *x, const struct reply *y)
{
    if (x->nanswer != y->nanswer)
        return false;
    for (size_t i = 0; i < x->nanswer; i++)
        if (compare(&x->answer[i], &y->answer[i]) != 0 || x->answer[i].ttl != y->answer[i].ttl)
            return false;
    return true;
}

static bool same_soa(const struct reply *x, const struct reply *y)
{
    return x->soa.len == y->soa.len && x->soa.ttl == y->soa.ttl && compare(&x->soa, &y->soa) == 0;
}

static bool same(const struct reply *x, const struct reply *y)
{
    if (!x->came || !y->came)
        return x->came == y->came;
    return x->rcode == y->rcode && same_answers(x, y) && same_soa(x, y);
}

static bool starts(const struct question *q, const char *with)
{
    return strncasecmp(q->text, with, strlen(with)) == 0;
}

/* The label count, and whether all of them are whole decimal octets, zeros in front allowed. */
static bool is_address(const struct question *q)
{
    unsigned n = 0;
    for (const char *p = q->text; n < 4; n++) {
        size_t len = strspn(p, "0123456789");
        if (len == 0 || len > 3 || p[len] != '.')
            return false;
        p += len + 1;
    }
    return true;
}

/* Thirty-two nibbles of 2002::/16, last one first. */
static bool is_6to4(const struct question *q)
{
    for (size_t i = 0; i < 32; i++)
        if (strspn(q->text + 2 * i, "0123456789abcdefABCDEF") != 1 || q->text[2 * i + 1] != '.')
            return false;
    return strncmp(q->text + 56, "2.0.0.2.", 8) == 0;
}

static bool is_apex(const struct question *q)
{
    return name_labels(q->name.wire) == 2;
}

static bool exists_above(const struct question *q, const struct reply *theirs,
                         const struct reply *ours)
{
    (void)q;
    return theirs->rcode == NXDOMAIN && ours->rcode == NOERROR && ours->nanswer == 0;
}

static bool test_point(const struct question *q, const struct reply *theirs,
                       const struct reply *ours)
{
    (void)theirs;
    (void)ours;
    return starts(q, "2.0.0.127.") || starts(q, "1.0.0.127.") || starts(q, "test.") ||
           starts(q, "invalid.") || strstr(q->text, ".invalid.") != NULL;
}

static bool leading_zero(const struct question *q, const struct reply *theirs,
                         const struct reply *ours)
{
    (void)theirs;
    if (!is_address(q) || ours->nanswer > 0)
        return false;
    for (const char *p = q->text; *p; p = strchr(p, '.') ? strchr(p, '.') + 1 : "")
        if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
            return true;
    return false;
}

static bool apex_without(const struct question *q, const struct reply *theirs,
                         const struct reply *ours)
{
    return is_apex(q) && theirs->rcode == REFUSED && ours->rcode == NOERROR;
}

static bool apex_any(const struct question *q, const struct reply *theirs, const struct reply *ours)
{
    return is_apex(q) && q->type == ANY && theirs->rcode == NOERROR && ours->rcode == NOERROR;
}

static bool soa_added(const struct question *q, const struct reply *theirs,
                      const struct reply *ours)
{
    (void)q;
    return theirs->rcode == ours->rcode && same_answers(theirs, ours) && theirs->soa.len == 0 &&
           ours->soa.len > 0;
}

static bool soa_smaller_ttl(const struct question *q, const struct reply *theirs,
                            const struct reply *ours)
{
    (void)q;
    return theirs->rcode == ours->rcode && same_answers(theirs, ours) &&
           theirs->soa.len == ours->soa.len && compare(&theirs->soa, &ours->soa) == 0 &&
           ours->soa.ttl < theirs->soa.ttl;
}

/* Theirs is the beginning of ours in every text, and all else is equal. */
static bool longer_text(const struct question *q, const struct reply *theirs,
                        const struct reply *ours)
{
    (void)q;
    if (theirs->rcode != ours->rcode || theirs->nanswer != ours->nanswer)
        return false;
    for (size_t i = 0; i < ours->nanswer; i++) {
        const struct canon *t = &theirs->answer[i], *o = &ours->answer[i];
        size_t n = t->len < o->len ? t->len : o->len;
        if (t->type != o->type || memcmp(t->data, o->data, n) != 0 ||
            (t->len != o->len && (t->type != TXT || t->len < 254)))
            return false;
    }
    return true;
}

static bool truncated(const struct question *q, const struct reply *theirs,
                      const struct reply *ours)
{
    (void)q;
    return ours->tc && theirs->nanswer > 0;
}

/* rbldnsd finds the records' name, but not the records: NODATA, or what a client is answered. */
static bool under_acl(const struct question *q, const struct reply *theirs,
                      const struct reply *ours)
{
    return q->record && theirs->rcode == NOERROR && ours->rcode == NOERROR;
}

static bool of_6to4(const struct question *q, const struct reply *theirs, const struct reply *ours)
{
    return is_6to4(q) && theirs->rcode == NOERROR &&
           (ours->rcode == NXDOMAIN || theirs->nanswer > ours->nanswer);
}

/* Every deliberate difference, with its reason. */
static struct reason {
    const char *name, *why;
    bool (*holds)(const struct question *, const struct reply *, const struct reply *);
    unsigned long seen;
} reasons[] = {
    {"empty non-terminal", "RFC 8020: a name above a listed one exists", exists_above, 0},
    {"test point", "RFC 5782 section 5: listed, or never, whatever the data say", test_point, 0},
    {"leading zero", "one address has one name", leading_zero, 0},
    {"apex without SOA or NS", "the zone exists all the same: no REFUSED", apex_without, 0},
    {"apex ANY", "RFC 8482: only the SOA over UDP", apex_any, 0},
    {"SOA added", "RFC 2308: without an SOA resolvers do not cache a negative answer", soa_added,
     0},
    {"negative TTL", "RFC 2308: the smaller of SOA TTL and MINIMUM", soa_smaller_ttl, 0},
    {"long text", "several strings instead of a text cut at 254 octets", longer_text, 0},
    {"records under an access list", "what empty and A values leave alone is answered", under_acl,
     0},
    {"6to4", "RFC 7526: historic; an address is looked up as what it is", of_6to4, 0},
    {"truncation", "RFC 2181 section 9: TC instead of a silently shortened answer", truncated, 0},
};

static bool excused(const struct question *q, const struct reply *theirs, const struct reply *ours)
{
    for (size_t i = 0; theirs->came && ours->came && i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].holds(q, theirs, ours)) {
            reasons[i].seen++;
            return true;
        }
    return false;
}

static void show(const char *who, const struct reply *r)
{
    printf("  %-8s %s rcode %u", who, r->came ? "" : "no reply", r->rcode);
    for (size_t i = 0; i < r->nanswer; i++) {
        const struct canon *c = &r->answer[i];
        printf(" [%u %u ", c->type, c->ttl);
        for (size_t k = 0; k < c->len; k++)
            printf(c->type == TXT && c->data[k] > 31 && c->data[k] < 127 ? "%c" : "%02x",
                   c->data[k]);
        printf("]");
    }
    printf(" soa %zu octets ttl %u\n", r->soa.len, r->soa.ttl);
}

static bool read_question(FILE *f, struct question *q)
{
    char line[sizeof q->text];
    while (fgets(line, sizeof line, f)) {
        char *blank = strchr(line, ' ');
        if (!blank)
            continue;
        *blank = 0;
        q->type = (unsigned)strtoul(blank + 1, NULL, 10);
        q->record = strchr(blank + 1, '*') != NULL;
        snprintf(q->text, sizeof q->text, "%s", line);
        if (name_parse(line, strlen(line), &q->name) == NULL)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    static struct question q[WINDOW];
    static struct reply theirs[WINDOW], ours[WINDOW];
    unsigned long asked = 0, differ = 0, silent = 0;
    FILE *f = argc == 4 ? fopen(argv[3], "r") : NULL;
    if (!f) {
        fprintf(stderr, "usage: diff PORT-OF-RBLDNSD PORT-OF-OURS QUESTIONS\n");
        return 2;
    }
    int fd1 = open_port(argv[1]), fd2 = open_port(argv[2]);
    for (size_t n = WINDOW; n == WINDOW;) {
        for (n = 0; n < WINDOW && read_question(f, &q[n]);)
            n++;
        ask(fd1, q, n, theirs);
        ask(fd2, q, n, ours);
        asked += n;
        for (size_t i = 0; i < n; i++) {
            silent += !theirs[i].came && !ours[i].came;
            if (same(&theirs[i], &ours[i]) || excused(&q[i], &theirs[i], &ours[i]))
                continue;
            if (differ++ < SHOWN_MAX) {
                printf("%s type %u\n", q[i].text, q[i].type);
                show("rbldnsd", &theirs[i]);
                show("ours", &ours[i]);
            }
        }
    }
    fclose(f);
    printf("%lu questions, %lu without replies, %lu differences without a reason", asked, silent,
           differ);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        printf("; %s %lu", reasons[i].name, reasons[i].seen);
    printf("\n");
    return differ > 0;
}
