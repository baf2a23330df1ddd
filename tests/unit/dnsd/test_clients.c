/* SPDX-License-Identifier: BSD-2-Clause */
/* Access lists at work: two lists, global and the zone's own, and clients of both families. */
#include <check.h>
#include <stdio.h>

#include "tests/common/expect.h"

#define A(text)    .name = (text), .type = DNS_TYPE_A
#define TXT(text)  .name = (text), .type = DNS_TYPE_TXT
#define SOA(text)  .name = (text), .type = DNS_TYPE_SOA
#define BY(text)   .client = (text)
#define REFUSES    ECHOES(REFUSED)
#define ADDRESS    "4.3.2.1.z.test"
#define UNLISTED   "9.9.9.9.z.test"
#define SOA_RECORD "3600 SOA ns1.z.test. hostmaster.z.test. 1 7200 1800 604800 150"

/*
 * Client 10.G.Z.1 (fd00:G:Z:1::1) has action G of the global list and Z of the zone's own; 0 stands
 * for no entry.
 */
enum { NONE, PASS, IGNORE, REFUSE, EMPTY, VALUE, NACTIONS };
static const char *const actions[NACTIONS] = {NULL, ":pass", ":ignore", ":refuse", ":empty", NULL};

static char global_text[2000], own_text[6000];
static struct fixture fixture;

static void write_lists(void)
{
    size_t n = 0, m = 0;
    for (unsigned g = 0; g < NACTIONS; g++) {
        const char *says = g == VALUE ? ":5:global $" : actions[g];
        if (says)
            n += (size_t)snprintf(global_text + n, sizeof global_text - n,
                                  "10.%u/16 %s\nfd00:%u::/32 %s\n", g, says, g, says);
        for (unsigned z = 1; z < NACTIONS; z++) {
            says = z == VALUE ? ":6:own $" : actions[z];
            m += (size_t)snprintf(own_text + m, sizeof own_text - m,
                                  "10.%u.%u/24 %s\nfd00:%u:%u::/48 %s\n", g, z, says, g, z, says);
        }
    }
    /* Holes in wider rules, and a TTL of their own for the values of this list. */
    snprintf(own_text + m, sizeof own_text - m,
             "192.0.2.0/24 :refuse\n192.0.2.77 :pass\n192.0.2.128/25 :empty\n"
             "198.51.100.0/24\n$TTL 77\n");
}

static void open_fixture(void)
{
    static const struct testzone zone = {
        .name = "z.test",
        .ns = {{.name = "ns1.z.test", .a = "192.0.2.53"}},
        .no_test_points = true,
        .list = {{.name = "v4", .a = "127.0.0.3", .entries = "1.2.3.4\n"},
                 {.name = "v6", .a = "127.0.0.4", .entries = "2a00::/32\n"},
                 {.name = "n", .format = "domains", .entries = "bad.example\n"},
                 {.name = "r",
                  .format = "rbldnsd:generic",
                  .entries = "www A 192.0.2.80\n@ A 192.0.2.81\n"},
                 {.name = "global", .format = "rbldnsd:acl", .entries = global_text, .acl = true},
                 {.name = "own", .format = "rbldnsd:acl", .entries = own_text, .acl = true}}};
    static const struct testzone four = {
        .name = "four.test",
        .ns = {{.name = "ns1.four.test", .a = "192.0.2.53"}},
        .no_test_points = true,
        .list = {{.name = "v4", .format = "rbldnsd:ip4set", .entries = "# none\n"},
                 {.name = "a", .format = "rbldnsd:acl", .entries = "0/0 :9\n", .acl = true}}};
    static const struct testzone names = {
        .name = "names.test",
        .ns = {{.name = "ns1.names.test", .a = "192.0.2.53"}},
        .no_test_points = true,
        .list = {{.name = "n", .format = "domains", .entries = "bad.example\n"},
                 {.name = "a", .format = "rbldnsd:acl", .entries = "::/0 :9\n", .acl = true}}};
    static const struct testzone parts = {
        .name = "parts.test",
        .ns = {{.name = "ns1.parts.test", .a = "192.0.2.53"}},
        .no_test_points = true,
        .list = {{.name = "c",
                  .format = "rbldnsd:combined",
                  .entries = "$DATASET ip4set @ both\n# none\n$DATASET dnset sub both\nx\n"},
                 {.name = "a", .format = "rbldnsd:acl", .entries = "0/0 :9\n", .acl = true}}};
    static const struct testzone beside = {
        .name = "beside.test",
        .ns = {{.name = "ns1.beside.test", .a = "192.0.2.53"}},
        .no_test_points = true,
        .list = {{.name = "c",
                  .format = "rbldnsd:combined",
                  .entries = "$DATASET ip4set sub\n1.2.3.4\n"},
                 {.name = "n", .format = "rbldnsd:dnset", .entries = "x\n"},
                 {.name = "a", .format = "rbldnsd:acl", .entries = "0/0 :9\n", .acl = true}}};
    const struct testzone *const zones[] = {&zone, &four, &names, &parts, &beside};
    write_lists();
    fixture_open(&fixture, zones, 5, NULL);
}

