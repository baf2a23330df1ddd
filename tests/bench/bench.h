/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark programs share: a clock, a generator, arguments, files of queries. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_MSG_MAX 96 /* bytes of a query: four labels, a zone of up to 60, header and tail */

static inline int64_t bench_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
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

/* A file of gen: addresses in host order, listed ones at even places, others at odd ones. */
static inline uint32_t *bench_read_queries(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) < 0)
        bench_die(path);
    long size = ftell(f);
    rewind(f);
    *n = (size_t)size / sizeof(uint32_t);
    uint32_t *a = malloc(*n * sizeof *a + 1);
    if (!a || *n == 0 || fread(a, sizeof *a, *n, f) != *n)
        bench_die(path);
    fclose(f);
    return a;
}

/* "example.test" behind the four labels of an address; returns the length of the query for A. */
static inline size_t bench_query(uint8_t m[static BENCH_MSG_MAX], uint32_t addr, const char *zone)
{
    char name[BENCH_MSG_MAX];
    int l = snprintf(name, sizeof name, "%u.%u.%u.%u.%s", addr & 0xff, addr >> 8 & 0xff,
                     addr >> 16 & 0xff, addr >> 24, zone);
    if (l < 0 || (size_t)l + 18 > BENCH_MSG_MAX) {
        fprintf(stderr, "zone too long: %s\n", zone);
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

#endif
