/* SPDX-License-Identifier: BSD-2-Clause */
/* What a good configuration becomes. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/lib/conf_text.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define LIST_A      "list a { url = \"file:/a\" }\n"
#define LIST_B      "list b { url = \"file:/b\" }\n"

struct time_row {
    const char *text;
    bool good;
    unsigned value;
};

static const struct time_row time_rows[] = {
    {"0", true, 0},
    {"90", true, 90},
    {"5s", true, 5},
    {"15m", true, 900},
    {"1h", true, 3600},
    {"7d", true, 604800},
    {"2w", true, 1209600},
    {"2147483647", true, 2147483647},
    {"007", true, 7},
    /* too big, alone or once multiplied */
    {"2147483648", false, 0},
    {"35791395m", false, 0},
    {"99999999999999999999", false, 0},
    {"18446744073709551617", false, 0},
    /* not a number with one unit */
    {"", false, 0},
    {"m", false, 0},
    {"5x", false, 0},
    {"5M", false, 0},
    {"1h30m", false, 0},
    {"5 m", false, 0},
    {" 5", false, 0},
    {"5m ", false, 0},
    {"-5", false, 0},
    {"+5", false, 0},
    {"0x10", false, 0},
    {"1.5h", false, 0},
};

START_TEST(times)
{
    const struct time_row *row = &time_rows[_i];
    unsigned value = 4242;
    ck_assert_int_eq(conf_parse_time(row->text, &value), row->good);
    ck_assert_uint_eq(value, row->good ? row->value : 4242);
}
END_TEST

struct size_row {
    const char *text;
    bool good;
    uint64_t value;
};

static const struct size_row size_rows[] = {
    {"0", true, 0},
    {"100", true, 100},
    {"8K", true, 8192},
    {"64M", true, 67108864},
    {"2G", true, 2147483648u},
    {"8589934591G", true, 9223372035781033984u},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"8589934592G", false, 0},
    {"18446744073709551616", false, 0},
    {"", false, 0},
    {"K", false, 0},
    {"64m", false, 0},
    {"64MB", false, 0},
    {"64T", false, 0},
    {"6.4M", false, 0},
};

START_TEST(sizes)
{
    const struct size_row *row = &size_rows[_i];
    uint64_t value = 4242;
    ck_assert_int_eq(conf_parse_size(row->text, &value), row->good);
    ck_assert_uint_eq(value, row->good ? row->value : 4242);
}
END_TEST

START_TEST(empty_text)
{
    struct conf *c = load_good("");
    ck_assert_uint_eq(c->nlists, 0);
    ck_assert_uint_eq(c->nzones, 0);
    ck_assert_uint_eq(c->server.nlisten, 2);
    ck_assert_str_eq(c->server.listen[1].text, "[::1]:53");
    ck_assert_uint_ge(c->server.workers, 1);
    conf_free(c);
}
END_TEST

START_TEST(server)
{
    struct conf *c =
        load_good("server {\n listen = { \"192.0.2.1:5300\", \"[2001:db8::1]:65535\" }\n"
                  " workers = 3 user = _rbl$ tcp-connections = 7 tcp-idle = 1m\n"
                  " allow-query = { 0.0.0.0/0, \"2001:db8::/32\", 192.0.2.7 } }\n");
    const struct conf_server *s = &c->server;

    ck_assert_uint_eq(s->nlisten, 2);
    struct sockaddr_in sin;
    memcpy(&sin, &s->listen[0].addr, sizeof(sin));
    ck_assert_uint_eq(s->listen[0].addrlen, sizeof(sin));
    ck_assert_int_eq(sin.sin_family, AF_INET);
    ck_assert_uint_eq(ntohs(sin.sin_port), 5300);
    ck_assert_uint_eq(ntohl(sin.sin_addr.s_addr), 0xc0000201);
    struct sockaddr_in6 sin6;
    memcpy(&sin6, &s->listen[1].addr, sizeof(sin6));
    char text[INET6_ADDRSTRLEN];
    ck_assert_int_eq(sin6.sin6_family, AF_INET6);
    ck_assert_uint_eq(ntohs(sin6.sin6_port), 65535);
    ck_assert_str_eq(inet_ntop(AF_INET6, &sin6.sin6_addr, text, sizeof(text)), "2001:db8::1");

    ck_assert_uint_eq(s->workers, 3);
    ck_assert_str_eq(s->user, "_rbl$");
    ck_assert_uint_eq(s->tcp_connections, 7);
    ck_assert_uint_eq(s->tcp_idle, 60);
    ck_assert_uint_eq(s->nallow_query, 3);
    ck_assert_uint_eq(s->allow_query[0].len, 0);
    ck_assert_uint_eq(s->allow_query[1].family, 6);
    ck_assert_uint_eq(s->allow_query[2].len, 32);
    conf_free(c);
}
END_TEST

