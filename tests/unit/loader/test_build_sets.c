/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets as the compiler makes them, read back through lib/answerset.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "loader/build_sets.h"

static struct sets sets;
static struct buf set_octets, groups, texts;
static struct image img;

static void setup(void)
{
    sets_init(&sets, false);
    set_octets = groups = texts = (struct buf){0};
}

static void teardown(void)
{
    sets_free(&sets);
    buf_free(&set_octets);
    buf_free(&groups);
    buf_free(&texts);
}

static void encode(void)
{
    sets_encode(&sets, &set_octets, &groups, &texts);
    ck_assert(!sets.oom && !set_octets.oom && !groups.oom && !texts.oom);
    img = (struct image){.sets = (const struct image_set *)(const void *)set_octets.p,
                         .nsets = (uint32_t)(set_octets.len / sizeof(struct image_set)),
                         .groups = groups.p,
                         .texts = texts.p};
}

static struct set_value value(uint32_t a, const char *text, uint32_t source)
{
    return (struct set_value){.has_a = 1,
                              .a = a,
                              .ttl = 300,
                              .text = sets_template(&sets, text),
                              .other = SETS_NONE,
                              .source = source};
}

static uint32_t single(uint32_t a, const char *text, uint32_t source)
{
    struct set_value v = value(a, text, source);
    return sets_single(&sets, &v);
}

/* "A A / text | text / source source" */
static const char *show(uint32_t set)
{
    static char out[512];
    static const struct text_subject subject = {"S", "M", 1, 1};
    size_t n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < answerset_na(&img, set); i++)
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%x ", answerset_a(&img, set, i));
    for (unsigned i = 0; i < answerset_ntexts(&img, set); i++) {
        char text[100];
        size_t len = answerset_text(&img, set, i, &subject, (uint8_t *)text, sizeof(text));
        n += (size_t)snprintf(out + n, sizeof(out) - n, "|%.*s", (int)len, text);
    }
    for (unsigned i = 0; i < answerset_nsources(&img, set); i++)
        n += (size_t)snprintf(out + n, sizeof(out) - n, " /%u", answerset_source(&img, set, i));
    return out;
}

START_TEST(numbers)
{
    uint32_t a = single(1, "x", 0), b = single(2, "x", 0);
    ck_assert(a != 0 && b != 0 && a != b);
    ck_assert_uint_eq(single(1, "x", 0), a);
    ck_assert_uint_ne(single(1, "y", 0), a);
    ck_assert_uint_ne(single(1, "x", 1), a);
    ck_assert_uint_eq(sets_union(&sets, a, 0), a);
    ck_assert_uint_eq(sets_union(&sets, 0, a), a);
    ck_assert_uint_eq(sets_union(&sets, a, a), a);
    ck_assert_uint_eq(sets_union(&sets, 0, 0), 0);
}
END_TEST

START_TEST(union_order)
{
    uint32_t a = single(1, "a", 0), b = single(2, "b", 1), c = single(3, "c", 2);
    uint32_t ab = sets_union(&sets, a, b), ba = sets_union(&sets, b, a);
    uint32_t abc = sets_union(&sets, ab, c), cab = sets_union(&sets, c, ab);
    ck_assert_uint_ne(ab, ba);
    ck_assert_uint_eq(sets_union(&sets, ab, a), ab); /* nothing new */
    ck_assert_uint_eq(sets_union(&sets, a, sets_union(&sets, b, c)), abc);
    ck_assert_uint_eq(sets_union(&sets, a, b), ab); /* from the memo */
    encode();
    ck_assert_str_eq(show(ab), "1 2 |a|b /0 /1");
    ck_assert_str_eq(show(ba), "2 1 |b|a /1 /0");
    ck_assert_str_eq(show(abc), "1 2 3 |a|b|c /0 /1 /2");
    ck_assert_str_eq(show(cab), "3 1 2 |c|a|b /2 /0 /1");
}
END_TEST

START_TEST(equal_parts_once)
{
    uint32_t a = single(1, "same", 0), b = single(1, "same", 1), c = single(2, "same", 1);
    uint32_t d = single(1, "other", 0);
    uint32_t abc = sets_union(&sets, sets_union(&sets, a, b), c);
    encode();
    ck_assert_str_eq(show(abc), "1 2 |same /0 /1");
    /* equal texts are one, and so are equal records of the same list */
    ck_assert_uint_eq(img.sets[a].texts, img.sets[b].texts);
    ck_assert_uint_eq(img.sets[a].texts, img.sets[c].texts);
    ck_assert_uint_ne(img.sets[a].group, img.sets[b].group);
    ck_assert_uint_eq(img.sets[a].group, img.sets[d].group);
}
END_TEST

