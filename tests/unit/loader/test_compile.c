/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "tests/common/testzone.h"

/* --- what a zone answers --- */

/* A values of a name, in order, for messages and comparison; "" when there are none. */
static const char *ask(const struct image *img, const char *name)
{
    static char out[200];
    struct lookup_result r;
    size_t n = 0;
    out[0] = 0;
    testzone_lookup(img, name, &r);
    for (unsigned i = 0; i < r.nset; i++)
        for (unsigned k = 0; k < answerset_na(img, r.set[i]); k++) {
            char text[ADDR4_TEXT_MAX];
            addr4_format(text, answerset_a(img, r.set[i], k));
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n ? " " : "", text);
        }
    return out;
}

START_TEST(union_in_order_of_configuration)
{
    const struct testzone z = {.name = "t",
                               .list = {{.name = "c", .a = "127.0.0.9", .entries = "1.2.3.4\n"},
                                        {.name = "a", .a = "127.0.0.2", .entries = "1.2.3.0/24\n"},
                                        {.name = "b", .a = "127.0.0.5", .entries = "1.2.3.4/31\n"},
                                        {.name = "d", .a = "127.0.0.2", .entries = "1.2.3.4\n"}}};
    struct image *img = testzone_build(&z);
    ck_assert_str_eq(ask(img, "4.3.2.1.t"), "127.0.0.9 127.0.0.2 127.0.0.5");
    ck_assert_str_eq(ask(img, "5.3.2.1.t"), "127.0.0.2 127.0.0.5");
    ck_assert_str_eq(ask(img, "6.3.2.1.t"), "127.0.0.2");
    image_close(img);
}
END_TEST

START_TEST(bitmask)
{
    const struct testzone z = {
        .name = "t",
        .bitmask = true,
        .list = {{.name = "a", .a = "127.0.0.2", .entries = "1.2.3.4\n"},
                 {.name = "b", .a = "127.0.0.8", .entries = "1.2.3.4\n::7\n"},
                 {.name = "c", .a = "127.0.0.64", .entries = "::7\n"}}};
    struct image *img = testzone_build(&z);
    ck_assert_str_eq(ask(img, "4.3.2.1.t"), "127.0.0.10");
    ck_assert_str_eq(ask(img, "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.t"),
                     "127.0.0.72");
    image_close(img);
}
END_TEST

START_TEST(exclusion_wins_over_every_list)
{
    const struct testzone z = {
        .name = "t",
        .list = {{.name = "a", .entries = "1.2.3.4\n1.2.4.0/24\n2001:db8::/32\n"},
                 {.name = "b", .entries = "1.2.3.4\n"},
                 {.name = "n", .format = "domains", .entries = "x.example\n.y.example\n"},
                 {.name = "e", .exclude = true, .entries = "1.2.0.0/16\n2001:db8:5::/48\n"},
                 {.name = "f", .exclude = true, .format = "domains", .entries = ".example\n"}}};
    struct image *img = testzone_build(&z);
    static const char *const out[] = {"4.3.2.1.t", "9.4.2.1.t", "x.example.t", "q.y.example.t"};
    for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++) {
        struct lookup_result r;
        testzone_lookup(img, out[i], &r);
        ck_assert_msg(r.nset == 0 && !r.exists, "%s", out[i]);
    }
    struct lookup_result r;
    testzone_lookup(img, "5.0.0.0.8.b.d.0.1.0.0.2.t", &r);
    ck_assert(!r.exists);
    testzone_lookup(img, "4.0.0.0.8.b.d.0.1.0.0.2.t", &r);
    ck_assert(r.exists);
    image_close(img);
}
END_TEST

/* --- test points, RFC 5782 section 5, whatever the data say --- */

struct points_row {
    const char *listed, *names, *excluded, *excluded_names;
};

static const struct points_row points[] = {
    {"", "", "", ""},
    {"127.0.0.0/8\n", ".example\n", "", ""},
    {"127.0.0.1\n::ffff:127.0.0.1\n", "invalid\n*.invalid\n", "", ""},
    {"", "", "127.0.0.0/8\n::ffff:127.0.0.0/104\n", ".test\n"},
    {"127.0.0.1\n", ".invalid\n", "127.0.0.2\n", "test\n"},
    {":: and all\n", "a.invalid\n", "", "invalid\n"},
};

#define MAPPED(x) x ".0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.t"