START_TEST(append_to_default)
{
    struct conf *c = load_good("server { allow-query += { \"192.0.2.0/24\" } }");
    ck_assert_uint_eq(c->server.nallow_query, 3);
    ck_assert_uint_eq(c->server.allow_query[2].addr.lo, 0xc0000200);
    conf_free(c);
}
END_TEST

START_TEST(list)
{
    struct conf *c =
        load_good("# first\n\nlist x.y_z-1 {\n"
                  " url = \"https://h.example/l?a=b#c\" format = domains refresh = 2w\n"
                  " a = 127.0.0.255 txt = \"\" max-size = 2G connect-timeout = 1\n"
                  " stall-timeout = 2s timeout = 3m may-be-empty = on\n}\n");
    ck_assert_uint_eq(c->nlists, 1);
    const struct conf_list *l = &c->lists[0];
    ck_assert_str_eq(l->name, "x.y_z-1");
    ck_assert_str_eq(l->url, "https://h.example/l?a=b#c");
    ck_assert_str_eq(l->format, "domains");
    ck_assert_uint_eq(l->refresh, 1209600);
    ck_assert_uint_eq(l->a, 0x7f0000ff);
    ck_assert_str_eq(l->txt, "");
    ck_assert_uint_eq(l->max_size, 2147483648u);
    ck_assert_uint_eq(l->connect_timeout, 1);
    ck_assert_uint_eq(l->stall_timeout, 2);
    ck_assert_uint_eq(l->timeout, 180);
    ck_assert(l->may_be_empty);
    ck_assert_uint_eq(l->line, 3);
    conf_free(c);
}
END_TEST

struct string_row {
    const char *written;
    const char *read;
};

static const struct string_row string_rows[] = {
    {"\"see https://psbl.org/listing?ip=$\"", "see https://psbl.org/listing?ip=$"},
    {"\"$ and $$ and $HOME\"", "$ and $$ and $HOME"},
    {"\"${HOME}\"", "${HOME}"},
    {"\"a ${HOME:-x} $${HOME} b\"", "a ${HOME:-x} $${HOME} b"},
    {"'${HOME}'", "${HOME}"},
    {"\"# no comment // nor /* this */\"", "# no comment // nor /* this */"},
    {"\"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c"},
    {"\"\\\\${HOME}\"", "\\${HOME}"},
    {"'a \"b\" \\' \\n \\\\ c'", "a \"b\" ' \\n \\ c"},
    {"\"it's { } ( ) = , * +\"", "it's { } ( ) = , * +"},
    {"\"two \\\nlines\"", "two lines"},
    {"\"b\303\274cher\"", "b\303\274cher"},
    {"word", "word"},
    {"\"$ is listed in NAME\"", "$ is listed in a"},
    {"\"\"", ""},
};

/* What a list says of format and text; the text that comes of it. */
static const struct {
    const char *written, *read;
} txt_rows[] = {
    {"", "$ is listed in a"},
    {"format = domains", "$ is listed in a"},
    {"format = 'rbldnsd:ip4set'", ""},
    {"format = 'rbldnsd:acl'", ""},
    {"txt = 'own $' format = 'rbldnsd:ip4set'", "own $"},
    {"format = 'rbldnsd:dnset' txt = ''", ""},
};

START_TEST(default_txt)
{
    char text[256];
    snprintf(text, sizeof(text), "list a { url = \"file:/a\" %s }", txt_rows[_i].written);
    struct conf *c = load_good(text);
    ck_assert_str_eq(c->lists[0].txt, txt_rows[_i].read);
    ck_assert_uint_eq(c->lists[0].a, 0x7f000002);
    conf_free(c);
}
END_TEST

START_TEST(strings)
{
    const struct string_row *row = &string_rows[_i];
    char text[256];
    snprintf(text, sizeof(text), "list a { url = \"file:/a\" txt = %s }", row->written);
    struct conf *c = load_good(text);
    ck_assert_str_eq(c->lists[0].txt, row->read);
    conf_free(c);
}
END_TEST

