/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/plan.h"

/* --- Lists --- */

#define NOW  1800000000
#define HOUR 3600

enum {
    TRUSTED = 1,
    FORCE = 2,
    NO_FETCH = 4,
    OTHER_ONLY = 8,
    THIS_ONLY = 16,
    MOVED = 32,
    NO_ID = 64
};

struct due_row {
    const char *url;
    unsigned refresh;
    int64_t tried;
    int flags;
    bool due;
};

static const char web[] = "http://host/list";

static const struct due_row due_rows[] = {
    /* time */
    {web, HOUR, 0, NO_ID, true},
    {web, HOUR, NOW, TRUSTED, false},
    {web, HOUR, NOW - HOUR / 2, TRUSTED, false},
    {web, HOUR, NOW - HOUR + HOUR / 10 + 1, TRUSTED, false},
    {web, HOUR, NOW - HOUR + PLAN_SLACK, TRUSTED, true},
    {web, HOUR, NOW - HOUR, TRUSTED, true},
    {web, HOUR, NOW + 1, TRUSTED, true},
    {web, 60, NOW - 53, TRUSTED, false},
    {web, 60, NOW - 54, TRUSTED, true},
    /* what is here */
    {web, HOUR, NOW - 1, 0, true},
    {web, HOUR, NOW - 1, NO_ID, false},
    {web, HOUR, NOW - 1, TRUSTED | MOVED, true},
    {"file:/list", HOUR, NOW, TRUSTED, true},
    {"file:list", HOUR, NOW, TRUSTED, true},
    /* options */
    {web, HOUR, NOW - 1, TRUSTED | FORCE, true},
    {web, HOUR, 0, NO_ID | NO_FETCH, false},
    {"file:/list", HOUR, 0, NO_ID | NO_FETCH | FORCE, false},
    {web, HOUR, 0, NO_ID | OTHER_ONLY, false},
    {web, HOUR, 0, NO_ID | OTHER_ONLY | FORCE, false},
    {web, HOUR, 0, NO_ID | THIS_ONLY, true},
    {web, HOUR, NOW - 1, TRUSTED | THIS_ONLY, false},
};

START_TEST(due)
{
    const struct due_row *row = &due_rows[_i];
    static const bool first[] = {true, false}, second[] = {false, true};
    char url[64];
    (void)snprintf(url, sizeof(url), "%s", row->url);
    struct conf_list conf = {.url = url, .refresh = row->refresh};
    struct list_run list = {.conf = &conf, .trusted = (row->flags & TRUSTED) != 0};
    list.state.tried = row->tried;
    list.state.origin = state_origin((row->flags & MOVED) != 0 ? "http://elsewhere/" : url);
    list.state.data.inode = (row->flags & NO_ID) != 0 ? 0 : 1;
    struct run_options o = {.force = (row->flags & FORCE) != 0,
                            .no_fetch = (row->flags & NO_FETCH) != 0};
    if ((row->flags & OTHER_ONLY) != 0)
        o.only = first;
    if ((row->flags & THIS_ONLY) != 0)
        o.only = second;
    ck_assert_int_eq(plan_due(&list, 1, &o, NOW), row->due);
}
END_TEST

