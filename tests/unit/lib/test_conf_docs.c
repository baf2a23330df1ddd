/* SPDX-License-Identifier: BSD-2-Clause */
/* The manual and the example file against the table of options; run from the root of the tree. */
#include "tests/unit/lib/conf_text.h"

static char *file_text(const char *path)
{
    size_t len;
    char *text = conf_text_read(path, &len);
    ck_assert_msg(text != NULL, "%s cannot be read", path);
    char *ended = strndup(text, len);
    free(text);
    return ended;
}

/* What the example says, with nothing but what must be said. */
static const char least[] = "list psbl { url = \"rsync://psbl-mirror.surriel.com/psbl/psbl.txt\" }"
                            "zone psbl.localhost { lists = psbl }";

static void same_list(const struct conf_list *a, const struct conf_list *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_str_eq(a->url, b->url);
    ck_assert_str_eq(a->format, b->format);
    ck_assert_uint_eq(a->refresh, b->refresh);
    ck_assert_uint_eq(a->a, b->a);
    ck_assert_str_eq(a->txt, b->txt);
    ck_assert_uint_eq(a->max_size, b->max_size);
    ck_assert_uint_eq(a->connect_timeout, b->connect_timeout);
    ck_assert_uint_eq(a->stall_timeout, b->stall_timeout);
    ck_assert_uint_eq(a->timeout, b->timeout);
    ck_assert_int_eq(a->may_be_empty, b->may_be_empty);
}

static void same_zone(const struct conf_zone *a, const struct conf_zone *b)
{
    ck_assert_str_eq(a->text, b->text);
    ck_assert_uint_eq(a->nlists, b->nlists);
    ck_assert_uint_eq(a->nexclude, b->nexclude);
    ck_assert_uint_eq(a->nns, b->nns);
    ck_assert_uint_eq(a->nsub, b->nsub);
    ck_assert_int_eq(a->combine, b->combine);
    ck_assert(name_equal(&a->mname, &b->mname));
    ck_assert(name_equal(&a->rname, &b->rname));
    ck_assert_uint_eq(a->soa_ttl, b->soa_ttl);
    ck_assert_uint_eq(a->soa_refresh, b->soa_refresh);
    ck_assert_uint_eq(a->soa_retry, b->soa_retry);
    ck_assert_uint_eq(a->soa_expire, b->soa_expire);
    ck_assert_uint_eq(a->ttl, b->ttl);
    ck_assert_uint_eq(a->negative_ttl, b->negative_ttl);
    ck_assert_int_eq(a->test_points, b->test_points);
    ck_assert_uint_eq(a->test_a, b->test_a);
    ck_assert_str_eq(a->test_txt, b->test_txt);
}

START_TEST(example_is_defaults)
{
    struct conf *a = conf_load("rbldnsd.conf.example", NULL, stderr);
    struct conf *b = load_good(least);
    ck_assert_ptr_nonnull(a);

    ck_assert_uint_eq(a->server.nlisten, b->server.nlisten);
    for (size_t i = 0; i < a->server.nlisten; i++)
        ck_assert_str_eq(a->server.listen[i].text, b->server.listen[i].text);
    ck_assert_uint_eq(a->server.workers, b->server.workers);
    ck_assert_str_eq(a->server.user, b->server.user);
    ck_assert_uint_eq(a->server.nallow_query, b->server.nallow_query);
    for (size_t i = 0; i < a->server.nallow_query; i++) {
        char left[PREFIX_TEXT_MAX], right[PREFIX_TEXT_MAX];
        prefix_format(left, &a->server.allow_query[i]);
        prefix_format(right, &b->server.allow_query[i]);
        ck_assert_str_eq(left, right);
    }
    ck_assert_uint_eq(a->server.tcp_connections, b->server.tcp_connections);
    ck_assert_uint_eq(a->server.tcp_idle, b->server.tcp_idle);
    ck_assert_str_eq(a->paths.mirror, b->paths.mirror);
    ck_assert_str_eq(a->paths.images, b->paths.images);
    ck_assert_str_eq(a->paths.run, b->paths.run);
    ck_assert_uint_eq(a->loader.fetch_parallel, b->loader.fetch_parallel);
    ck_assert_uint_eq(a->nlists, 1);
    same_list(&a->lists[0], &b->lists[0]);
    ck_assert_uint_eq(a->nzones, 1);
    same_zone(&a->zones[0], &b->zones[0]);
    conf_free(a);
    conf_free(b);
}
END_TEST

