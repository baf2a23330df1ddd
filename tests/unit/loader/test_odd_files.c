/* SPDX-License-Identifier: BSD-2-Clause */
/* Files as publishers have them, and as they come when something went wrong: from their bytes to
 * the refusal, or to the answers of the compiled zone. */
#include <unistd.h>
#include <zlib.h>

#include "lib/conf.h"
#include "lib/conf_internal.h"
#include "loader/examine.h"
#include "tests/common/bytesfile.h"
#include "tests/unit/loader/odd_files.h"
#include "tests/unit/loader/odd_more.h"
#include "tests/unit/loader/rbldnsd_rows.h"

static const struct conf_list *make_list(const struct row *row, struct conf **conf)
{
    char text[400], *said = NULL;
    size_t len;
    snprintf(text, sizeof(text),
             "list l { url = 'file:/l' %s }\nzone z.t { lists = l "
             "test-points = no }",
             row->options);
    FILE *err = open_memstream(&said, &len);
    *conf = conf_load_text("t", text, strlen(text), format_known, err);
    fclose(err);
    ck_assert_msg(*conf != NULL, "%s: %s", row->name, said);
    free(said);
    return &(*conf)->lists[0];
}

static void check_answers(const struct row *row, struct conf *conf, struct examined *x)
{
    char why[COMPILE_WHY_MAX > IMAGE_WHY_MAX ? COMPILE_WHY_MAX : IMAGE_WHY_MAX], got[2048];
    struct list_data data = {.conf = &conf->lists[0], .entries = x->entries};
    struct list_data *lists[] = {&data};
    struct compile_job job = {
        .conf = conf, .zone = &conf->zones[0], .lists = lists, .serial = 1, .now = 1800000000};
    uint8_t *bytes;
    size_t len;
    ck_assert_ptr_null(testzone_compile(&job, &bytes, &len, why));
    struct image *img = image_from_bytes(bytes, len, why);
    ck_assert_msg(img != NULL, "%s: %s", row->name, why);
    for (size_t i = 0; i < ASK_MAX && row->ask[i][0] != NULL; i++) {
        rows_answer(img, row->ask[i][0], got);
        ck_assert_msg(strcmp(got, row->ask[i][1]) == 0, "%s: %s: got \"%s\", want \"%s\"",
                      row->name, row->ask[i][0], got, row->ask[i][1]);
    }
    image_close(img);
    free(bytes);
    x->entries = data.entries;
}

static void examine_row(const struct row *row, const char *file, size_t len)
{
    struct conf *conf;
    struct examined x;
    const struct conf_list *list = make_list(row, &conf);
    char *block = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(block);
    memcpy(block, file, len);
    struct mapped m = {{bytesfile(block, len), len > 0 ? block : NULL}, len};
    bool fit = examine(&m, list, &x);
    (void)close(m.file.fd);
    free(block);
    if (row->why != NULL) {
        ck_assert_msg(!fit, "%s: taken", row->name);
        ck_assert_msg(strstr(x.why, row->why) != NULL, "%s: \"%s\" is not \"%s\"", row->name, x.why,
                      row->why);
    } else {
        ck_assert_msg(fit, "%s: refused: %s", row->name, x.why);
        ck_assert_msg(x.bad == row->bad, "%s: %zu bad lines, first %zu: %s: %s", row->name, x.bad,
                      x.shown[0].line, x.shown[0].text, x.shown[0].reason);
        check_answers(row, conf, &x);
    }
    entries_free(&x.entries);
    conf_free(conf);
}

START_TEST(as_it_is)
{
    examine_row(&rows[_i], rows[_i].file, rows[_i].len);
}
END_TEST

START_TEST(zone_file)
{
    examine_row(&zone_rows[_i], zone_rows[_i].file, zone_rows[_i].len);
}
END_TEST

START_TEST(nul)
{
    examine_row(&nul_rows[_i], nul_rows[_i].file, nul_rows[_i].len);
}
END_TEST

/* What may be cut is used and said, unless the list says that it is whole. */
static const struct {
    const char *text, *format, *counts;
} last_lines[] = {
    {"192.0.2.1\n198.51.100.2", "plain", "last line without a line end"},
    {"192.0.2.1\n198.51.100.2\n", "plain", ""},
    {"# END 2 entries\n192.0.2.1\n198.51.100.2", "plain", ""},
    {"10.0.0.1\n198.51.100.2", "plain",
     "1 special-purpose entries cut or left out, last line without a line end"},
    {"192.0.2.1\n198.51.100.2", "rbldnsd:ip4set", "e32/24/16/8=1/0/0/0"}, /* it is not used */
};

START_TEST(last_line)
{
    char options[64];
    struct examined x;
    struct conf *conf;
    struct row row = {.name = "last line", .options = options};
    snprintf(options, sizeof(options), "format='%s'", last_lines[_i].format);
    const struct conf_list *list = make_list(&row, &conf);
    char *text = strdup(last_lines[_i].text);
    ck_assert_ptr_nonnull(text);
    struct mapped m = {{bytesfile(text, strlen(text)), text}, strlen(text)};
    ck_assert(examine(&m, list, &x));
    (void)close(m.file.fd);
    ck_assert_str_eq(x.counts, last_lines[_i].counts);
    entries_free(&x.entries);
    free(text);
    conf_free(conf);
}
END_TEST

/* A container changes nothing of what is inside. */
START_TEST(in_gzip)
{
    uint8_t packed[4096];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)rows[_i].file,
                  .avail_in = (uInt)rows[_i].len,
                  .next_out = packed,
                  .avail_out = sizeof(packed)};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    examine_row(&rows[_i], (const char *)packed, sizeof(packed) - z.avail_out);
    deflateEnd(&z);
}
END_TEST

int main(void)
{
    const int n = sizeof(rows) / sizeof(rows[0]);
    Suite *s = suite_create("odd_files");
    TCase *tc = tcase_create("files");
    tcase_add_loop_test(tc, as_it_is, 0, n);
    tcase_add_loop_test(tc, in_gzip, 0, n);
    tcase_add_loop_test(tc, zone_file, 0, sizeof(zone_rows) / sizeof(zone_rows[0]));
    tcase_add_loop_test(tc, nul, 0, sizeof(nul_rows) / sizeof(nul_rows[0]));
    tcase_add_loop_test(tc, last_line, 0, sizeof(last_lines) / sizeof(last_lines[0]));
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
