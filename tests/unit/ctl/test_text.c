/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/table.h"
#include "ctl/text.h"

#define BYTES(s) s, sizeof(s) - 1

struct bytes_row {
    const char *in;
    size_t len;
    const char *plain;  /* by text_put() */
    const char *quoted; /* by text_quoted() */
};

static const struct bytes_row bytes_rows[] = {
    {BYTES(""), "", "\"\""},
    {BYTES("a b~"), "a b~", "\"a b~\""},
    {BYTES("say \"x\\y\""), "say \"x\\y\"", "\"say \\\"x\\\\y\\\"\""},
    /* what a terminal would obey */
    {BYTES("\x1b[31m\r\n\t"), "\\027[31m\\013\\010\\009", "\"\\027[31m\\013\\010\\009\""},
    {BYTES("\x7f\x80\x9b\xff"), "\\127\\128\\155\\255", "\"\\127\\128\\155\\255\""},
    {BYTES("a\0b"), "a\\000b", "\"a\\000b\""},
};

START_TEST(bytes)
{
    const struct bytes_row *r = &bytes_rows[_i];
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    text_put(out, r->in, r->len);
    fputc('\n', out);
    text_quoted(out, (const uint8_t *)r->in, r->len);
    fclose(out);
    char *second = strchr(text, '\n');
    ck_assert_ptr_nonnull(second);
    *second++ = '\0';
    ck_assert_str_eq(text, r->plain);
    ck_assert_str_eq(second, r->quoted);
    free(text);
}
END_TEST

START_TEST(long_text_is_split)
{
    static const size_t lengths[] = {254, 255, 256, 510, 511};
    static const unsigned strings[] = {1, 1, 2, 2, 3};
    uint8_t in[511];
    char *text = NULL;
    size_t len;
    memset(in, 'x', sizeof in);
    FILE *out = open_memstream(&text, &len);
    text_quoted(out, in, lengths[_i]);
    fclose(out);
    ck_assert_uint_eq(len, lengths[_i] + 3 * strings[_i] - 1);
    if (strings[_i] > 1)
        ck_assert_int_eq(memcmp(text + 256, "\" \"x", 4), 0);
    free(text);
}
END_TEST

struct number_row {
    const char *text;
    bool good, good_signed;
    int64_t value;
};

static const struct number_row number_rows[] = {
    {"0", true, true, 0},
    {"7", true, true, 7},
    {"4294967295", true, true, 4294967295},
    {"9223372036854775807", true, true, INT64_MAX},
    {"9223372036854775808", false, false, 0},
    {"99999999999999999999999", false, false, 0},
    {"-1", false, true, -1},
    {"-9223372036854775807", false, true, -INT64_MAX},
    {"", false, false, 0},
    {"-", false, false, 0},
    {"-0", false, false, 0},
    {"--1", false, false, 0},
    {"+1", false, false, 0},
    {"00", false, false, 0},
    {"01", false, false, 0},
    {" 1", false, false, 0},
    {"1 ", false, false, 0},
    {"1x", false, false, 0},
    {"\xb1", false, false, 0},
};

START_TEST(number)
{
    const struct number_row *r = &number_rows[_i];
    size_t len = strlen(r->text);
    char *text = malloc(len + !len);
    memcpy(text, r->text, len);
    uint64_t u = 0;
    int64_t s = 0;
    ck_assert_int_eq(text_number(text, len, INT64_MAX, &u), r->good);
    ck_assert_int_eq(text_signed(text, len, &s), r->good_signed);
    if (r->good)
        ck_assert_uint_eq(u, (uint64_t)r->value);
    if (r->good_signed)
        ck_assert_int_eq(s, r->value);
    free(text);
}
END_TEST

START_TEST(number_limit)
{
    uint64_t v;
    ck_assert(text_number("255", 3, 255, &v));
    ck_assert(!text_number("256", 3, 255, &v));
    ck_assert(!text_number("7", 1, 5, &v));
    ck_assert(text_number("18446744073709551615", 20, UINT64_MAX, &v));
    ck_assert_uint_eq(v, UINT64_MAX);
    ck_assert(!text_number("18446744073709551616", 20, UINT64_MAX, &v));
}
END_TEST

struct age_row {
    int64_t now, then;
    const char *want;
};

static const struct age_row age_rows[] = {
    {1000, 0, "-"},
    {1000, 1000, "0s ago"},
    {1000, 941, "59s ago"},
    {1000, 881, "119s ago"},
    {1000, 880, "2m ago"},
    {100000, 100000 - 7199, "119m ago"},
    {100000, 100000 - 7200, "2h ago"},
    {1000000, 1000000 - 172799, "47h ago"},
    {1000000, 1000000 - 172800, "2d ago"},
    /* clocks and files that are wrong */
    {1000, 1030, "-30s ago"},
    {0, 172800, "-2d ago"},
    {INT64_MAX, -1, "106751991167300d ago"},
    {1, INT64_MIN, "106751991167300d ago"},
};

START_TEST(age)
{
    char text[TEXT_AGE_MAX];
    text_age(text, age_rows[_i].now, age_rows[_i].then);
    ck_assert_str_eq(text, age_rows[_i].want);
}
END_TEST

START_TEST(times)
{
    char text[TEXT_TIME_MAX];
    text_time(text, 0);
    ck_assert_str_eq(text, "-");
    text_time(text, 951782400);
    ck_assert_str_eq(text, "2000-02-29 00:00:00");
    text_time(text, INT64_MAX); /* no such year */
    ck_assert_str_eq(text, "9223372036854775807");
}
END_TEST

START_TEST(columns)
{
    static const char *const heads[] = {"NAME", "N", "NOTE"};
    struct table t;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    table_init(&t, 3, 2, heads);
    table_cell(&t, "a");
    table_cell(&t, "%d", 12345);
    table_cell(&t, "x");
    table_cell(&t, "longer\n");
    table_cell(&t, "%d", 1);
    table_cell(&t, "%s", "");
    ck_assert(table_print(&t, 1, out));
    fclose(out);
    ck_assert_str_eq(text, " NAME            N  NOTE\n"
                           " a           12345  x\n"
                           " longer\\010      1\n");
    free(text);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(a)[0])

int main(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_loop_test(t, bytes, 0, COUNT(bytes_rows));
    tcase_add_loop_test(t, long_text_is_split, 0, 5);
    tcase_add_loop_test(t, number, 0, COUNT(number_rows));
    tcase_add_test(t, number_limit);
    tcase_add_loop_test(t, age, 0, COUNT(age_rows));
    tcase_add_test(t, times);
    tcase_add_test(t, columns);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
