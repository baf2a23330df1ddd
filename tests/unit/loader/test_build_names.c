/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of several layers, with exclusions inside them, compared with the rules of build_names.h
 * read literally over every name of up to five labels from three.
 */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/names.h"
#include "loader/build_names.h"
#include "loader/sweep.h"
#include "tests/common/testzone.h"

#define LAYERS    4
#define ENTRIES   40
#define DEPTH     5
#define NALL      (3 + 9 + 27 + 81 + 243)
#define NO_VALUES UINT32_MAX

struct entry {
    struct name name;
    struct name_value value;
};

static struct entry entries[ENTRIES];
static size_t n;
static enum layer_role roles[LAYERS];
static struct sets sets;
static struct buf buckets, records;
static struct image_view view;
static struct name all[NALL];

static void setup(void)
{
    n = 0;
    sets_init(&sets, false);
    buckets = records = (struct buf){0};
    view = (struct image_view){.sub_len = 1};
    size_t k = 0;
    for (unsigned depth = 1, count = 3; depth <= DEPTH; depth++, count *= 3)
        for (unsigned i = 0; i < count; i++, k++) {
            unsigned rest = i;
            for (unsigned l = 0; l < depth; l++, rest /= 3) {
                all[k].wire[2 * l] = 1;
                all[k].wire[2 * l + 1] = (uint8_t)("abz"[rest % 3]);
            }
            all[k].wire[2 * depth] = 0;
            all[k].len = (uint8_t)(2 * depth + 1);
        }
}

static void teardown(void)
{
    sets_free(&sets);
    buf_free(&buckets);
    buf_free(&records);
}

static uint32_t value_of(uint32_t a)
{
    struct set_value v = {
        .has_a = 1, .a = a, .ttl = 1, .text = SETS_NONE, .other = SETS_NONE, .source = SETS_NONE};
    return sets_single(&sets, &v);
}

static void build(uint64_t seed)
{
    struct names_builder *b = names_builder_new(&sets, roles);
    struct names_limits lim;
    ck_assert_ptr_nonnull(b);
    for (size_t i = 0; i < n; i++)
        ck_assert(
            names_builder_add(b, entries[i].name.wire, entries[i].name.len, &entries[i].value));
    ck_assert(names_builder_finish(b, seed, &buckets, &records, &view));
    names_builder_free(b);
    lim = (struct names_limits){(const uint32_t *)(const void *)buckets.p, buckets.len / 4,
                                records.p, records.len, sets.sets.n};
    ck_assert_pstr_eq(names_verify(&lim, &view), NULL);
}

static struct names_result find(const struct name *q)
{
    struct image img = {.buckets = (const uint32_t *)(const void *)buckets.p, .records = records.p};
    struct names_result r = {0};
    uint8_t labels[NAME_LABELS_MAX];
    unsigned count = 0;
    for (size_t at = 0; q->wire[at]; at += q->wire[at] + 1u)
        labels[count++] = (uint8_t)at;
    if (view.nbuckets > 0)
        names_find(&img, &view, q->wire, labels, count, &r);
    return r;
}

/* --- the rules --- */

/* What a layer's entries of this key and scope say; NO_VALUES when there are none. */
static uint32_t key_says(uint32_t layer, const uint8_t *wire, size_t len, uint8_t scope)
{
    uint32_t set = NO_VALUES;
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = &entries[i];
        if (e->value.layer != layer || !(e->value.scope & scope) || e->name.len != len ||
            memcmp(e->name.wire, wire, len) != 0)
            continue;
        if (e->value.exclude)
            return 0;
        set = sets_union(&sets, set == NO_VALUES ? 0 : set, e->value.set);
    }
    /* an exclusion may stand behind the values */
    for (size_t i = 0; i < n; i++)
        if (entries[i].value.layer == layer && entries[i].value.exclude &&
            (entries[i].value.scope & scope) && entries[i].name.len == len &&
            memcmp(entries[i].name.wire, wire, len) == 0)
            return 0;
    return set;
}