static struct image *build_points(const struct points_row *row, bool none)
{
    struct testzone z = {
        .name = "t",
        .no_test_points = none,
        .list = {
            {.name = "a",
             .a = "127.0.0.4",
             .entries = row->listed[0] == ':' ? "127.0.0.1\n" : row->listed},
            {.name = "n", .a = "127.0.0.5", .format = "domains", .entries = row->names},
            {.name = "e", .exclude = true, .entries = row->excluded},
            {.name = "f", .exclude = true, .format = "domains", .entries = row->excluded_names}}};
    struct testjob *j = testjob_new(&z);
    if (row->listed[0] == ':') {
        const struct prefix wide = {.family = 6, .len = 0}; /* wider than a format lets pass */
        ck_assert(entries_add_prefix(&j->data[0].entries, &wide));
    }
    size_t len;
    uint8_t *bytes = testjob_compile(j, &len);
    struct image *img = testzone_open(bytes, len);
    free(bytes);
    testjob_free(j);
    return img;
}

START_TEST(test_points)
{
    static const char *const yes[] = {"2.0.0.127.t", MAPPED("2"), "test.t"};
    static const char *const no[] = {"1.0.0.127.t", MAPPED("1"), "invalid.t", "a.invalid.t"};
    struct image *img = build_points(&points[_i], false);
    struct lookup_result r;
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        testzone_lookup(img, yes[i], &r);
        ck_assert_msg(r.nset > 0 && r.exists, "%s", yes[i]);
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
        testzone_lookup(img, no[i], &r);
        ck_assert_msg(r.nset == 0 && !r.exists, "%s", no[i]);
    }
    image_close(img);
}
END_TEST

START_TEST(no_test_points)
{
    const struct points_row row = {"127.0.0.1\n", "invalid\n", "", ""};
    struct image *img = build_points(&row, true);
    ck_assert_str_eq(ask(img, "1.0.0.127.t"), "127.0.0.4");
    ck_assert_str_eq(ask(img, "invalid.t"), "127.0.0.5");
    ck_assert_str_eq(ask(img, "2.0.0.127.t"), "");
    ck_assert_str_eq(ask(img, "test.t"), "");
    image_close(img);
}
END_TEST

START_TEST(lists_answer_for_test_points_they_have)
{
    struct image *img = build_points(&points[1], false);
    ck_assert_str_eq(ask(img, "2.0.0.127.t"), "127.0.0.4");
    ck_assert_str_eq(ask(img, "3.0.0.127.t"), "127.0.0.4");
    image_close(img);
}
END_TEST

/* --- what an image says of itself --- */

START_TEST(header_and_sources)
{
    struct testzone z = {.name = "T.Example",
                         .serial = 2024022901,
                         .ttl = 77,
                         .soa_ttl = 100,
                         .negative_ttl = 200,
                         .list = {{.name = "a", .entries = "1.2.3.4\n1.2.3.4\n5.6.7.0/24\n"},
                                  {.name = "gone"},
                                  {.name = "e", .exclude = true, .entries = "9.9.9.9\n"}}};
    struct image *img = testzone_build(&z);
    ck_assert_mem_eq(img->h->zone, "\1t\7example", 11);
    ck_assert_uint_eq(img->h->serial, 2024022901);
    ck_assert_uint_eq(img->h->ttl, 77);
    ck_assert_uint_eq(img->h->negative_ttl, 100); /* the smaller of both, RFC 2308 */
    ck_assert_int_eq(img->h->built, 1700000100);
    ck_assert_uint_eq(img->nsources, 3);
    ck_assert_str_eq(img->sources[0].name, "a");
    ck_assert_int_eq(img->sources[0].fetched, 1700000000);
    ck_assert(img->sources[1].missing == 1 && img->sources[1].entries == 0);
    ck_assert(img->sources[2].exclude == 1 && img->sources[2].missing == 0);
    image_close(img);
}
END_TEST

START_TEST(soa)
{
    static const uint8_t want[] = {0,  0, /* mname: the apex, a hole */
                                   10, 'h', 'o', 's', 't', 'm', 'a', 's', 't', 'e', 'r',
                                   0,  0,   0,   0,   0,   5,   0,   0,   28,  32,  0,
                                   0,  7,   8,   0,   9,   58,  128, 0,   0,   0,   150};
    struct testzone z = {.name = "t", .serial = 5, .ns = {{.name = "t"}}};
    struct image *img = testzone_build(&z);
    const struct image_rr *rr = (const struct image_rr *)(const void *)img->fixed;
    ck_assert(rr->type == 6 && rr->owner_len == 0 && rr->ttl == 3600);
    ck_assert(rr->hole[0] == 0 && rr->hole[1] == 13);
    ck_assert_uint_eq(rr->rdlen, sizeof(want));
    ck_assert_mem_eq(rr->data, want, sizeof(want));
    image_close(img);
}
END_TEST

/* --- the serial: the publisher's, the time of the newest file, the job's --- */