/* Between the bounds, another one for each attempt and URL, and never before min-refresh. */
START_TEST(before_time)
{
    struct conf_list conf = {.url = (char[]){"http://host/list"}, .refresh = HOUR};
    struct list_run list = {.conf = &conf, .trusted = true};
    struct run_options usual = {.force = false};
    int64_t least = HOUR, most = 0, sum = 0;
    list.state.origin = state_origin(conf.url);
    list.state.data.inode = 1;
    for (int i = 0; i < 1000; i++) {
        list.state.tried = NOW + i;
        int64_t by = plan_early(&list), when = list.state.tried + HOUR - by;
        least = by < least ? by : least;
        most = by > most ? by : most;
        sum += by;
        ck_assert(!plan_due(&list, 0, &usual, when - 1));
        ck_assert(plan_due(&list, 0, &usual, when));
        conf.min_refresh = HOUR;
        ck_assert(!plan_due(&list, 0, &usual, when));
        conf.min_refresh = 0;
    }
    ck_assert_int_ge(least, PLAN_SLACK);
    ck_assert_int_le(most, HOUR / 10);
    ck_assert_int_lt(least, PLAN_SLACK + 10);
    ck_assert_int_gt(most, HOUR / 10 - 10);
    ck_assert_int_gt(sum / 1000, 190);
    ck_assert_int_lt(sum / 1000, 230);
    conf.refresh = 60;
    ck_assert_int_eq(plan_early(&list), 6);
    conf.refresh = 1;
    ck_assert_int_eq(plan_early(&list), 0);
}
END_TEST

struct wait_row {
    unsigned refresh;
    uint64_t failures, asked;
    int64_t least, most; /* seconds from now */
};

static const struct wait_row wait_rows[] = {
    {HOUR, 1, 0, 675, 900},
    {HOUR, 2, 0, 1350, 1800},
    {HOUR, 3, 0, 2700, 3600},
    {HOUR, 7, 0, 43200, 57600},
    {HOUR, 8, 0, 64800, 86400},
    {HOUR, UINT64_MAX, 0, 64800, 86400},
    {60, 1, 0, 225, 300},
    {30 * 24 * HOUR, 1, 0, 64800, 86400},
    /* what the publisher asks, within reason */
    {HOUR, 1, 60, 675, 900},
    {HOUR, 1, 7200, 7200, 7200},
    {HOUR, 1, UINT64_MAX, 86400, 86400},
};

START_TEST(waits)
{
    const struct wait_row *row = &wait_rows[_i];
    struct conf_list conf = {.refresh = row->refresh};
    for (uint64_t random = 0; random < 100000; random += 997) {
        int64_t wait = plan_wait(&conf, row->failures, row->asked, random, NOW) - NOW;
        ck_assert_int_ge(wait, row->least);
        ck_assert_int_le(wait, row->most);
    }
}
END_TEST

/* A list that failed is tried when its pause is over, not when refresh is. */
START_TEST(pauses)
{
    char url[] = "http://host/list";
    struct conf_list conf = {.url = url, .refresh = HOUR};
    struct list_run list = {.conf = &conf, .trusted = true};
    struct run_options usual = {.force = false}, force = {.force = true};
    list.state.tried = NOW - 2 * HOUR;
    list.state.origin = state_origin(url);
    list.state.wait = NOW + 1;
    ck_assert(!plan_due(&list, 0, &usual, NOW));
    ck_assert(plan_due(&list, 0, &force, NOW));
    list.state.tried = NOW - 600;
    list.state.wait = NOW;
    ck_assert(plan_due(&list, 0, &usual, NOW));
    list.state.wait = NOW + PLAN_PAUSE_MAX + 1; /* the clock was set back */
    ck_assert(plan_due(&list, 0, &usual, NOW));
    conf.min_refresh = 601;
    ck_assert(!plan_allowed(&list, NOW));
    ck_assert(!plan_due(&list, 0, &force, NOW));
    conf.min_refresh = 600;
    ck_assert(plan_due(&list, 0, &force, NOW));
    /* another publisher's limit starts anew */
    conf.min_refresh = HOUR;
    list.state.origin = 1;
    ck_assert(plan_due(&list, 0, &usual, NOW));
}
END_TEST

struct host_row {
    const char *a, *b;
    bool same;
};

