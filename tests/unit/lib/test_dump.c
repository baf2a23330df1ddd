/* SPDX-License-Identifier: BSD-2-Clause */
/* What each form writes; that dumps compile to the same answers is tests/model/dump_roundtrip.c. */
#include <check.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dump.h"
#include "lib/tree_walk.h"
#include "tests/common/testzone.h"

/* The text, or NULL with the reason; the caller frees. */
static char *dump(const struct testzone *z, enum dump_form form, char why[static DUMP_WHY_MAX])
{
    struct image *img = testzone_build(z);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    bool good = dump_zone(img, form, out, why);
    fclose(out);
    image_close(img);
    if (good)
        return text;
    ck_assert_uint_eq(size, 0);
    free(text);
    return NULL;
}

static void check_dump(const struct testzone *z, enum dump_form form, const char *want)
{
    char why[DUMP_WHY_MAX];
    char *text = dump(z, form, why);
    ck_assert_msg(text != NULL, "%s", why);
    ck_assert_str_eq(text, want);
    free(text);
}

START_TEST(plain)
{
    const struct testzone z = {
        .name = "z.t",
        .list = {{.name = "a",
                  .txt = "bad $",
                  .entries = "192.0.2.1\n10.0.0.0/9\n10.128.0.0/9\n11.0.0.0/8\n2001:db8::/32\n"
                             "2001:db8::1\n"},
                 {.name = "b",
                  .format = "domains",
                  .txt = "bad $",
                  .entries = "exact.example\n.tree.example\n*.wild.example\n"}}};
    struct testzone one = z;
    one.list[1].name = NULL;
    check_dump(&one, DUMP_PLAIN,
               "# zone z.t, serial 1\n# 127.0.0.2 bad $\n10.0.0.0/8\n11.0.0.0/8\n192.0.2.1\n"
               "2001:db8::/32\n");
    one = (struct testzone){.name = "z.t", .list = {z.list[1]}};
    check_dump(&one, DUMP_PLAIN,
               "# zone z.t, serial 1\n# 127.0.0.2 bad $\nexact.example\n.tree.example\n"
               "*.wild.example\n");
}
END_TEST

/* The test entries are not written, nor the hole of one. */
START_TEST(plain_own)
{
    const struct testzone z = {.name = "z.t", .list = {{.name = "a", .entries = "0::/16\n"}}};
    check_dump(&z, DUMP_PLAIN, "# zone z.t, serial 1\n# 127.0.0.2\n::/16\n");
    const struct testzone empty = {.name = "z.t", .list = {{.name = "a", .entries = ""}}};
    check_dump(&empty, DUMP_PLAIN, "# zone z.t, serial 1\n");
}
END_TEST

#define COMBINED(text)                                                                             \
    {                                                                                              \
        .name = "z.t", .list = { {.name = "a", .format = "rbldnsd:combined", .entries = text} }    \
    }

static const struct {
    enum dump_form form;
    struct testzone zone;
    const char *why;
} refusals[] = {
    {DUMP_PLAIN,
     {.name = "z.t",
      .list = {{.name = "a", .entries = "192.0.2.1\n"},
               {.name = "b", .a = "127.0.0.3", .entries = "192.0.2.2\n"}}},
     "entries have different values; use --as rbldnsd"},
    {DUMP_PLAIN,
     {.name = "z.t",
      .list = {{.name = "a", .entries = "192.0.2.1\n"},
               {.name = "b", .a = "127.0.0.3", .entries = "192.0.2.1\n"}}},
     "an entry has several values; use --as rbldnsd"},
    {DUMP_PLAIN,
     {.name = "z.t", .list = {{.name = "a", .sub = "usa", .entries = "192.0.2.1\n"}}},
     "the zone has sub-names; use --as rbldnsd"},
    {DUMP_PLAIN, COMBINED("$DATASET dnset @\n.b.example\n!a.b.example\n"),
     "a.b.example is excluded; use --as rbldnsd"},
    {DUMP_PLAIN, COMBINED("$DATASET dnset @\nb.example\na_\\200.example\n"),
     "a_\\200.example is no host name; use --as rbldnsd"},
    {DUMP_PLAIN, COMBINED("$DATASET generic @\nwww A 192.0.2.1\n"),
     "records cannot be written as plain entries; use --as rbldnsd"},
    {DUMP_PLAIN, COMBINED("$DATASET generic @\n@ A 192.0.2.1\n"),
     "the zone's own name has records; use --as rbldnsd"},
    {DUMP_RBLDNSD,
     {.name = "z.t", .list = {{.name = "a", .txt = "$1", .entries = "192.0.2.1\n"}}},
     "a text has '$' in front of a digit, '=' or '$', which rbldnsd's data cannot say"},
    {DUMP_RBLDNSD,
     {.name = "z.t", .list = {{.name = "a", .txt = "x ", .entries = "192.0.2.1\n"}}},
     "a text has a blank at its end, which rbldnsd's data cannot say"},
    {DUMP_RPZ,
     {.name = "z.t", .list = {{.name = "a", .sub = "usa", .entries = "192.0.2.1\n"}}},
     "the zone has sub-names; use --as rbldnsd or bind"},
};

