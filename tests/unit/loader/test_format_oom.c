/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out at the first, second, third... allocation of each format's parser, with and
 * without notes of where entries stand: it says so or has lost nothing, and leaves nothing behind.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/conf_internal.h"
#include "loader/examine.h"
#include "loader/where_note.h"
#include "tests/common/shortage.h"

static const struct {
    const char *options, *text;
} rows[] = {
    {"format = plain", "192.0.2.1\n192.0.2.0/24\n2001:db8::1\n2001:db8::/32\n192.0.2.9 x\n"},
    {"format = plain txt = '$ is %{ref}'",
     "192.0.2.1 ; one\n192.0.2.0/24 ; two\n2001:db8::1 # 3\n"},
    {"format = domains", "a.example\n*.b.example\nb\xc3\xbc"
                         "cher.example\n||c.example^\n"},
    {"format = hosts", "127.0.0.1 localhost\n0.0.0.0 a.example b.example\n"},
    {"format = columns separator = ',' column = 2 txt = '%{ref}'",
     "x,192.0.2.1\nx,192.0.2.0/24\nx,a.example\nx,2001:db8::1\n"},
    {"format = ranges",
     "192.0.2.1-192.0.2.9\n2001:db8::-2001:db8::5\nLabel:192.0.2.30-192.0.2.40\n"},
    {"format = json field = ip", "{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"192.0.2.0\\/24\"}\n"},
    {"format = json", "[\"192.0.2.1\",\n\"a.example\",\n\"2001:db8::1\"]\n"},
    {"format = json field = 'x.ip' txt = '%{ref}'",
     "{\"x\":[{\"ip\":\"192.0.2.1\"},{\"ip\":\"192.0.2.2\"}]}\n"},
    {"format = bind",
     "$ORIGIN z.t.\n$TTL 60\n@ SOA a. b. 1 1 1 1 1\n@ A 192.0.2.80\n2.0.0.127 A 127.0.0.2\n TXT "
     "\"t\"\n A 127.0.0.3\n TXT u\n*.w A 127.0.0.2\n*.v.w CNAME excluded\n7.2.0.192 CNAME "
     "excluded\n"},
    {"format = rpz", "$ORIGIN z.t.\n$TTL 60\n@ SOA a. b. 1 1 1 1 1\na CNAME .\n*.a CNAME .\n"
                     "24.0.2.0.192.rpz-ip CNAME .\n32.7.2.0.192.rpz-ip CNAME rpz-passthru.\n"},
    {"format = djb", ":127.0.0.2:see $\n192.0.2\n192.0.2.7\n"},
    {"format = extract", "reject 192.0.2.0/24 and 192.0.2.1\nALL: 2001:db8::/32\n"},
    {"format = allow", "192.0.2.1\n2001:db8::/32 until 2099-01-01T00:00:00Z # x\na.example\n"},
    {"format = 'rbldnsd:ip4set'",
     "$SOA 1 a. b. 0 1 1 1 1\n$NS 1 a b c\n:2:x\n192.0.2.1\n192.0.2.0/23 :3:$ y\n!192.0.2.9\n"
     "192.0.2.1 :4:z\n$= base $=\n"},
    {"format = 'rbldnsd:ip4trie'", "192.0.2.1\n192.0.2.0/24 :3:y\n!192.0.2.8/29\n192.0.2.1\n"},
    {"format = 'rbldnsd:ip4tset'", ":3:x $\n192.0.2.1\n192.0.2.2\n"},
    {"format = 'rbldnsd:ip6trie'",
     "2001:db8::/32 :3:y\n!2001:db8::/48\n::ffff:1:1\n2001:db8::/32\n"},
    {"format = 'rbldnsd:ip6tset'", ":3:y\n2001:db8:0:1\n!2001:db8:0:1::5\n"},
    {"format = 'rbldnsd:dnset'", ":2:x\n.a.example\n!b.a.example\n*.c :3:y $\n"},
    {"format = 'rbldnsd:generic'", "a A 1.2.3.4\nb TXT x\nc MX 1 d\n@ A 1.1.1.1\n"},
    {"format = 'rbldnsd:acl'", "10.0.0.0/8 :refuse\n::/0 :5:x\n10.0.0.0/8 :pass\n"},
    {"format = 'rbldnsd:combined'",
     "$SOA 1 a. b. 0 1 1 1 1\n$1 v\n$DATASET ip4set:a x y @\n192.0.2.1 :3:$1\n$DATASET dnset n\n"
     ".a.b :4:x\n$DATASET ip4trie lost.sub\n192.0.2.0/24\n$DATASET generic @\nw A 1.1.1.1\n"},
    {"format = 'rbldnsd:ip4set'", "$FILE 10 a\n192.0.2.1\n\n$FILE 13 b\n192.0.2.2 :4\n\n"},
};

struct outcome {
    bool good;
    size_t count, bad;
};

static struct outcome parse_once(const struct conf_list *list, const char *text, bool where)
{
    struct entries e;
    struct parse p;
    struct where_notes notes = {.text = NULL};
    size_t len = strlen(text);
    struct outcome o;
    entries_init(&e);
    examine_parse(list, &e, &p);
    p.where = where ? &notes : NULL;
    o.good = (!where || where_notes_start(&notes, text, len)) &&
             format_find(list->format)->parse(&p, text, len) && (!where || where_notes_end(&notes));
    o.count = entries_count(&e);
    o.bad = p.bad;
    entries_free(&e);
    where_notes_free(&notes);
    return o;
}

static void fail_each(size_t row, bool where)
{
    char config[600], *said = NULL;
    size_t len;
    snprintf(config, sizeof(config),
             "list l { url = 'file:/l' %s }\nlist k { url = 'file:/k' }\n"
             "zone z.t { lists = k %s }",
             rows[row].options, strstr(rows[row].options, "acl") != NULL ? "acl = l" : "");
    FILE *err = open_memstream(&said, &len);
    struct conf *conf = conf_load_text("t", config, strlen(config), format_known, err);
    fclose(err);
    ck_assert_msg(conf != NULL, "row %zu: %s", row, said);
    const struct conf_list *list = &conf->lists[0];
    const struct outcome want = parse_once(list, rows[row].text, where);
    ck_assert_msg(want.good && want.bad <= 1, "row %zu: %zu bad", row, want.bad);
    unsigned long at = 1;
    for (bool reached = true; reached; at++) {
        long before = shortage_live;
        shortage_at = at;
        struct outcome got = parse_once(list, rows[row].text, where);
        reached = shortage_at == 0;
        shortage_at = 0;
        if (got.good && (got.count != want.count || got.bad != want.bad))
            ck_abort_msg("row %zu, allocation %lu: lost something without a word", row, at);
        if (shortage_live != before)
            ck_abort_msg("row %zu, allocation %lu: %ld blocks left", row, at,
                         shortage_live - before);
    }
    ck_assert_uint_gt(at, 2);
    conf_free(conf);
    free(said);
}

START_TEST(each_allocation_fails_once)
{
    fail_each((size_t)_i, false);
}
END_TEST

START_TEST(and_with_notes)
{
    fail_each((size_t)_i, true);
}
END_TEST

int main(void)
{
    const int n = sizeof(rows) / sizeof(rows[0]);
    Suite *s = suite_create("format_oom");
    TCase *tc = tcase_create("format_oom");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, each_allocation_fails_once, 0, n);
    tcase_add_loop_test(tc, and_with_notes, 0, n);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
