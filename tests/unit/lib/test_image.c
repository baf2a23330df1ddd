/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening images: each fault of the header and of the file is refused with its own reason. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/answerset.h"
#include "tests/common/probe.h"
#include "tests/common/testzone.h"

static uint8_t *bytes;
static size_t len;
static struct image_header *h;

static void setup(void)
{
    bytes = testzone_bytes(&testzone_bl, &len);
    h = (struct image_header *)(void *)bytes;
}

static void teardown(void)
{
    free(bytes);
}

/* --- faults --- */

static void magic(void)
{
    h->magic[7] = 0;
}

static void version(void)
{
    h->version++;
}

static void header_len(void)
{
    h->header_len -= 8;
}

static void file_len(void)
{
    h->file_len++;
}

static void checksum(void)
{
    h->checksum ^= 1; /* after sealing, see below */
}

static void unaligned(void)
{
    h->section[IMAGE_CELLS].off += 8;
}

static void before_header(void)
{
    h->section[IMAGE_SOURCES].off = 0;
}

static void overlapping(void)
{
    h->section[IMAGE_CELLS].off = h->section[IMAGE_VIEWS].off;
}

static void past_end(void)
{
    h->section[IMAGE_FIXED].off += 1u << 30;
}

static void too_long(void)
{
    h->section[IMAGE_FIXED].len = h->file_len;
}

static void length_wraps(void)
{
    h->section[IMAGE_FIXED].len = UINT64_MAX - 3;
}

static void half_a_cell(void)
{
    h->section[IMAGE_CELLS].len -= 4;
}

static void zone_too_long(void)
{
    h->zone_len++;
}

static void zone_empty(void)
{
    h->zone_len = 0;
}

static void zone_label(void)
{
    h->zone[0] = 64;
}

static void end_unknown(void)
{
    h->expired_empty = 2;
}

static void no_views(void)
{
    h->section[IMAGE_VIEWS].len = 0;
}

static void no_sets(void)
{
    h->section[IMAGE_SETS].len = 0;
}

static void no_soa(void)
{
    h->section[IMAGE_FIXED].len = 0;
}

static void source_without_nul(void)
{
    memset(bytes + h->section[IMAGE_SOURCES].off, 'x', IMAGE_NAME_MAX);
}

static void view_with_sub(void)
{
    struct image_view *v = (struct image_view *)(void *)(bytes + h->section[IMAGE_VIEWS].off);
    v->sub_len = 3;
    memcpy(v->sub, "\1a", 3);
}

static void set_off_groups(void)
{
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    s[1].group = (uint32_t)h->section[IMAGE_GROUPS].len + 4;
}

static void set_unaligned(void)
{
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    s[1].group += 2;
}

static void set_off_texts(void)
{
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    s[1].texts = (uint32_t)h->section[IMAGE_TEXTS].len;
}

static void group_longer(void)
{
    struct image_group *g = (struct image_group *)(void *)(bytes + h->section[IMAGE_GROUPS].off);
    g->na++;
}

static void template_unknown(void)
{
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    bytes[h->section[IMAGE_TEXTS].off + s[1].texts] = TEXT_LAST + 1;
}

static void template_too_long(void)
{
    struct image_span t = h->section[IMAGE_TEXTS];
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    s[1].texts = (uint32_t)t.len - 2;
    bytes[t.off + t.len - 2] = TEXT_LAST;
    bytes[t.off + t.len - 1] = 1;
}

static void source_unknown(void)
{
    struct image_set *s = (struct image_set *)(void *)(bytes + h->section[IMAGE_SETS].off);
    uint8_t *g = bytes + h->section[IMAGE_GROUPS].off + s[1].group;
    struct image_group *group = (struct image_group *)(void *)g;
    group->rr[group->a_len + group->other_len] = 200;
}

static void rr_too_long(void)
{
    struct image_rr *rr = (struct image_rr *)(void *)(bytes + h->section[IMAGE_FIXED].off);
    rr->rdlen = 60000;
}

static void hole_outside(void)
{
    struct image_rr *rr = (struct image_rr *)(void *)(bytes + h->section[IMAGE_FIXED].off);
    rr->hole[1] = (uint16_t)(rr->rdlen - 1);
}

static void first_not_soa(void)
{
    struct image_rr *rr = (struct image_rr *)(void *)(bytes + h->section[IMAGE_FIXED].off);
    rr->type = 2;
}

struct fault {
    void (*make)(void);
    const char *why;
};

