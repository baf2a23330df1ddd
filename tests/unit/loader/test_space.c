/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/space.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void add(struct entries *e, const char *text)
{
    struct prefix p;
    unsigned notes = 0;
    char *copy = malloc(strlen(text));
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, strlen(text));
    ck_assert_ptr_null(prefix_parse(copy, strlen(text), &p, &notes));
    ck_assert(entries_add_prefix(e, &p));
    free(copy);
}

struct strip_row {
    const char *text;
    const char *left[6]; /* FIRST-LAST each, in any order */
    size_t touched;
};

static const struct strip_row strip_rows[] = {
    /* stays */
    {"198.51.100.7", {"198.51.100.7-198.51.100.7"}, 0},
    {"192.0.2.0/24", {"192.0.2.0-192.0.2.255"}, 0},
    {"127.0.0.2", {"127.0.0.2-127.0.0.2"}, 0},
    {"11.0.0.0/8", {"11.0.0.0-11.255.255.255"}, 0},
    {"223.255.255.255", {"223.255.255.255-223.255.255.255"}, 0},
    {"2001:db8::/32", {"2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}, 0},
    {"2a00::1", {"2a00::1-2a00::1"}, 0},
    /* goes */
    {"0.0.0.0", {NULL}, 1},
    {"10.1.2.3", {NULL}, 1},
    {"10.0.0.0/8", {NULL}, 1},
    {"100.127.255.255", {NULL}, 1},
    {"127.0.1.2", {NULL}, 1},
    {"127.0.0.0/24", {NULL}, 1},
    {"169.254.1.1", {NULL}, 1},
    {"172.31.0.0/16", {NULL}, 1},
    {"192.168.7.0/24", {NULL}, 1},
    {"198.19.255.255", {NULL}, 1},
    {"255.255.255.255", {NULL}, 1},
    {"240.0.0.0/4", {NULL}, 1},
    {"::1", {NULL}, 1},
    {"fe80::1", {NULL}, 1},
    {"fd00::/8", {NULL}, 1},
    {"ff02::1", {NULL}, 1},
    {"2001::/32", {NULL}, 1},
    /* is cut */
    {"100.0.0.0/8", {"100.0.0.0-100.63.255.255", "100.128.0.0-100.255.255.255"}, 1},
    {"172.0.0.0/8", {"172.0.0.0-172.15.255.255", "172.32.0.0-172.255.255.255"}, 1},
    {"192.0.0.0/8",
     {"192.0.1.0-192.88.98.255", "192.88.100.0-192.167.255.255", "192.169.0.0-192.255.255.255"},
     1},
    {"192.0.0.0/23", {"192.0.1.0-192.0.1.255"}, 1},
    {"2001::/16", {"2001:200::-2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, 1},
    {"fe00::/9", {"fe00::-fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, 0},
};

static size_t span_text(char *buf, const struct entries *e, size_t i)
{
    if (i < e->naddr4 + e->nrange4) {
        const struct range4 *r = i < e->naddr4 ? NULL : &e->range4[i - e->naddr4];
        size_t n = addr4_format(buf, r == NULL ? e->addr4[i] : r->first);
        buf[n++] = '-';
        return n + addr4_format(buf + n, r == NULL ? e->addr4[i] : r->last);
    }
    const struct range6 *r = &e->range6[i - e->naddr4 - e->nrange4];
    size_t n = addr6_format(buf, r->first);
    buf[n++] = '-';
    return n + addr6_format(buf + n, r->last);
}

START_TEST(strip)
{
    const struct strip_row *row = &strip_rows[_i];
    struct entries e;
    size_t touched = 99, wanted = 0;
    entries_init(&e);
    add(&e, row->text);
    ck_assert(space_strip(&e, &touched));
    ck_assert_uint_eq(touched, row->touched);
    while (row->left[wanted] != NULL)
        wanted++;
    ck_assert_uint_eq(entries_count(&e), wanted);
    for (size_t w = 0; w < wanted; w++) {
        char text[2 * ADDR6_TEXT_MAX];
        size_t i = 0;
        do
            (void)span_text(text, &e, i);
        while (strcmp(text, row->left[w]) != 0 && ++i < wanted);
        ck_assert_msg(i < wanted, "%s: %s is missing", row->text, row->left[w]);
    }
    entries_free(&e);
}
END_TEST

/* Neighbours of what goes keep their order, values and number; exclusions are left alone. */
START_TEST(among_others)
{
    struct entries e;
    size_t touched;
    entries_init(&e);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert(entries_add_addr4(&e, i % 2 == 0 ? 0xc6336400 + i : 0x0a000000 + i));
    const struct range4 ranges[] = {
        {.first = 0x0a000000, .last = 0x0affffff, .value = 0, .specific = 8, .exclude = true},
        {.first = 0x64000000, .last = 0x64ffffff, .value = 7, .specific = 8},
        {.first = 0x0a000000, .last = 0x0a0000ff, .value = 8, .specific = 24},
        {.first = 0x20000000, .last = 0x200000ff, .value = 9, .specific = 24},
    };
    for (size_t i = 0; i < 4; i++)
        ck_assert(entries_add_range4(&e, &ranges[i]));
    ck_assert(space_strip(&e, &touched));
    ck_assert_uint_eq(touched, 502);
    ck_assert_uint_eq(e.naddr4, 500);
    for (uint32_t i = 0; i < 500; i++)
        ck_assert_uint_eq(e.addr4[i], 0xc6336400 + 2 * i);
    ck_assert_uint_eq(e.nrange4, 4);
    ck_assert(e.range4[0].exclude && e.range4[0].last == 0x0affffff);
    ck_assert(e.range4[1].value == 7 && e.range4[1].last == 0x643fffff);
    ck_assert(e.range4[2].value == 9 && e.range4[2].first == 0x20000000);
    ck_assert(e.range4[3].value == 7 && e.range4[3].first == 0x64800000);
    ck_assert_uint_eq(e.range4[3].specific, 8);
    entries_free(&e);
}
END_TEST

struct cover_row {
    const char *text[4];
    int percent;
};

static const struct cover_row cover_rows[] = {
    {{NULL}, 0},
    {{"192.0.2.1"}, 0},
    {{"0.0.0.0/0"}, 100},
    {{"0.0.0.0/1"}, 50},
    {{"128.0.0.0/1"}, 50},
    {{"0.0.0.0/1", "128.0.0.0/1"}, 100},
    {{"0.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"}, 50},
    {{"64.0.0.0/2", "0.0.0.0/3"}, 37},
    {{"1.0.0.0/8"}, 0},
    {{"2000::/3"}, 100},
    {{"2000::/4"}, 50},
    {{"::/0"}, 100},
    {{"2001:db8::/32", "2001:db8::/33"}, 0},
    {{"128.0.0.0/2", "2000::/4"}, 50},
};

START_TEST(cover)
{
    const struct cover_row *row = &cover_rows[_i];
    struct entries e;
    entries_init(&e);
    for (size_t i = 0; i < 4 && row->text[i] != NULL; i++)
        add(&e, row->text[i]);
    ck_assert_int_eq(space_percent(&e), row->percent);
    entries_free(&e);
}
END_TEST

/* Data sets count together, exclusions do not. */
START_TEST(cover_sets)
{
    struct entries e;
    entries_init(&e);
    add(&e, "0.0.0.0/2");
    struct entries *second = entries_append(&e);
    ck_assert_ptr_nonnull(second);
    add(second, "64.0.0.0/2");
    ck_assert_int_eq(space_percent(&e), 50);
    second->range4[0].exclude = true;
    ck_assert_int_eq(space_percent(&e), 25);
    entries_free(&e);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(a[0])))

int main(void)
{
    Suite *s = suite_create("space");
    TCase *t = tcase_create("space");
    tcase_add_loop_test(t, strip, 0, COUNT(strip_rows));
    tcase_add_test(t, among_others);
    tcase_add_loop_test(t, cover, 0, COUNT(cover_rows));
    tcase_add_test(t, cover_sets);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? 0 : 1;
}