/* The defaults themselves, so that a change of the table is one on purpose. */
START_TEST(defaults)
{
    struct conf *c = load_good(least);
    const struct conf_list *l = &c->lists[0];
    const struct conf_zone *z = &c->zones[0];

    ck_assert_str_eq(c->server.listen[0].text, "127.0.0.1:53");
    ck_assert_uint_eq(c->server.workers, conf_cpus());
    ck_assert_str_eq(c->server.user, "rbl-dnsd");
    ck_assert_uint_eq(c->server.tcp_connections, 150);
    ck_assert_uint_eq(c->server.tcp_idle, 10);
    ck_assert_str_eq(c->paths.mirror, "/var/lib/rblmirror/mirror");
    ck_assert_str_eq(c->paths.images, "/var/lib/rblmirror/images");
    ck_assert_str_eq(c->paths.run, "/run/rblmirror");
    ck_assert_uint_eq(c->loader.fetch_parallel, 4);
    ck_assert_str_eq(l->format, "plain");
    ck_assert_uint_eq(l->refresh, 3600);
    ck_assert_uint_eq(l->a, 0x7f000002);
    ck_assert_str_eq(l->txt, "$ is listed in psbl");
    ck_assert_uint_eq(l->max_size, 256u << 20);
    ck_assert_uint_eq(l->connect_timeout, 10);
    ck_assert_uint_eq(l->stall_timeout, 30);
    ck_assert_uint_eq(l->timeout, 600);
    ck_assert(!l->may_be_empty);
    ck_assert_int_eq(z->combine, CONF_COMBINE_UNION);
    ck_assert_uint_eq(z->soa_ttl, 3600);
    ck_assert_uint_eq(z->soa_refresh, 3600);
    ck_assert_uint_eq(z->soa_retry, 600);
    ck_assert_uint_eq(z->soa_expire, 604800);
    ck_assert_uint_eq(z->ttl, 900);
    ck_assert_uint_eq(z->negative_ttl, 300);
    ck_assert(z->test_points);
    ck_assert_uint_eq(z->test_a, 0x7f000002);
    ck_assert_str_eq(z->test_txt, "Test entry, see RFC 5782");
    conf_free(c);
}
END_TEST

/* The section's part of a text: from the line that opens it to the next of its kind. */
static char *section_of(const char *text, const char *opens, const char *closes)
{
    const char *start = strstr(text, opens);
    ck_assert_msg(start != NULL, "no \"%s\"", opens);
    const char *end = strstr(start + 1, closes);
    return strndup(start, end ? (size_t)(end - start) : strlen(start));
}

/* As it stands after "key = " in a file. */
static void written(const struct conf_option *o, char *buf, size_t size)
{
    bool bare =
        o->dflt[0] == '{' || strcmp(o->kind, "integer") == 0 || strcmp(o->kind, "boolean") == 0;
    snprintf(buf, size, bare ? "%s" : "\"%s\"", o->dflt);
}

START_TEST(example_shows_all)
{
    char *text = file_text("rbldnsd.conf.example");

    for (size_t i = 0; i < conf_noptions; i++) {
        const struct conf_option *o = &conf_options[i];
        char opens[32], dflt[128], line[192];
        bool is_sub = strcmp(o->section, "sub") == 0;
        if (is_sub)
            continue; /* shown in a comment: no list of the example belongs there */
        snprintf(opens, sizeof(opens), "\n%s ", o->section);
        char *section = section_of(text, opens, "\n}");
        if (o->dflt)
            written(o, dflt, sizeof(dflt));
        snprintf(line, sizeof(line), "\n    %s = %s", o->key, o->dflt ? dflt : "");
        ck_assert_msg(strstr(section, line) != NULL, "%s: not in the example:%s", o->section, line);
        free(section);
    }
    free(text);
}
END_TEST

/* Text of the manual with its quotes as they are. */
static void unescape(char *s)
{
    for (char *p; (p = strstr(s, "\\(dq"));) {
        *p = '"';
        memmove(p + 1, p + 4, strlen(p + 4) + 1);
    }
}

/* The range as the manual writes it: what follows the last comma of "allowed", or all of it. */
static const char *range_of(const struct conf_option *o)
{
    const char *comma = strrchr(o->allowed, ',');
    if (strcmp(o->kind, "integer") == 0)
        comma = NULL;
    return comma ? comma + 2 : o->allowed;
}

static void check_manual(const struct conf_option *o, const char *entry)
{
    char dflt[128];
    size_t range = strcspn(range_of(o), ";");
    char *wanted = strndup(range_of(o), range);
    bool number = strcmp(o->kind, "integer") == 0 || strcmp(o->kind, "time") == 0 ||
                  strcmp(o->kind, "size") == 0;

    if (number)
        ck_assert_msg(strstr(entry, wanted) != NULL, "%s %s: no \"%s\" in the manual", o->section,
                      o->key, wanted);
    free(wanted);
    const char *as_written = o->dflt && *o->dflt ? o->dflt : "\"\"";
    snprintf(dflt, sizeof(dflt), "Default:\n.Ql %s ", as_written);
    ck_assert_msg(o->dflt ? strstr(entry, dflt) != NULL : strstr(entry, "required") != NULL,
                  "%s %s: default missing in the manual", o->section, o->key);
}

START_TEST(manual_names_all)
{
    char *text = file_text("lib/rbldnsd.conf.5");

    unescape(text);
    for (size_t i = 0; i < conf_noptions; i++) {
        const struct conf_option *o = &conf_options[i];
        char opens[64];
        snprintf(opens, sizeof(opens), "\n.Ss %s", o->section);
        char *section = section_of(text, opens, "\n.S");
        snprintf(opens, sizeof(opens), "\n.It Ic %s No ", o->key);
        char *entry = section_of(section, opens, "\n.It");
        check_manual(o, entry);
        free(entry);
        free(section);
    }
    free(text);
}
END_TEST

/* Nothing in the manual that the table does not know. */
START_TEST(manual_invents_nothing)
{
    char *text = file_text("lib/rbldnsd.conf.5");
    size_t found = 0;

    for (const char *p = text; (p = strstr(p, "\n.It Ic ")); found++)
        p++;
    ck_assert_uint_eq(found, conf_noptions);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conf_docs");
    TCase *tc = tcase_create("conf_docs");
    tcase_add_test(tc, example_is_defaults);
    tcase_add_test(tc, defaults);
    tcase_add_test(tc, example_shows_all);
    tcase_add_test(tc, manual_names_all);
    tcase_add_test(tc, manual_invents_nothing);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
