/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out at the first, second, third... allocation of compile_zone(): each time an error,
 * nothing left behind, and the same job compiles afterwards.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/shortage.h"
#include "tests/common/testzone.h"

static const struct testzone zones[] = {
    {.name = "t",
     .list = {{.name = "a", .txt = "$", .entries = "9.9.9.9\n1.2.3.4\n9.9.0.0/16\n2001:db8::/33\n"},
              {.name = "b", .a = "127.0.0.4", .entries = "9.9.9.9\n1.2.3.9\n2001:db8::7\n::1\n"},
              {.name = "n", .format = "domains", .entries = ".example\nx.y.net\n*.w.example\n"},
              {.name = "m", .format = "domains", .a = "127.0.0.4", .entries = "q.example\n"},
              {.name = "s", .sub = "usa", .entries = "1.2.3.4\n"},
              {.name = "e", .exclude = true, .entries = "9.9.9.0/24\n2001:db8:5::/48\n"}},
     .ns = {{.name = "ns.t", .a = "127.0.0.1", .aaaa = "::1"}}},
    /* values and exclusions of the lists' own */
    {.name = "t",
     .bitmask = true,
     .list = {{.name = "four",
               .format = "rbldnsd:ip4trie",
               .entries = "1.2.0.0/16 :4:four $\n!1.2.3.0/24\n1.2.3.4 :5:\n"},
              {.name = "set",
               .format = "rbldnsd:ip4set",
               .entries = "1.2.0.0/16 :6:x\n1.2.3.4 :7:y\n1.2.3.4 :8:z\n!1.2.3.5\n"},
              {.name = "six", .format = "rbldnsd:ip6trie", .entries = "2001:db8::/32 :2:x\n"},
              {.name = "names", .format = "rbldnsd:dnset", .entries = ".a.b :3:x\n!c.a.b\n"}}},
};

START_TEST(every_allocation_fails_once)
{
    struct testjob *j = testjob_new(&zones[_i]);
    size_t want_len, len = 0;
    uint8_t *want = testzone_bytes(&zones[_i], &want_len);
    unsigned long failed = 0;
    for (unsigned long at = 1;; at++) {
        char why[COMPILE_WHY_MAX] = "";
        struct compiled c;
        long before = shortage_live;
        shortage_at = at;
        const char *reason = compile_zone(&j->job, &c, why);
        bool reached = shortage_at == 0;
        shortage_at = 0;
        if (!reached) { /* there are no more allocations */
            ck_assert_pstr_eq(reason, NULL);
            uint8_t *bytes = testzone_join(&c, &len);
            ck_assert_uint_eq(len, want_len);
            ck_assert(memcmp(bytes, want, len) == 0);
            free(bytes);
            break;
        }
        failed++;
        if (!reason || strcmp(why, "out of memory") != 0)
            ck_abort_msg("allocation %lu: %s", at, reason ? why : "no error");
        if (shortage_live != before)
            ck_abort_msg("allocation %lu: %ld blocks left behind", at, shortage_live - before);
    }
    ck_assert_uint_gt(failed, 50);
    free(want);
    testjob_free(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("compile_oom");
    TCase *tc = tcase_create("compile_oom");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, every_allocation_fails_once, 0, sizeof(zones) / sizeof(*zones));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
