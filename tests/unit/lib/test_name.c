/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/name.h"

/* Parse from a block that ends where the text ends. */
static const char *parse(const char *text, size_t len, struct name *out)
{
    char *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, len);
    const char *why = name_parse(copy, len, out);
    free(copy);
    return why;
}

static struct name name_of(const char *text)
{
    struct name n;
    ck_assert_ptr_null(parse(text, strlen(text), &n));
    return n;
}

struct good_row {
    const char *text;
    const char *wire; /* without the root octet */
    const char *shown;
};

static const struct good_row good_rows[] = {
    {".", "", "."},
    {"com", "\3com", "com"},
    {"com.", "\3com", "com"},
    {"Example.COM", "\7example\3com", "example.com"},
    {"a.b.c", "\1a\1b\1c", "a.b.c"},
    {"_dmarc.x-y", "\6_dmarc\3x-y", "_dmarc.x-y"},
    {"*.d", "\1*\1d", "*.d"},
    {"a\\.b.c", "\3a.b\1c", "a\\.b.c"},
    {"a\\\\b", "\3a\\b", "a\\\\b"},
    {"\\065b", "\2ab", "ab"},
    {"\\255", "\1\377", "\\255"},
    {"a b", "\3a b", "a\\032b"},
    {"\\\"\\;\\(\\)\\@\\$", "\6\";()@$", "\\\"\\;\\(\\)\\@\\$"},
    {"b\303\274cher", "\7b\303\274cher", "b\\195\\188cher"},
    {"[Z]{`}", "\6[z]{`}", "[z]{`}"},
};

START_TEST(good)
{
    const struct good_row *row = &good_rows[_i];
    struct name n = name_of(row->text);
    ck_assert_uint_eq(n.len, strlen(row->wire) + 1);
    ck_assert_mem_eq(n.wire, row->wire, n.len);
    char text[NAME_TEXT_MAX];
    size_t len = name_format(text, n.wire, n.len);
    ck_assert_str_eq(text, row->shown);
    ck_assert_uint_eq(len, strlen(text));
    struct name again = name_of(text);
    ck_assert(name_equal(&n, &again));
}
END_TEST

static const char *const bad_rows[][2] = {
    {"", "empty name"},
    {"..", "empty label in the name"},
    {".com", "empty label in the name"},
    {"a..b", "empty label in the name"},
    {"a..", "empty label in the name"},
    {"a\\", "invalid escape in the name"},
    {"a\\1", "invalid escape in the name"},
    {"a\\12", "invalid escape in the name"},
    {"a\\12x", "invalid escape in the name"},
    {"a\\256", "invalid escape in the name"},
    {"a\\999", "invalid escape in the name"},
};

START_TEST(bad)
{
    struct name n = {.len = 99};
    const char *text = bad_rows[_i][0];
    ck_assert_pstr_eq(parse(text, strlen(text), &n), bad_rows[_i][1]);
    ck_assert_uint_eq(n.len, 99);
}
END_TEST

START_TEST(label_limit)
{
    char text[70];
    memset(text, 'a', sizeof(text));
    struct name n;
    ck_assert_ptr_null(parse(text, 63, &n));
    ck_assert_uint_eq(n.len, 65);
    ck_assert_str_eq(parse(text, 64, &n), "label longer than 63 octets");
    text[63] = '.';
    ck_assert_ptr_null(parse(text, 64, &n));
    ck_assert_uint_eq(n.len, 65);
}
END_TEST

/* 253 octets of text fill the 255 octets of wire form, whatever the sizes of the labels. */
START_TEST(name_limit)
{
    char text[300];
    for (size_t label = 1; label <= 63; label++) {
        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = i % (label + 1) == label ? '.' : 'a';
        struct name n;
        for (size_t len = 245; len < 300; len++) {
            bool dot = text[len - 1] == '.';
            size_t octets = dot ? len - 1 : len;
            const char *why = parse(text, len, &n);
            if (octets <= 253) {
                ck_assert_ptr_null(why);
                ck_assert_uint_eq(n.len, octets + 2);
                ck_assert_uint_eq(name_labels(n.wire), (octets + label + 1) / (label + 1));
            } else {
                ck_assert_pstr_eq(why, "name longer than 255 octets");
            }
        }
    }
}
END_TEST

