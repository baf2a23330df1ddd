/* SPDX-License-Identifier: BSD-2-Clause */
/* Layers over a line of 64 addresses, compared with one that asks every layer for every address. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/sweep.h"
#include "tests/common/testzone.h"

#define LINE   64
#define LAYERS 6

struct line {
    uint32_t set[LINE];
    sweep_key base;
    bool started;
    sweep_key last; /* of the interval before */
    uint32_t before;
};

/* Intervals must ascend, be disjoint, and differ from a neighbour. */
static void sink(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct line *l = arg;
    ck_assert(first <= last && set != 0);
    ck_assert(!l->started || first > l->last);
    ck_assert(!l->started || first > l->last + 1 || set != l->before);
    l->started = true;
    l->last = last;
    l->before = set;
    for (sweep_key k = first;; k++) {
        ck_assert(k >= l->base && k - l->base < LINE);
        l->set[(unsigned)(k - l->base)] = set;
        if (k == last)
            break;
    }
}

/* --- by hand --- */

static uint32_t value_of(struct sets *s, uint32_t a)
{
    struct set_value v = {
        .has_a = 1, .a = a, .ttl = 1, .text = SETS_NONE, .other = SETS_NONE, .source = a};
    return sets_single(s, &v);
}

START_TEST(combine)
{
    struct sets s;
    sets_init(&s, false);
    uint32_t a = value_of(&s, 1), b = value_of(&s, 2), f = value_of(&s, 3);
    uint32_t ab = sets_union(&s, a, b);
    const enum layer_role role[] = {LAYER_LISTED, LAYER_FALLBACK, LAYER_LISTED, LAYER_EXCLUDE};
    const uint32_t set[] = {a, f, b, 1};
    ck_assert_uint_eq(sweep_combine(role, set, 0, &s), 0);
    ck_assert_uint_eq(sweep_combine(role, set, 1, &s), a);
    ck_assert_uint_eq(sweep_combine(role, set, 2, &s), a); /* a fallback only where nothing is */
    ck_assert_uint_eq(sweep_combine(role, set, 3, &s), ab);
    ck_assert_uint_eq(sweep_combine(role, set, 4, &s), f); /* exclusion wins over every list */
    ck_assert_uint_eq(sweep_combine(role + 3, set + 3, 1, &s), 0);
    ck_assert_uint_eq(sweep_combine(role + 1, set + 1, 1, &s), f);
    sets_free(&s);
}
END_TEST

START_TEST(joins_neighbours)
{
    struct sets s;
    struct line l = {.base = 0};
    sets_init(&s, false);
    uint32_t a = value_of(&s, 1);
    const uint32_t points[] = {3, 4, 5, 9};
    const struct span4 spans[] = {{6, 8, a}, {10, 12, a}};
    const struct layer layers[] = {
        {.form = LAYER_POINTS4, .set = a, .n = 4, .points = points},
        {.form = LAYER_SPANS4, .n = 2, .spans4 = spans},
    };
    ck_assert(sweep(layers, 2, &s, sink, NULL, &l));
    ck_assert_uint_eq((unsigned)l.last, 12); /* sink() refuses what could have been joined */
    ck_assert_uint_eq(l.set[3], a);
    ck_assert_uint_eq(l.set[2], 0);
    sets_free(&s);
}
END_TEST

#define MANY 4096

/* What came, address by address, and how much of it as stretches. */
struct came {
    uint8_t set[MANY];
    size_t stretched;
};

static void come_interval(void *arg, sweep_key first, sweep_key last, uint32_t set)
{
    struct came *c = arg;
    for (sweep_key k = first; k <= last; k++) {
        ck_assert(k < MANY && c->set[(size_t)k] == 0);
        c->set[(size_t)k] = (uint8_t)set;
    }
}

static void come_points(void *arg, const uint32_t *addr, size_t n, uint32_t set)
{
    struct came *c = arg;
    ck_assert(addr[0] == 0 || c->set[addr[0] - 1] == 0);
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || addr[i] > addr[i - 1]);
        come_interval(c, addr[i], addr[i], set);
    }
    c->stretched += n;
    /* Nothing may come right behind it; that would find this taken. */
    if (addr[n - 1] + 1 < MANY)
        c->set[addr[n - 1] + 1] = UINT8_MAX;
}

/* Points with spans of another list among them: what is alone comes as stretches, all comes once.
 */
START_TEST(stretches)
{
    static uint32_t points[MANY];
    static struct came whole, cut;
    struct span4 spans[8];
    struct sets s;
    size_t n = 0;
    uint64_t seed = (uint64_t)_i + 1;
    memset(&whole, 0, sizeof whole);
    memset(&cut, 0, sizeof cut);
    sets_init(&s, false);
    uint32_t a = value_of(&s, 1), b = value_of(&s, 2);
    for (uint32_t k = 0; k < MANY; k++)
        if (testzone_random(&seed) >> 62 == 0)
            points[n++] = k;
    for (uint32_t i = 0; i < 8; i++)
        spans[i] = (struct span4){i * 512 + 300, i * 512 + 300 + i, i % 2 ? b : a};
    const struct layer layers[] = {
        {.form = LAYER_POINTS4, .set = a, .n = n, .points = points},
        {.form = LAYER_SPANS4, .n = 8, .spans4 = spans},
    };
    ck_assert(sweep(layers, 2, &s, come_interval, NULL, &whole));
    ck_assert(sweep(layers, 2, &s, come_interval, come_points, &cut));
    ck_assert_uint_gt(cut.stretched, n / 2);
    for (size_t k = 0; k < MANY; k++)
        ck_assert_uint_eq(whole.set[k], cut.set[k] == UINT8_MAX ? 0 : cut.set[k]);
    sets_free(&s);
}
END_TEST

