/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and queries to measure with: gen N KIND SEED DIR QUERIES
 *
 * Writes N different IPv4 addresses as DIR/unsorted.txt and, in order, DIR/sorted.txt, and QUERIES
 * addresses to ask for as DIR/queries (see bench.h).  KIND is "uniform", or "clustered": 70 % of
 * the addresses lie in 4096 /16 networks, as those of real lists of hosts do.  Addresses that are
 * not listed are drawn in the same way.  DIR/misses has none that is listed, from all over the
 * space; DIR/near none either, but each beside one that is.
 */
#include <stdbool.h>
#include <sys/mman.h>

#include "tests/bench/bench.h"

#define HOT       4096
#define HOT_SHARE 70 /* per cent */
#define SPACE     (1ull << 32)

struct generator {
    uint64_t random;
    bool clustered;
    uint16_t hot[HOT];
    uint64_t *listed; /* a bit per address */
};

static bool is_listed(const struct generator *g, uint32_t addr)
{
    return g->listed[addr / 64] >> (addr % 64) & 1;
}

static uint32_t draw(struct generator *g)
{
    uint32_t addr;
    do {
        uint64_t r = bench_random(&g->random);
        addr = (uint32_t)(r >> 32);
        if (g->clustered && (r & 0xffff) % 100 < HOT_SHARE)
            addr = (uint32_t)g->hot[r >> 16 & (HOT - 1)] << 16 | (addr & 0xffff);
    } while (!bench_is_usable(addr));
    return addr;
}

static void generator_init(struct generator *g, const char *kind, long seed)
{
    g->random = (uint64_t)seed * 2 + 1;
    g->clustered = strcmp(kind, "clustered") == 0;
    if (!g->clustered && strcmp(kind, "uniform") != 0) {
        fprintf(stderr, "gen: neither clustered nor uniform: %s\n", kind);
        exit(2);
    }
    for (unsigned i = 0; i < HOT; i++)
        do
            g->hot[i] = (uint16_t)(bench_random(&g->random) >> 40);
        while (!bench_is_usable((uint32_t)g->hot[i] << 16));
    g->listed = mmap(NULL, SPACE / 8, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (g->listed == MAP_FAILED)
        bench_die("gen");
}

static void put(FILE *f, uint32_t a)
{
    fprintf(f, "%u.%u.%u.%u\n", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
}

/* Returns the addresses in the order written. */
static uint32_t *write_unsorted(struct generator *g, const char *dir, size_t n)
{
    uint32_t *all = malloc(n * sizeof *all);
    if (!all)
        bench_die("gen");
    FILE *f = bench_create(dir, "unsorted.txt");
    for (size_t i = 0; i < n; i++) {
        do
            all[i] = draw(g);
        while (is_listed(g, all[i]));
        g->listed[all[i] / 64] |= 1ull << (all[i] % 64);
        put(f, all[i]);
    }
    bench_finish(f);
    return all;
}

static void write_sorted(const struct generator *g, const char *dir)
{
    FILE *f = bench_create(dir, "sorted.txt");
    for (uint64_t i = 0; i < SPACE / 64; i++)
        for (uint64_t w = g->listed[i]; w; w &= w - 1)
            put(f, (uint32_t)(i * 64 + (unsigned)__builtin_ctzll(w)));
    bench_finish(f);
}

static void write_queries(struct generator *g, const char *dir, const uint32_t *all, size_t n,
                          size_t queries)
{
    FILE *f = bench_create(dir, "queries");
    for (size_t i = 0; i < queries; i++) {
        uint32_t a = all[bench_random(&g->random) % n];
        if (i % 2)
            do
                a = draw(g);
            while (is_listed(g, a));
        fwrite(&a, sizeof a, 1, f);
    }
    bench_finish(f);
}

static void write_misses(struct generator *g, const char *dir, size_t queries)
{
    FILE *f = bench_create(dir, "misses");
    for (size_t i = 0; i < queries; i++) {
        uint32_t a;
        do
            a = (uint32_t)(bench_random(&g->random) >> 32);
        while (!bench_is_usable(a) || is_listed(g, a));
        fwrite(&a, sizeof a, 1, f);
    }
    bench_finish(f);
}

static void write_near(struct generator *g, const char *dir, const uint32_t *all, size_t n,
                       size_t queries)
{
    FILE *f = bench_create(dir, "near");
    for (size_t i = 0; i < queries; i++) {
        uint32_t a = all[bench_random(&g->random) % n];
        while (is_listed(g, a) || !bench_is_usable(a))
            a++;
        fwrite(&a, sizeof a, 1, f);
    }
    bench_finish(f);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("usage: gen N KIND SEED DIR QUERIES\n", stderr);
        return 2;
    }
    static struct generator g;
    size_t n = (size_t)bench_number(argv[1], 1000000000), queries;
    generator_init(&g, argv[2], bench_number(argv[3], 1000000));
    queries = (size_t)bench_number(argv[5], 100000000);
    if (n == 0)
        return 2;
    uint32_t *all = write_unsorted(&g, argv[4], n);
    write_sorted(&g, argv[4]);
    write_queries(&g, argv[4], all, n, queries);
    write_misses(&g, argv[4], queries);
    write_near(&g, argv[4], all, n, queries);
    free(all);
    munmap(g.listed, SPACE / 8);
    return 0;
}