START_TEST(bitmask)
{
    sets.bitmask = true;
    uint32_t a = single(0x7f000002, "a", 0), b = single(0x7f000008, "b", 1);
    uint32_t c = single(0x7f000040, "", 2);
    uint32_t abc = sets_union(&sets, sets_union(&sets, a, b), c);
    encode();
    ck_assert_str_eq(show(abc), "7f00004a |a|b /0 /1 /2");
    ck_assert_str_eq(show(a), "7f000002 |a /0");
}
END_TEST

START_TEST(smallest_ttl)
{
    struct set_value v = value(1, "x", 0), w = value(2, "y", 1);
    w.ttl = 60;
    uint32_t one = sets_single(&sets, &v), both = sets_union(&sets, one, sets_single(&sets, &w));
    encode();
    ck_assert_uint_eq(answerset_group(&img, one)->txt_ttl, 300);
    ck_assert_uint_eq(answerset_group(&img, both)->txt_ttl, 60);
    const uint8_t *rr = answerset_group(&img, both)->rr;
    for (unsigned i = 0; i < 2; i++) /* all records of a set have one TTL */
        ck_assert(memcmp(rr + 16 * i + 6, "\0\0\0\x3c", 4) == 0);
}
END_TEST

struct template_row {
    const char *text, *shown;
};

static const struct template_row templates[] = {
    {"plain", "|plain"},
    {"$", "|S"},
    {"$$", "|$"},
    {"$$$", "|$S"},
    {"$$$$", "|$$"},
    {"a$b$c", "|aSbSc"},
    {"a$$b", "|a$b"},
    {"$x", "|Sx"},
    {"x$", "|xS"},
    {"", ""},
    {"x$$", "|x$"},
    {"$$x", "|$x"},
    {"\xc3\xa4", "|\xc3\xa4"},
};

START_TEST(template)
{
    char want[64];
    uint32_t set = single(1, templates[_i].text, 0);
    encode();
    snprintf(want, sizeof(want), "1 %s /0", templates[_i].shown);
    ck_assert_str_eq(show(set), want);
}
END_TEST

START_TEST(no_text)
{
    ck_assert_uint_eq(sets_template(&sets, ""), SETS_NONE);
    ck_assert_uint_eq(sets_template(&sets, "x"), sets_template(&sets, "x"));
}
END_TEST

START_TEST(no_a)
{
    struct set_value v = value(9, "only text", SETS_NONE);
    v.has_a = 0;
    uint32_t set = sets_single(&sets, &v);
    encode();
    ck_assert_str_eq(show(set), "|only text");
}
END_TEST

START_TEST(other_records)
{
    static const uint8_t mx[] = {0, 10, 0};
    static const uint8_t want[] = {0xc0, 12, 0, 15, 0, 1, 0, 0, 1, 44, 0, 3, 0, 10, 0};
    struct set_value v = value(9, "", SETS_NONE);
    v.other = sets_other(&sets, 15, mx, sizeof(mx));
    uint32_t a = single(1, "", 0), set = sets_union(&sets, a, sets_single(&sets, &v));
    encode();
    const struct image_group *g = answerset_group(&img, set);
    ck_assert_uint_eq(g->na, 2);
    ck_assert_uint_eq(g->nother, 1);
    ck_assert_uint_eq(g->other_len, sizeof(want));
    ck_assert_mem_eq(g->rr + g->a_len, want, sizeof(want));
}
END_TEST

/* Every union of ten values, in the order in which they come. */
START_TEST(many)
{
    uint32_t one[10], set[1024] = {0};
    for (uint32_t i = 0; i < 10; i++)
        one[i] = single(100 + i, "", i);
    for (unsigned m = 1; m < 1024; m++)
        for (unsigned i = 0; i < 10; i++)
            if (m >> i & 1)
                set[m] = sets_union(&sets, set[m], one[i]);
    encode();
    ck_assert_uint_eq(img.nsets, 1024);
    for (unsigned m = 1; m < 1024; m++) {
        unsigned n = 0;
        for (unsigned i = 0; i < 10; i++)
            if (m >> i & 1)
                ck_assert_uint_eq(answerset_a(&img, set[m], n++), 100 + i);
        ck_assert_uint_eq(answerset_na(&img, set[m]), n);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("build_sets");
    TCase *tc = tcase_create("build_sets");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, numbers);
    tcase_add_test(tc, union_order);
    tcase_add_test(tc, equal_parts_once);
    tcase_add_test(tc, bitmask);
    tcase_add_test(tc, smallest_ttl);
    tcase_add_loop_test(tc, template, 0, sizeof(templates) / sizeof(*templates));
    tcase_add_test(tc, no_text);
    tcase_add_test(tc, no_a);
    tcase_add_test(tc, other_records);
    tcase_add_test(tc, many);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