static uint32_t layer_says(uint32_t layer, const struct name *q)
{
    uint32_t set = key_says(layer, q->wire, q->len, NAME_SELF);
    for (size_t at = 2; set == NO_VALUES && at + 1 < q->len; at += 2)
        set = key_says(layer, q->wire + at, q->len - at, NAME_BELOW);
    return set == NO_VALUES ? 0 : set;
}

static uint32_t expect(const struct name *q)
{
    enum layer_role role[LAYERS];
    uint32_t set[LAYERS];
    size_t k = 0;
    for (uint32_t layer = 0; layer < LAYERS; layer++) {
        uint32_t says = layer_says(layer, q);
        if (says == 0)
            continue;
        role[k] = roles[layer];
        set[k++] = says;
    }
    return sweep_combine(role, set, k, &sets);
}

static bool is_below(const struct name *q, const struct name *top)
{
    return q->len >= top->len && memcmp(q->wire + q->len - top->len, top->wire, top->len) == 0;
}

/* --- random --- */

static void draw(uint64_t *seed)
{
    const uint32_t values[] = {value_of(1), value_of(2), value_of(3)};
    for (uint32_t i = 0; i < LAYERS; i++) {
        uint64_t role = (testzone_random(seed) >> 32) % 8;
        roles[i] = role < 5 ? LAYER_LISTED : role < 7 ? LAYER_EXCLUDE : LAYER_FALLBACK;
    }
    size_t count = 1 + (testzone_random(seed) >> 32) % ENTRIES;
    for (; n < count; n++) {
        /* of at most four labels, none the last of the three: "z" stays unknown */
        const struct name *name;
        do {
            name = &all[(testzone_random(seed) >> 32) % (3 + 9 + 27 + 81)];
        } while (memchr(name->wire, 'z', name->len));
        uint64_t r = testzone_random(seed) >> 32;
        entries[n].name = *name;
        entries[n].value = (struct name_value){.layer = (uint32_t)(r % LAYERS),
                                               .set = values[r / 8 % 3],
                                               .scope = (uint8_t)(1 + r / 64 % 3),
                                               .exclude = r / 512 % 5 == 0};
    }
}

START_TEST(like_the_rules)
{
    static uint32_t want[NALL];
    uint64_t seed = (uint64_t)_i + 1;
    draw(&seed);
    build(seed);
    for (size_t i = 0; i < NALL; i++)
        want[i] = expect(&all[i]);
    for (size_t i = 0; i < NALL; i++) {
        struct names_result r = find(&all[i]);
        bool exists = false;
        if (all[i].len == 2 * DEPTH + 1)
            exists = want[i] != 0; /* nothing deeper is in the table, nor in the entries */
        for (size_t k = i; k < NALL && !exists; k++)
            exists = want[k] != 0 && is_below(&all[k], &all[i]);
        char text[NAME_TEXT_MAX];
        name_format(text, all[i].wire, all[i].len);
        if (r.set != want[i] || r.exists != exists)
            ck_abort_msg("%s: set %u exists %d, not %u %d", text, r.set, r.exists, want[i], exists);
    }
}
END_TEST

/* --- by hand --- */

static void add(const char *text, enum name_scope scope, uint32_t set, bool exclude)
{
    ck_assert_pstr_eq(name_parse(text, strlen(text), &entries[n].name), NULL);
    entries[n++].value = (struct name_value){0, set, (uint8_t)scope, exclude};
}

START_TEST(nothing)
{
    build(1);
    ck_assert_uint_eq(view.nbuckets, 0);
    ck_assert_uint_eq(records.len, 0);
}
END_TEST

/* Names that say what they would inherit anyway take no record. */
START_TEST(what_says_nothing_new_is_left_out)
{
    uint32_t set = value_of(1);
    add("example", NAME_TREE, set, false);
    build(1);
    size_t alone = records.len;
    buckets.len = records.len = 0;
    add("a.example", NAME_TREE, set, false);
    add("b.a.example", NAME_SELF, set, false);
    build(1);
    ck_assert_uint_eq(records.len, alone);
}
END_TEST

START_TEST(one_value_for_all)
{
    uint32_t set = value_of(1);
    add("a.example", NAME_SELF, set, false);
    add("b.example", NAME_TREE, set, false);
    build(1);
    ck_assert_uint_eq(view.uniform, set);
    add("c.example", NAME_TREE, value_of(2), false);
    build(1);
    ck_assert_uint_eq(view.uniform, 0);
}
END_TEST

