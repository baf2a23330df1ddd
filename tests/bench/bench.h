/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark programs share: a clock, a generator, arguments, files of queries. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#define BENCH_MSG_MAX 96 /* bytes of a query: labels, a zone, header and tail */

static inline int64_t bench_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* 0 when the process is gone: the difference is then absurd and seen. */
static inline double bench_cpu(pid_t pid)
{
    clockid_t clock;
    struct timespec ts;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
        return 0;
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* xorshift64*: good enough to scatter, and the same everywhere.  *state must not be 0. */
static inline uint64_t bench_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1du;
}

_Noreturn static inline void bench_die(const char *what)
{
    perror(what);
    exit(1);
}

static inline long bench_number(const char *text, long max)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < 0 || v > max) {
        fprintf(stderr, "not a number from 0 to %ld: %s\n", max, text);
        exit(2);
    }
    return v;
}

/*
 * 1.0.0.0 to 223.255.255.255 without what the loader leaves out by default (RFC 6890) and without
 * 127/8: the test points stay what they are.
 */
static inline bool bench_is_usable(uint32_t addr)
{
    static const struct {
        uint32_t first, last;
    } unusable[] = {
        {0x0a000000, 0x0affffff}, /* 10/8 */
        {0x64400000, 0x647fffff}, /* 100.64/10 */
        {0x7f000000, 0x7fffffff}, /* 127/8 */
        {0xa9fe0000, 0xa9feffff}, /* 169.254/16 */
        {0xac100000, 0xac1fffff}, /* 172.16/12 */
        {0xc0000000, 0xc00000ff}, /* 192.0.0/24 */
        {0xc0586300, 0xc05863ff}, /* 192.88.99/24 */
        {0xc0a80000, 0xc0a8ffff}, /* 192.168/16 */
        {0xc6120000, 0xc613ffff}, /* 198.18/15 */
    };
    if (addr >> 24 < 1 || addr >> 24 > 223)
        return false;
    for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++)
        if (addr >= unusable[i].first && addr <= unusable[i].last)
            return false;
    return true;
}

static inline FILE *bench_create(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f)
        bench_die(path);
    setvbuf(f, NULL, _IOFBF, 1 << 20);
    return f;
}

static inline void bench_finish(FILE *f)
{
    bool failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed)
        bench_die("close");
}

/*
 * Questions, listed ones at even places, others at odd ones.  The file holds addresses in host
 * order, or, behind the address 0, names below the zone, a line each.
 */
struct bench_queries {
    size_t n;
    uint32_t *addr; /* the file */
    char **name;    /* into the file; NULL: addresses */
};

static inline void bench_split_names(struct bench_queries *q, char *text, size_t size)
{
    q->n = 0;
    q->name = malloc(size * sizeof *q->name);
    if (!q->name)
        bench_die("queries");
    text[size] = '\0';
    for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = '\0';
        q->name[q->n++] = text;
    }
}

static inline void bench_read_queries(struct bench_queries *q, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) < 0)
        bench_die(path);
    size_t size = (size_t)ftell(f);
    rewind(f);
    q->n = size / sizeof *q->addr;
    q->name = NULL;
    q->addr = malloc(size + 1);
    if (!q->addr || q->n == 0 || fread(q->addr, 1, size, f) != size)
        bench_die(path);
    fclose(f);
    if (q->addr[0] == 0)
        bench_split_names(q, (char *)(q->addr + 1), size - sizeof *q->addr);
}

static inline void bench_free_queries(struct bench_queries *q)
{
    free(q->name);
    free(q->addr);
}

/* The query for A of "example.test" behind a name; returns its length. */
static inline size_t bench_query_name(uint8_t m[static BENCH_MSG_MAX], const char *below,
                                      const char *zone)
{
    char name[BENCH_MSG_MAX];
    int l = snprintf(name, sizeof name, "%s.%s", below, zone);
    if (l < 0 || (size_t)l + 18 > BENCH_MSG_MAX) {
        fprintf(stderr, "name too long: %s.%s\n", below, zone);
        exit(2);
    }
    memset(m, 0, 12);
    m[5] = 1;
    size_t label = 12, n = 13;
    for (const char *p = name;; p++) {
        if (*p && *p != '.') {
            m[n++] = (uint8_t)*p;
            continue;
        }
        m[label] = (uint8_t)(n - label - 1);
        label = n++;
        if (!*p)
            break;
    }
    static const uint8_t tail[] = {0, 0, 1, 0, 1};
    memcpy(m + n - 1, tail, sizeof tail);
    return n - 1 + sizeof tail;
}

static inline size_t bench_query(uint8_t m[static BENCH_MSG_MAX], const struct bench_queries *q,
                                 size_t i, const char *zone)
{
    char labels[16];
    if (q->name)
        return bench_query_name(m, q->name[i], zone);
    uint32_t a = q->addr[i];
    snprintf(labels, sizeof labels, "%u.%u.%u.%u", a & 0xff, a >> 8 & 0xff, a >> 16 & 0xff,
             a >> 24);
    return bench_query_name(m, labels, zone);
}

#endif
