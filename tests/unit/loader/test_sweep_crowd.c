/* SPDX-License-Identifier: BSD-2-Clause */
/* Many layers over a few /16s, compared with one that asks every layer for every address. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/sweep.h"
#include "tests/common/testzone.h"

#define KEYS   (5u << 16)
#define LAYERS 70 /* more than a crowd has members */

struct drawn {
    struct layer layer[LAYERS];
    uint32_t *held[LAYERS]; /* by key: the set that the layer gives there */
    uint32_t base;
    size_t n;
};

/* Some rows crowd all addresses, some leave them to a few layers, some put spans between. */
static const struct row {
    uint32_t base;
    unsigned layers, odd, spans; /* every odd-th layer is no list; every spans-th no points */
    unsigned sparse;             /* one address in so many, at least */
} rows[] = {{0, 2, 0, 0, 2},           {0x01020000, 20, 0, 0, 40},  {0xfffb0000, 20, 7, 0, 40},
            {0x7fff0000, 20, 5, 4, 9}, {0x01020000, 70, 0, 0, 300}, {0x01020000, 9, 0, 9, 5000},
            {0xfffb0000, 6, 3, 2, 3},  {0x01020000, 3, 0, 0, 70000}};
#define NROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static uint32_t value_of(struct sets *s, uint32_t a)
{
    struct set_value v = {
        .has_a = 1, .a = a, .ttl = 1, .text = SETS_NONE, .other = SETS_NONE, .source = a};
    return sets_single(s, &v);
}

static void draw_points(struct drawn *d, size_t i, unsigned sparse, uint64_t *seed)
{
    uint32_t *p = malloc(KEYS * sizeof(*p));
    size_t n = 0;
    ck_assert_ptr_nonnull(p);
    unsigned one_in = sparse * (1 + (unsigned)(testzone_random(seed) % 4));
    for (uint32_t k = 0; k < KEYS; k++) {
        /* Each layer leaves some /16s out. */
        if ((k >> 16) % 5 == i % 7 || testzone_random(seed) % one_in != 0)
            continue;
        p[n++] = d->base + k;
        d->held[i][k] = d->layer[i].set;
    }
    d->layer[i].form = LAYER_POINTS4;
    d->layer[i].points = p;
    d->layer[i].n = n;
}

static void draw_spans(struct drawn *d, size_t i, uint64_t *seed)
{
    struct span4 *s = malloc(KEYS / 64 * sizeof(*s));
    size_t n = 0;
    ck_assert_ptr_nonnull(s);
    for (uint32_t k = 0; k < KEYS; k++) {
        uint32_t last = k + (uint32_t)(testzone_random(seed) % 300);
        if (testzone_random(seed) % 2000 != 0 || n == KEYS / 64)
            continue;
        last = last < KEYS ? last : KEYS - 1;
        s[n++] = (struct span4){d->base + k, d->base + last, d->layer[i].set};
        for (; k < last; k++)
            d->held[i][k] = d->layer[i].set;
        d->held[i][last] = d->layer[i].set;
    }
    d->layer[i].form = LAYER_SPANS4;
    d->layer[i].spans4 = s;
    d->layer[i].n = n;
}

static void draw(struct drawn *d, const struct row *r, struct sets *sets, uint64_t seed)
{
    d->base = r->base;
    d->n = r->layers;
    for (size_t i = 0; i < d->n; i++) {
        d->held[i] = calloc(KEYS, sizeof(*d->held[i]));
        ck_assert_ptr_nonnull(d->held[i]);
        /* Some layers share their set. */
        d->layer[i].set = value_of(sets, (uint32_t)(i % 11) + 1);
        d->layer[i].role = r->odd == 0 || i % r->odd != r->odd - 1 ? LAYER_LISTED
                           : i % 2                                 ? LAYER_EXCLUDE
                                                                   : LAYER_FALLBACK;
        if (r->spans != 0 && i % r->spans == r->spans - 1)
            draw_spans(d, i, &seed);
        else
            draw_points(d, i, r->sparse, &seed);
    }
}

static uint32_t expect(const struct drawn *d, uint32_t key, bool last_wins, struct sets *sets)
{
    enum layer_role role[LAYERS];
    uint32_t set[LAYERS], last = 0;
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->held[i][key] == 0)
            continue;
        role[n] = d->layer[i].role;
        last = set[n++] = d->held[i][key];
    }
    return last_wins ? last : sweep_combine(role, set, n, sets);
}

struct got {
    uint32_t *set, base;
    sweep_key behind; /* the last that came */
};

static void come(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct got *g = arg;
    if (first < g->behind || last < first || last - g->base >= KEYS)
        ck_abort_msg("intervals out of order");
    if (first == g->behind && first > g->base && g->set[(uint32_t)(first - g->base) - 1] == set)
        ck_abort_msg("neighbours that could have been joined");
    for (sweep_key k = first; k <= last; k++)
        g->set[(uint32_t)(k - g->base)] = set;
    g->behind = last + 1;
}

static void check_row(const struct row *r, bool last_wins, uint64_t seed)
{
    static struct drawn d;
    struct sets sets;
    struct got got = {.set = calloc(KEYS, sizeof(*got.set)), .base = r->base};
    ck_assert_ptr_nonnull(got.set);
    sets_init(&sets, false);
    draw(&d, r, &sets, seed);
    if (last_wins)
        ck_assert(sweep_last(d.layer, d.n, come, &got));
    else
        ck_assert(sweep(d.layer, d.n, &sets, come, NULL, &got));
    for (uint32_t k = 0; k < KEYS; k++) {
        uint32_t want = expect(&d, k, last_wins, &sets);
        if (got.set[k] != want)
            ck_abort_msg("key %u: set %u instead of %u", k, got.set[k], want);
    }
    for (size_t i = 0; i < d.n; i++) {
        free((void *)(uintptr_t)d.layer[i].points);
        free(d.held[i]);
    }
    sets_free(&sets);
    free(got.set);
}

START_TEST(like_address_by_address)
{
    check_row(&rows[_i % NROWS], false, (uint64_t)_i + 1);
}
END_TEST

START_TEST(last_layer_decides)
{
    check_row(&rows[_i], true, (uint64_t)_i + 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sweep_crowd");
    TCase *c = tcase_create("sweep_crowd");
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, like_address_by_address, 0, 2 * NROWS);
    tcase_add_loop_test(c, last_layer_decides, 0, NROWS);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
