/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules for overlapping entries against the plainest model there is: every address of a small
 * window asked of every entry.  Windows lie at both ends of the address space and across borders.
 */
#include "loader/nested.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/points.h"
#include "tests/common/testzone.h"

#define WINDOW  1024
#define ENTRIES 24
#define VALUES  3

struct rule_entry {
    uint64_t first, last; /* offsets in the window */
    uint32_t value;       /* from 1 */
    unsigned level;       /* a finer one is larger */
    bool exclude;
};

struct model {
    struct rule_entry entry[ENTRIES * 8];
    size_t n;
    bool longest;
};

/* Bit v - 1 is set when value v is answered. */
static unsigned expect(const struct model *m, uint64_t at)
{
    unsigned level = 0, values = 0;
    bool found = false, excluded = false;
    for (size_t i = 0; i < m->n; i++) {
        const struct rule_entry *e = &m->entry[i];
        if (at < e->first || at > e->last || (found && e->level < level))
            continue;
        if (!found || e->level > level) {
            found = true;
            level = e->level;
            values = 0;
            excluded = false;
        } else if (m->longest) {
            continue;
        }
        excluded |= e->exclude;
        values |= e->exclude ? 0 : 1u << (e->value - 1);
    }
    return excluded ? 0 : values;
}

struct world {
    struct sets sets;
    uint32_t value_set[VALUES + 1];
    struct entries e;
    struct model m;
};

static struct world *world_new(enum entries_rule rule)
{
    struct world *w = calloc(1, sizeof(*w));
    ck_assert_ptr_nonnull(w);
    sets_init(&w->sets, false);
    for (uint32_t v = 1; v <= VALUES; v++)
        w->value_set[v] = sets_single(
            &w->sets, &(struct set_value){
                          .has_a = 1, .a = v, .text = SETS_NONE, .other = SETS_NONE, .source = 0});
    entries_init(&w->e);
    w->e.rule = rule;
    w->m.longest = rule == RULE_LONGEST;
    return w;
}

static void world_free(struct world *w)
{
    entries_free(&w->e);
    sets_free(&w->sets);
    free(w);
}

/* The values of a set as bits. */
static unsigned bits_of(const struct world *w, uint32_t set)
{
    size_t len, l;
    unsigned bits = 0;
    const uint32_t *ids = intern_get(&w->sets.sets, set, &len);
    for (size_t i = 0; i < len / sizeof(*ids); i++) {
        const struct set_value *v = intern_get(&w->sets.values, ids[i], &l);
        bits |= 1u << (v->a - 1);
    }
    return bits;
}

/* --- IPv4 --- */

static void compare4(struct world *w, uint32_t base)
{
    struct span4 *spans;
    size_t n;
    ck_assert(points_settle(&w->e));
    ck_assert(nested_resolve4(&w->e, w->value_set, &w->sets, &spans, &n));
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_lt(spans[i - 1].last, spans[i].first);
    for (uint64_t at = 0; at < WINDOW; at++) {
        uint32_t a = base + (uint32_t)at;
        unsigned got = 0;
        for (size_t i = 0; i < n; i++)
            if (spans[i].first <= a && a <= spans[i].last)
                got = bits_of(w, spans[i].set);
        for (size_t i = 0; i < w->e.naddr4; i++)
            if (w->e.addr4[i] == a) {
                ck_assert_uint_eq(got, 0);
                got = 1u << (w->e.addr4_value - 1);
            }
        ck_assert_msg(got == expect(&w->m, at), "%x + %u: got %x, want %x", base, (unsigned)at, got,
                      expect(&w->m, at));
    }
    free(spans);
}

/* rbldnsd's own cut, block by block: the largest octet size that starts there and fits. */
static void model_levels(struct model *m, uint32_t base, const struct rule_entry *e)
{
    uint64_t at = base + e->first, end = base + e->last + 1;
    while (at < end) {
        unsigned level = 32;
        uint64_t size = 1;
        while (level > 8 && at % (size << 8) == 0 && at + (size << 8) <= end) {
            size <<= 8;
            level -= 8;
        }
        uint64_t stop = at + size;
        /* Neighbours of one level may stand as one here: the model asks per address. */
        struct rule_entry *before = m->n > 0 ? &m->entry[m->n - 1] : NULL;
        if (at > base + e->first && before->level == level && before->last + 1 == at - base) {
            before->last = stop - 1 - base;
        } else {
            m->entry[m->n] = *e;
            m->entry[m->n].first = at - base;
            m->entry[m->n].last = stop - 1 - base;
            m->entry[m->n++].level = level;
        }
        at = stop;
    }
}

static const uint32_t bases[] = {0, UINT32_MAX - WINDOW + 1, 0x0afffe00, 0x0affff80, 0xc0000200};
#define NBASES (sizeof(bases) / sizeof(bases[0]))