static const struct host_row host_rows[] = {
    {"http://a.test/x", "http://a.test/y", true},
    {"http://a.test/x", "rsync://a.test/m/y", true},
    {"http://a.test/x", "http://A.Test:8080/x", true},
    {"http://a.test", "http://a.test?x=/", true},
    {"http://me:se@cret@a.test:80/x", "http://a.test/x", true},
    {"http://[2001:db8::1]:80/x", "http://[2001:DB8::1]/x", true},
    {"http://a.test/x", "http://b.test/x", false},
    {"http://a.test/x", "http://a.test.example/x", false},
    {"http://a.test/x", "http://b.test/@a.test/", false},
    {"http://[2001:db8::1]:80/x", "http://[2001:db8::2]/x", false},
    {"http://a.test/x", "file:/a.test/x", false},
    {"file:/x", "file:/x", false},
    {"file:x", "file:x", false},
    {"file:///x", "file:///x", false},
    {"http://", "http://", false},
    {"", "", false},
};

START_TEST(same_publisher)
{
    const struct host_row *r = &host_rows[_i];
    char *a = strdup(r->a), *b = strdup(r->b);
    ck_assert_int_eq(plan_same_publisher(a, b), r->same);
    ck_assert_int_eq(plan_same_publisher(b, a), r->same);
    free(a);
    free(b);
}
END_TEST

/* --- Zones --- */

static const char conf_text[] = "list one { url = \"file:/one\" }\n"
                                "list two { url = \"file:/two\" }\n"
                                "list allow { url = \"file:/allow\" }\n"
                                "list below { url = \"file:/below\" }\n"
                                "list idle { url = \"file:/idle\" }\n"
                                "zone \"z.test\" { lists = { \"one\", \"two\" }\n"
                                "  exclude = { \"allow\" }\n"
                                "  sub low { lists = { \"below\" } } }\n";
enum { ONE, TWO, ALLOW, BELOW, IDLE, NLISTS };

static struct conf *conf;
static struct list_data data[NLISTS];
static struct list_data *given[NLISTS];
static struct compile_job job;

/* An image as far as plan_zone() looks at it. */
static struct image_header header;
static struct image_source sources[NLISTS];
static struct image published;

static void setup(void)
{
    char path[] = "/tmp/rbl-plan-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, conf_text, sizeof(conf_text) - 1), (ssize_t)sizeof(conf_text) - 1);
    (void)close(fd);
    conf = conf_load(path, NULL, stderr);
    (void)unlink(path);
    ck_assert_ptr_nonnull(conf);
    ck_assert_uint_eq(conf->nlists, NLISTS);
    for (size_t i = 0; i < NLISTS; i++) {
        data[i] = (struct list_data){.conf = &conf->lists[i], .digest = 100 + i};
        given[i] = &data[i];
        memset(&sources[i], 0, sizeof(sources[i]));
        (void)snprintf(sources[i].name, sizeof(sources[i].name), "%s", conf->lists[i].name);
    }
    job = (struct compile_job){.conf = conf, .zone = &conf->zones[0], .lists = given};
    header = (struct image_header){.inputs = compile_inputs(&job), .serial = 5};
    published = (struct image){.h = &header, .sources = sources, .nsources = IDLE};
}

static void teardown(void)
{
    conf_free(conf);
}

static enum zone_verdict ask(const struct image *img, const char *missing)
{
    char why[RUN_WHY_MAX] = "untouched";
    enum zone_verdict v = plan_zone(&job, img, why);
    ck_assert_str_eq(why, missing);
    return v;
}

START_TEST(zone_lists)
{
    bool used[NLISTS] = {false, false, false, false, true};
    plan_zone_lists(conf, &conf->zones[0], used);
    ck_assert(used[ONE] && used[TWO] && used[ALLOW] && used[BELOW] && !used[IDLE]);
}
END_TEST

START_TEST(zone_current)
{
    ck_assert_int_eq(ask(&published, ""), ZONE_CURRENT);
    given[IDLE] = NULL;
    ck_assert_int_eq(ask(&published, ""), ZONE_CURRENT);
    ck_assert_int_eq(ask(NULL, ""), ZONE_BUILT);
}
END_TEST

