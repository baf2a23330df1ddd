/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/what.h"
#include "tests/common/testzone.h"

#define NIBBLES0 "0.0.0.0.0.0.0.0."

struct good_row {
    const char *what;
    const char *text; /* as it is shown */
    const char *name; /* as it is asked */
};

static const struct good_row good_rows[] = {
    {"192.0.2.7", "192.0.2.7", "7.2.0.192"},
    {"0.0.0.0", "0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255", "255.255.255.255"},
    {"192.000.002.007", "192.0.2.7", "7.2.0.192"},
    {"::1", "::1", "1.0.0.0.0.0.0.0." NIBBLES0 NIBBLES0 "0.0.0.0.0.0.0.0"},
    {"2001:DB8::abcd", "2001:db8::abcd", "d.c.b.a.0.0.0.0." NIBBLES0 NIBBLES0 "8.b.d.0.1.0.0.2"},
    {"::ffff:192.0.2.7", "::ffff:192.0.2.7",
     "7.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0." NIBBLES0 "0.0.0.0.0.0.0.0"},
    {"Spam.Example", "spam.example", "spam.example"},
    {"spam.example.", "spam.example", "spam.example"},
    {"test", "test", "test"},
    {"_dmarc.x-y.example", "_dmarc.x-y.example", "_dmarc.x-y.example"},
    {"1.2.3.4.example", "1.2.3.4.example", "1.2.3.4.example"},
    {"a\\.b.example", "a\\.b.example", "a\\.b.example"},
    {"a\\027\\ .example", "a\\027\\032.example", "a\\027\\032.example"},
    {"\\*.example", "*.example", "*.example"},
};

static const char *parse(const char *s, struct what *w)
{
    char *copy = strdup(s);
    const char *why = what_parse(copy, w);
    free(copy);
    return why;
}

START_TEST(good)
{
    struct what w;
    char name[NAME_TEXT_MAX];
    ck_assert_ptr_null(parse(good_rows[_i].what, &w));
    ck_assert_str_eq(w.text, good_rows[_i].text);
    name_format(name, w.name.wire, w.name.len);
    ck_assert_str_eq(name, good_rows[_i].name);
    struct name again;
    ck_assert_ptr_null(name_parse(good_rows[_i].name, strlen(good_rows[_i].name), &again));
    ck_assert(name_equal(&again, &w.name));
}
END_TEST

static const char *const bad_rows[] = {
    "",
    ".",
    "..",
    ".example",
    "a..example",
    /* nearly an address */
    "192.0.2",
    "192.0.2.256",
    "192.0.2.7.",
    "192.0.2.7.9",
    "192.0.2.0/24",
    "2.0.192",
    "7",
    "2001:db8::/32",
    "2001:db8",
    "fe80::1%eth0",
    "[::1]",
    "::ffff:192.0.2",
    /* nearly a name */
    "*.example",
    "http://spam.example",
    "user@spam.example",
    "spam example",
    "spam.example\n",
    "\x1b[31m.example",
    "caf\xc3\xa9.example",
    "a\\999.example",
    "example\\",
    "0123456789012345678901234567890123456789012345678901234567890123.example",
};

START_TEST(bad)
{
    struct what w;
    ck_assert_str_eq(parse(bad_rows[_i], &w), "neither an IP address nor a domain name");
}
END_TEST

static const struct testzone zone = {
    .name = "bl.test",
    .list = {{.name = "one", .entries = "192.0.2.7\n2001:db8::7\n"},
             {.name = "two", .entries = "192.0.2.8\n", .sub = "sub"}},
};

START_TEST(ask)
{
    struct image *img = testzone_build(&zone);
    struct what w;
    struct question q;
    char text[NAME_TEXT_MAX];
    ck_assert_uint_eq(img->nviews, 2);
    what_view_text(img, &img->views[0], text);
    ck_assert_str_eq(text, "bl.test");
    what_view_text(img, &img->views[1], text);
    ck_assert_str_eq(text, "sub.bl.test");
    static const struct {
        const char *what;
        unsigned in[2]; /* sets in the zone itself and in its sub-name */
    } rows[] = {
        {"192.0.2.7", {1, 0}}, {"::ffff:192.0.2.7", {1, 0}}, {"2001:db8::7", {1, 0}},
        {"192.0.2.8", {0, 1}}, {"192.0.2.9", {0, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_ptr_null(parse(rows[i].what, &w));
        for (unsigned v = 0; v < 2; v++) {
            ck_assert(what_ask(img, &img->views[v], &w.name, &q));
            ck_assert_uint_eq(q.found.nset, rows[i].in[v]);
            ck_assert_ptr_eq(q.found.view, &img->views[v]);
        }
    }
    image_close(img);
}
END_TEST

START_TEST(too_long)
{
    struct image *img = testzone_build(&zone);
    struct what w;
    struct question q;
    char name[256];
    /* 9 octets for bl.test and the root: 246 are left, 123 labels of one octet. */
    for (unsigned labels = 123; labels <= 124; labels++) {
        for (unsigned i = 0; i < labels; i++) {
            name[2 * i] = 'a';
            name[2 * i + 1] = '.';
        }
        name[2 * labels] = '\0';
        ck_assert_ptr_null(parse(name, &w));
        ck_assert_int_eq(what_ask(img, &img->views[0], &w.name, &q), labels == 123);
        ck_assert(!what_ask(img, &img->views[1], &w.name, &q));
    }
    image_close(img);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("what");
    TCase *t = tcase_create("what");
    tcase_add_loop_test(t, good, 0, COUNT(good_rows));
    tcase_add_loop_test(t, bad, 0, COUNT(bad_rows));
    tcase_add_test(t, ask);
    tcase_add_test(t, too_long);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