START_TEST(refused)
{
    char why[DUMP_WHY_MAX];
    ck_assert_ptr_null(dump(&refusals[_i].zone, refusals[_i].form, why));
    ck_assert_str_eq(why, refusals[_i].why);
}
END_TEST

START_TEST(rbldnsd)
{
    const struct testzone z = {
        .name = "z.t",
        .ns = {{.name = "ns1.z.t", .a = "192.0.2.53"}, {.name = "ns.example.net"}},
        .list = {
            {.name = "a", .txt = "one $$5", .entries = "192.0.2.0/30\n2001:db8::1\n"},
            {.name = "b", .a = "127.0.0.3", .txt = " =x", .entries = "192.0.2.2\n"},
            {.name = "c",
             .format = "rbldnsd:combined",
             .entries = "$DATASET dnset @\n$TTL 60\n:4:$ $$\n.b.example\n!c.b.example\n"
                        "*.w.example :5:\n\\*.star\n"
                        "$DATASET generic @ usa\n@ A 192.0.2.80\nwww TXT \"a \"b\" \\\"\n"
                        "www 20 MX 10 mail.example\n"},
        }};
    check_dump(&z, DUMP_RBLDNSD,
               "# zone z.t\n$SOA 3600 ns1.z.t hostmaster.z.t 1 7200 1800 604800 150\n"
               "$NS 3600 ns1.z.t ns.example.net\n"
               "\n$DATASET ip4trie @\n$TTL 300\n:127.0.0.2:one $$5\n192.0.2.0/30\n"
               "\n$DATASET ip4trie @\n$TTL 300\n:127.0.0.3:= =x\n192.0.2.2\n"
               "\n$DATASET ip6trie @\n$TTL 300\n:127.0.0.2:one $$5\n2001:db8::1\n"
               "\n$DATASET dnset @\n$TTL 60\n:127.0.0.4:$ $$\n.b.example\n!c.b.example\n"
               "*.w.example :127.0.0.5:\n\\042.star\n"
               "\n$DATASET generic @\n@ 300 A 192.0.2.80\n"
               "www 300 TXT \"a \"b\" \\\"\n"
               "www 20 MX 10 mail.example\n"
               "\n$DATASET generic usa\n@ 300 A 192.0.2.80\n"
               "www 300 TXT \"a \"b\" \\\"\n"
               "www 20 MX 10 mail.example\n");
}
END_TEST

/* Several lines of one test zone for the two forms with DNS wildcards. */
static const struct testzone wild = {
    .name = "z.t",
    .ns = {{.name = "ns1.z.t", .a = "192.0.2.53", .aaaa = "2001:db8::53"}},
    .list = {{.name = "a",
              .txt = "q\"\\ $",
              .entries = "192.0.2.1\n10.0.0.0/8\n172.16.0.0/15\n2001:db8::/32\n2001:db9::1\n"},
             {.name = "b",
              .format = "rbldnsd:dnset",
              .entries = "$TTL 60\n:4:$ bad\n.b.example\n!c.b.example\nx.d.b.example :5:\n"}}};