START_TEST(zone_changed)
{
    /* The data of any list it reads, and nothing else. */
    for (size_t i = 0; i < NLISTS; i++) {
        data[i].digest++;
        ck_assert_int_eq(ask(&published, ""), i == IDLE ? ZONE_CURRENT : ZONE_BUILT);
        data[i].digest--;
    }
    conf->zones[0].ttl++;
    ck_assert_int_eq(ask(&published, ""), ZONE_BUILT);
}
END_TEST

START_TEST(zone_missing)
{
    /* Never had it: compiled from the others. */
    given[TWO] = NULL;
    ck_assert_int_eq(ask(NULL, "two"), ZONE_BUILT);
    sources[TWO].missing = 1;
    header.inputs = compile_inputs(&job);
    ck_assert_int_eq(ask(&published, "two"), ZONE_CURRENT);
    /* The published image has it: what it knows is not thrown away. */
    sources[TWO].missing = 0;
    ck_assert_int_eq(ask(&published, "two"), ZONE_KEPT);
    given[ALLOW] = NULL;
    ck_assert_int_eq(ask(&published, "two, allow"), ZONE_KEPT);
}
END_TEST

START_TEST(zone_empty_handed)
{
    given[ONE] = given[TWO] = given[BELOW] = NULL;
    ck_assert_int_eq(ask(NULL, "one, two, below"), ZONE_NO_DATA);
    /* A sub-name's list is something to answer. */
    given[BELOW] = &data[BELOW];
    ck_assert_int_eq(ask(NULL, "one, two"), ZONE_BUILT);
    given[BELOW] = NULL;
    ck_assert_int_eq(ask(&published, "one, two, below"), ZONE_KEPT);
}
END_TEST

/* --- Age --- */

struct age_row {
    unsigned expire;
    int64_t fetched, made, written;
    int64_t expires;
};

static const struct age_row age_rows[] = {
    {0, NOW, 0, 0, 0},
    {HOUR, 0, 0, 0, 0},
    {HOUR, NOW, 0, 0, NOW + HOUR},
    {HOUR, NOW, NOW - 60, 0, NOW - 60 + HOUR},
    {HOUR, NOW, 0, NOW - 60, NOW - 60 + HOUR},
    {HOUR, NOW, NOW - 7200, NOW - 60, NOW - 3600},
    /* ahead of the clock */
    {HOUR, NOW, NOW + 60, 0, NOW + HOUR},
    {HOUR, NOW, 0, NOW + 60, NOW + HOUR},
};

START_TEST(ages)
{
    const struct age_row *row = &age_rows[_i];
    struct conf_list list = {.expire = row->expire};
    ck_assert_int_eq(plan_expires(&list, row->fetched, row->made, row->written), row->expires);
}
END_TEST

struct stale_row {
    int64_t since, expires;
    bool expired;
};

static const struct stale_row stale_rows[] = {
    {0, 0, false},
    {0, NOW - 1, false}, /* this pass is the first to see it */
    {NOW, NOW - 1, false},
    {NOW - CONF_STALE_TIME + 1, NOW - 1, false},
    {NOW - CONF_STALE_TIME, NOW - 1, true},
    {NOW - CONF_STALE_TIME, NOW, false},
    {NOW - CONF_STALE_TIME, NOW + 1, false}, /* it was fetched */
    {NOW - CONF_STALE_TIME, 0, false},
    {NOW + 1, NOW - 1, false}, /* seen by a clock ahead of ours */
};

START_TEST(stale)
{
    const struct stale_row *row = &stale_rows[_i];
    struct list_state s = {.stale_since = row->since};
    ck_assert_int_eq(plan_is_expired(&s, row->expires, NOW), row->expired);
}
END_TEST

