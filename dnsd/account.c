/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/parse.h"
#include "dnsd/zonetab.h"

/* A batch of short lines in one write; a longest one must still fit behind ACCOUNT_FULL. */
#define ACCOUNT_BUFFER 16384
#define ACCOUNT_LINE   1300
#define ACCOUNT_FULL   (ACCOUNT_BUFFER - ACCOUNT_LINE)

struct account_row {
    _Atomic uint64_t v[ACCOUNT_NCOUNTERS];
};

struct account {
    _Alignas(64) struct zonetab *zones; /* names alone: the set served changes under us */
    size_t nzones;
    int log;
    size_t len;
    char text[ACCOUNT_BUFFER];
    struct account_row row[]; /* nzones, and one for everything */
};

static void free_one(struct account *a)
{
    if (a)
        zonetab_free(a->zones);
    free(a);
}

static struct account *new_one(const struct zonetab_zone *zones, size_t nzones, int log)
{
    size_t size = sizeof(struct account) + (nzones + 1) * sizeof(struct account_row);
    size = (size + 63) & ~(size_t)63; /* whole cache lines: the next block is another thread's */
    struct account *a = aligned_alloc(64, size);
    if (!a)
        return NULL;
    memset(a, 0, size);
    a->nzones = nzones;
    a->log = log;
    a->zones = zonetab_build(zones, nzones);
    if (a->zones)
        return a;
    free(a);
    return NULL;
}

struct account_book *account_open(const struct name *const *zones, size_t nzones, size_t nthreads,
                                  int log)
{
    struct account_book *b = calloc(1, sizeof *b);
    struct zonetab_zone *rows = calloc(nzones + 1, sizeof *rows);
    bool good = b && rows;
    if (good) {
        *b = (struct account_book){.nzones = nzones, .log = log, .nthreads = nthreads};
        b->thread = calloc(nthreads, sizeof(struct account *));
        good = b->thread != NULL;
    }
    for (size_t i = 0; good && i < nzones; i++)
        rows[i].name = *zones[i];
    for (size_t i = 0; good && i < nthreads; i++)
        good = (b->thread[i] = new_one(rows, nzones, log)) != NULL;
    free(rows);
    if (good)
        return b;
    account_close(b);
    return NULL;
}

void account_close(struct account_book *b)
{
    for (size_t i = 0; b && b->thread && i < b->nthreads; i++)
        free_one(b->thread[i]);
    if (b)
        free(b->thread);
    free(b);
}

/* --- counters --- */

static void add(struct account_row *row, enum account_counter which, uint64_t n)
{
    uint64_t old = atomic_load_explicit(&row->v[which], memory_order_relaxed);
    atomic_store_explicit(&row->v[which], old + n, memory_order_relaxed);
}

static void count(struct account_row *row, const struct account_message *m)
{
    add(row, ACCOUNT_QUERIES, 1);
    add(row, ACCOUNT_IN, m->query_len);
    if (m->reply_len < DNS_HEADER_LEN)
        return;
    unsigned rcode = m->reply[3] & 15u;
    add(row, ACCOUNT_OUT, m->reply_len);
    if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN)
        add(row, rcode == DNS_NOERROR ? ACCOUNT_OK : ACCOUNT_NXDOMAIN, 1);
}

/* rbldnsd counts by zone what it looked up there: no other class, no type that has no data. */
static size_t zone_of(const struct account *a, const struct query *q)
{
    if (q->qclass != DNS_CLASS_IN && q->qclass != DNS_CLASS_ANY)
        return SIZE_MAX;
    const struct zonetab_zone *z =
        zonetab_find(a->zones, q->name, q->labels, q->nlabels, q->name_len);
    return z ? (size_t)(z - zonetab_get(a->zones, 0)) : SIZE_MAX;
}

void account_sum(const struct account_book *b, size_t zone, uint64_t sum[static ACCOUNT_NCOUNTERS])
{
    memset(sum, 0, ACCOUNT_NCOUNTERS * sizeof sum[0]);
    for (size_t i = 0; i < b->nthreads; i++)
        for (size_t k = 0; k < ACCOUNT_NCOUNTERS; k++)
            sum[k] += atomic_load_explicit(&b->thread[i]->row[zone].v[k], memory_order_relaxed);
}