static const struct fault faults[] = {
    /* the header itself */
    {magic, "not a zone image"},
    {version, "image version not known to this program"},
    {header_len, "bad header length"},
    {file_len, "truncated or longer than its header says"},
    {checksum, "checksum does not match"},
    /* sections */
    {unaligned, "section out of place"},
    {before_header, "section out of place"},
    {overlapping, "section out of place"},
    {past_end, "section out of place"},
    {too_long, "section of bad length"},
    {length_wraps, "section of bad length"},
    {half_a_cell, "section of bad length"},
    /* what they hold */
    {zone_too_long, "bad zone name"},
    {zone_empty, "bad zone name"},
    {zone_label, "bad zone name"},
    {end_unknown, "bad word for what is answered at its end"},
    {no_views, "no view of the access list"},
    {view_with_sub, "no view of the zone itself"},
    {no_soa, "no SOA"},
    {first_not_soa, "no SOA"},
    {source_without_nul, "bad source name"},
    {set_off_groups, "answer group out of place"},
    {set_unaligned, "answer group out of place"},
    {set_off_texts, "bad answer text"},
    {group_longer, "bad answer group"},
    {template_unknown, "bad answer text"},
    {template_too_long, "bad answer text"},
    {source_unknown, "bad answer group"},
    {rr_too_long, "fixed record out of bounds"},
    {hole_outside, "bad fixed record"},
};

START_TEST(fault_is_named)
{
    char why[IMAGE_WHY_MAX] = "";
    faults[_i].make();
    if (faults[_i].make != checksum)
        probe_seal(bytes, len);
    ck_assert_ptr_null(image_from_bytes(bytes, len, why));
    ck_assert_str_eq(why, faults[_i].why);
    ck_assert(!probe_bytes(bytes, len, 1, 1));
}
END_TEST

START_TEST(without_sets)
{
    char why[IMAGE_WHY_MAX] = "";
    no_sets();
    probe_seal(bytes, len);
    ck_assert_ptr_null(image_from_bytes(bytes, len, why));
    ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(short_bytes)
{
    char why[IMAGE_WHY_MAX] = "";
    ck_assert_ptr_null(image_from_bytes(bytes, 0, why));
    ck_assert_str_eq(why, "too short for a header");
    ck_assert_ptr_null(image_from_bytes(bytes, sizeof(*h) - 1, why));
    ck_assert_str_eq(why, "too short for a header");
    ck_assert_ptr_null(image_from_bytes(bytes, len - 1, why));
    ck_assert_str_eq(why, "truncated or longer than its header says");
}
END_TEST

START_TEST(good)
{
    struct image *img = testzone_open(bytes, len);
    ck_assert_uint_eq(img->nviews, 1);
    ck_assert_uint_eq(img->nsources, 3);
    ck_assert_str_eq(img->sources[2].name, "allow");
    ck_assert_uint_eq(img->sources[2].exclude, 1);
    ck_assert_uint_eq(img->sources[1].entries, 2);
    ck_assert_uint_eq(img->h->entries, 7);
    ck_assert_uint_eq(img->h->negative_ttl, 150);
    ck_assert_uint_eq(image_inputs(img), h->inputs);
    bytes[0] = 0; /* they were copied */
    ck_assert_uint_eq(img->h->magic[0], 'R');
    image_close(img);
    image_close(NULL);
}
END_TEST

/* --- files --- */

static char path[] = "/tmp/test_image.XXXXXX";

static void write_file(size_t n)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

START_TEST(file)
{
    char why[IMAGE_WHY_MAX] = "";
    write_file(len);
    struct image *img = image_open(path, why);
    ck_assert_msg(img != NULL, "%s", why);
    ck_assert_int_eq(truncate(path, 0), 0); /* the image does not depend on the file */
    struct lookup_result r;
    testzone_lookup(img, "4.3.2.1.bl.test", &r);
    ck_assert_uint_eq(r.nset, 1);
    image_close(img);
    ck_assert_ptr_null(image_open(path, why));
    ck_assert_ptr_nonnull(strstr(why, path));
    ck_assert_ptr_nonnull(strstr(why, "too short for a header"));
    unlink(path);
    ck_assert_ptr_null(image_open(path, why));
    ck_assert_ptr_nonnull(strstr(why, "No such file"));
}
END_TEST

START_TEST(not_a_file)
{
    char why[IMAGE_WHY_MAX] = "", other[] = "/tmp/test_image.fifo.XXXXXX";
    ck_assert_ptr_null(image_open("/tmp", why));
    ck_assert_ptr_nonnull(strstr(why, "not a regular file"));
    int fd = mkstemp(other);
    close(fd);
    unlink(other);
    ck_assert_int_eq(mkfifo(other, 0600), 0);
    ck_assert_ptr_null(image_open(other, why)); /* does not wait for a writer */
    ck_assert_ptr_nonnull(strstr(why, "not a regular file"));
    unlink(other);
    ck_assert_int_eq(symlink("/etc/passwd", other), 0);
    ck_assert_ptr_null(image_open(other, why));
    ck_assert_ptr_nonnull(strstr(why, other));
    unlink(other);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("image");
    TCase *tc = tcase_create("image");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, fault_is_named, 0, sizeof(faults) / sizeof(*faults));
    tcase_add_test(tc, without_sets);
    tcase_add_test(tc, short_bytes);
    tcase_add_test(tc, good);
    tcase_add_test(tc, file);
    tcase_add_test(tc, not_a_file);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