static void add_levels(struct world *w, uint32_t base, const struct rule_entry *e)
{
    model_levels(&w->m, base, e);
    struct range4 r = {.first = base + (uint32_t)e->first,
                       .last = base + (uint32_t)e->last,
                       .value = e->value,
                       .exclude = e->exclude};
    /* As the format does: single addresses of one value apart. */
    if (r.first == r.last && !e->exclude && e->value == 1) {
        w->e.addr4_value = 1;
        ck_assert(entries_add_addr4(&w->e, r.first));
    } else {
        ck_assert(entries_add_levels4(&w->e, &r));
    }
}

START_TEST(levels)
{
    uint64_t seed = 0x1234567u + (uint64_t)_i;
    uint32_t base = bases[(size_t)_i % NBASES];
    struct world *w = world_new(RULE_LEVELS);
    size_t n = 1 + testzone_random(&seed) % ENTRIES;
    for (size_t i = 0; i < n; i++) {
        uint64_t a = testzone_random(&seed) % WINDOW, b = testzone_random(&seed) % WINDOW;
        unsigned kind = (unsigned)(testzone_random(&seed) % 5);
        if (kind < 2)
            b = a;
        else if (kind == 2)
            a &= ~(uint64_t)255, b = a + 255;
        else if (kind == 3)
            b = a + testzone_random(&seed) % 8;
        struct rule_entry e = {.first = a < b ? a : b,
                               .last = a < b ? b : a,
                               .value = 1 + (uint32_t)(testzone_random(&seed) % VALUES),
                               .exclude = testzone_random(&seed) % 5 == 0};
        if (e.last >= WINDOW)
            e.last = WINDOW - 1;
        add_levels(w, base, &e);
    }
    compare4(w, base);
    world_free(w);
}
END_TEST

START_TEST(longest4)
{
    uint64_t seed = 0x7654321u + (uint64_t)_i;
    /* Prefixes must not leave the window: only bases that are multiples of it. */
    uint32_t base = _i % 3 == 0 ? 0 : _i % 3 == 1 ? UINT32_MAX - WINDOW + 1 : 0x0affffffu & ~1023u;
    struct world *w = world_new(RULE_LONGEST);
    bool closed = false;
    for (size_t i = 0; i < ENTRIES; i++) {
        unsigned host = (unsigned)(testzone_random(&seed) % 11); /* bits, 10 is the window */
        uint64_t a = testzone_random(&seed) % WINDOW >> host << host;
        struct rule_entry e = {.first = a,
                               .last = a + (1u << host) - 1,
                               .value = 1 + (uint32_t)(testzone_random(&seed) % VALUES),
                               .level = 32 - host,
                               .exclude = testzone_random(&seed) % 4 == 0};
        w->m.entry[w->m.n++] = e;
        if (host == 0 && !e.exclude && e.value == 1 && !closed) {
            w->e.addr4_value = 1;
            ck_assert(entries_add_addr4(&w->e, base + (uint32_t)a));
            continue;
        }
        closed |= host == 0;
        ck_assert(entries_add_range4(&w->e, &(struct range4){.first = base + (uint32_t)e.first,
                                                             .last = base + (uint32_t)e.last,
                                                             .value = e.value,
                                                             .specific = (uint8_t)e.level,
                                                             .exclude = e.exclude}));
    }
    compare4(w, base);
    world_free(w);
}
END_TEST

/* What is special is cut out of listed prefixes and not of exclusions, so that they do not nest. */
START_TEST(longest4_cut)
{
    uint64_t seed = 0x2468acu + (uint64_t)_i;
    const uint64_t gap = 300, behind = 420;
    const uint32_t base = 0x0affffffu & ~1023u;
    struct world *w = world_new(RULE_LONGEST);
    for (size_t i = 0; i < ENTRIES; i++) {
        unsigned host = 1 + (unsigned)(testzone_random(&seed) % 10);
        uint64_t a = testzone_random(&seed) % WINDOW >> host << host, b = a + (1u << host) - 1;
        bool exclude = testzone_random(&seed) % 3 == 0;
        const uint64_t piece[2][2] = {{a, exclude || b < gap ? b : gap - 1},
                                      {a > behind ? a : behind, exclude ? 0 : b}};
        uint32_t value = 1 + (uint32_t)(testzone_random(&seed) % VALUES);
        for (unsigned k = 0; k < 2; k++) {
            struct rule_entry e = {piece[k][0], piece[k][1], value, 32 - host, exclude};
            if (e.first > e.last || (k == 1 && a >= behind && e.first == piece[0][0]))
                continue;
            w->m.entry[w->m.n++] = e;
            ck_assert(entries_add_range4(&w->e, &(struct range4){base + (uint32_t)e.first,
                                                                 base + (uint32_t)e.last, value,
                                                                 (uint8_t)e.level, exclude}));
        }
    }
    compare4(w, base);
    world_free(w);
}
END_TEST

