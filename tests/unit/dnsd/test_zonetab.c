/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/zonetab.h"

static void set_name(struct name *out, const char *text)
{
    ck_assert_ptr_null(name_parse(text, strlen(text), out));
}

static struct zonetab *build(const char *const *names, size_t n)
{
    struct zonetab_zone *zones = calloc(n + 1, sizeof *zones);
    for (size_t i = 0; i < n; i++)
        set_name(&zones[i].name, names[i]);
    struct zonetab *t = zonetab_build(zones, n);
    ck_assert_ptr_nonnull(t);
    free(zones); /* the table has its own copy */
    return t;
}

/* From a block of its exact size. */
static const struct zonetab_zone *find_wire(const struct zonetab *t, const struct name *n)
{
    uint8_t labels[NAME_LABELS_MAX];
    unsigned count = 0;
    uint8_t *wire = malloc(n->len);
    memcpy(wire, n->wire, n->len);
    for (size_t at = 0; wire[at]; at += wire[at] + 1u)
        labels[count++] = (uint8_t)at;
    const struct zonetab_zone *z = zonetab_find(t, wire, labels, count, n->len);
    free(wire);
    return z;
}

static const struct zonetab_zone *find(const struct zonetab *t, const char *text)
{
    struct name n;
    set_name(&n, text);
    return find_wire(t, &n);
}

static const char *const zones[] = {
    "bl.test",
    "a.bl.test",
    "x.y.a.bl.test",
    "dbl.test",
    "example",
    "a\\.b.example",
    "com",
    /* alike at both ends */
    "blocklist.one.example.org",
    "blocklist.two.example.org",
    "blocklist.six.example.org",
};
#define NZONES (sizeof zones / sizeof zones[0])

static const struct {
    const char *name, *zone; /* NULL: none */
} rows[] = {
    {"bl.test", "bl.test"},
    {"BL.Test", "bl.test"}, /* the parser folds before it asks */
    {"2.0.0.127.bl.test", "bl.test"},
    {"a.bl.test", "a.bl.test"},
    {"2.0.0.127.a.bl.test", "a.bl.test"},
    {"x.blocklist.one.example.org", "blocklist.one.example.org"},
    {"x.blocklist.two.example.org", "blocklist.two.example.org"},
    {"blocklist.six.example.org", "blocklist.six.example.org"},
    {"blocklist.ten.example.org", NULL},
    {"y.a.bl.test", "a.bl.test"},
    {"x.y.a.bl.test", "x.y.a.bl.test"},
    {"1.x.y.a.bl.test", "x.y.a.bl.test"},
    {"x.z.a.bl.test", "a.bl.test"},
    {"ba.bl.test", "bl.test"},
    {"dbl.test", "dbl.test"},
    {"xbl.test", NULL},
    {"test", NULL},
    {".", NULL},
    {"l.test", NULL},
    {"bl.test.x", NULL},
    {"a.b.example", "example"},
    {"a\\.b.example", "a\\.b.example"},
    {"x.a\\.b.example", "a\\.b.example"},
    {"bl\\.test", NULL}, /* one label that looks like two */
    {"\\002bl\\004test", NULL},
    {"example.com", "com"},
};

static void check_find(const struct zonetab *t, const char *name, const char *zone)
{
    const struct zonetab_zone *z = find(t, name);
    ck_assert_msg((z != NULL) == (zone != NULL), "%s: %s", name, z ? "found" : "not found");
    if (!z)
        return;
    struct name want;
    set_name(&want, zone);
    ck_assert_msg(name_equal(&z->name, &want), "%s: found another zone than %s", name, zone);
    ck_assert_uint_eq(z->labels, name_labels(want.wire));
}

START_TEST(longest_match)
{
    struct zonetab *t = build(zones, NZONES);
    check_find(t, rows[_i].name, rows[_i].zone);
    zonetab_free(t);
}
END_TEST