/* Lists that are too old are left out while others are left; the last ones end with the image. */
START_TEST(expired)
{
    data[ONE].expired = true;
    ck_assert_int_eq(ask(&published, "one"), ZONE_BUILT);
    header.inputs = compile_inputs(&job);
    ck_assert_int_eq(ask(&published, "one"), ZONE_CURRENT);
    data[TWO].expired = true;
    ck_assert_int_eq(ask(&published, "one, two"), ZONE_BUILT); /* "below" is left */
    data[BELOW].expired = true;
    ck_assert_int_eq(ask(&published, "one, two, below"), ZONE_EXPIRED);
    ck_assert_int_eq(ask(NULL, "one, two, below"), ZONE_NO_DATA);
    /* what is taken out does not come back for its age */
    data[ONE].expired = data[TWO].expired = data[BELOW].expired = false;
    header.inputs = compile_inputs(&job);
    data[ALLOW].expired = true;
    ck_assert_int_eq(ask(&published, ""), ZONE_CURRENT);
    for (size_t i = 0; i < NLISTS; i++)
        data[i].expired = false;
}
END_TEST

/* An image's end moves when half of the time to it is over. */
START_TEST(renewed)
{
    conf->lists[ONE].expire = 4 * HOUR;
    header.inputs = compile_inputs(&job);
    job.now = NOW;
    data[ONE].expires = NOW + 4 * HOUR;
    sources[ONE].expires = NOW + 2 * HOUR;
    ck_assert_int_eq(ask(&published, ""), ZONE_CURRENT);
    sources[ONE].expires = NOW + 2 * HOUR - 1;
    ck_assert_int_eq(ask(&published, ""), ZONE_BUILT);
    data[ONE].expires = sources[ONE].expires; /* nothing newer is known */
    ck_assert_int_eq(ask(&published, ""), ZONE_CURRENT);
    sources[ONE].expires = NOW + 9 * HOUR; /* made by a clock ahead of ours */
    ck_assert_int_eq(ask(&published, ""), ZONE_BUILT);
}
END_TEST

struct serial_row {
    int64_t now;
    uint32_t last, next;
};

static const struct serial_row serial_rows[] = {
    {NOW, 5, NOW},
    {NOW, NOW - 1, NOW},
    {NOW, NOW, NOW + 1},
    {NOW, NOW + 1, NOW + 2},
    {NOW, NOW + 100000000, NOW + 100000001},
    /* RFC 1982: across the wrap of 2106 */
    {0x100000005, 0xfffffff0, 5},
    {0xffffffff, 0xffffffff, 0},
    {0xfffffffe, 0, 1},
    /* half the circle ahead is not ahead */
    {0x80000004, 5, 0x80000004},
    {0x80000005, 5, 6},
};

START_TEST(serial)
{
    const struct serial_row *row = &serial_rows[_i];
    header.serial = row->last;
    ck_assert_uint_eq(plan_serial(row->now, &published), row->next);
    ck_assert_uint_eq(plan_serial(row->now, NULL), (uint32_t)row->now);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("plan");
    TCase *lists = tcase_create("lists"), *zones = tcase_create("zones");
    tcase_add_loop_test(lists, waits, 0, sizeof(wait_rows) / sizeof(wait_rows[0]));
    tcase_add_test(lists, pauses);
    tcase_add_loop_test(lists, ages, 0, ROWS(age_rows));
    tcase_add_loop_test(lists, stale, 0, ROWS(stale_rows));
    tcase_add_loop_test(lists, due, 0, ROWS(due_rows));
    tcase_add_test(lists, before_time);
    tcase_add_loop_test(lists, same_publisher, 0, ROWS(host_rows));
    tcase_add_checked_fixture(zones, setup, teardown);
    tcase_add_test(zones, zone_lists);
    tcase_add_test(zones, zone_current);
    tcase_add_test(zones, zone_changed);
    tcase_add_test(zones, zone_missing);
    tcase_add_test(zones, zone_empty_handed);
    tcase_add_test(zones, expired);
    tcase_add_test(zones, renewed);
    tcase_add_loop_test(zones, serial, 0, ROWS(serial_rows));
    suite_add_tcase(s, lists);
    suite_add_tcase(s, zones);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
