/* SPDX-License-Identifier: BSD-2-Clause */
/* Name records written octet by octet; what the compiler writes is tested in test_build_names.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/names.h"

#define NSETS 300u

#define KIND(k, len) (uint8_t)((k) << 6 | (len))

/*
 * com            NONE, parent 1
 * a.com          SELF, set 5, no children
 * b.com          TREE, set 200 (two octets), parent 2
 * x.b.com        GENERAL: self not listed, below inherits
 * *.c.com        GENERAL: self inherits (nothing), below set 7
 */
static const uint8_t records[] = {
    0 << 1 | 1, KIND(NAMES_NONE, 3),    'c', 'o', 'm', 1, /**/
    1 << 1 | 0, KIND(NAMES_SELF, 1),    'a', 5,           /**/
    1 << 1 | 1, KIND(NAMES_TREE, 1),    'b', 2,   200, 1, /* 200 is c8 01 */
    2 << 1 | 0, KIND(NAMES_GENERAL, 1), 'x', 1,   0,      /**/
    1 << 1 | 0, KIND(NAMES_GENERAL, 1), 'c', 0,   8,      /**/
};

static struct image_view view = {.nbuckets = 1, .nparents = 3, .sub_len = 1};
static uint32_t offsets[2] = {0, sizeof(records)};

static struct names_limits limits(void)
{
    return (struct names_limits){offsets, 2, records, sizeof(records), NSETS};
}

static struct names_result find(const char *text)
{
    struct image img = {.buckets = offsets, .records = records};
    struct names_result r;
    struct name n;
    uint8_t labels[NAME_LABELS_MAX];
    unsigned count = 0;
    ck_assert_pstr_eq(name_parse(text, strlen(text), &n), NULL);
    for (size_t at = 0; n.wire[at]; at += n.wire[at] + 1u)
        labels[count++] = (uint8_t)at;
    names_find(&img, &view, n.wire, labels, count, &r);
    return r;
}

struct row {
    const char *name;
    uint32_t set;
    bool exists;
    unsigned match;
};

static const struct row rows[] = {
    /* only above */
    {"com", 0, true, 1},
    {"org", 0, false, 1},
    {"com.org", 0, false, 2},
    /* itself */
    {"a.com", 5, true, 0},
    {"z.a.com", 0, false, 3},
    {"z.com", 0, false, 2},
    {"aa.com", 0, false, 2},
    /* with everything below */
    {"b.com", 200, true, 0},
    {"z.b.com", 200, true, 1},
    {"y.z.b.com", 200, true, 2},
    {"bb.com", 0, false, 2},
    /* not listed below something listed: names below it are again */
    {"x.b.com", 0, true, 3},
    {"z.x.b.com", 200, true, 2},
    /* only what is below */
    {"c.com", 0, true, 2},
    {"z.c.com", 7, true, 1},
    {"y.z.c.com", 7, true, 2},
};

START_TEST(finds)
{
    struct names_result r = find(rows[_i].name);
    ck_assert_uint_eq(r.set, rows[_i].set);
    ck_assert_int_eq(r.exists, rows[_i].exists);
    ck_assert_uint_eq(r.match_label, rows[_i].match);
}
END_TEST

START_TEST(the_records_are_sound)
{
    struct names_limits lim = limits();
    ck_assert_pstr_eq(names_verify(&lim, &view), NULL);
}
END_TEST

START_TEST(varints)
{
    static const uint32_t v[] = {0, 1, 127, 128, 255, 16383, 16384, 1u << 21, 1u << 28, UINT32_MAX};
    static const size_t len[] = {1, 1, 1, 2, 2, 2, 3, 4, 5, 5};
    uint8_t out[5] = {0};
    const uint8_t *p = out;
    ck_assert_uint_eq(names_varint_put(out, v[_i]), len[_i]);
    ck_assert_uint_eq(names_varint(&p), v[_i]);
    ck_assert_ptr_eq(p, out + len[_i]);
}
END_TEST

/* --- one bad record --- */

struct bad {
    const char *why;
    uint8_t len;
    uint8_t octets[20];
};

