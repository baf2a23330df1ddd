/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/decompress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "loader/examine.h"
#include "tests/common/bytesfile.h"

/* One member; the result is malloc'd. */
static char *pack(const char *text, size_t len, size_t *out)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)len};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t cap = deflateBound(&z, len) + 64;
    char *data = malloc(cap);
    ck_assert_ptr_nonnull(data);
    z.next_out = (Bytef *)data;
    z.avail_out = (uInt)cap;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    *out = z.total_out;
    deflateEnd(&z);
    return realloc(data, *out);
}

static const char list[] = "192.0.2.1\n192.0.2.2\n198.51.100.0/24\n";

START_TEST(whole)
{
    char *text;
    size_t len, n;
    char *data = pack(list, sizeof(list) - 1, &n);
    ck_assert(is_compressed(data, n));
    ck_assert_ptr_null(decompress(data, n, &text, &len));
    ck_assert_uint_eq(len, sizeof(list) - 1);
    ck_assert_mem_eq(text, list, len);
    free(text);
    free(data);
}
END_TEST

START_TEST(several_members)
{
    char *text;
    size_t len, n;
    char *data = pack(list, sizeof(list) - 1, &n);
    /* With padding behind. */
    char *twice = calloc(1, 2 * n + 512);
    memcpy(twice, data, n);
    memcpy(twice + n, data, n);
    for (size_t pad = 0; pad <= 512; pad += 512) {
        ck_assert_ptr_null(decompress(twice, 2 * n + pad, &text, &len));
        ck_assert_uint_eq(len, 2 * (sizeof(list) - 1));
        ck_assert_mem_eq(text + len / 2, list, len / 2);
        free(text);
    }
    memcpy(twice + 2 * n, "trailer", 7);
    ck_assert_str_eq(decompress(twice, 2 * n + 512, &text, &len),
                     "something else behind the gzip data");
    free(twice);
    free(data);
}
END_TEST

/* Cut anywhere, it is refused; so is every change of a bit but those that mean nothing. */
START_TEST(damaged)
{
    char *text;
    size_t len, n, refused = 0;
    char *data = pack(list, sizeof(list) - 1, &n);
    for (size_t cut = 0; cut < n; cut++) {
        char *part = malloc(cut > 0 ? cut : 1);
        memcpy(part, data, cut);
        ck_assert_ptr_nonnull(decompress(part, cut, &text, &len));
        free(part);
    }
    ck_assert_str_eq(decompress(data, n - 3, &text, &len), "truncated gzip data");
    for (size_t bit = 0; bit < 8 * n; bit++) {
        data[bit / 8] ^= (char)(1 << (bit % 8));
        const char *why = decompress(data, n, &text, &len);
        if (why == NULL) {
            ck_assert_mem_eq(text, list, len);
            free(text);
        }
        refused += why != NULL;
        /* Checksum and length stand in the last eight octets. */
        ck_assert(why != NULL || bit < 8 * (n - 8));
        data[bit / 8] ^= (char)(1 << (bit % 8));
    }
    ck_assert_uint_gt(refused, 7 * (n - 10));
    free(data);
}
END_TEST

START_TEST(bomb)
{
    char *text, *zeros = calloc(1, 20u << 20);
    size_t len, n;
    char *data = pack(zeros, 20u << 20, &n);
    ck_assert_str_eq(decompress(data, n, &text, &len), "expands more than a hundredfold");
    free(data);
    /* Small texts may repeat themselves as they like. */
    data = pack(zeros, 15u << 20, &n);
    ck_assert_ptr_null(decompress(data, n, &text, &len));
    ck_assert_uint_eq(len, 15u << 20);
    free(text);
    free(data);
    free(zeros);
}
END_TEST

/* What a list's examination makes of it. */
START_TEST(examined)
{
    size_t n;
    char *data = pack(list, sizeof(list) - 1, &n);
    char name[] = "l", format[] = "plain", txt[] = "";
    struct conf_list conf = {
        .name = name, .format = format, .txt = txt, .max_bad = 1, .max_cover = 100};
    struct examined x;
    struct mapped m = {{bytesfile(data, n), data}, n};
    ck_assert(examine(&m, &conf, &x));
    ck_assert_uint_eq(entries_count(&x.entries), 3);
    entries_free(&x.entries);
    m.len = n - 1;
    ck_assert(!examine(&m, &conf, &x));
    ck_assert_str_eq(x.why, "truncated gzip data");
    entries_free(&x.entries);
    (void)close(m.file.fd);
    free(data);
    data = pack("<html>", 6, &n);
    m = (struct mapped){{bytesfile(data, n), data}, n};
    ck_assert(!examine(&m, &conf, &x));
    ck_assert_ptr_nonnull(strstr(x.why, "HTML"));
    entries_free(&x.entries);
    (void)close(m.file.fd);
    free(data);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decompress");
    TCase *t = tcase_create("gzip");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, whole);
    tcase_add_test(t, several_members);
    tcase_add_test(t, damaged);
    tcase_add_test(t, bomb);
    tcase_add_test(t, examined);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? 0 : 1;
}