START_TEST(whole_zone)
{
    struct conf *c = load_good(
        LIST_A LIST_B "list c { url = \"file:/c\" }\n"
                      "zone \"BL.Example.\" { lists = { b, a } exclude = c combine = bitmask\n"
                      " ns = { \"ns1.bl.example 192.0.2.53 2001:db8::53\", \"ns.example.net.\" }\n"
                      " soa-mname = mname.example soa-rname = \"John.Doe@Example\"\n"
                      " soa-ttl = 1 soa-refresh = 2 soa-retry = 3 soa-expire = 60 ttl = 5\n"
                      " negative-ttl = 6 test-points = no test-a = 127.1.2.3 test-txt = t\n"
                      " sub usa { lists = { a } } sub x.y { lists = { b, a } } }\n");
    const struct conf_zone *z = &c->zones[0];
    char text[NAME_TEXT_MAX];

    ck_assert_str_eq(z->text, "bl.example");
    ck_assert_uint_eq(z->line, 4);
    ck_assert_uint_eq(z->nlists, 2);
    ck_assert_uint_eq(z->lists[0], 1);
    ck_assert_uint_eq(z->lists[1], 0);
    ck_assert_uint_eq(z->nexclude, 1);
    ck_assert_uint_eq(z->exclude[0], 2);
    ck_assert_int_eq(z->combine, CONF_COMBINE_BITMASK);
    ck_assert_uint_eq(z->nns, 2);
    ck_assert(z->ns[0].has_a && z->ns[0].has_aaaa && !z->ns[1].has_a && !z->ns[1].has_aaaa);
    ck_assert_uint_eq(z->ns[0].a, 0xc0000235);
    ck_assert_uint_eq(z->ns[0].aaaa.lo, 0x53);
    name_format(text, z->ns[1].name.wire, z->ns[1].name.len);
    ck_assert_str_eq(text, "ns.example.net");
    name_format(text, z->mname.wire, z->mname.len);
    ck_assert_str_eq(text, "mname.example");
    name_format(text, z->rname.wire, z->rname.len);
    ck_assert_str_eq(text, "john\\.doe.example");
    const uint32_t numbers[] = {z->soa_ttl,    z->soa_refresh, z->soa_retry,
                                z->soa_expire, z->ttl,         z->negative_ttl};
    const uint32_t wanted[] = {1, 2, 3, 60, 5, 6};
    ck_assert_mem_eq(numbers, wanted, sizeof(wanted));
    ck_assert(!z->test_points);
    ck_assert_uint_eq(z->test_a, 0x7f010203);
    ck_assert_str_eq(z->test_txt, "t");
    ck_assert_uint_eq(z->nsub, 2);
    ck_assert_uint_eq(z->sub[0].nlists, 1);
    ck_assert_uint_eq(z->sub[1].nlists, 2);
    ck_assert_mem_eq(z->sub[1].name.wire, "\1x\1y", 5);
    conf_free(c);
}
END_TEST

struct soa_row {
    const char *options;
    const char *mname, *rname;
};

static const struct soa_row soa_rows[] = {
    {"", "localhost", "hostmaster.z.test"},
    {"ns = { n1.test, n2.test }", "n1.test", "hostmaster.z.test"},
    {"ns = n1.test soa-mname = M.test", "m.test", "hostmaster.z.test"},
    {"soa-rname = \"a@b.test\"", "localhost", "a.b.test"},
    {"soa-rname = \"a.b.test.\"", "localhost", "a.b.test"},
    {"soa-rname = \"a\\\\.b.test\"", "localhost", "a\\.b.test"},
};

START_TEST(soa)
{
    const struct soa_row *row = &soa_rows[_i];
    char text[NAME_TEXT_MAX], conf[256];

    snprintf(conf, sizeof(conf), LIST_A "zone z.test { lists = a %s }", row->options);
    struct conf *c = load_good(conf);
    name_format(text, c->zones[0].mname.wire, c->zones[0].mname.len);
    ck_assert_str_eq(text, row->mname);
    name_format(text, c->zones[0].rname.wire, c->zones[0].rname.len);
    ck_assert_str_eq(text, row->rname);
    conf_free(c);
}
END_TEST

START_TEST(networks_of_the_server)
{
    struct conf *c = load_good("server { listen = '127.0.0.1:53' proxy-listen = '[::1]:5353' "
                               "proxy-from = { '10.0.0.0/8', '::1/128' } "
                               "rate-limit-allow = '192.0.2.0/24' }" LIST_A);
    const struct conf_server *s = &c->server;
    ck_assert_uint_eq(s->nlisten, 2);
    ck_assert(!s->listen[0].proxy && s->listen[1].proxy);
    ck_assert_uint_eq(s->nproxy_from, 2);
    ck_assert_uint_eq(s->proxy_from[0].len, 8);
    ck_assert_uint_eq(s->proxy_from[1].family, 6);
    ck_assert_uint_eq(s->nrate_limit_allow, 1);
    ck_assert_uint_eq(s->rate_limit_allow[0].len, 24);
    conf_free(c);
}
END_TEST