/* The order in which zones are configured does not matter. */
START_TEST(any_order)
{
    const char *turned[NZONES];
    for (size_t i = 0; i < NZONES; i++)
        turned[i] = zones[(i * 3 + (size_t)_i) % NZONES];
    struct zonetab *t = build(turned, NZONES);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_find(t, rows[i].name, rows[i].zone);
    zonetab_free(t);
}
END_TEST

START_TEST(root)
{
    static const char *const names[] = {".", "test"};
    struct zonetab *t = build(names, 2);
    check_find(t, ".", ".");
    check_find(t, "example.org", ".");
    check_find(t, "test", "test");
    check_find(t, "a.test", "test");
    zonetab_free(t);
}
END_TEST

START_TEST(empty)
{
    struct zonetab *t = build(NULL, 0);
    ck_assert_uint_eq(zonetab_count(t), 0);
    check_find(t, ".", NULL);
    check_find(t, "bl.test", NULL);
    zonetab_free(t);
    zonetab_free(NULL);
}
END_TEST

/* Zones of 1 to 127 labels, each inside the one before: names of every depth find their own. */
START_TEST(every_depth)
{
    char whole[2 * NAME_LABELS_MAX + 2];
    const char *names[NAME_LABELS_MAX];
    for (unsigned i = 0; i <= NAME_LABELS_MAX; i++)
        memcpy(whole + 2 * i, "a.", 2);
    whole[sizeof whole - 1] = 0;
    for (unsigned i = 0; i < NAME_LABELS_MAX; i++)
        names[i] = whole + 2 * (NAME_LABELS_MAX - i);
    struct zonetab *t = build(names, NAME_LABELS_MAX);
    for (unsigned i = 0; i < NAME_LABELS_MAX; i++)
        ck_assert_ptr_eq(find(t, names[i]), zonetab_get(t, i));
    /* A name that leaves the chain at depth i belongs to the zone there. */
    for (unsigned i = 0; i + 1 < NAME_LABELS_MAX; i++) {
        char other[sizeof whole + 2] = "b.";
        memcpy(other + 2, names[i], strlen(names[i]) + 1);
        ck_assert_ptr_eq(find(t, other), zonetab_get(t, i));
    }
    zonetab_free(t);
}
END_TEST

/* Many zones: the table is hashed, and every one is found among all others. */
START_TEST(many)
{
    enum { N = 3000 };
    char(*text)[32] = malloc(N * sizeof *text);
    const char **names = malloc(N * sizeof *names);
    for (unsigned i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "z%u.%s", i, i % 3 ? "example" : "in.example");
        names[i] = text[i];
    }
    struct zonetab *t = build(names, N);
    ck_assert_uint_eq(zonetab_count(t), N);
    for (unsigned i = 0; i < N; i++) {
        char name[64];
        snprintf(name, sizeof name, "4.3.2.1.%s", text[i]);
        ck_assert_ptr_eq(find(t, name), zonetab_get(t, i));
        snprintf(name, sizeof name, "y%s", text[i]);
        ck_assert_ptr_null(find(t, name));
    }
    zonetab_free(t);
    free(names);
    free(text);
}
END_TEST

/* The images are the caller's, passed on as they are. */
START_TEST(images)
{
    static const struct image some;
    struct zonetab_zone z[2] = {{.image = &some}, {.image = NULL}};
    set_name(&z[0].name, "one.test");
    set_name(&z[1].name, "two.test");
    struct zonetab *t = zonetab_build(z, 2);
    ck_assert_ptr_eq(find(t, "x.one.test")->image, &some);
    ck_assert_ptr_null(find(t, "x.two.test")->image);
    zonetab_free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zonetab");
    TCase *tc = tcase_create("zonetab");
    tcase_add_loop_test(tc, longest_match, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, any_order, 0, (int)NZONES);
    tcase_add_test(tc, root);
    tcase_add_test(tc, empty);
    tcase_add_test(tc, every_depth);
    tcase_add_test(tc, many);
    tcase_add_test(tc, images);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
