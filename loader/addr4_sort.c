/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses in order, nearly in place: a second array of tens of megabytes costs more than all
 * passes over it (fresh memory is dear), and scattering into it misses caches at every store.  So
 * the addresses are parted by their first octet where they stand, and again by the next while a
 * part is larger than what fits the cache; then two passes of a radix sort go over each part and a
 * scratch of its size.  Of many addresses, threads share the parts of the first octet.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "loader/layer.h"
#include "loader/threads.h"

#define OCTETS    256
#define PART_MAX  ((size_t)1 << 18) /* with its scratch 2 MiB */
#define PART_FEW  48                /* insertion is faster */
#define DIGIT_MAX ((size_t)1 << 12)

static void insert_few(uint32_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t v = a[i];
        size_t k = i;
        for (; k > 0 && a[k - 1] > v; k--)
            a[k] = a[k - 1];
        a[k] = v;
    }
}

/* By the low bits, of which those above are equal; bits is even. */
static void sort_part(uint32_t *a, uint32_t *tmp, size_t n, unsigned bits)
{
    uint32_t low[DIGIT_MAX], high[DIGIT_MAX], lows = 0, highs = 0;
    unsigned digit = bits / 2;
    uint32_t mask = (1u << digit) - 1;
    if (n < PART_FEW) {
        insert_few(a, n);
        return;
    }
    memset(low, 0, (mask + 1) * sizeof *low);
    memset(high, 0, (mask + 1) * sizeof *high);
    for (size_t i = 0; i < n; i++) {
        low[a[i] & mask]++;
        high[a[i] >> digit & mask]++;
    }
    for (size_t k = 0; k <= mask; k++) {
        uint32_t l = low[k], h = high[k];
        low[k] = lows;
        high[k] = highs;
        lows += l;
        highs += h;
    }
    for (size_t i = 0; i < n; i++)
        tmp[low[a[i] & mask]++] = a[i];
    for (size_t i = 0; i < n; i++)
        a[high[tmp[i] >> digit & mask]++] = tmp[i];
}

/*
 * Into 256 parts by the octet at shift; end[] is where each ends.  Each address in turn changes
 * places with the one that stands where it belongs: no store waits for the one before, as it would
 * if what was displaced were followed at once.
 */
static void part(uint32_t *a, size_t n, unsigned shift, size_t end[static OCTETS])
{
    size_t at[OCTETS], sum = 0;
    bool more = true;
    memset(end, 0, OCTETS * sizeof *end);
    for (size_t i = 0; i < n; i++)
        end[a[i] >> shift & (OCTETS - 1)]++;
    for (size_t k = 0; k < OCTETS; k++) {
        at[k] = sum;
        sum += end[k];
        end[k] = sum;
    }
    while (more) {
        more = false;
        for (size_t k = 0; k < OCTETS; k++) {
            for (size_t i = at[k], stop = end[k]; i < stop; i++) {
                uint32_t v = a[i], *to = &a[at[v >> shift & (OCTETS - 1)]++];
                a[i] = *to;
                *to = v;
            }
            more |= at[k] < end[k];
        }
    }
}

/* By the low bits, a multiple of 8; at most four deep. */
static void sort(uint32_t *a, uint32_t *tmp, size_t n, unsigned bits)
{
    size_t end[OCTETS], from = 0;
    if (n <= PART_MAX && bits < 32) {
        sort_part(a, tmp, n, bits);
        return;
    }
    part(a, n, bits - 8, end);
    for (size_t k = 0; bits > 8 && k < OCTETS; k++) {
        sort(a + from, tmp, end[k] - from, bits - 8);
        from = end[k];
    }
}

/* --- threads --- */

struct shared {
    uint32_t *a;
    size_t end[OCTETS]; /* of the parts of the first octet */
    atomic_size_t next; /* part that nobody has taken */
};

struct worker {
    struct shared *shared;
    uint32_t *tmp; /* PART_MAX of them */
};

static void sort_shared(void *arg)
{
    const struct worker *w = arg;
    struct shared *s = w->shared;
    for (size_t k; (k = atomic_fetch_add(&s->next, 1)) < OCTETS;) {
        size_t from = k > 0 ? s->end[k - 1] : 0;
        sort(s->a + from, w->tmp, s->end[k] - from, 24);
    }
}

/* False: no memory. */
static bool sort_many(uint32_t *a, size_t n)
{
    size_t threads = threads_usable();
    struct shared shared = {.a = a};
    struct worker worker[THREADS_MAX];
    uint32_t *tmp = malloc(threads * PART_MAX * sizeof *tmp);
    if (!tmp)
        return false;
    part(a, n, 24, shared.end);
    for (size_t k = 0; k < threads; k++)
        worker[k] = (struct worker){&shared, tmp + k * PART_MAX};
    threads_run(sort_shared, worker, sizeof *worker, threads);
    free(tmp);
    return true;
}

static bool sort_few(uint32_t *a, size_t n)
{
    uint32_t *tmp = malloc(n * sizeof *tmp);
    if (!tmp)
        return false;
    sort(a, tmp, n, 32);
    free(tmp);
    return true;
}

/* How many are left without duplicates. */
static size_t keep_distinct(uint32_t *a, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t v = a[i];
        a[kept] = v;
        kept += v != a[i + 1];
    }
    if (n > 0)
        a[kept++] = a[n - 1];
    return kept;
}

size_t addr4_sort(uint32_t *addr, size_t n)
{
    size_t i = 1;
    while (i < n && addr[i - 1] < addr[i]) /* many lists come so */
        i++;
    if (i >= n)
        return n;
    while (i < n && addr[i - 1] <= addr[i])
        i++;
    if (i < n && !(n < PART_MAX ? sort_few(addr, n) : sort_many(addr, n)))
        return SIZE_MAX;
    return keep_distinct(addr, n);
}
