/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manual and the example file against the table of options: each option stands in its section,
 * with its default, and nothing stands there that is no option.  Run from the repository root.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"

#define MANUAL  "lib/rbldnsd.conf.5"
#define EXAMPLE "rbldnsd.conf.example"

#define WORD_MAX 64

/* The options a text names, in order. */
struct mention {
    char section[WORD_MAX];
    char key[WORD_MAX];
    char value[256]; /* example: what follows "=" */
};

static struct mention mentions[256];
static size_t nmentions;

static void mention(const char *section, const char *key, const char *value)
{
    struct mention *m = &mentions[nmentions++];

    ck_assert_uint_lt(nmentions, sizeof(mentions) / sizeof(mentions[0]));
    snprintf(m->section, sizeof(m->section), "%s", section);
    snprintf(m->key, sizeof(m->key), "%s", key);
    snprintf(m->value, sizeof(m->value), "%.*s", (int)strcspn(value, "\n"), value);
}

static void read_lines(const char *path, void (*fn)(char *line))
{
    char line[1024];
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s: cannot be opened; is this the repository root?", path);
    nmentions = 0;
    while (fgets(line, sizeof(line), f))
        fn(line);
    fclose(f);
    ck_assert_uint_gt(nmentions, 0);
}

/* ".Ss server" opens a section, ".It Ic workers No = number" describes an option. */
static void manual_line(char *line)
{
    static char section[WORD_MAX];
    char key[WORD_MAX];

    if (strncmp(line, ".Sh ", 4) == 0)
        section[0] = '\0';
    sscanf(line, ".Ss %63s", section);
    if (sscanf(line, ".It Ic %63s", key) == 1)
        mention(section, key, "");
}

/* "list psbl {" opens a section, "}" closes it; a commented-out one counts like any other. */
static void example_line(char *line)
{
    static char section[3][WORD_MAX];
    static unsigned depth;
    char word[WORD_MAX], *p = line;
    int n = 0;

    p += strspn(p, " \t");
    if (strncmp(p, "# ", 2) == 0)
        p += 2;
    p += strspn(p, " \t");
    if (sscanf(p, "%63[a-z-] = %n", word, &n) == 1 && n > 0)
        mention(depth > 0 ? section[depth - 1] : "", word, p + n);
    else if (sscanf(p, "%63[a-z-] ", word) == 1 && strlen(p) > 2 && p[strlen(p) - 2] == '{' &&
             depth < 3)
        snprintf(section[depth++], WORD_MAX, "%s", word);
    else if (*p == '}' && depth > 0)
        depth--;
}

static const struct mention *find_mention(const struct conf_option *o)
{
    for (size_t i = 0; i < nmentions; i++)
        if (strcmp(mentions[i].section, o->section) == 0 && strcmp(mentions[i].key, o->key) == 0)
            return &mentions[i];
    return NULL;
}

static void check_no_stranger(const char *path)
{
    for (size_t i = 0; i < nmentions; i++) {
        bool known = false;

        for (size_t k = 0; k < conf_noptions && !known; k++)
            known = strcmp(mentions[i].section, conf_options[k].section) == 0 &&
                    strcmp(mentions[i].key, conf_options[k].key) == 0;
        ck_assert_msg(known, "%s: no such option: %s of %s", path, mentions[i].key,
                      mentions[i].section);
    }
}

START_TEST(manual_has)
{
    const struct conf_option *o = &conf_options[_i];

    read_lines(MANUAL, manual_line);
    ck_assert_msg(find_mention(o) != NULL, MANUAL ": %s of %s is missing", o->key, o->section);
}
END_TEST

START_TEST(manual_has_no_other)
{
    read_lines(MANUAL, manual_line);
    check_no_stranger(MANUAL);
}
END_TEST

/* "10s" in the file is 10s in the table; lists of strings are the same in both. */
static bool same_value(const char *written, const char *dflt)
{
    size_t len = strlen(written);

    if (len >= 2 && written[0] == '"' && written[len - 1] == '"')
        return len - 2 == strlen(dflt) && strncmp(written + 1, dflt, len - 2) == 0;
    return strcmp(written, dflt) == 0;
}

START_TEST(example_has)
{
    const struct conf_option *o = &conf_options[_i];
    const struct mention *m;

    read_lines(EXAMPLE, example_line);
    m = find_mention(o);
    ck_assert_msg(m != NULL, EXAMPLE ": %s of %s is missing", o->key, o->section);
    if (o->dflt != NULL)
        ck_assert_msg(same_value(m->value, o->dflt),
                      EXAMPLE ": %s of %s: %s, but the default is %s", o->key, o->section, m->value,
                      o->dflt);
}
END_TEST

START_TEST(example_has_no_other)
{
    read_lines(EXAMPLE, example_line);
    check_no_stranger(EXAMPLE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conf_docs");
    TCase *tc = tcase_create("pages");
    SRunner *sr;
    int failed;

    tcase_add_loop_test(tc, manual_has, 0, (int)conf_noptions);
    tcase_add_test(tc, manual_has_no_other);
    tcase_add_loop_test(tc, example_has, 0, (int)conf_noptions);
    tcase_add_test(tc, example_has_no_other);
    suite_add_tcase(s, tc);
    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