static void close_fixture(void)
{
    fixture_close(&fixture);
}

/* --- both lists --- */

/* Of two the stronger: ignore, refuse, empty, value; of two values the global one. */
static unsigned rules(unsigned g, unsigned z)
{
    unsigned best = PASS;
    const unsigned both[] = {g, z};
    for (unsigned i = 0; i < 2; i++)
        if (both[i] > PASS && (best == PASS || both[i] < best))
            best = both[i];
    return best;
}

static void combination(unsigned g, unsigned z, bool six)
{
    char id[40], client[40], text[100];
    snprintf(client, sizeof client, six ? "fd00:%u:%u:1::1" : "10.%u.%u.1", g, z);
    snprintf(id, sizeof id, "%u %u", g, z);
    struct row listed = {.id = id, .ask = {A(ADDRESS), BY(client)}, SAYS("300 A 127.0.0.3")};
    struct row none = {.id = id, .ask = {TXT(UNLISTED), BY(client)}, IS(NXD)};
    struct row apex = {.id = id, .ask = {SOA("z.test"), BY(client)}, SAYS(SOA_RECORD)};
    switch (rules(g, z)) {
    case IGNORE:
        listed.shape = none.shape = apex.shape = SHAPE_DROP;
        break;
    case REFUSE:
        listed.shape = none.shape = apex.shape = SHAPE_ECHO;
        listed.rcode = none.rcode = apex.rcode = DNS_REFUSED;
        break;
    case EMPTY:
        listed.shape = SHAPE_NXD;
        break;
    case VALUE:
        listed.answer = g == VALUE ? "300 A 127.0.0.5" : "77 A 127.0.0.6";
        snprintf(text, sizeof text, "%s %s\"", g == VALUE ? "300 TXT \"global" : "77 TXT \"own",
                 client);
        none.shape = SHAPE_LISTED;
        none.answer = text;
        break;
    default:
        break;
    }
    expect_row(&fixture, &listed);
    expect_row(&fixture, &none);
    expect_row(&fixture, &apex);
}

START_TEST(combinations)
{
    for (unsigned z = 0; z < NACTIONS; z++) {
        combination((unsigned)_i, z, false);
        combination((unsigned)_i, z, true);
    }
}
END_TEST

/* --- one client each --- */

#define EMPTIED BY("10.4.0.1")
#define ALWAYS  BY("10.5.0.1")

