/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/rcu.h"
#include "dnsd/zoneset.h"
#include "tests/common/testzone.h"

static struct name name_of(const char *text)
{
    struct name n;
    ck_assert_ptr_null(name_parse(text, strlen(text), &n));
    return n;
}

static struct zoneset_image *image_of(const struct testzone *z)
{
    struct zoneset_image *zi = zoneset_image_new(testzone_build(z));
    ck_assert_ptr_nonnull(zi);
    return zi;
}

START_TEST(empty_set_is_a_set)
{
    struct zoneset_point point = {NULL};
    ck_assert_ptr_null(zoneset_peek(&point));
    zoneset_publish(&point, zoneset_build(NULL, 0));
    ck_assert_ptr_nonnull(zoneset_peek(&point));
    ck_assert_uint_eq(zonetab_count(zoneset_peek(&point)->tab), 0);
    zoneset_publish(&point, NULL);
    ck_assert_ptr_null(zoneset_peek(&point));
}
END_TEST

START_TEST(generations_count_up)
{
    struct zoneset_point point = {NULL};
    for (uint64_t g = 1; g <= 5; g++) {
        zoneset_publish(&point, zoneset_build(NULL, 0));
        ck_assert_uint_eq(zoneset_peek(&point)->generation, g);
    }
    zoneset_publish(&point, NULL);
}
END_TEST

START_TEST(set_holds_its_images)
{
    struct zoneset_point point = {NULL};
    struct zoneset_image *zi = image_of(&testzone_bl);
    struct zoneset_zone zones[2] = {{.name = name_of("bl.test"), .image = zi},
                                    {.name = name_of("absent.test")}};
    zoneset_publish(&point, zoneset_build(zones, 2));
    ck_assert_uint_eq(zi->refs, 2);
    /* Ours is given back; the set keeps the image alive (AddressSanitizer knows). */
    zoneset_image_put(zi);
    const struct zoneset *set = zoneset_peek(&point);
    ck_assert_uint_eq(set->nimages, 1);
    ck_assert_uint_eq(zonetab_count(set->tab), 2);
    unsigned loaded = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct zonetab_zone *z = zonetab_get(set->tab, i);
        bool bl = name_equal(&z->name, &zones[0].name);
        ck_assert_int_eq(z->image != NULL, bl);
        loaded += bl;
    }
    ck_assert_uint_eq(loaded, 1);
    zoneset_publish(&point, NULL);
}
END_TEST

START_TEST(unchanged_images_are_shared)
{
    struct zoneset_point point = {NULL};
    struct zoneset_zone zones[2] = {
        {.name = name_of("bl.test"), .image = image_of(&testzone_bl)},
        {.name = name_of("dbl.test"), .image = image_of(&testzone_dbl)}};
    struct zoneset_image *kept = zones[0].image;
    zoneset_publish(&point, zoneset_build(zones, 2));
    zoneset_image_put(zones[1].image);
    zones[1].image = image_of(&testzone_dbl);
    zoneset_publish(&point, zoneset_build(zones, 2));
    /* The old set gave its references back, the new one holds them. */
    ck_assert_uint_eq(kept->refs, 2);
    ck_assert_uint_eq(zones[1].image->refs, 2);
    ck_assert_ptr_eq(zoneset_peek(&point)->images[0]->img, kept->img);
    zoneset_publish(&point, NULL);
    ck_assert_uint_eq(kept->refs, 1);
    zoneset_image_put(zones[0].image);
    zoneset_image_put(zones[1].image);
}
END_TEST

START_TEST(reader_sees_what_was_published)
{
    struct zoneset_point point = {NULL};
    zoneset_publish(&point, zoneset_build(NULL, 0));
    rcu_reader_enter();
    ck_assert_ptr_eq(zoneset_current(&point), zoneset_peek(&point));
    rcu_reader_leave();
    zoneset_publish(&point, NULL);
}
END_TEST

START_TEST(put_of_nothing)
{
    zoneset_image_put(NULL);
    ck_assert_ptr_null(zoneset_image_get(NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zoneset");
    TCase *tc = tcase_create("zoneset");
    tcase_add_test(tc, empty_set_is_a_set);
    tcase_add_test(tc, generations_count_up);
    tcase_add_test(tc, set_holds_its_images);
    tcase_add_test(tc, unchanged_images_are_shared);
    tcase_add_test(tc, reader_sees_what_was_published);
    tcase_add_test(tc, put_of_nothing);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
