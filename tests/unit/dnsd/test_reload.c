/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of real images, changed under the eyes of reload_scan(). */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnsd/reload.h"
#include "lib/log.h"
#include "tests/common/testzone.h"

static char dir[64];
static struct conf_zone zones[1];
static struct conf conf;
static struct zoneset_point point;
static struct stats *stats;
static struct reload *reload;

static void setup(void)
{
    static char configured[] = "bl.test";
    snprintf(dir, sizeof dir, "/tmp/rbl-reload-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    zones[0] = (struct conf_zone){.text = configured};
    conf = (struct conf){.paths.images = dir, .zones = zones, .nzones = 1};
    point = (struct zoneset_point){NULL};
    stats = stats_alloc(1);
    struct reload_config cfg = {.conf = &conf, .point = &point, .stats = stats};
    reload = reload_new(&cfg);
    ck_assert_ptr_nonnull(reload);
}

static void teardown(void)
{
    char command[96];
    reload_free(reload);
    if (zoneset_peek(&point))
        zoneset_publish(&point, NULL);
    free(stats);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

static void path_of(const char *file, char path[static 128])
{
    snprintf(path, 128, "%s/%s", dir, file);
}

/* As a publisher does: written beside, renamed over. */
static void put(const char *file, const uint8_t *bytes, size_t len)
{
    char temp[128], path[128];
    path_of(".new", temp);
    path_of(file, path);
    FILE *f = fopen(temp, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(rename(temp, path), 0);
}

static void put_zone(const char *file, const char *zone, uint32_t serial)
{
    size_t len;
    struct testzone z = {.name = zone,
                         .serial = serial,
                         .list = {{.name = "one", .entries = "192.0.2.1\n192.0.2.2\n"}}};
    uint8_t *bytes = testzone_bytes(&z, &len);
    put(file, bytes, len);
    free(bytes);
}

static void drop(const char *file)
{
    char path[128];
    path_of(file, path);
    ck_assert_int_eq(unlink(path), 0);
}

static uint64_t count(enum stats_counter which)
{
    uint64_t sum[STATS_N];
    stats_sum(stats, 1, sum);
    return sum[which];
}

static uint64_t generation(void)
{
    return zoneset_peek(&point)->generation;
}

/* What the published set says about a zone: -1 not in it, 0 not loaded, else its serial. */
static int64_t served(const char *zone)
{
    struct name name;
    ck_assert_ptr_null(name_parse(zone, strlen(zone), &name));
    const struct zonetab *tab = zoneset_peek(&point)->tab;
    for (size_t i = 0; i < zonetab_count(tab); i++) {
        const struct zonetab_zone *z = zonetab_get(tab, i);
        if (name_equal(&z->name, &name))
            return z->image ? z->image->h->serial : 0;
    }
    return -1;
}

static struct reload_status status_of(const char *zone)
{
    struct reload_status s;
    for (size_t i = 0; i < reload_count(reload); i++) {
        reload_get(reload, i, &s);
        if (strcmp(s.zone, zone) == 0)
            return s;
    }
    return (struct reload_status){0};
}

static bool scan(void)
{
    return reload_scan(reload, RELOAD_NOTICED);
}

START_TEST(empty_directory)
{
    ck_assert(!scan());
    ck_assert_int_eq(served("bl.test"), 0);
    ck_assert_uint_eq(generation(), 1);
    ck_assert_ptr_null(status_of("bl.test").img);
}
END_TEST

START_TEST(image_comes_changes_goes)
{
    put_zone("bl.test.rbl", "bl.test", 7);
    ck_assert(scan());
    ck_assert_int_eq(served("bl.test"), 7);
    put_zone("bl.test.rbl", "bl.test", 8);
    ck_assert(scan());
    ck_assert_int_eq(served("bl.test"), 8);
    drop("bl.test.rbl");
    ck_assert(!scan());
    ck_assert_int_eq(served("bl.test"), 0);
    ck_assert_uint_eq(generation(), 3);
    ck_assert_uint_eq(count(STAT_IMAGES_LOADED), 2);
    ck_assert_uint_eq(count(STAT_IMAGES_RETIRED), 1);
}
END_TEST

START_TEST(nothing_changed_nothing_done)
{
    put_zone("bl.test.rbl", "bl.test", 7);
    put("bad.test.rbl", (const uint8_t *)"junk", 4);
    scan();
    const struct image *img = status_of("bl.test").img;
    for (int i = 0; i < 3; i++)
        scan();
    ck_assert_uint_eq(generation(), 1);
    ck_assert_ptr_eq(status_of("bl.test").img, img);
    ck_assert_uint_eq(count(STAT_IMAGES_LOADED), 1);
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
    ck_assert_uint_eq(count(STAT_RELOADS), 4);
    ck_assert_uint_eq(count(STAT_RELOAD_FAILURES), 1);
}
END_TEST

START_TEST(many_changes_one_swap)
{
    scan();
    put_zone("bl.test.rbl", "bl.test", 7);
    put_zone("other.test.rbl", "other.test", 9);
    ck_assert(scan());
    ck_assert_uint_eq(generation(), 2);
    ck_assert_int_eq(served("bl.test"), 7);
    ck_assert_int_eq(served("other.test"), 9);
}
END_TEST

START_TEST(unconfigured_zone_leaves_with_its_file)
{
    put_zone("other.test.rbl", "other.test", 9);
    scan();
    ck_assert_int_eq(served("other.test"), 9);
    drop("other.test.rbl");
    scan();
    ck_assert_int_eq(served("other.test"), -1);
    ck_assert_uint_eq(reload_count(reload), 1);
}
END_TEST

START_TEST(other_images_stay_untouched)
{
    put_zone("bl.test.rbl", "bl.test", 7);
    put_zone("other.test.rbl", "other.test", 9);
    scan();
    const struct image *img = status_of("bl.test").img;
    put_zone("other.test.rbl", "other.test", 10);
    ck_assert(scan());
    ck_assert_ptr_eq(status_of("bl.test").img, img);
    ck_assert_int_eq(served("other.test"), 10);
}
END_TEST

/* Ways to be no image.  Each stands where a good one is served. */
enum damage { JUNK, EMPTY, CUT, FLIPPED, WRONG_ZONE, DIRECTORY };
static const enum damage damages[] = {JUNK, EMPTY, CUT, FLIPPED, WRONG_ZONE, DIRECTORY};

static void put_damaged(enum damage how)
{
    size_t len;
    char path[128];
    struct testzone z = {.name = how == WRONG_ZONE ? "other.test" : "bl.test", .serial = 99};
    uint8_t *bytes = testzone_bytes(&z, &len);
    path_of("bl.test.rbl", path);
    if (how == FLIPPED)
        bytes[len / 2] ^= 1;
    if (how == DIRECTORY) {
        drop("bl.test.rbl");
        ck_assert_int_eq(mkdir(path, 0755), 0);
    } else if (how == JUNK) {
        put("bl.test.rbl", (const uint8_t *)"<html>", 6);
    } else {
        put("bl.test.rbl", bytes, how == EMPTY ? 0 : how == CUT ? len - 1 : len);
    }
    free(bytes);
}

START_TEST(damage_keeps_the_old)
{
    put_zone("bl.test.rbl", "bl.test", 7);
    scan();
    put_damaged(damages[_i]);
    ck_assert(!scan());
    ck_assert_int_eq(served("bl.test"), 7);
    ck_assert_uint_eq(generation(), 1);
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
    ck_assert_uint_gt(strlen(status_of("bl.test").problem), 5);
    /* Once is enough. */
    scan();
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
    if (damages[_i] == DIRECTORY) {
        char path[128];
        path_of("bl.test.rbl", path);
        ck_assert_int_eq(rmdir(path), 0);
    }
    put_zone("bl.test.rbl", "bl.test", 8);
    ck_assert(scan());
    ck_assert_int_eq(served("bl.test"), 8);
    ck_assert_str_eq(status_of("bl.test").problem, "");
}
END_TEST

START_TEST(asking_tries_a_refused_file_again)
{
    put("bl.test.rbl", (const uint8_t *)"junk", 4);
    scan();
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
    ck_assert(!reload_scan(reload, RELOAD_ASKED));
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 2);
}
END_TEST

/* Files that are none of our business. */
static const char *const ignored[] = {".bl.test.rbl", "bl.test.rbl.tmp", "bl.test", ".rbl",
                                      "rbl",          ".tmp.rbl"};

START_TEST(other_files_are_ignored)
{
    put_zone(ignored[_i], "bl.test", 7);
    scan();
    ck_assert_int_eq(served("bl.test"), 0);
    ck_assert_uint_eq(count(STAT_IMAGES_LOADED) + count(STAT_IMAGES_REFUSED), 0);
    ck_assert_uint_eq(reload_count(reload), 1);
}
END_TEST

/* Names that are not the zone's own: else two files could stand for one zone. */
static const char *const aliases[] = {"BL.test.rbl", "bl.test..rbl", "b\\108.test.rbl"};

START_TEST(only_the_zones_own_name)
{
    put_zone(aliases[_i], "bl.test", 7);
    scan();
    ck_assert_int_eq(served("bl.test"), 0);
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
}
END_TEST

START_TEST(lost_directory_changes_nothing)
{
    char away[80];
    put_zone("bl.test.rbl", "bl.test", 7);
    scan();
    snprintf(away, sizeof away, "%s.away", dir);
    ck_assert_int_eq(rename(dir, away), 0);
    ck_assert(!scan());
    ck_assert(!scan());
    ck_assert_int_eq(served("bl.test"), 7);
    ck_assert_uint_eq(count(STAT_IMAGES_RETIRED), 0);
    ck_assert_int_eq(rename(away, dir), 0);
    ck_assert(scan());
    ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(written_in_place_is_noticed)
{
    char path[128];
    struct stat before;
    put_zone("bl.test.rbl", "bl.test", 7);
    scan();
    /* Same inode, same size, same modification time: only the change time tells. */
    path_of("bl.test.rbl", path);
    ck_assert_int_eq(stat(path, &before), 0);
    int fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, "X", 1, 0), 1);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
    ck_assert(!scan());
    ck_assert_int_eq(served("bl.test"), 7);
    ck_assert_uint_eq(count(STAT_IMAGES_REFUSED), 1);
}
END_TEST

int main(void)
{
    log_open("test_reload");
    Suite *suite = suite_create("reload");
    TCase *tc = tcase_create("reload");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, empty_directory);
    tcase_add_test(tc, image_comes_changes_goes);
    tcase_add_test(tc, nothing_changed_nothing_done);
    tcase_add_test(tc, many_changes_one_swap);
    tcase_add_test(tc, unconfigured_zone_leaves_with_its_file);
    tcase_add_test(tc, other_images_stay_untouched);
    tcase_add_loop_test(tc, damage_keeps_the_old, 0, sizeof damages / sizeof damages[0]);
    tcase_add_test(tc, asking_tries_a_refused_file_again);
    tcase_add_loop_test(tc, other_files_are_ignored, 0, sizeof ignored / sizeof ignored[0]);
    tcase_add_loop_test(tc, only_the_zones_own_name, 0, sizeof aliases / sizeof aliases[0]);
    tcase_add_test(tc, lost_directory_changes_nothing);
    tcase_add_test(tc, written_in_place_is_noticed);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
