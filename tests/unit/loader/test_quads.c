/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/quads.h"

/* Long enough for several rounds on several threads. */
#define LINES 300000

struct text {
    char *s;
    size_t len;
};

static uint32_t address(size_t i)
{
    return (uint32_t)(i * 2654435761u);
}

/* LINES lines, every odd-th of which is something else; 0: none is. */
static struct text make_text(size_t odd, const char *line_end)
{
    struct text t = {malloc(LINES * 20), 0};
    ck_assert_ptr_nonnull(t.s);
    for (size_t i = 0; i < LINES; i++) {
        uint32_t a = address(i);
        const char *tail = odd != 0 && i % odd == odd - 1 ? " x" : "";
        t.len += (size_t)snprintf(t.s + t.len, 30, "%u.%u.%u.%u%s%s", a >> 24, a >> 16 & 255,
                                  a >> 8 & 255, a & 255, tail, line_end);
    }
    t.s = realloc(t.s, t.len); /* exact, so that a read behind it is seen */
    ck_assert_ptr_nonnull(t.s);
    return t;
}

static const struct {
    size_t odd;
    const char *line_end;
} rows[] = {{0, "\n"}, {0, "\r\n"}, {100000, "\n"}, {7777, "\r\n"}, {4097, "\n"}, {3, "\n"}};
#define NROWS ((int)(sizeof(rows) / sizeof(rows[0])))

/* The text as a file, which holds this much of it: what it does not give comes from the mapping. */
static FILE *as_file(const struct text *t, size_t size)
{
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(t->s, 1, size, f), size);
    ck_assert_int_eq(fflush(f), 0);
    return f;
}

/* All lines in order, each once, whether passed or left to the caller. */
static void every_line_once(const struct text *t, const struct text_file *file, size_t odd)
{
    struct lines l;
    struct entries e;
    const char *line;
    size_t len, i = 0, left = 0;
    entries_init(&e);
    lines_start(&l, t->s, t->len);
    l.file = file;
    do {
        ck_assert(quads_pass(&l, &e));
        for (; i < left + e.naddr4; i++)
            if (e.addr4[i - left] != address(i)) /* an assertion that holds is not cheap */
                ck_abort_msg("line %zu: %08x", i, e.addr4[i - left]);
        ck_assert_uint_eq(l.number, i);
        if (!lines_next(&l, &line, &len))
            break;
        /* The last lines are too near to the end of the text to be passed. */
        ck_assert(i + 3 > LINES || (odd != 0 && i % odd == odd - 1));
        left++;
        i++;
    } while (true);
    ck_assert_uint_eq(i, LINES);
    entries_free(&e);
}

START_TEST(of_memory)
{
    struct text t = make_text(rows[_i].odd, rows[_i].line_end);
    every_line_once(&t, NULL, rows[_i].odd);
    free(t.s);
}
END_TEST

START_TEST(of_a_file)
{
    const size_t odd = rows[_i / 2].odd;
    struct text t = make_text(odd, rows[_i / 2].line_end);
    FILE *f = as_file(&t, _i % 2 ? t.len / 2 : t.len);
    struct text_file file = {fileno(f), t.s};
    every_line_once(&t, &file, odd);
    (void)fclose(f);
    free(t.s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quads");
    TCase *c = tcase_create("quads");
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, of_memory, 0, NROWS);
    tcase_add_loop_test(c, of_a_file, 0, 2 * NROWS);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
