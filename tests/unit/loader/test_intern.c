/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/intern.h"

START_TEST(equal_strings_have_one_number)
{
    struct intern t = {0};
    size_t len;
    ck_assert_uint_eq(intern_put(&t, "a", 1), 0);
    ck_assert_uint_eq(intern_put(&t, "", 0), 1);
    ck_assert_uint_eq(intern_put(&t, "a\0", 2), 2); /* length counts */
    ck_assert_uint_eq(intern_put(&t, "a", 1), 0);
    ck_assert_uint_eq(intern_put(&t, "", 0), 1);
    ck_assert_uint_eq(intern_put(&t, "a\0", 2), 2);
    ck_assert_uint_eq(t.n, 3);
    ck_assert(memcmp(intern_get(&t, 2, &len), "a\0", 2) == 0 && len == 2);
    intern_get(&t, 1, &len);
    ck_assert_uint_eq(len, 0);
    intern_free(&t);
    ck_assert_uint_eq(t.n, 0);
}
END_TEST

/* Numbers and strings survive every growth; strings are aligned for any type. */
START_TEST(many)
{
    struct intern t = {0};
    char text[32];
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            int n = snprintf(text, sizeof(text), "%u", i * 7919u);
            if (intern_put(&t, text, (size_t)n) != i)
                ck_abort_msg("%s: not number %u", text, i);
        }
    for (uint32_t i = 0; i < 5000; i++) {
        size_t len;
        int n = snprintf(text, sizeof(text), "%u", i * 7919u);
        const char *s = intern_get(&t, i, &len);
        if (len != (size_t)n || memcmp(s, text, len) != 0 || (uintptr_t)s % 8 != 0)
            ck_abort_msg("number %u is not %s", i, text);
    }
    intern_free(&t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("intern");
    TCase *tc = tcase_create("intern");
    tcase_add_test(tc, equal_strings_have_one_number);
    tcase_add_test(tc, many);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