/* The name of a server goes on with the zone's labels, which are no part of it here. */
START_TEST(first_labels_of_a_longer_name)
{
    struct names_builder *b = names_builder_new(&sets, roles);
    struct name_value one = {0, value_of(1), NAME_SELF, false};
    struct name_value two = {0, value_of(2), NAME_SELF, false};
    const struct name q = {.wire = "\2ns\1a", .len = 6};
    roles[0] = LAYER_LISTED;
    ck_assert_ptr_nonnull(b);
    ck_assert(names_builder_add(b, (const uint8_t *)"\2ns\1a\7example", 6, &one));
    ck_assert(names_builder_add(b, (const uint8_t *)"\2ns\1a", 6, &two));
    ck_assert(names_builder_finish(b, 1, &buckets, &records, &view));
    names_builder_free(b);
    ck_assert_uint_eq(find(&q).set, sets_union(&sets, one.set, two.set));
}
END_TEST

/* Enough for several threads. */
#define MANY 120000

static void build_many(const struct entries *e, const uint32_t *value_set)
{
    struct names_builder *b = names_builder_new(&sets, roles);
    struct name_value v = {0, value_set[0], NAME_SELF, false};
    struct names_limits lim;
    roles[0] = LAYER_LISTED;
    ck_assert_ptr_nonnull(b);
    ck_assert(names_builder_add(b, (const uint8_t *)"\5first\7example", 15, &v));
    ck_assert(names_builder_add_all(b, e, 0, value_set));
    ck_assert(names_builder_add(b, (const uint8_t *)"\4last\7example", 14, &v));
    buckets.len = records.len = 0;
    ck_assert(names_builder_finish(b, 5, &buckets, &records, &view));
    names_builder_free(b);
    lim = (struct names_limits){(const uint32_t *)(const void *)buckets.p, buckets.len / 4,
                                records.p, records.len, sets.sets.n};
    ck_assert_pstr_eq(names_verify(&lim, &view), NULL);
}

/* On one processor the same comes out as on all that there are. */
static void build_alone(const struct entries *e, const uint32_t *value_set)
{
    struct buf b = buckets, r = records;
    cpu_set_t all_cpus, one;
    buckets = records = (struct buf){0};
    ck_assert_int_eq(sched_getaffinity(0, sizeof(all_cpus), &all_cpus), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all_cpus))
            CPU_SET(i, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    build_many(e, value_set);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(all_cpus), &all_cpus), 0);
    ck_assert_uint_eq(b.len, buckets.len);
    ck_assert_uint_eq(r.len, records.len);
    ck_assert_int_eq(memcmp(b.p, buckets.p, b.len), 0);
    ck_assert_int_eq(memcmp(r.p, records.p, r.len), 0);
    buf_free(&b);
    buf_free(&r);
}

START_TEST(many)
{
    const uint32_t value_set[] = {value_of(1), value_of(2)};
    struct entries e;
    struct name name;
    char text[64];
    entries_init(&e);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "n%u.d%u.example", i, i % 300);
        struct name_entry entry = {.scope = i % 3 ? NAME_SELF : NAME_TREE, .value = i % 5 == 0};
        if (name_parse(text, strlen(text), &name) || !entries_put_name(&e, &name, &entry))
            ck_abort();
    }
    build_many(&e, value_set);
    build_alone(&e, value_set);
    entries_free(&e);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "n%u.d%u.example", i, i % 300 + i % 2);
        if (name_parse(text, strlen(text), &name) ||
            find(&name).set != (i % 2 ? 0 : value_set[i % 5 == 0]))
            ck_abort_msg("%s", text);
    }
    ck_assert_uint_le(records.len + buckets.len, MANY * 16); /* octets a name */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("build_names");
    TCase *tc = tcase_create("build_names");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, like_the_rules, 0, 300);
    tcase_add_test(tc, nothing);
    tcase_add_test(tc, what_says_nothing_new_is_left_out);
    tcase_add_test(tc, one_value_for_all);
    tcase_add_test(tc, first_labels_of_a_longer_name);
    tcase_add_test(tc, many);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
