/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Query bytes to answer bytes, in this process, on one core: bench_answer IMAGE QUERIES [ROUNDS]
 *
 * Every round asks for all of QUERIES (random order, half of them listed) in batches of
 * QUERY_BATCH and prints its nanoseconds per answer.
 */
#include "dnsd/query.h"
#include "dnsd/zonetab.h"
#include "lib/image.h"
#include "lib/name.h"
#include "lib/prefetch.h"
#include "tests/bench/bench.h"

struct messages {
    size_t n;
    uint8_t (*msg)[BENCH_MSG_MAX];
    uint8_t *len;
};

static void make_messages(struct messages *m, const char *path, const char *zone)
{
    struct bench_queries q;
    bench_read_queries(&q, path);
    m->n = q.n;
    m->msg = malloc(m->n * sizeof *m->msg);
    m->len = malloc(m->n);
    if (!m->msg || !m->len)
        bench_die("bench_answer");
    for (size_t i = 0; i < m->n; i++)
        m->len[i] = (uint8_t)bench_query(m->msg[i], &q, i, zone);
    bench_free_queries(&q);
}

/* A server's messages are in the cache: the kernel has just copied them there. */
static void fetch_messages(const struct messages *m, size_t from)
{
    for (size_t i = from; i < m->n && i < from + QUERY_BATCH; i++) {
        prefetch(m->msg[i]);
        prefetch(m->msg[i] + BENCH_MSG_MAX - 1);
    }
}

static uint64_t one_round(const struct zonetab *zones, const struct messages *m)
{
    static uint8_t reply[QUERY_BATCH][QUERY_UDP_MAX];
    static struct query_batch b;
    uint64_t listed = 0;
    for (size_t done = 0; done < m->n;) {
        unsigned n = m->n - done < QUERY_BATCH ? (unsigned)(m->n - done) : QUERY_BATCH;
        fetch_messages(m, done + n);
        for (unsigned i = 0; i < n; i++) {
            b.msg[i] = m->msg[done + i];
            b.len[i] = m->len[done + i];
            b.reply[i] = reply[i];
        }
        query_answer_batch(zones, &b, n);
        for (unsigned i = 0; i < n; i++)
            listed += b.result[i] == QUERY_LISTED;
        done += n;
    }
    return listed;
}

int main(int argc, char **argv)
{
    char why[IMAGE_WHY_MAX], text[NAME_TEXT_MAX];
    if (argc < 3 || argc > 4) {
        fputs("usage: bench_answer IMAGE QUERIES [ROUNDS]\n", stderr);
        return 2;
    }
    long rounds = argc == 4 ? bench_number(argv[3], 1000) : 5;
    struct image *img = image_open(argv[1], why);
    if (!img) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    struct zonetab_zone zone = {.image = img};
    memcpy(zone.name.wire, img->h->zone, img->h->zone_len);
    zone.name.len = img->h->zone_len;
    struct zonetab *zones = zonetab_build(&zone, 1);
    if (!zones)
        bench_die("bench_answer");
    name_format(text, zone.name.wire, zone.name.len);
    struct messages m;
    make_messages(&m, argv[2], text);
    int status = 0;
    for (long r = 0; r < rounds && status == 0; r++) {
        int64_t start = bench_now();
        uint64_t listed = one_round(zones, &m);
        printf("%.2f\n", (double)(bench_now() - start) / (double)m.n);
        if (listed != (m.n + 1) / 2) {
            fprintf(stderr, "%llu listed of %zu\n", (unsigned long long)listed, m.n);
            status = 1;
        }
    }
    free(m.msg);
    free(m.len);
    zonetab_free(zones);
    image_close(img);
    return status;
}
