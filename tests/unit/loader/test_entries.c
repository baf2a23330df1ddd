/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/entries.h"

static struct entries e;

static void setup(void)
{
    entries_init(&e);
}

static void teardown(void)
{
    entries_free(&e);
}

static void add(const char *text)
{
    struct prefix p;
    unsigned notes = 0;
    ck_assert_ptr_null(prefix_parse(text, strlen(text), &p, &notes));
    ck_assert(entries_add_prefix(&e, &p));
}

START_TEST(empty)
{
    ck_assert_uint_eq(entries_count(&e), 0);
    ck_assert_ptr_null(e.addr4);
}
END_TEST

START_TEST(kinds)
{
    add("192.0.2.1");
    add("192.0.2.0/24");
    add("0.0.0.0/0");
    add("2001:db8::/33");
    add("2001:db8::1");
    add("::/0");
    ck_assert_uint_eq(e.naddr4, 1);
    ck_assert_uint_eq(e.addr4[0], 0xc0000201);
    ck_assert_uint_eq(e.nrange4, 2);
    ck_assert_uint_eq(e.range4[0].first, 0xc0000200);
    ck_assert_uint_eq(e.range4[0].last, 0xc00002ff);
    ck_assert_uint_eq(e.range4[0].specific, 24);
    ck_assert_uint_eq(e.range4[0].value, 0);
    ck_assert(!e.range4[0].exclude);
    ck_assert_uint_eq(e.range4[1].first, 0);
    ck_assert_uint_eq(e.range4[1].last, UINT32_MAX);
    ck_assert_uint_eq(e.nrange6, 3);
    ck_assert(e.range6[0].first.hi == 0x20010db800000000 && e.range6[0].first.lo == 0);
    ck_assert(e.range6[0].last.hi == 0x20010db87fffffff && e.range6[0].last.lo == UINT64_MAX);
    ck_assert_uint_eq(e.range6[0].specific, 33);
    ck_assert(e.range6[1].first.lo == 1 && e.range6[1].last.lo == 1);
    ck_assert_uint_eq(e.range6[1].specific, 128);
    ck_assert(e.range6[2].last.hi == UINT64_MAX && e.range6[2].first.hi == 0);
    ck_assert_uint_eq(entries_count(&e), 6);
}
END_TEST

START_TEST(names)
{
    struct name a, b;
    ck_assert_ptr_null(name_parse("example.com", 11, &a));
    ck_assert_ptr_null(name_parse("test", 4, &b));
    ck_assert(entries_add_name(&e, &a, NAME_TREE, false));
    ck_assert(entries_add_name(&e, &b, NAME_SELF, true));
    ck_assert_uint_eq(e.nname, 2);
    ck_assert_uint_eq(e.name[0].scope, NAME_TREE);
    ck_assert_uint_eq(e.name[0].off, 0);
    ck_assert_uint_eq(e.name[0].len, 13);
    ck_assert(!e.name[0].exclude);
    ck_assert_uint_eq(e.name[1].off, 13);
    ck_assert(e.name[1].exclude);
    ck_assert_mem_eq(e.bytes, "\7example\3com\0\4test", 19);
    ck_assert_uint_eq(e.nbytes, 19);
}
END_TEST

/* Growth keeps what is there, for every array. */
START_TEST(growth)
{
    enum { MANY = 10000 };
    struct name n;
    ck_assert_ptr_null(name_parse("x.y", 3, &n));
    for (uint32_t i = 0; i < MANY; i++) {
        struct prefix p4 = {.addr = {.lo = i << 8}, .len = 24, .family = 4};
        struct prefix p6 = {.addr = {.hi = i}, .len = 64, .family = 6};
        n.wire[1] = (uint8_t)('a' + i % 26);
        ck_assert(entries_add_addr4(&e, i * 7));
        ck_assert(entries_add_prefix(&e, &p4));
        ck_assert(entries_add_prefix(&e, &p6));
        ck_assert(entries_add_name(&e, &n, NAME_SELF, false));
    }
    ck_assert_uint_eq(entries_count(&e), 4 * MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        ck_assert_uint_eq(e.addr4[i], i * 7);
        ck_assert_uint_eq(e.range4[i].first, i << 8);
        ck_assert_uint_eq(e.range6[i].first.hi, i);
        ck_assert_uint_eq(e.name[i].off, i * n.len);
        ck_assert_uint_eq(e.bytes[e.name[i].off + 1], 'a' + i % 26);
    }
    /* Room for two addresses per address is the promise. */
    ck_assert_uint_le(e.addr4_cap, 2 * MANY);
}
END_TEST

START_TEST(reserve)
{
    ck_assert(entries_reserve_addr4(&e, 1000));
    ck_assert_uint_ge(e.addr4_cap, 1000);
    uint32_t *where = e.addr4;
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert(entries_add_addr4(&e, i));
    ck_assert_ptr_eq(e.addr4, where);
    /* A size that no machine has is refused and changes nothing. */
    ck_assert(!entries_reserve_addr4(&e, SIZE_MAX / 2));
    ck_assert(!entries_reserve_addr4(&e, SIZE_MAX));
    ck_assert_ptr_eq(e.addr4, where);
    ck_assert_uint_eq(e.naddr4, 1000);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("entries");
    TCase *tc = tcase_create("entries");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, empty);
    tcase_add_test(tc, kinds);
    tcase_add_test(tc, names);
    tcase_add_test(tc, growth);
    tcase_add_test(tc, reserve);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