static const struct row rows[] = {
    {"unknown client", {A(ADDRESS)}, SAYS("300 A 127.0.0.3")},
    {"unknown client, unlisted", {A(UNLISTED)}, IS(NXD)},
    {"no entry", {A(ADDRESS), BY("203.0.113.1")}, SAYS("300 A 127.0.0.3")},
    {"wider rule", {A(ADDRESS), BY("192.0.2.1")}, REFUSES},
    {"wider rule, EDNS", {A(ADDRESS), BY("192.0.2.1"), ASK_EDNS(1232)}, REFUSES, .ede = 18},
    {"wider rule, TCP", {A(ADDRESS), BY("192.0.2.1"), .tcp = true}, REFUSES},
    {"hole", {A(ADDRESS), BY("192.0.2.77")}, SAYS("300 A 127.0.0.3")},
    {"narrower rule", {A(ADDRESS), BY("192.0.2.128")}, IS(NXD)},
    {"other zone", {A("4.3.2.1.other.test"), BY("198.51.100.1")}, REFUSES},
    {"first of two, and the default", {A(ADDRESS), BY("198.51.100.1")}, IS(DROP)},
    {"ignored, TCP", {A(ADDRESS), BY("198.51.100.1"), .tcp = true}, IS(DROP)},
    {"mapped is IPv6", {A(ADDRESS), BY("::ffff:192.0.2.1")}, SAYS("300 A 127.0.0.3")},
    {"empty: name", {A("bad.example.z.test"), EMPTIED}, IS(NXD)},
    {"empty: above", {A("3.2.1.z.test"), EMPTIED}, IS(NXD)},
    {"empty: record", {A("www.z.test"), EMPTIED}, SAYS("300 A 192.0.2.80")},
    {"empty: record, other type", {TXT("www.z.test"), EMPTIED}, IS(NODATA)},
    {"empty: record of the apex", {A("z.test"), EMPTIED}, SAYS("300 A 192.0.2.81")},
    {"empty: name server", {A("ns1.z.test"), EMPTIED}, SAYS("300 A 192.0.2.53")},
    {"always: listed", {A(ADDRESS), ALWAYS}, SAYS("300 A 127.0.0.5")},
    {"always: name", {A("any.thing.z.test"), ALWAYS}, SAYS("300 A 127.0.0.5")},
    {"always: text", {TXT("any.thing.z.test"), ALWAYS}, SAYS("300 TXT \"global 10.5.0.1\"")},
    {"always: other type", {.name = "any.thing.z.test", .type = 15, ALWAYS}, IS(NODATA)},
    {"always: record", {A("www.z.test"), ALWAYS}, SAYS("300 A 192.0.2.80")},
    {"always: record of the apex", {A("z.test"), ALWAYS}, SAYS("300 A 192.0.2.81")},
    {"IPv4 alone: address", {A("9.9.9.9.four.test"), BY("192.0.2.1")}, SAYS("300 A 127.0.0.9")},
    {"IPv4 alone: part of one", {A("9.9.9.four.test"), BY("192.0.2.1")}, IS(NXD)},
    {"IPv4 alone: name", {A("any.thing.four.test"), BY("192.0.2.1")}, IS(NXD)},
    {"IPv4 alone: apex", {A("four.test"), BY("192.0.2.1")}, IS(NODATA)},
    {"0/0 is no IPv6 client", {A("9.9.9.9.four.test"), BY("fd00::1")}, IS(NXD)},
    {"names alone: name", {A("x.names.test"), BY("fd00::1")}, SAYS("300 A 127.0.0.9")},
    {"parts: address", {A("9.9.9.9.parts.test"), BY("192.0.2.1")}, SAYS("300 A 127.0.0.9")},
    {"parts: no names here", {A("x.parts.test"), BY("192.0.2.1")}, IS(NXD)},
    {"parts: names below", {A("y.sub.parts.test"), BY("192.0.2.1")}, SAYS("300 A 127.0.0.9")},
    {"parts: both, name", {A("y.both.parts.test"), BY("192.0.2.1")}, SAYS("300 A 127.0.0.9")},
    {"parts: both, address",
     {A("9.9.9.9.both.parts.test"), BY("192.0.2.1")},
     SAYS("300 A 127.0.0.9")},
    {"names beside parts: its name",
     {A("sub.beside.test"), BY("192.0.2.1")},
     SAYS("300 A 127.0.0.9")},
    {"parts: its name", {A("sub.parts.test"), BY("192.0.2.1")}, IS(NODATA)},
    {"names beside parts", {A("y.sub.beside.test"), BY("192.0.2.1")}, SAYS("300 A 127.0.0.9")},
    {"::/0 is no IPv4 client", {A("x.names.test"), BY("192.0.2.1")}, IS(NXD)},
};

START_TEST(row)
{
    expect_row(&fixture, &rows[_i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("clients");
    TCase *t = tcase_create("clients");
    tcase_add_unchecked_fixture(t, open_fixture, close_fixture);
    tcase_add_loop_test(t, combinations, 0, NACTIONS);
    tcase_add_loop_test(t, row, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