/* The longest text: every octet as \DDD. */
START_TEST(text_limit)
{
    struct name n = {.len = NAME_WIRE_MAX};
    memset(n.wire, 0xff, sizeof(n.wire));
    n.wire[0] = n.wire[64] = n.wire[128] = 63;
    n.wire[192] = 61;
    n.wire[254] = 0;
    char *text = malloc(NAME_TEXT_MAX);
    ck_assert_ptr_nonnull(text);
    size_t len = name_format(text, n.wire, n.len);
    ck_assert_uint_eq(len, 250 * 4 + 3);
    struct name back = name_of(text);
    ck_assert(name_equal(&n, &back));
    free(text);
}
END_TEST

/* Damaged wire form is printed without reading past its end. */
START_TEST(format_damaged)
{
    static const uint8_t whole[] = {3, 'c', 'o', 'm', 200, 'x', 'y', 5, 'a'};
    for (size_t len = 0; len <= sizeof(whole); len++) {
        uint8_t *wire = malloc(len == 0 ? 1 : len);
        ck_assert_ptr_nonnull(wire);
        memcpy(wire, whole, len);
        char text[NAME_TEXT_MAX];
        name_format(text, wire, len);
        ck_assert_str_eq(text, len < 4 ? "." : "com");
        free(wire);
    }
}
END_TEST

static bool under(const char *child, const char *parent)
{
    struct name c = name_of(child), p = name_of(parent);
    return name_is_under(&c, &p);
}

START_TEST(relation)
{
    ck_assert(under("example.com", "com"));
    ck_assert(under("example.com", "example.com"));
    ck_assert(under("a.b.example.com", "example.com"));
    ck_assert(under("com", "."));
    ck_assert(under(".", "."));
    ck_assert(!under("com", "example.com"));
    ck_assert(!under("notexample.com", "example.com"));
    ck_assert(!under("example.org", "com"));
    /* The octets of "\3com" inside a label are not a label. */
    ck_assert(!under("x\\003com", "com"));
    struct name a = name_of("a.b"), b = name_of("A.B."), c = name_of("a.c");
    ck_assert(name_equal(&a, &b));
    ck_assert(!name_equal(&a, &c));
    ck_assert_uint_eq(name_labels(name_of(".").wire), 0);
    ck_assert_uint_eq(name_labels(name_of("a.b.c").wire), 3);
}
END_TEST

START_TEST(join)
{
    struct name a = name_of("www"), b = name_of("example.com"), want = name_of("www.example.com");
    struct name root = name_of("."), out;
    ck_assert(name_join(&a, &b, &out));
    ck_assert(name_equal(&out, &want));
    ck_assert(name_join(&root, &b, &out));
    ck_assert(name_equal(&out, &b));
    ck_assert(name_join(&b, &root, &out));
    ck_assert(name_equal(&out, &b));
    /* In place. */
    ck_assert(name_join(&a, &b, &b));
    ck_assert(name_equal(&b, &want));
    /* 127 labels of one octet are 255 octets; one more label does not fit. */
    struct name full = root, x = name_of("x");
    for (int i = 0; i < NAME_LABELS_MAX; i++)
        ck_assert(name_join(&x, &full, &full));
    ck_assert_uint_eq(full.len, 255);
    ck_assert(!name_join(&x, &full, &out));
    ck_assert(!name_join(&full, &full, &out));
}
END_TEST

START_TEST(fold)
{
    for (unsigned c = 0; c < 256; c++)
        ck_assert_uint_eq(name_fold((uint8_t)c), c >= 'A' && c <= 'Z' ? c + 32 : c);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("name");
    TCase *tc = tcase_create("name");
    tcase_add_loop_test(tc, good, 0, ROWS(good_rows));
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_test(tc, label_limit);
    tcase_add_test(tc, name_limit);
    tcase_add_test(tc, text_limit);
    tcase_add_test(tc, format_damaged);
    tcase_add_test(tc, relation);
    tcase_add_test(tc, join);
    tcase_add_test(tc, fold);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