START_TEST(bind_form)
{
    check_dump(
        &wild, DUMP_BIND,
        "$ORIGIN z.t.\n$TTL 300\n"
        "@ 3600 SOA ns1.z.t. hostmaster.z.t. (1 7200 1800 604800 150)\n@ 3600 NS ns1.z.t.\n"
        "ns1 300 A 192.0.2.53\nns1 300 AAAA 2001:db8::53\n"
        "*.10 300 A 127.0.0.2\n*.10 300 TXT \"q\\\"\\\\ 10.0.0.0/8\"\n"
        "*.16.172 300 A 127.0.0.2\n*.16.172 300 TXT \"q\\\"\\\\ 172.16.0.0/16\"\n"
        "*.17.172 300 A 127.0.0.2\n*.17.172 300 TXT \"q\\\"\\\\ 172.17.0.0/16\"\n"
        "1.2.0.192 300 A 127.0.0.2\n1.2.0.192 300 TXT \"q\\\"\\\\ 192.0.2.1\"\n"
        "*.8.b.d.0.1.0.0.2 300 A 127.0.0.2\n*.8.b.d.0.1.0.0.2 300 TXT \"q\\\"\\\\ 2001:db8::/32\"\n"
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.b.d.0.1.0.0.2 300 A 127.0.0.2\n"
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.b.d.0.1.0.0.2 300 TXT "
        "\"q\\\"\\\\ 2001:db9::1\"\n"
        "b.example 60 A 127.0.0.4\nb.example 60 TXT \"b.example bad\"\n"
        "*.b.example 60 A 127.0.0.4\n*.b.example 60 TXT \"b.example bad\"\n"
        "c.b.example CNAME excluded\n"
        "*.c.b.example 60 A 127.0.0.4\n*.c.b.example 60 TXT \"b.example bad\"\n"
        "d.b.example 60 A 127.0.0.4\nd.b.example 60 TXT \"b.example bad\"\n"
        "*.d.b.example 60 A 127.0.0.4\n*.d.b.example 60 TXT \"b.example bad\"\n"
        "x.d.b.example 60 A 127.0.0.5\n"
        "*.x.d.b.example 60 A 127.0.0.4\n*.x.d.b.example 60 TXT \"b.example bad\"\n");
}
END_TEST

START_TEST(rpz)
{
    check_dump(&wild, DUMP_RPZ,
               "$ORIGIN z.t.\n$TTL 300\n"
               "@ 3600 SOA ns1.z.t. hostmaster.z.t. 1 7200 1800 604800 150\n@ NS localhost.\n"
               "8.0.0.0.10.rpz-ip CNAME .\n15.0.0.16.172.rpz-ip CNAME .\n"
               "32.1.2.0.192.rpz-ip CNAME .\n"
               "32.zz.db8.2001.rpz-ip CNAME .\n128.1.zz.db9.2001.rpz-ip CNAME .\n"
               "b.example CNAME .\n*.b.example CNAME .\n"
               "c.b.example CNAME rpz-passthru.\n*.c.b.example CNAME .\n"
               "d.b.example CNAME .\n*.d.b.example CNAME .\n"
               "x.d.b.example CNAME .\n*.x.d.b.example CNAME .\n");
}
END_TEST

/* A second opinion on the syntax of zone files, long texts and odd names included. */
START_TEST(zone_files_load)
{
    static const struct {
        const struct testzone *zone;
        enum dump_form form;
        size_t records; /* without the SOA */
    } rows[] = {{&testzone_bl, DUMP_BIND, 0}, {&testzone_dbl, DUMP_BIND, 0},
                {&testzone_bl, DUMP_RPZ, 0},  {&testzone_dbl, DUMP_RPZ, 0},
                {&wild, DUMP_BIND, 29},       {&wild, DUMP_RPZ, 14}};
    char why[DUMP_WHY_MAX], *text = dump(rows[_i].zone, rows[_i].form, why);
    ck_assert_msg(text != NULL, "%s", why);
    FILE *in = fmemopen(text, strlen(text), "r");
    ldns_zone *zone = NULL;
    int line = 0;
    ck_assert_ptr_nonnull(in);
    ldns_status st = ldns_zone_new_frm_fp_l(&zone, in, NULL, 0, LDNS_RR_CLASS_IN, &line);
    ck_assert_msg(st == LDNS_STATUS_OK, "line %d: %s", line, ldns_get_errorstr_by_id(st));
    ck_assert_ptr_nonnull(ldns_zone_soa(zone));
    if (rows[_i].records)
        ck_assert_uint_eq(ldns_zone_rr_count(zone), rows[_i].records);
    ldns_zone_deep_free(zone);
    fclose(in);
    free(text);
}
END_TEST