/* --- the query log --- */

static void put_client(char out[static INET6_ADDRSTRLEN], const struct sockaddr *client)
{
    const char *text = NULL;
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;
    if (client->sa_family == AF_INET) {
        memcpy(&sin, client, sizeof sin);
        text = inet_ntop(AF_INET, &sin.sin_addr, out, INET6_ADDRSTRLEN);
    } else if (client->sa_family == AF_INET6) {
        memcpy(&sin6, client, sizeof sin6);
        text = inet_ntop(AF_INET6, &sin6.sin6_addr, out, INET6_ADDRSTRLEN);
    }
    if (!text)
        memcpy(out, "?", 2);
}

struct word {
    unsigned number;
    const char *text;
};

static const struct word types[] = {{1, "A"},      {2, "NS"},     {5, "CNAME"},  {6, "SOA"},
                                    {12, "PTR"},   {13, "HINFO"}, {15, "MX"},    {16, "TXT"},
                                    {24, "SIG"},   {25, "KEY"},   {28, "AAAA"},  {33, "SRV"},
                                    {35, "NAPTR"}, {38, "A6"},    {39, "DNAME"}, {251, "IXFR"},
                                    {252, "AXFR"}, {255, "ANY"},  {0, NULL}};
static const struct word classes[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {255, "ANY"}, {0, NULL}};
static const struct word rcodes[] = {{DNS_NOERROR, "NOERROR"},
                                     {DNS_FORMERR, "FORMERR"},
                                     {DNS_SERVFAIL, "SERVFAIL"},
                                     {DNS_NXDOMAIN, "NXDOMAIN"},
                                     {DNS_NOTIMP, "NOTIMPL"},
                                     {DNS_REFUSED, "REFUSED"},
                                     {0, NULL}};

static const char *name_word(const struct word *table, unsigned number, const char *otherwise,
                             char buf[static 16])
{
    for (const struct word *w = table; w->text; w++)
        if (w->number == number)
            return w->text;
    snprintf(buf, 16, "%s%u", otherwise, number);
    return buf;
}

static void put_line(struct account *a, const struct account_message *m, const struct query *q)
{
    char client[INET6_ADDRSTRLEN], name[NAME_TEXT_MAX] = "?", type[16], class[16], rcode[16];
    if (a->len > ACCOUNT_FULL)
        account_flush(a);
    put_client(client, m->client);
    /* In the client's letters, which the question still has. */
    if (q)
        name_format(name, m->query + DNS_HEADER_LEN, q->name_len);
    int n = snprintf(a->text + a->len, ACCOUNT_LINE, "%" PRId64 " %s %s %s %s: %s/%u/%zu\n",
                     (int64_t)time(NULL), client, name,
                     q ? name_word(types, q->qtype, "type", type) : "?",
                     q ? name_word(classes, q->qclass, "class", class) : "?",
                     name_word(rcodes, m->reply[3] & 15u, "rcode", rcode),
                     (unsigned)dns_get16(m->reply + 6), m->reply_len);
    if (n > 0 && n < ACCOUNT_LINE)
        a->len += (size_t)n;
}

void account_flush(struct account *a)
{
    size_t done = 0;
    while (done < a->len) {
        ssize_t n = write(a->log, a->text + done, a->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        /* A full disk or a reader that is slow costs lines, never answers. */
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    a->len = 0;
}

void account_message(struct account *a, const struct account_message *m)
{
    struct query q;
    enum parse_verdict verdict = query_parse(&q, m->query, m->query_len);
    bool question = verdict == PARSE_GOOD || verdict == PARSE_ERROR;
    count(&a->row[a->nzones], m);
    if (verdict == PARSE_GOOD) {
        size_t zone = zone_of(a, &q);
        if (zone != SIZE_MAX)
            count(&a->row[zone], m);
    }
    if (a->log >= 0 && m->reply_len >= DNS_HEADER_LEN)
        put_line(a, m, question ? &q : NULL);
}
