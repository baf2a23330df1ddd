/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "fixture: %s\n", what);
    abort();
}

void fixture_open(struct fixture *f, const struct testzone *const *zones, size_t n,
                  const char *unloaded)
{
    struct zonetab_zone tab[FIXTURE_ZONES + 1] = {0};
    need(n <= FIXTURE_ZONES, "too many zones");
    for (f->n = 0; f->n < n; f->n++) {
        const char *name = zones[f->n]->name;
        f->image[f->n] = testzone_build(zones[f->n]);
        need(!name_parse(name, strlen(name), &tab[f->n].name), name);
        tab[f->n].image = f->image[f->n];
    }
    if (unloaded)
        need(!name_parse(unloaded, strlen(unloaded), &tab[n++].name), unloaded);
    f->zones = zonetab_build(tab, n);
    need(f->zones, "no memory");
}

void fixture_standard(struct fixture *f)
{
    const struct testzone *const zones[] = {&testzone_bl, &testzone_dbl};
    fixture_open(f, zones, 2, "unloaded.test");
}

void fixture_close(struct fixture *f)
{
    zonetab_free(f->zones);
    while (f->n > 0)
        image_close(f->image[--f->n]);
}

static uint8_t *block(size_t n, int fill)
{
    uint8_t *p = malloc(n ? n : 1);
    need(p, "no memory");
    memset(p, fill, n);
    return p;
}

static struct heard once(const struct fixture *f, const struct query_options *opt,
                         const uint8_t *msg, size_t len, int fill)
{
    struct heard h = {.result = QUERY_NRESULTS};
    uint8_t *in = block(len, 0);
    h.p = block(opt->tcp ? QUERY_TCP_MAX : QUERY_UDP_MAX, fill);
    if (len > 0)
        memcpy(in, msg, len);
    h.len = query_answer(f->zones, opt, in, len, h.p, &h.result);
    free(in);
    return h;
}

static bool same(const struct heard *a, const struct heard *b)
{
    return a->len == b->len && a->result == b->result && memcmp(a->p, b->p, a->len) == 0;
}

/* A listed address and a name outside all zones around the message. */
static void in_batch(const struct fixture *f, const struct query_options *opt, const uint8_t *msg,
                     size_t len, const struct heard *want)
{
    static const uint8_t listed[] = "\x99\x99\1\0\0\1\0\0\0\0\0\0\0012\0010\0010\003127\2bl\4test\0"
                                    "\0\1\0\1";
    static const uint8_t outside[] = "\x77\x77\0\0\0\1\0\0\0\0\0\0\3org\0\0\20\0\1";
    struct query_batch b = {
        .config = opt->config,
        .now = opt->now,
        .msg = {listed, msg, outside, msg},
        .len = {sizeof listed - 1, len, sizeof outside - 1, len},
        .refused = {false, opt->refused, true, opt->refused},
        .client = {NULL, opt->client, NULL, opt->client},
    };
    for (unsigned i = 0; i < 4; i++)
        b.reply[i] = block(QUERY_UDP_MAX, 0x11 * (int)i);
    query_answer_batch(f->zones, &b, 4);
    for (unsigned i = 1; i < 4; i += 2) {
        struct heard got = {b.reply[i], b.reply_len[i], b.result[i]};
        need(same(&got, want), "a batch answers otherwise");
    }
    for (unsigned i = 0; i < 4; i++)
        free(b.reply[i]);
}

struct heard fixture_hear(const struct fixture *f, const struct query_options *opt,
                          const uint8_t *msg, size_t len)
{
    struct heard h = once(f, opt, msg, len, 0xaa);
    struct heard again = once(f, opt, msg, len, 0x55);
    need(same(&h, &again), "the reply depends on what its buffer held");
    if (!opt->tcp)
        in_batch(f, opt, msg, len, &h);
    free(again.p);
    uint8_t *exact = h.len ? block(h.len, 0) : NULL;
    if (exact)
        memcpy(exact, h.p, h.len);
    free(h.p);
    h.p = exact;
    return h;
}