START_TEST(long_text)
{
    char text[601], why[DUMP_WHY_MAX];
    memset(text, 'x', 600);
    text[600] = '\0';
    const struct testzone z = {.name = "z.t",
                               .list = {{.name = "a", .txt = text, .entries = "192.0.2.1\n"}}};
    char *out = dump(&z, DUMP_BIND, why);
    ck_assert_ptr_nonnull(out);
    const char *txt = strstr(out, "TXT \"");
    ck_assert_ptr_nonnull(txt);
    ck_assert_uint_eq(strspn(txt + 5, "x"), 255);
    ck_assert_int_eq(strncmp(txt + 5 + 255, "\" \"x", 4), 0);
    ck_assert_uint_eq(strspn(txt + 5 + 255 + 3 + 255 + 3, "x"), 90);
    free(out);
}
END_TEST

START_TEST(forms)
{
    enum dump_form form;
    ck_assert(dump_form_parse("rpz", &form) && form == DUMP_RPZ);
    ck_assert(dump_form_parse("plain", &form) && form == DUMP_PLAIN);
    ck_assert(!dump_form_parse("", &form) && !dump_form_parse("BIND", &form));
}
END_TEST

START_TEST(full_disk)
{
    char why[DUMP_WHY_MAX];
    struct image *img = testzone_build(&testzone_bl);
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    ck_assert(!dump_zone(img, DUMP_BIND, full, why));
    ck_assert_str_eq(why, "the output cannot be written");
    fclose(full);
    image_close(img);
}
END_TEST

/* --- walks --- */

struct seen {
    uint64_t addresses, calls, stop;
    struct addr6 last;
    uint32_t set;
};

static bool count(void *arg, struct addr6 first, struct addr6 last, uint32_t set)
{
    struct seen *s = arg;
    bool apart = s->calls == 0 || first.lo > s->last.lo + 1 || set != s->set;
    ck_assert(apart && set != 0 && first.lo <= last.lo && (s->calls == 0 || first.lo > s->last.lo));
    s->addresses += last.lo - first.lo + 1;
    s->last = last;
    s->set = set;
    return ++s->calls != s->stop;
}

/* Each encoding of a node: a list, unary counts, a bitmap, runs. */
START_TEST(tree_walk_all)
{
    static const unsigned step[] = {0, 1, 2, 3, 7, 301};
    char *text = malloc(1u << 22);
    size_t n = 0, want = 1; /* the test entry */
    ck_assert_ptr_nonnull(text);
    for (uint32_t a = 0; step[_i] && a < 65536; a += step[_i], want++)
        n += (size_t)snprintf(text + n, 32, "10.1.%u.%u\n", a >> 8, a & 255);
    n += (size_t)snprintf(text + n, 64, "10.2.0.0/15\n");
    want += 2 * 65536;
    const struct testzone z = {.name = "z.t", .list = {{.name = "a", .entries = text}}};
    struct image *img = testzone_build(&z);
    struct seen s = {0};
    ck_assert(tree_walk(img->cells, img->views[0].tree4, TREE_LEVELS4, count, &s));
    ck_assert_uint_eq(s.addresses, want);
    s = (struct seen){.stop = 1};
    ck_assert(!tree_walk(img->cells, img->views[0].tree4, TREE_LEVELS4, count, &s));
    ck_assert_uint_eq(s.calls, 1);
    ck_assert(tree_walk(img->cells, 0, TREE_LEVELS4, count, &s));
    image_close(img);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dump");
    TCase *t = tcase_create("dump");
    tcase_add_test(t, plain);
    tcase_add_test(t, plain_own);
    tcase_add_loop_test(t, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_test(t, rbldnsd);
    tcase_add_test(t, bind_form);
    tcase_add_test(t, rpz);
    tcase_add_loop_test(t, zone_files_load, 0, 6);
    tcase_add_test(t, long_text);
    tcase_add_test(t, forms);
    tcase_add_test(t, full_disk);
    tcase_add_loop_test(t, tree_walk_all, 0, 6);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
