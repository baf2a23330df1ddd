/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rbldnsd's own data and queries for them: gen_rbldnsd N SHAPE SEED DIR QUERIES
 *
 * Writes N entries, in no order, as DIR/own.rbldnsd and QUERIES questions as DIR/queries (see
 * bench.h).  SHAPE is
 *   ranges  for ip4set: 70 % single addresses, 20 % a-b of 2 to 200, 10 % prefixes /20 to /30
 *   names   for dnset: half of them with everything below, which is then asked for as well
 *   texts   for ip4trie: prefixes /24 to /32, each with a value and a text of its own
 *   cidr    for ip4trie: prefixes /16 to /32, one value
 *   ipv6    for ip6trie: prefixes /32 to /128, one value
 */
#include <stdbool.h>
#include <sys/mman.h>

#include "tests/bench/bench.h"

#define SPACE    (1ull << 32)
#define NAME_MAX 32 /* with "www.", a label of 16, a domain and NUL */

struct generator {
    uint64_t random;
    uint64_t *listed; /* a bit per address */
    uint64_t *known;  /* hashes of names, 0: free */
    size_t mask;      /* of places in known */
};

static uint32_t below(struct generator *g, uint32_t n)
{
    return (uint32_t)((bench_random(&g->random) >> 32) % n);
}

static uint32_t draw(struct generator *g)
{
    uint32_t addr;
    do
        addr = (uint32_t)(bench_random(&g->random) >> 32);
    while (!bench_is_usable(addr));
    return addr;
}

static bool is_listed(const struct generator *g, uint32_t addr)
{
    return g->listed[addr / 64] >> (addr % 64) & 1;
}

static void set_listed(struct generator *g, uint32_t first, uint32_t count)
{
    for (uint32_t a = first; count-- > 0; a++)
        g->listed[a / 64] |= 1ull << (a % 64);
}

static void put(FILE *f, uint32_t a)
{
    fprintf(f, "%u.%u.%u.%u", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
}

/* Returns an address of the entry. */
static uint32_t put_range(struct generator *g, FILE *f)
{
    uint32_t share = below(g, 100), first = draw(g), count = 1, len;
    if (share >= 90) {
        len = 20 + below(g, 11);
        count = 1u << (32 - len);
        first &= ~(count - 1);
    } else if (share >= 70) {
        count = 2 + below(g, 199);
        first &= ~0xffu; /* so that it ends before the next /24 */
        first += below(g, 256 - count);
    }
    put(f, first);
    if (share >= 90) {
        fprintf(f, "/%u", len);
    } else if (share >= 70) {
        putc('-', f);
        put(f, first + count - 1);
    }
    putc('\n', f);
    set_listed(g, first, count);
    return first + below(g, count);
}

static uint32_t put_text(struct generator *g, FILE *f, size_t i)
{
    uint32_t first, len = 24 + below(g, 9), count = 1u << (32 - len);
    do
        first = draw(g) & ~(count - 1);
    while (is_listed(g, first));
    put(f, first);
    fprintf(f, "/%u :127.0.%u.%u:example%zu.net https://dnswl.org/s/?s=%zu\n", len,
            2 + below(g, 19), below(g, 4), i, i);
    set_listed(g, first, count);
    return first + below(g, count);
}

static uint32_t put_cidr(struct generator *g, FILE *f)
{
    static const uint8_t len[] = {16, 18, 20, 22, 22, 23, 24, 24, 24, 24, 25, 26, 27, 28, 29, 32};
    uint32_t bits = len[below(g, sizeof len)], count = 1u << (32 - bits);
    uint32_t first = draw(g) & ~(count - 1);
    put(f, first);
    fprintf(f, "/%u\n", bits);
    set_listed(g, first, count);
    return first + below(g, count);
}

static void draw_name(struct generator *g, char name[static NAME_MAX])
{
    static const char *const domain[] = {
        "com", "net", "org", "info", "biz", "de",  "uk",  "fr",  "nl",   "it",   "es",  "pl",
        "ru",  "cn",  "jp",  "br",   "in",  "au",  "ca",  "ch",  "at",   "be",   "se",  "no",
        "dk",  "fi",  "cz",  "eu",   "us",  "top", "xyz", "icu", "shop", "site", "club"};
    static const char consonant[] = "bcdfghjklmnprstvwz", vowel[] = "aeiou";
    unsigned n = 6 + below(g, 11);
    for (unsigned i = 0; i < n; i++)
        name[i] =
            i % 2 ? vowel[below(g, sizeof vowel - 1)] : consonant[below(g, sizeof consonant - 1)];
    snprintf(name + n, NAME_MAX - n, ".%s", domain[below(g, sizeof domain / sizeof *domain)]);
}

/* The place of a name, or the free one for it; two names of one hash count as one. */
static uint64_t *find(const struct generator *g, const char *name, uint64_t *hash)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    *hash = h | 1;
    size_t i = (size_t)(h >> 20) & g->mask;
    while (g->known[i] != 0 && g->known[i] != *hash)
        i = (i + 1) & g->mask;
    return &g->known[i];
}

static void draw_new_name(struct generator *g, char name[static NAME_MAX], bool add)
{
    uint64_t hash, *place;
    do {
        draw_name(g, name);
        place = find(g, name, &hash);
    } while (*place != 0);
    if (add)
        *place = hash;
}

