/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers made here by libarchive: taken whole, and refused when anything about them is odd. */
#include "loader/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/decompress.h"

#define PACKED_MAX ((size_t)4 << 20)

static const char list[] = "192.0.2.1\n192.0.2.2\n198.51.100.0/24\n";
#define LIST_LEN (sizeof(list) - 1)

static const char CORRUPT[] = "corrupt or truncated archive";

/* What a container is made of. */
struct kind {
    const char *name;
    int format, filter;
    bool checked; /* it has a checksum over what is inside */
};

static const struct kind kinds[] = {
    {"bzip2", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_BZIP2, true},
    {"xz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, true},
    {"zstd", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_ZSTD, false},
    {"zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, true},
    {"tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, false},
    {"tar.bz2", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2, true},
    {"tar.xz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, true},
};
#define NKINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

struct packed {
    char *p;
    size_t len;
};

static void put_member(struct archive *a, const char *name, mode_t type, const char *text,
                       size_t len)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(e, "/etc/passwd");
    archive_entry_set_size(e, type == AE_IFREG ? (la_int64_t)len : 0);
    ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
    if (type == AE_IFREG)
        ck_assert_int_eq(archive_write_data(a, text, len), (la_ssize_t)len);
    archive_entry_free(e);
}

static struct archive *begin(const struct kind *k, int second_filter, struct packed *out)
{
    struct archive *a = archive_write_new();
    *out = (struct packed){malloc(PACKED_MAX), 0};
    ck_assert_ptr_nonnull(out->p);
    ck_assert_int_eq(archive_write_set_format(a, k->format), ARCHIVE_OK);
    if (k->filter != ARCHIVE_FILTER_NONE)
        ck_assert_int_ge(archive_write_add_filter(a, k->filter), ARCHIVE_WARN);
    if (second_filter != ARCHIVE_FILTER_NONE)
        ck_assert_int_ge(archive_write_add_filter(a, second_filter), ARCHIVE_WARN);
    ck_assert_int_eq(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_open_memory(a, out->p, PACKED_MAX, &out->len), ARCHIVE_OK);
    return a;
}

/* The block ends where the container ends. */
static void end(struct archive *a, struct packed *out)
{
    ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    out->p = realloc(out->p, out->len);
}

static struct packed pack(const struct kind *k, const char *text, size_t len)
{
    struct packed out;
    struct archive *a = begin(k, ARCHIVE_FILTER_NONE, &out);
    put_member(a, "list.txt", AE_IFREG, text, len);
    end(a, &out);
    return out;
}

/* NULL when the list came out, else why not. */
static const char *unpack(const char *data, size_t len)
{
    char *text = NULL;
    size_t n = 0;
    char *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, data, len);
    const char *why = archive_unpack(copy, len, &text, &n);
    free(copy);
    if (why == NULL) {
        bool same = n == LIST_LEN && memcmp(text, list, n) == 0;
        free(text);
        return same ? NULL : "another text";
    }
    return why;
}

START_TEST(whole)
{
    struct packed c = pack(&kinds[_i], list, LIST_LEN);
    ck_assert_msg(is_archive(c.p, c.len), "%s", kinds[_i].name);
    ck_assert_ptr_null(unpack(c.p, c.len));
    free(c.p);
}
END_TEST

/* Cut anywhere, not a part of the list comes out. */
START_TEST(cut)
{
    struct packed c = pack(&kinds[_i], list, LIST_LEN);
    for (size_t len = 0; len < c.len; len++) {
        const char *why = is_archive(c.p, len) ? unpack(c.p, len) : CORRUPT;
        ck_assert_msg(why == NULL || strcmp(why, "another text") != 0, "%s: %zu of %zu",
                      kinds[_i].name, len, c.len);
        /* A tar is over before its padding is. */
        ck_assert_msg(why != NULL || kinds[_i].format == ARCHIVE_FORMAT_TAR_USTAR, "%s: %zu of %zu",
                      kinds[_i].name, len, c.len);
    }
    ck_assert_str_eq(unpack(c.p, c.len / 3), CORRUPT);
    free(c.p);
}
END_TEST

/* What stands behind one stream is another one, padding of xz, or a fault. */
START_TEST(behind)
{
    static const char *const rows[] = {"x", "BZ", "BZh", "\3757zXZ", "\x28\xb5\x2f\xfd", "PK"};
    for (int k = 0; k < NKINDS; k++) {
        struct packed c = pack(&kinds[k], list, LIST_LEN);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            size_t n = strlen(rows[i]);
            char *longer = malloc(c.len + n);
            ck_assert_ptr_nonnull(longer);
            memcpy(longer, c.p, c.len);
            memcpy(longer + c.len, rows[i], n);
            const char *why = unpack(longer, c.len + n);
            if (kinds[k].format == ARCHIVE_FORMAT_RAW)
                ck_assert_msg(why != NULL, "%s, row %zu", kinds[k].name, i);
            free(longer);
        }
        free(c.p);
    }
}
END_TEST

/*
 * A bit changed anywhere: refused, or of no meaning, where the container can tell.  Every bit of
 * its head, then another one in each octet: all of them are half a minute of mmap() under ASan.
 */
START_TEST(damaged)
{
    struct packed c = pack(&kinds[_i], list, LIST_LEN);
    size_t refused = 0;
    for (size_t bit = 0; bit < 8 * c.len && kinds[_i].checked; bit += bit < 128 ? 1 : 9) {
        c.p[bit / 8] ^= (char)(1 << (bit % 8));
        const char *why = is_archive(c.p, c.len) ? unpack(c.p, c.len) : CORRUPT;
        ck_assert_msg(why == NULL || strcmp(why, "another text") != 0, "%s: bit %zu",
                      kinds[_i].name, bit);
        refused += why != NULL;
        c.p[bit / 8] ^= (char)(1 << (bit % 8));
    }
    ck_assert(refused > 0 || !kinds[_i].checked);
    free(c.p);
}
END_TEST

START_TEST(members)
{
    static const struct {
        mode_t first, second;
        const char *why;
    } rows[] = {
        {AE_IFREG, AE_IFREG, "archive of several files"},
        {AE_IFDIR, AE_IFREG, NULL},
        {AE_IFREG, AE_IFDIR, NULL},
        {AE_IFLNK, AE_IFREG, "archive of something that is no file"},
        {AE_IFDIR, AE_IFDIR, "archive without a file"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packed c;
        struct archive *a = begin(&kinds[4], ARCHIVE_FILTER_NONE, &c);
        put_member(a, "a", rows[i].first, list, LIST_LEN);
        put_member(a, "b", rows[i].second, list, LIST_LEN);
        end(a, &c);
        const char *why = unpack(c.p, c.len);
        if (rows[i].why == NULL)
            ck_assert_msg(why == NULL, "row %zu: %s", i, why);
        else
            ck_assert_str_eq(why, rows[i].why);
        free(c.p);
    }
}
END_TEST

/* The limit is of what comes out at the end, so one container inside another would have two. */
START_TEST(nested)
{
    struct packed c;
    struct archive *a = begin(&kinds[0], ARCHIVE_FILTER_XZ, &c);
    put_member(a, "list.txt", AE_IFREG, list, LIST_LEN);
    end(a, &c);
    ck_assert_str_eq(unpack(c.p, c.len), "compressed twice");
    free(c.p);
}
END_TEST

START_TEST(bomb)
{
    size_t len = 64 << 20, n;
    char *same = malloc(len), *text;
    ck_assert_ptr_nonnull(same);
    memset(same, '1', len);
    for (int i = 0; i < NKINDS; i++) {
        if (kinds[i].format == ARCHIVE_FORMAT_TAR_USTAR)
            continue;
        struct packed c = pack(&kinds[i], same, len);
        ck_assert_str_eq(archive_unpack(c.p, c.len, &text, &n), "expands more than a hundredfold");
        free(c.p);
    }
    free(same);
}
END_TEST

START_TEST(not_containers)
{
    static const char *const rows[] = {"", "B", "BZ", "P", "PK", "192.0.2.1\n", "<html>", "7zXZ"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(!is_archive(rows[i], strlen(rows[i])), "row %zu", i);
    ck_assert_str_eq(unpack("PK\3\4", 4), CORRUPT);
    static const char none[22] = "PK\5\6"; /* the end of a zip that has nothing before it */
    ck_assert(is_archive(none, sizeof(none)));
    ck_assert_str_eq(unpack(none, sizeof(none)), "archive without a file");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("archive");
    TCase *tc = tcase_create("archive");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, whole, 0, NKINDS);
    tcase_add_loop_test(tc, cut, 0, NKINDS);
    tcase_add_test(tc, behind);
    tcase_add_loop_test(tc, damaged, 0, NKINDS);
    tcase_add_test(tc, members);
    tcase_add_test(tc, nested);
    tcase_add_test(tc, bomb);
    tcase_add_test(tc, not_containers);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
