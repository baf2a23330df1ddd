/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/msg.h"

/* What the callback saw, in a form that a row can state. */
struct log {
    char text[4096];
    unsigned count;
    unsigned refuse_after; /* the callback says no after so many; 0: never */
};

static bool on_message(void *ctx, const struct msg *m)
{
    struct log *log = ctx;
    size_t len = strlen(log->text);
    (void)snprintf(log->text + len, sizeof(log->text) - len, "%d:%llu,%llu:%s|", (int)m->kind,
                   (unsigned long long)m->num[0], (unsigned long long)m->num[1],
                   m->text[0] == NULL ? "-" : m->text[0]);
    log->count++;
    return log->refuse_after == 0 || log->count < log->refuse_after;
}

#define HELLO "hello\t1\n"

struct row {
    const char *text;
    size_t len;
    bool good;  /* the stream is not broken */
    bool ended; /* and "end" came */
    unsigned count;
};

#define ROW(text, good, ended, count)                                                              \
    {                                                                                              \
        text, sizeof(text) - 1, good, ended, count                                                 \
    }

static const struct row rows[] = {
    ROW("", true, false, 0),
    ROW(HELLO, true, false, 0),
    ROW(HELLO "end\n", true, true, 0),
    ROW(HELLO "doing\tthis\nprogress\t1\t2\t3\nend\n", true, true, 2),
    ROW(HELLO "failed\t0\t\nend\n", true, true, 1),
    ROW(HELLO "progress\t18446744073709551615\t0\t0\n", true, false, 1),
    /* order */
    ROW("end\n", false, false, 0),
    ROW("doing\tthis\n", false, false, 0),
    ROW("hello\t2\n", false, false, 0),
    ROW(HELLO HELLO, false, false, 0),
    ROW(HELLO "end\nend\n", false, true, 0),
    ROW(HELLO "end\ndoing\tmore\n", false, true, 0),
    /* words */
    ROW(HELLO "\n", false, false, 0),
    ROW(HELLO "unknown\n", false, false, 0),
    ROW(HELLO "ended\n", false, false, 0),
    ROW(HELLO "Doing\tthis\n", false, false, 0),
    ROW(HELLO " doing\tthis\n", false, false, 0),
    /* fields */
    ROW(HELLO "doing\n", false, false, 0),
    ROW(HELLO "doing\ta\tb\n", false, false, 0),
    ROW(HELLO "end\t\n", false, false, 0),
    ROW(HELLO "progress\t1\t2\n", false, false, 0),
    ROW(HELLO "progress\t1\t2\t3\t4\n", false, false, 0),
    ROW(HELLO "progress\t1\t\t3\n", false, false, 0),
    ROW(HELLO "progress\t1\t-2\t3\n", false, false, 0),
    ROW(HELLO "progress\t1\t 2\t3\n", false, false, 0),
    ROW(HELLO "progress\t1\t0x2\t3\n", false, false, 0),
    ROW(HELLO "progress\t18446744073709551616\t0\t0\n", false, false, 0),
    /* bytes */
    ROW(HELLO "doing\ta\0b\n", false, false, 0),
    ROW(HELLO "doing\ta\rb\n", false, false, 0),
    ROW(HELLO "doing\t\xc3\xa9\n", false, false, 0),
    ROW(HELLO "doing\t\x1b[2J\n", false, false, 0),
};

START_TEST(streams)
{
    const struct row *row = &rows[_i];
    /* In one piece, and byte by byte. */
    for (size_t step = 1; step <= 4096; step += 4095) {
        struct msg_reader r = {.len = 0};
        struct log log = {.count = 0};
        bool good = true;
        for (size_t at = 0; at < row->len; at += step) {
            size_t n = row->len - at < step ? row->len - at : step;
            char *piece = malloc(n);
            ck_assert_ptr_nonnull(piece);
            memcpy(piece, row->text + at, n);
            good = msg_feed(&r, piece, n, on_message, &log) && good;
            free(piece);
        }
        ck_assert_int_eq(good, row->good);
        ck_assert_int_eq(r.broken, !row->good);
        ck_assert_int_eq(r.ended, row->ended);
        ck_assert_uint_eq(log.count, row->count);
    }
}
END_TEST

/* Once broken, always broken: nothing after it is believed. */
START_TEST(broken_for_good)
{
    struct msg_reader r = {.len = 0};
    struct log log = {.count = 0};
    ck_assert(!msg_feed(&r, "what\n", 5, on_message, &log));
    ck_assert(!msg_feed(&r, HELLO "end\n", sizeof(HELLO "end\n") - 1, on_message, &log));
    ck_assert(!r.ended);
    r = (struct msg_reader){.len = 0};
    log = (struct log){.refuse_after = 1};
    static const char two[] = HELLO "doing\ta\ndoing\tb\n";
    ck_assert(!msg_feed(&r, two, sizeof(two) - 1, on_message, &log));
    ck_assert_uint_eq(log.count, 1);
}
END_TEST

START_TEST(too_long)
{
    struct msg_reader r = {.len = 0};
    struct log log = {.count = 0};
    char line[MSG_LINE_MAX + 16];
    memset(line, 'x', sizeof(line));
    ck_assert(msg_feed(&r, line, MSG_LINE_MAX - 1, on_message, &log));
    ck_assert(!msg_feed(&r, line, 1, on_message, &log));
    /* A text over its limit in a line within its own. */
    r = (struct msg_reader){.len = 0};
    memcpy(line, HELLO "doing\t", sizeof(HELLO "doing\t") - 1);
    line[sizeof(HELLO "doing\t") - 1 + MSG_TEXT_MAX + 1] = '\n';
    ck_assert(!msg_feed(&r, line, sizeof(HELLO "doing\t") + MSG_TEXT_MAX + 1, on_message, &log));
    ck_assert_uint_eq(log.count, 0);
}
END_TEST

/* Written and read back: every kind at its largest, with hostile text made harmless. */
START_TEST(round_trip)
{
    int fd[2];
    char huge[2 * MSG_TEXT_MAX], got[MSG_LINE_MAX * MSG_NKINDS];
    struct msg_reader r = {.len = 0};
    struct log log = {.count = 0};
    memset(huge, 'h', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    ck_assert_int_eq(pipe(fd), 0);
    for (int kind = 0; kind < MSG_NKINDS; kind++) {
        struct msg m = {.kind = (enum msg_kind)kind, .text = {huge, "\t\n\x1b\xff", NULL}};
        for (unsigned i = 0; i < MSG_NUMS_MAX; i++)
            m.num[i] = kind == MSG_HELLO ? MSG_VERSION : UINT64_MAX;
        ck_assert_int_eq(msg_write(fd[1], &m), 0);
    }
    (void)close(fd[1]);
    size_t len = 0;
    for (ssize_t n; (n = read(fd[0], got + len, sizeof(got) - len)) > 0;)
        len += (size_t)n;
    (void)close(fd[0]);
    ck_assert(msg_feed(&r, got, len, on_message, &log));
    ck_assert(r.ended);
    ck_assert_uint_eq(log.count, MSG_NKINDS - 2);
    ck_assert_ptr_null(memchr(got, '\x1b', len));
    ck_assert_ptr_nonnull(strstr(log.text, "18446744073709551615"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("msg");
    TCase *tc = tcase_create("msg");
    tcase_add_loop_test(tc, streams, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tc, broken_for_good);
    tcase_add_test(tc, too_long);
    tcase_add_test(tc, round_trip);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