START_TEST(no_layers)
{
    struct sets s;
    struct line l = {.base = 0};
    struct layer empty = {.form = LAYER_SPANS6};
    sets_init(&s, false);
    ck_assert(sweep(NULL, 0, &s, sink, NULL, &l));
    ck_assert(sweep(&empty, 1, &s, sink, NULL, &l));
    ck_assert(!l.started);
    sets_free(&s);
}
END_TEST

/* --- random --- */

struct drawn {
    struct layer layer[LAYERS];
    uint32_t points[LAYERS][LINE];
    struct span4 spans4[LAYERS][LINE];
    struct span6 spans6[LAYERS][LINE];
    uint32_t set[LAYERS][LINE]; /* what each layer says, address by address */
};

static struct addr6 narrow(sweep_key k)
{
    return (struct addr6){(uint64_t)(k >> 64), (uint64_t)k};
}

/* Where the line starts: the ends of both address spaces among others. */
static sweep_key base_of(int i, bool six)
{
    sweep_key end = six ? ~(sweep_key)0 : UINT32_MAX;
    switch (i % 4) {
    case 0:
        return 0;
    case 1:
        return end - (LINE - 1);
    case 2:
        return six ? ((sweep_key)1 << 64) - LINE / 2 : 0x0000ffe0;
    default:
        return six ? (sweep_key)0x2001 << 112 : 0x7fffffe0;
    }
}

static void draw_layer(struct drawn *d, unsigned i, const uint32_t values[3], sweep_key base,
                       bool six, uint64_t *seed)
{
    struct layer *l = &d->layer[i];
    bool points = !six && testzone_random(seed) >> 63;
    uint64_t role = (testzone_random(seed) >> 32) % 10;
    *l = (struct layer){.set = values[i % 3]};
    l->role = role < 7 ? LAYER_LISTED : role < 9 ? LAYER_EXCLUDE : LAYER_FALLBACK;
    l->form = points ? LAYER_POINTS4 : six ? LAYER_SPANS6 : LAYER_SPANS4;
    for (uint32_t k = 0; k < LINE;) {
        uint32_t gap = (uint32_t)(testzone_random(seed) >> 32) % 8;
        uint32_t len = points ? 1 : 1 + (uint32_t)(testzone_random(seed) >> 32) % 12;
        uint32_t first = k + gap, last = first + len - 1;
        uint32_t set = points ? l->set : values[(testzone_random(seed) >> 32) % 3];
        if (last >= LINE)
            break;
        d->points[i][l->n] = (uint32_t)(base + first);
        d->spans4[i][l->n] = (struct span4){(uint32_t)(base + first), (uint32_t)(base + last), set};
        d->spans6[i][l->n++] = (struct span6){narrow(base + first), narrow(base + last), set};
        for (uint32_t a = first; a <= last; a++)
            d->set[i][a] = set;
        k = last + 1;
    }
    l->points = d->points[i];
    if (l->form == LAYER_SPANS4)
        l->spans4 = d->spans4[i];
    if (l->form == LAYER_SPANS6)
        l->spans6 = d->spans6[i];
}

static uint32_t expect(const struct drawn *d, unsigned n, unsigned at, bool last_wins,
                       struct sets *s)
{
    enum layer_role role[LAYERS];
    uint32_t set[LAYERS], last = 0;
    size_t k = 0;
    for (unsigned i = 0; i < n; i++) {
        if (d->set[i][at] == 0)
            continue;
        role[k] = d->layer[i].role;
        set[k++] = last = d->set[i][at];
    }
    return last_wins ? last : sweep_combine(role, set, k, s);
}

static void check_line(int i, bool last_wins)
{
    static struct drawn d;
    bool six = i % 2;
    uint64_t seed = (uint64_t)i + 1;
    struct line l = {.base = base_of(i / 2, six)};
    struct sets s;
    unsigned n = 1 + (unsigned)i % LAYERS;
    memset(&d, 0, sizeof(d));
    sets_init(&s, false);
    const uint32_t values[3] = {value_of(&s, 1), value_of(&s, 2), value_of(&s, 3)};
    for (unsigned k = 0; k < n; k++) {
        draw_layer(&d, k, values, l.base, six, &seed);
        if (last_wins)
            d.layer[k].role = LAYER_LISTED;
    }
    ck_assert(last_wins ? sweep_last(d.layer, n, sink, &l) : sweep(d.layer, n, &s, sink, NULL, &l));
    for (unsigned at = 0; at < LINE; at++)
        ck_assert_uint_eq(l.set[at], expect(&d, n, at, last_wins, &s));
    sets_free(&s);
}

START_TEST(like_address_by_address)
{
    check_line(_i, false);
}
END_TEST

START_TEST(last_layer_decides)
{
    check_line(_i, true);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sweep");
    TCase *tc = tcase_create("sweep");
    tcase_add_test(tc, combine);
    tcase_add_test(tc, joins_neighbours);
    tcase_add_loop_test(tc, stretches, 0, 20);
    tcase_add_test(tc, no_layers);
    tcase_add_loop_test(tc, like_address_by_address, 0, 200);
    tcase_add_loop_test(tc, last_layer_decides, 0, 100);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
