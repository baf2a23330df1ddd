/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "tests/common/testzone.h"

static const struct testzone zone = {
    .name = "t",
    .ttl = 77,
    .list =
        {
            {.name = "one",
             .a = "127.0.0.9",
             .txt = "see http://x/?q=$ for $$5",
             .entries = "1.2.3.4\n"},
            {.name = "two", .a = "127.0.0.8", .entries = "1.2.3.4\n5.6.7.8\n"},
            {.name = "three", .a = "127.0.0.9", .txt = "$", .entries = "1.2.3.4\n9.9.9.9\n"},
        },
};

static struct image *img;

static void setup(void)
{
    img = testzone_build(&zone);
}

static void teardown(void)
{
    image_close(img);
}

static uint32_t set_of(const char *name)
{
    struct lookup_result r;
    testzone_lookup(img, name, &r);
    ck_assert_uint_eq(r.nset, 1);
    return r.set[0];
}

START_TEST(values)
{
    uint32_t set = set_of("4.3.2.1.t");
    ck_assert_uint_eq(answerset_na(img, set), 2);
    ck_assert_uint_eq(answerset_a(img, set, 0), 0x7f000009);
    ck_assert_uint_eq(answerset_a(img, set, 1), 0x7f000008);
    ck_assert_uint_eq(answerset_nsources(img, set), 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_str_eq(img->sources[answerset_source(img, set, i)].name, zone.list[i].name);
    ck_assert_uint_eq(answerset_group(img, set)->txt_ttl, 77);
    ck_assert_uint_eq(answerset_ntexts(img, set), 2);
    ck_assert_uint_eq(answerset_ntexts(img, set_of("8.7.6.5.t")), 0);
}
END_TEST

START_TEST(records_are_in_wire_form)
{
    static const uint8_t rr[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 77, 0, 4, 127, 0, 0, 8};
    const struct image_group *g = answerset_group(img, set_of("8.7.6.5.t"));
    ck_assert_uint_eq(g->na, 1);
    ck_assert_uint_eq(g->a_len, sizeof(rr));
    ck_assert_mem_eq(g->rr, rr, sizeof(rr));
    ck_assert_uint_eq(g->nother, 0);
    ck_assert_uint_eq(g->other_len, 0);
}
END_TEST

static const char expected[] = "see http://x/?q=1.2.3.4 for $5";

/* Cut at every length; nothing is written behind it. */
START_TEST(text_at_every_length)
{
    struct text_subject subject = {"1.2.3.4", "other", 7, 5};
    uint8_t *out = malloc((size_t)_i + 1);
    ck_assert_ptr_nonnull(out);
    out[_i] = 0xee;
    size_t n = answerset_text(img, set_of("4.3.2.1.t"), 0, &subject, out, (size_t)_i);
    size_t want = (size_t)_i < strlen(expected) ? (size_t)_i : strlen(expected);
    ck_assert_uint_eq(n, want);
    ck_assert(memcmp(out, expected, want) == 0);
    ck_assert_uint_eq(out[_i], 0xee);
    free(out);
}
END_TEST

START_TEST(second_text)
{
    struct text_subject subject = {"subject", "other", 7, 5};
    uint8_t out[100];
    ck_assert_uint_eq(answerset_text(img, set_of("4.3.2.1.t"), 1, &subject, out, sizeof(out)), 7);
    ck_assert(memcmp(out, "subject", 7) == 0);
    ck_assert_uint_eq(answerset_text(img, set_of("9.9.9.9.t"), 0, &subject, out, sizeof(out)), 7);
}
END_TEST

/* The matched name, and every way to write a template: in place, behind a list, with either end. */
START_TEST(matched)
{
    static const uint8_t texts[] = {TEXT_LITERAL,
                                    1,
                                    0,
                                    '<',
                                    TEXT_MATCHED,
                                    TEXT_LITERAL,
                                    1,
                                    0,
                                    '>',
                                    TEXT_END, /* at 0 */
                                    2,
                                    0,
                                    0,
                                    0,
                                    0,
                                    19,
                                    0,
                                    0,
                                    0, /* at 10 */
                                    TEXT_SUBJECT,
                                    TEXT_LAST,
                                    1,
                                    '!', /* at 19 */
                                    0};  /* at 23 */
    static const struct image_set sets[] = {{0, 0}, {0, 0}, {0, 10}, {0, 23}};
    struct image hand = {.sets = sets, .texts = texts, .nsets = 4};
    struct text_subject subject = {"subject", "other", 7, 5};
    uint8_t out[100];
    ck_assert_uint_eq(answerset_ntexts(&hand, 1), 1);
    ck_assert_uint_eq(answerset_text(&hand, 1, 0, &subject, out, sizeof(out)), 7);
    ck_assert(memcmp(out, "<other>", 7) == 0);
    ck_assert_uint_eq(answerset_ntexts(&hand, 2), 2);
    ck_assert_uint_eq(answerset_text(&hand, 2, 0, &subject, out, sizeof(out)), 7);
    ck_assert_uint_eq(answerset_text(&hand, 2, 1, &subject, out, sizeof(out)), 8);
    ck_assert(memcmp(out, "subject!", 8) == 0);
    ck_assert_uint_eq(answerset_ntexts(&hand, 3), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("answerset");
    TCase *tc = tcase_create("answerset");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, values);
    tcase_add_test(tc, records_are_in_wire_form);
    tcase_add_loop_test(tc, text_at_every_length, 0, sizeof(expected) + 1);
    tcase_add_test(tc, second_text);
    tcase_add_test(tc, matched);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
