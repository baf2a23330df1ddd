/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/buf.h"

START_TEST(adds)
{
    struct buf b = {0};
    char want[3000];
    for (size_t i = 0; i < sizeof(want); i++) {
        want[i] = (char)i;
        buf_add(&b, &want[i], 1);
    }
    ck_assert_uint_eq(b.len, sizeof(want));
    ck_assert_uint_ge(b.cap, b.len);
    ck_assert(!b.oom && memcmp(b.p, want, sizeof(want)) == 0);
    buf_free(&b);
    ck_assert(b.p == NULL && b.len == 0 && b.cap == 0);
}
END_TEST

START_TEST(aligns)
{
    struct buf b = {0};
    buf_align(&b, 64);
    ck_assert_uint_eq(b.len, 0);
    buf_add(&b, "\xff\xff\xff", 3);
    buf_align(&b, 4);
    ck_assert_uint_eq(b.len, 4);
    ck_assert_uint_eq(b.p[3], 0);
    buf_align(&b, 4);
    ck_assert_uint_eq(b.len, 4);
    buf_align(&b, 64);
    ck_assert_uint_eq(b.len, 64);
    buf_free(&b);
}
END_TEST

START_TEST(nothing_to_add)
{
    struct buf b = {0};
    buf_add(&b, NULL, 0);
    ck_assert(!b.oom && b.len == 0);
    buf_add(&b, "x", 1);
    buf_add(&b, NULL, 0);
    ck_assert(!b.oom && b.len == 1);
    buf_free(&b);
}
END_TEST

/* After memory ran out nothing is added, and that stays so. */
START_TEST(error_sticks)
{
    struct buf b = {0};
    buf_add(&b, "abc", 3);
    ck_assert_ptr_null(buf_grow(&b, SIZE_MAX - 1));
    ck_assert(b.oom && b.len == 3);
    ck_assert_ptr_null(buf_grow(&b, 1));
    buf_add(&b, "d", 1);
    buf_align(&b, 64);
    ck_assert(b.oom && b.len == 3 && memcmp(b.p, "abc", 3) == 0);
    buf_free(&b);
    ck_assert(!b.oom);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("buf");
    TCase *tc = tcase_create("buf");
    tcase_add_test(tc, adds);
    tcase_add_test(tc, aligns);
    tcase_add_test(tc, nothing_to_add);
    tcase_add_test(tc, error_sticks);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