static void write_names(struct generator *g, const char *dir, size_t n, size_t queries)
{
    char(*all)[NAME_MAX] = malloc(n * sizeof *all), miss[NAME_MAX];
    for (g->mask = 1; g->mask < 2 * n; g->mask *= 2)
        ;
    g->known = calloc(g->mask--, sizeof *g->known);
    if (!all || !g->known)
        bench_die("gen_rbldnsd");
    FILE *f = bench_create(dir, "own.rbldnsd");
    fputs(":127.0.0.2:$ is listed\n", f);
    for (size_t i = 0; i < n; i++) {
        draw_new_name(g, all[i], true);
        fprintf(f, "%s%s\n", i % 2 ? "" : ".", all[i]);
    }
    bench_finish(f);
    f = bench_create(dir, "queries");
    fwrite("\0\0\0\0", 4, 1, f);
    for (size_t i = 0; i < queries; i++) {
        size_t at = bench_random(&g->random) % n;
        if (i % 2)
            draw_new_name(g, miss, false);
        bool deep = i % 2 == 0 && at % 4 == 0;
        fprintf(f, "%s%s\n", deep ? "www." : "", i % 2 ? miss : all[at]);
    }
    bench_finish(f);
    free(g->known);
    free(all);
}

/* Below 2000::/4, in 4096 /32 networks; the queries' misses lie in others. */
static void draw6(struct generator *g, uint64_t a[2], bool listed)
{
    a[0] = bench_random(&g->random);
    a[1] = bench_random(&g->random);
    a[0] = (a[0] & 0xffffffffu) | (uint64_t)(below(g, 4096) * 2 + !listed) << 40 << 4;
    a[0] = (a[0] & 0x0fffffffffffffffu) | 0x2000000000000000u;
}

static void put_nibbles(FILE *f, const uint64_t a[2])
{
    for (int i = 31; i >= 0; i--)
        fprintf(f, "%x%c", (unsigned)(a[i / 16] >> (60 - 4 * (i % 16))) & 15, i ? '.' : '\n');
}

static void put_prefix6(FILE *f, const uint64_t a[2], unsigned len)
{
    uint64_t hi = len >= 64 ? a[0] : a[0] & ~(UINT64_MAX >> len);
    uint64_t lo = len <= 64 ? 0 : len == 128 ? a[1] : a[1] & ~(UINT64_MAX >> (len - 64));
    for (int i = 0; i < 8; i++)
        fprintf(f, "%x%s", (unsigned)((i < 4 ? hi : lo) >> (48 - 16 * (i % 4))) & 0xffff,
                i < 7 ? ":" : "");
    fprintf(f, "/%u\n", len);
}

static void write_prefixes6(struct generator *g, const char *dir, size_t n, size_t queries)
{
    static const uint8_t len[] = {32, 40, 44, 48, 48, 48, 56, 56, 64, 64, 64, 64, 64, 96, 128, 128};
    uint64_t(*all)[2] = malloc(n * sizeof *all), a[2];
    if (!all)
        bench_die("gen_rbldnsd");
    FILE *f = bench_create(dir, "own.rbldnsd");
    fputs(":127.0.0.2:$ is listed\n", f);
    for (size_t i = 0; i < n; i++) {
        draw6(g, all[i], true);
        put_prefix6(f, all[i], len[below(g, sizeof len)]);
    }
    bench_finish(f);
    f = bench_create(dir, "queries");
    fwrite("\0\0\0\0", 4, 1, f);
    for (size_t i = 0; i < queries; i++) {
        draw6(g, a, false);
        put_nibbles(f, i % 2 ? a : all[bench_random(&g->random) % n]);
    }
    bench_finish(f);
    free(all);
}

typedef uint32_t (*put_fn)(struct generator *g, FILE *f);

/* entry NULL: put_text(), which counts. */
static void write_addresses(struct generator *g, const char *dir, size_t n, put_fn entry,
                            size_t queries)
{
    uint32_t *all = malloc(n * sizeof *all);
    g->listed = mmap(NULL, SPACE / 8, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!all || g->listed == MAP_FAILED)
        bench_die("gen_rbldnsd");
    FILE *f = bench_create(dir, "own.rbldnsd");
    fputs(":127.0.0.2:$ is listed\n", f);
    for (size_t i = 0; i < n; i++)
        all[i] = entry ? entry(g, f) : put_text(g, f, i);
    bench_finish(f);
    f = bench_create(dir, "queries");
    for (size_t i = 0; i < queries; i++) {
        uint32_t a = all[bench_random(&g->random) % n];
        if (i % 2)
            do
                a = draw(g);
            while (is_listed(g, a));
        fwrite(&a, sizeof a, 1, f);
    }
    bench_finish(f);
    munmap(g->listed, SPACE / 8);
    free(all);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("usage: gen_rbldnsd N ranges|names|texts|cidr|ipv6 SEED DIR QUERIES\n", stderr);
        return 2;
    }
    struct generator g = {.random = (uint64_t)bench_number(argv[3], 1000000) * 2 + 1};
    size_t n = (size_t)bench_number(argv[1], 100000000);
    size_t queries = (size_t)bench_number(argv[5], 100000000);
    const char *shape = argv[2];
    if (n > 0 && strcmp(shape, "names") == 0)
        write_names(&g, argv[4], n, queries);
    else if (n > 0 && strcmp(shape, "ipv6") == 0)
        write_prefixes6(&g, argv[4], n, queries);
    else if (n > 0 && strcmp(shape, "texts") == 0)
        write_addresses(&g, argv[4], n, NULL, queries);
    else if (n > 0 && strcmp(shape, "cidr") == 0)
        write_addresses(&g, argv[4], n, put_cidr, queries);
    else if (n > 0 && strcmp(shape, "ranges") == 0)
        write_addresses(&g, argv[4], n, put_range, queries);
    else
        return 2;
    return 0;
}