static const struct {
    const char *data;
    int64_t written[2], acl_written;
    uint32_t serial;
} serials[] = {
    {"$SOA 1 a. b. 77 1 1 1 1\n1.2.3.4\n", {1500000000, 1400000000}, 0, 77},
    {"$SOA 1 a. b. 0 1 1 1 1\n1.2.3.4\n", {1500000000, 1400000000}, 0, 1500000000},
    {"$SOA 1 a. b. 0 1 1 1 1\n1.2.3.4\n", {1300000000, 1400000000}, 1600000000, 1400000000},
    {"$SOA 1 a. b. 0 1 1 1 1\n1.2.3.4\n", {0, 0}, 0, 5},
    {"1.2.3.4\n", {1500000000, 1400000000}, 0, 5},
};

START_TEST(serial_of_files)
{
    struct testzone z = {
        .name = "t",
        .serial = 5,
        .list = {{.name = "a", .format = "rbldnsd:ip4set", .entries = serials[_i].data},
                 {.name = "b", .entries = "1.2.3.5\n"},
                 {.name = "c", .format = "rbldnsd:acl", .acl = true, .entries = "::1 :pass\n"}}};
    struct testjob *j = testjob_new(&z);
    j->data[0].written = serials[_i].written[0];
    j->data[1].written = serials[_i].written[1];
    j->data[2].written = serials[_i].acl_written;
    size_t len;
    uint8_t *bytes = testjob_compile(j, &len);
    struct image *img = testzone_open(bytes, len);
    ck_assert_uint_eq(img->h->serial, serials[_i].serial);
    image_close(img);
    free(bytes);
    testjob_free(j);
}
END_TEST

START_TEST(same_input_same_bytes)
{
    const struct testzone *z = _i ? &testzone_dbl : &testzone_bl;
    size_t len[3];
    struct testjob *j = testjob_new(z);
    uint8_t *bytes[3] = {testzone_bytes(z, &len[0]), testjob_compile(j, &len[1]),
                         testjob_compile(j, &len[2])}; /* again, entries now being sorted */
    for (unsigned i = 1; i < 3; i++) {
        ck_assert_uint_eq(len[i], len[0]);
        ck_assert(memcmp(bytes[i], bytes[0], len[0]) == 0);
    }
    for (unsigned i = 0; i < 3; i++)
        free(bytes[i]);
    testjob_free(j);
}
END_TEST

/* --- the digest of what went in --- */

static const struct testzone digested = {
    .name = "t",
    .list = {{.name = "a", .entries = "1.2.3.4\n"},
             {.name = "b", .entries = "1.2.3.4\n"},
             {.name = "s", .sub = "usa", .entries = "1.2.3.4\n"},
             {.name = "e", .exclude = true, .entries = "1.2.3.5\n"}},
    .ns = {{.name = "ns.t", .a = "127.0.0.1", .aaaa = "::1"}},
};

#define CHANGE(name, statement)                                                                    \
    static void name(struct testjob *j)                                                            \
    {                                                                                              \
        statement;                                                                                 \
    }
CHANGE(nothing, (void)j)
CHANGE(when, j->job.now++)
CHANGE(serial, j->job.serial++)
CHANGE(fetched, j->data[0].fetched++)
CHANGE(data, j->data[0].digest++)
CHANGE(data_of_sub, j->data[2].digest++)
CHANGE(data_of_exclude, j->data[3].digest++)
CHANGE(data_gone, j->have[1] = NULL)
CHANGE(list_a, j->list[1].a++)
CHANGE(list_txt, j->list[1].txt[0] = 'x'; j->list[1].txt[1] = 0)
CHANGE(list_name, j->list[0].name[0] = 'x')
CHANGE(list_format, j->list[0].format[0] = 'x')
CHANGE(order, j->index[0] = 1; j->index[1] = 0)
CHANGE(fewer, j->zone.nlists--)
CHANGE(not_excluded, j->zone.nexclude--)
CHANGE(no_sub, j->zone.nsub--)
CHANGE(sub_name, j->sub[0].name.wire[1] = 'x')
CHANGE(sub_list, j->sub_index[2] = 1)
CHANGE(combine, j->zone.combine = CONF_COMBINE_BITMASK)
CHANGE(zone_name, j->zone.name.wire[1] = 'x')
CHANGE(mname, j->zone.mname.wire[1] = 'x')
CHANGE(rname, j->zone.rname.wire[1] = 'x')
CHANGE(soa_ttl, j->zone.soa_ttl++)
CHANGE(refresh, j->zone.soa_refresh++)
CHANGE(retry, j->zone.soa_retry++)
CHANGE(expire, j->zone.soa_expire++)
CHANGE(ttl, j->zone.ttl++)
CHANGE(negative_ttl, j->zone.negative_ttl++)
CHANGE(points_off, j->zone.test_points = false)
CHANGE(test_a, j->zone.test_a++)
CHANGE(test_txt, j->zone.test_txt[0] = 'x')
CHANGE(ns_gone, j->zone.nns--)
CHANGE(ns_name, j->ns[0].name.wire[1] = 'x')
CHANGE(ns_a, j->ns[0].a++)
CHANGE(ns_no_a, j->ns[0].has_a = false)
CHANGE(ns_aaaa, j->ns[0].aaaa.lo++)
CHANGE(ns_no_aaaa, j->ns[0].has_aaaa = false)