static const struct {
    const char *written;
    char read;
} separator_rows[] = {{"tab", '\t'}, {"blank", ' '}, {"','", ','}, {"''", '\0'}};

START_TEST(separators)
{
    char conf[128];
    snprintf(conf, sizeof conf, "list a { url = 'file:/a' separator = %s }",
             separator_rows[_i].written);
    struct conf *c = load_good(conf);
    ck_assert_int_eq(c->lists[0].separator, separator_rows[_i].read);
    conf_free(c);
}
END_TEST

START_TEST(order_does_not_matter)
{
    struct conf *c = load_good("zone z { lists = { b } exclude = { a } }\n" LIST_A LIST_B);
    ck_assert_uint_eq(c->zones[0].lists[0], 1);
    ck_assert_uint_eq(c->zones[0].exclude[0], 0);
    conf_free(c);
}
END_TEST

START_TEST(zone_of_subs_alone)
{
    struct conf *c = load_good(LIST_A "zone z { sub all { lists = { a } } }\n");
    ck_assert_uint_eq(c->zones[0].nlists, 0);
    ck_assert_uint_eq(c->zones[0].sub[0].nlists, 1);
    conf_free(c);
}
END_TEST

START_TEST(longest_names)
{
    char zone[CONF_ZONE_MAX + 1], text[1024];

    for (size_t i = 0; i < CONF_ZONE_MAX; i++)
        zone[i] = i % 64 == 63 ? '.' : 'z';
    zone[CONF_ZONE_MAX] = '\0';
    snprintf(text, sizeof(text), LIST_A "zone \"%s.\" { lists = a }", zone);
    struct conf *c = load_good(text);
    ck_assert_str_eq(c->zones[0].text, zone);
    ck_assert_uint_eq(c->zones[0].name.len, CONF_ZONE_MAX + 2);
    ck_assert(name_is_under(&c->zones[0].rname, &c->zones[0].name));
    conf_free(c);
}
END_TEST

START_TEST(find)
{
    struct conf *c = load_good(LIST_A LIST_B "zone a.test { lists = a } zone B.test { lists = b }");
    ck_assert_int_eq(conf_find_list(c, "b"), 1);
    ck_assert_int_eq(conf_find_list(c, "B"), -1);
    ck_assert_int_eq(conf_find_list(c, ""), -1);
    ck_assert_int_eq(conf_find_zone(c, "a.test"), 0);
    ck_assert_int_eq(conf_find_zone(c, "b.TEST."), 1);
    ck_assert_int_eq(conf_find_zone(c, "test"), -1);
    ck_assert_int_eq(conf_find_zone(c, "a..test"), -1);
    conf_free(c);
}
END_TEST

static bool only_plain(const char *format)
{
    return strcmp(format, "plain") == 0;
}

START_TEST(formats)
{
    char *said;
    struct conf *c = load_saying(LIST_A, only_plain, &said);
    ck_assert_ptr_nonnull(c);
    conf_free(c);
    free(said);
    c = load_saying("list a { url = \"file:/a\"\n format = csv }", only_plain, &said);
    ck_assert_ptr_null(c);
    ck_assert_ptr_nonnull(strstr(said, "t:2: list a: format: 'csv' is not a format; allowed: "));
    free(said);
}
END_TEST

START_TEST(free_null)
{
    conf_free(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conf");
    TCase *tc = tcase_create("conf");
    tcase_add_loop_test(tc, times, 0, ROWS(time_rows));
    tcase_add_loop_test(tc, sizes, 0, ROWS(size_rows));
    tcase_add_test(tc, empty_text);
    tcase_add_test(tc, server);
    tcase_add_test(tc, append_to_default);
    tcase_add_test(tc, list);
    tcase_add_loop_test(tc, default_txt, 0, sizeof(txt_rows) / sizeof(txt_rows[0]));
    tcase_add_loop_test(tc, strings, 0, ROWS(string_rows));
    tcase_add_test(tc, whole_zone);
    tcase_add_loop_test(tc, soa, 0, ROWS(soa_rows));
    tcase_add_test(tc, networks_of_the_server);
    tcase_add_loop_test(tc, separators, 0, ROWS(separator_rows));
    tcase_add_test(tc, order_does_not_matter);
    tcase_add_test(tc, zone_of_subs_alone);
    tcase_add_test(tc, longest_names);
    tcase_add_test(tc, find);
    tcase_add_test(tc, formats);
    tcase_add_test(tc, free_null);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