static const struct bad bads[] = {
    /* good ones, to show that the others are bad for their fault alone */
    {NULL, 4, {0, KIND(NAMES_SELF, 1), 'a', 5}},
    {NULL, 4, {1, KIND(NAMES_NONE, 1), 'a', 1}},
    {NULL, 5, {0, KIND(NAMES_GENERAL, 1), 'a', 1, 0}},
    /* head */
    {"parent", 4, {3 << 1, KIND(NAMES_SELF, 1), 'a', 5}},
    {"unfinished head", 1, {0x80}},
    {"head of six octets", 9, {0x80, 0x80, 0x80, 0x80, 0x80, 0, KIND(NAMES_SELF, 1), 'a', 5}},
    {"head of 33 bits", 8, {0x80, 0x80, 0x80, 0x80, 0x10, KIND(NAMES_SELF, 1), 'a', 5}},
    {"nothing behind the head", 1, {0}},
    /* label */
    {"label of no octets", 3, {0, KIND(NAMES_SELF, 0), 5}},
    {"label past the end", 4, {0, KIND(NAMES_SELF, 3), 'a', 5}},
    {"label to the end", 3, {0, KIND(NAMES_SELF, 1), 'a'}},
    /* number */
    {"number 0", 4, {1, KIND(NAMES_NONE, 1), 'a', 0}},
    {"number past all", 4, {1, KIND(NAMES_NONE, 1), 'a', 3}},
    {"no number", 3, {1, KIND(NAMES_NONE, 1), 'a'}},
    /* value */
    {"set 0", 4, {0, KIND(NAMES_SELF, 1), 'a', 0}},
    {"set past all", 5, {0, KIND(NAMES_SELF, 1), 'a', 0xac, 2}},
    {"self past all", 6, {0, KIND(NAMES_GENERAL, 1), 'a', 0xad, 2, 0}},
    {"below past all", 6, {0, KIND(NAMES_GENERAL, 1), 'a', 0, 0xad, 2}},
    {"no below", 4, {0, KIND(NAMES_GENERAL, 1), 'a', 0}},
    {"something behind", 5, {0, KIND(NAMES_SELF, 1), 'a', 5, 0x80}},
};

START_TEST(bad_records_are_refused)
{
    const struct bad *b = &bads[_i];
    uint8_t *exact = malloc(b->len);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, b->octets, b->len);
    uint32_t offs[2] = {0, b->len};
    struct names_limits lim = {offs, 2, exact, b->len, NSETS};
    const char *why = names_verify(&lim, &view);
    ck_assert_pstr_eq(why, b->why ? "bad name record" : NULL);
    free(exact);
}
END_TEST

START_TEST(bad_buckets_are_refused)
{
    struct names_limits lim = limits();
    struct image_view v = view;
    v.nbuckets = 3;
    ck_assert_str_eq(names_verify(&lim, &v), "name buckets are not a power of two");
    v.nbuckets = 2;
    ck_assert_str_eq(names_verify(&lim, &v), "name buckets outside their section");
    v = view;
    v.bucket0 = UINT32_MAX;
    ck_assert_str_eq(names_verify(&lim, &v), "name buckets outside their section");
    v = view;
    v.uniform = NSETS;
    ck_assert_str_eq(names_verify(&lim, &v), "bad name tree parameters");
    v = view;
    v.nparents = 0;
    ck_assert_str_eq(names_verify(&lim, &v), "bad name tree parameters");
    uint32_t past[2] = {0, sizeof(records) + 1}, back[2] = {4, 0};
    lim.buckets = past;
    ck_assert_str_eq(names_verify(&lim, &view), "name bucket out of order");
    lim.buckets = back;
    ck_assert_str_eq(names_verify(&lim, &view), "name bucket out of order");
    v.nbuckets = 0; /* no names: nothing is looked at */
    ck_assert_pstr_eq(names_verify(&lim, &v), NULL);
}
END_TEST

START_TEST(long_buckets_are_refused)
{
    uint8_t many[(NAMES_BUCKET_MAX + 1) * 4];
    for (unsigned i = 0; i <= NAMES_BUCKET_MAX; i++)
        memcpy(many + 4 * i, bads[0].octets, 4);
    uint32_t offs[2] = {0, sizeof(many) - 4};
    struct names_limits lim = {offs, 2, many, sizeof(many), NSETS};
    ck_assert_pstr_eq(names_verify(&lim, &view), NULL);
    offs[1] = sizeof(many);
    ck_assert_str_eq(names_verify(&lim, &view), "bad name record");
}
END_TEST

/* With one set for all, records carry none. */
START_TEST(uniform)
{
    static const uint8_t rec[] = {0, KIND(NAMES_SELF, 1), 'a', 0, KIND(NAMES_TREE, 1), 'b'};
    uint32_t offs[2] = {0, sizeof(rec)};
    struct names_limits lim = {offs, 2, rec, sizeof(rec), NSETS};
    struct image_view v = view;
    struct image img = {.buckets = offs, .records = rec};
    struct names_result r;
    v.uniform = 9;
    ck_assert_pstr_eq(names_verify(&lim, &v), NULL);
    names_find(&img, &v, (const uint8_t *)"\1q\1b", (const uint8_t *)"\0\2", 2, &r);
    ck_assert(r.set == 9 && r.exists && r.match_label == 1);
    names_find(&img, &v, (const uint8_t *)"\1a", (const uint8_t *)"\0", 1, &r);
    ck_assert(r.set == 9 && r.exists && r.match_label == 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("names");
    TCase *tc = tcase_create("names");
    tcase_add_test(tc, the_records_are_sound);
    tcase_add_loop_test(tc, finds, 0, sizeof(rows) / sizeof(*rows));
    tcase_add_loop_test(tc, varints, 0, 10);
    tcase_add_loop_test(tc, bad_records_are_refused, 0, sizeof(bads) / sizeof(*bads));
    tcase_add_test(tc, bad_buckets_are_refused);
    tcase_add_test(tc, long_buckets_are_refused);
    tcase_add_test(tc, uniform);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