struct change {
    void (*make)(struct testjob *j);
    bool changes;
};

static const struct change changes[] = {
    /* what the answers do not depend on */
    {nothing, false},
    {when, false},
    {serial, false},
    {fetched, false},
    /* data */
    {data, true},
    {data_of_sub, true},
    {data_of_exclude, true},
    {data_gone, true},
    /* lists and where they stand */
    {list_a, true},
    {list_txt, true},
    {list_name, true},
    {list_format, true},
    {order, true},
    {fewer, true},
    {not_excluded, true},
    {no_sub, true},
    {sub_name, true},
    {sub_list, true},
    /* the zone */
    {combine, true},
    {zone_name, true},
    {mname, true},
    {rname, true},
    {soa_ttl, true},
    {refresh, true},
    {retry, true},
    {expire, true},
    {ttl, true},
    {negative_ttl, true},
    {points_off, true},
    {test_a, true},
    {test_txt, true},
    {ns_gone, true},
    {ns_name, true},
    {ns_a, true},
    {ns_no_a, true},
    {ns_aaaa, true},
    {ns_no_aaaa, true},
};

START_TEST(inputs)
{
    struct testzone z = digested;
    for (size_t i = 0; i < 2; i++)
        z.list[i].txt = "text";
    struct testjob *j = testjob_new(&z);
    uint64_t before = compile_inputs(&j->job);
    changes[_i].make(j);
    uint64_t after = compile_inputs(&j->job);
    ck_assert_int_eq(before != after, changes[_i].changes);
    testjob_free(j);
}
END_TEST

START_TEST(inputs_stand_in_the_image)
{
    size_t len;
    struct testjob *j = testjob_new(&digested);
    uint8_t *bytes = testjob_compile(j, &len);
    struct image *img = testzone_open(bytes, len);
    ck_assert_uint_eq(image_inputs(img), compile_inputs(&j->job));
    image_close(img);
    free(bytes);
    testjob_free(j);
}
END_TEST

/* --- limits --- */

#define MANY 300

START_TEST(too_many_lists)
{
    static struct conf_list list[MANY];
    static size_t index[MANY];
    static struct list_data *none[MANY];
    struct testjob *j = testjob_new(&digested);
    char why[COMPILE_WHY_MAX] = "", nothing_said[] = "", name[] = "x";
    uint8_t *bytes = NULL;
    size_t len = 0;
    for (size_t i = 0; i < MANY; i++) {
        list[i] = (struct conf_list){.name = name, .format = name, .txt = nothing_said};
        index[i] = i;
    }
    struct conf conf = {.lists = list, .nlists = MANY};
    struct conf_zone zone = j->zone;
    zone.lists = index;
    zone.nlists = MANY;
    zone.nsub = zone.nexclude = 0;
    struct compile_job job = {.conf = &conf, .zone = &zone, .lists = none};
    ck_assert_ptr_nonnull(testzone_compile(&job, &bytes, &len, why));
    ck_assert_ptr_nonnull(strstr(why, "too many lists"));
    ck_assert_ptr_null(bytes);
    zone.nlists = 250;
    ck_assert_ptr_null(testzone_compile(&job, &bytes, &len, why));
    free(bytes);
    testjob_free(j);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("compile");
    TCase *tc = tcase_create("answers");
    tcase_add_test(tc, union_in_order_of_configuration);
    tcase_add_test(tc, bitmask);
    tcase_add_test(tc, exclusion_wins_over_every_list);
    tcase_add_loop_test(tc, test_points, 0, sizeof(points) / sizeof(*points));
    tcase_add_test(tc, no_test_points);
    tcase_add_test(tc, lists_answer_for_test_points_they_have);
    suite_add_tcase(s, tc);
    tc = tcase_create("image");
    tcase_add_test(tc, header_and_sources);
    tcase_add_test(tc, soa);
    tcase_add_loop_test(tc, serial_of_files, 0, sizeof(serials) / sizeof(*serials));
    tcase_add_loop_test(tc, same_input_same_bytes, 0, 2);
    tcase_add_loop_test(tc, inputs, 0, sizeof(changes) / sizeof(*changes));
    tcase_add_test(tc, inputs_stand_in_the_image);
    tcase_add_test(tc, too_many_lists);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
