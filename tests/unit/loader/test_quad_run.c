/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/quad.h"
#include "loader/quad_run.h"

typedef const char *(*run_fn)(const char *s, const char *stop, const char *end, uint32_t *out,
                              size_t *n);

static const run_fn runs[] = {quad_run_plain, quad_run_vectors, quad_run};
#define NRUNS (sizeof(runs) / sizeof(runs[0]))

static bool is_here(size_t run)
{
    return runs[run] != quad_run_vectors || quad_run_has_vectors();
}

/* --- The dumbest reading of a line: its length with its end, 0 when it is no dotted quad --- */

static size_t slow_line(const char *s, size_t len, uint32_t *addr)
{
    size_t at = 0;
    *addr = 0;
    for (unsigned octet = 0; octet < 4; octet++) {
        size_t first = at;
        unsigned value = 0;
        for (; at < len && s[at] >= '0' && s[at] <= '9' && at - first < 3; at++)
            value = value * 10 + (unsigned)(s[at] - '0');
        if (at == first || value > 255 || (s[first] == '0' && at - first > 1))
            return 0;
        *addr = *addr << 8 | value;
        if (octet < 3 && (at == len || s[at++] != '.'))
            return 0;
    }
    if (at < len && s[at] == '\r')
        at++;
    return at < len && s[at] == '\n' ? at + 1 : 0;
}

/* Both ways pass what the dumb one passes, up to the end of what they may read. */
static void compare(const char *text, size_t len, size_t stop, const char *what)
{
    uint32_t *out = malloc((len / 8 + 2) * sizeof(*out)), addr;
    ck_assert_ptr_nonnull(out);
    for (size_t run = 0; run < NRUNS; run++) {
        size_t n, at = 0, lines = 0, used;
        if (!is_here(run))
            continue;
        const char *to = runs[run](text, text + stop, text + len, out, &n);
        for (; at < stop && len - at >= QUAD_WINDOW; at += used) {
            used = slow_line(text + at, len - at, &addr);
            if (used == 0)
                break;
            if (lines >= n || out[lines] != addr)
                ck_abort_msg("%s, way %zu, line %zu of %zu is not %08x", what, run, lines, n, addr);
            lines++;
        }
        ck_assert_msg(n == lines && to == text + at, "%s, way %zu: %zu lines instead of %zu", what,
                      run, n, lines);
    }
    free(out);
}

/* --- One odd line among good ones, at every place in a block --- */

static const char *const odd[] = {
    "1.2.3.4\n",
    "255.255.255.255\n",
    "0.0.0.0\n",
    "10.20.30.40\n",
    "100.99.9.0\n",
    "1.2.3.4\r\n",
    "255.255.255.255\r\n",
    "256.1.1.1\n",
    "1.1.1.256\n",
    "1.999.1.1\n",
    "01.2.3.4\n",
    "1.02.3.4\n",
    "1.2.003.4\n",
    "1.2.3.00\n",
    "1.2.3\n",
    "1.2.3.4.5\n",
    "1..2.3\n",
    ".1.2.3\n",
    "1.2.3.\n",
    "1.2.3.4 \n",
    " 1.2.3.4\n",
    "1.2.3.4/32\n",
    "1.2.3.4#\n",
    "1.2.3.4\r\r\n",
    "1.2.3.4\r",
    "\n",
    "\r\n",
    "1,2.3.4\n",
    "1.2,3.4\n",
    "1.2.3,4\n",
    "1/2.3.4\n",
    "1.2:3.4\n",
    "a.b.c.d\n",
    "1.2.3.4\v\n",
    "\xb1.2.3.4\n",
    "1.2.3.\xb4\n",
    "1234.1.1.1\n",
    "1.2.3.1234\n",
    "-1.2.3.4\n",
    "1111.1111.1111.1111\n",
    "111.111.111.1111\n",
    "1.2.3.4567890123456\n",
    "::1\n",
    "...\n",
    "1.2.3.4\t\n",
    "1.2.3.4;\n",
    "\xff\xff\xff\xff\n",
    "1.2.3.4\0\n",
};

START_TEST(one_odd_line)
{
    char text[1024];
    for (size_t before = 0; before < 70; before++) {
        size_t len = 0, fill = before;
        /* Lines of 8 and 9 octets bring the odd one to nearly every place. */
        for (; fill >= 16; fill -= 8)
            len += (size_t)snprintf(text + len, 16, "9.8.7.6\n");
        if (fill >= 8)
            len += (size_t)snprintf(text + len, 16, "%s.8.7.6\n", fill % 2 ? "12" : "1");
        size_t body = strlen(odd[_i]);
        memcpy(text + len, odd[_i], body);
        len += body;
        for (unsigned i = 0; i < 20; i++)
            len += (size_t)snprintf(text + len, 32, "%u.2%u.1.%u\n", i * 12, i, 255 - i);
        char *exact = malloc(len); /* so that a read behind it is seen */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, len);
        for (size_t stop = 0; stop <= len; stop += 41)
            compare(exact, len, stop, odd[_i]);
        compare(exact, len, len, odd[_i]);
        free(exact);
    }
}
END_TEST

/* --- Random texts: good lines of all lengths, some with an octet changed --- */

START_TEST(random_texts)
{
    unsigned seed = (unsigned)time(NULL);
    char what[32];
    (void)snprintf(what, sizeof(what), "seed %u", seed);
    srandom(seed);
    for (unsigned round = 0; round < 3000; round++) {
        char text[2048];
        size_t len = 0, room = (size_t)random() % 1900 + 20;
        while (len < room) {
            for (unsigned k = 0; k < 4; k++)
                len += (size_t)snprintf(text + len, 8, "%ld%s",
                                        random() % (random() % 2 ? 10 : 256), k < 3 ? "." : "");
            if (random() % 16 == 0)
                text[len++] = '\r';
            text[len++] = '\n';
        }
        for (long i = random() % 4; i > 0; i--)
            text[(size_t)random() % len] =
                (char)(random() % 8 ? "0123456789.\r\n"[random() % 13] : random() % 256);
        char *exact = malloc(len);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, text, len);
        compare(exact, len, random() % 2 ? len : (size_t)random() % len, what);
        free(exact);
    }
}
END_TEST

/* Every way to set the dots, with the least and the greatest numbers of their lengths. */
START_TEST(all_forms)
{
    static const unsigned numbers[] = {0, 9, 10, 99, 100, 255, 199, 256, 300, 999};
    enum { N = sizeof(numbers) / sizeof(numbers[0]) };
    char text[256];
    for (unsigned i = 0; i < N * N * N * N; i++) {
        int len = snprintf(text, sizeof(text), "%u.%u.%u.%u\n", numbers[i % N], numbers[i / N % N],
                           numbers[i / N / N % N], numbers[i / N / N / N]);
        memset(text + len, 'x', QUAD_RUN_WINDOW);
        compare(text, (size_t)len + QUAD_RUN_WINDOW, (size_t)len, text);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quad_run");
    TCase *c = tcase_create("quad_run");
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, one_odd_line, 0, sizeof(odd) / sizeof(odd[0]));
    tcase_add_test(c, random_texts);
    tcase_add_test(c, all_forms);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