/* --- IPv6 --- */

static struct addr6 plus(struct addr6 a, uint64_t n)
{
    return (struct addr6){a.hi + (a.lo + n < n), a.lo + n};
}

static bool at_most(struct addr6 a, struct addr6 b)
{
    return a.hi != b.hi ? a.hi < b.hi : a.lo <= b.lo;
}

static void compare6(struct world *w, struct addr6 base)
{
    struct span6 *spans;
    size_t n;
    ck_assert(nested_resolve6(&w->e, w->value_set, &w->sets, &spans, &n));
    for (size_t i = 1; i < n; i++)
        ck_assert(!at_most(spans[i].first, spans[i - 1].last));
    for (uint64_t at = 0; at < WINDOW; at++) {
        struct addr6 a = plus(base, at);
        unsigned got = 0;
        for (size_t i = 0; i < n; i++)
            if (at_most(spans[i].first, a) && at_most(a, spans[i].last))
                got = bits_of(w, spans[i].set);
        ck_assert_uint_eq(got, expect(&w->m, at));
    }
    free(spans);
}

START_TEST(longest6)
{
    static const struct addr6 base6[] = {
        {0, 0},
        {UINT64_MAX, UINT64_MAX - WINDOW + 1},
        {0x20010db800000000, UINT64_MAX - WINDOW + 1},
        {0x20010db800000000, 0},
    };
    uint64_t seed = 0xabcdefu + (uint64_t)_i;
    struct addr6 base = base6[_i % 4];
    struct world *w = world_new(RULE_LONGEST);
    for (size_t i = 0; i < ENTRIES; i++) {
        unsigned host = (unsigned)(testzone_random(&seed) % 11);
        uint64_t a = testzone_random(&seed) % WINDOW >> host << host;
        struct rule_entry e = {.first = a,
                               .last = a + (1u << host) - 1,
                               .value = 1 + (uint32_t)(testzone_random(&seed) % VALUES),
                               .level = 128 - host,
                               .exclude = testzone_random(&seed) % 4 == 0};
        w->m.entry[w->m.n++] = e;
        ck_assert(entries_add_range6(&w->e, &(struct range6){.first = plus(base, e.first),
                                                             .last = plus(base, e.last),
                                                             .value = e.value,
                                                             .specific = (uint8_t)e.level,
                                                             .exclude = e.exclude}));
    }
    compare6(w, base);
    world_free(w);
}
END_TEST

/* Everything, with holes at both ends and one entry finer. */
START_TEST(whole_space)
{
    struct world *w = world_new(RULE_LEVELS);
    struct span4 *spans;
    size_t n;
    ck_assert(entries_add_levels4(&w->e, &(struct range4){0, UINT32_MAX, 1, 0, false}));
    ck_assert(entries_add_levels4(&w->e, &(struct range4){0, 0, 1, 0, true}));
    ck_assert(entries_add_levels4(&w->e, &(struct range4){UINT32_MAX, UINT32_MAX, 1, 0, true}));
    ck_assert(entries_add_levels4(&w->e, &(struct range4){0x0a000000, 0x0affffff, 2, 0, false}));
    ck_assert(nested_resolve4(&w->e, w->value_set, &w->sets, &spans, &n));
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(spans[0].first, 1);
    ck_assert_uint_eq(spans[0].last, 0x09ffffff);
    /* The same level: both values. */
    ck_assert_uint_eq(bits_of(w, spans[1].set), 3);
    ck_assert_uint_eq(spans[2].last, UINT32_MAX - 1);
    free(spans);
    world_free(w);
}
END_TEST

START_TEST(whole_space6)
{
    struct world *w = world_new(RULE_LONGEST);
    struct addr6 none = {0, 0}, all = {UINT64_MAX, UINT64_MAX};
    struct span6 *spans;
    size_t n;
    ck_assert(entries_add_range6(&w->e, &(struct range6){none, all, 1, 0, false}));
    ck_assert(entries_add_range6(&w->e, &(struct range6){all, all, 2, 128, false}));
    ck_assert(entries_add_range6(&w->e, &(struct range6){none, none, 2, 128, true}));
    ck_assert(nested_resolve6(&w->e, w->value_set, &w->sets, &spans, &n));
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(spans[0].first.lo, 1);
    ck_assert_uint_eq(spans[0].last.lo, UINT64_MAX - 1);
    ck_assert_uint_eq(bits_of(w, spans[1].set), 2);
    free(spans);
    world_free(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("nested");
    TCase *t = tcase_create("nested");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, levels, 0, 100);
    tcase_add_loop_test(t, longest4, 0, 60);
    tcase_add_loop_test(t, longest4_cut, 0, 60);
    tcase_add_loop_test(t, longest6, 0, 60);
    tcase_add_test(t, whole_space);
    tcase_add_test(t, whole_space6);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
