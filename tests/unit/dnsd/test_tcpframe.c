/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/tcpframe.h"

/* A stream as lengths of messages, and what must come of it. */
static const struct {
    const char *what;
    size_t len[4];  /* announced lengths */
    size_t n;       /* of them */
    size_t cut;     /* octets missing at the end of the stream */
    unsigned whole; /* messages that come out */
    enum tcpframe_result end;
    bool partial;
} rows[] = {
    {"nothing", {0}, 0, 0, 0, TCPFRAME_MORE, false},
    {"one, shortest", {12}, 1, 0, 1, TCPFRAME_MORE, false},
    {"one, longest", {4096}, 1, 0, 1, TCPFRAME_MORE, false},
    {"header alone of a longer one", {4097}, 1, 0, 1, TCPFRAME_MORE, false},
    {"and of the longest", {65535, 20, 65535, 12}, 4, 0, 4, TCPFRAME_MORE, false},
    {"last octet missing of one", {65535}, 1, 1, 0, TCPFRAME_MORE, true},
    {"several", {12, 300, 40, 17}, 4, 0, 4, TCPFRAME_MORE, false},
    {"length 256: its low octet is 0", {256}, 1, 0, 1, TCPFRAME_MORE, false},
    {"half a length", {12}, 1, 13, 0, TCPFRAME_MORE, true},
    {"a length alone", {12}, 1, 12, 0, TCPFRAME_MORE, true},
    {"last octet missing", {12, 30}, 2, 1, 1, TCPFRAME_MORE, true},
    {"length 0", {0}, 1, 0, 0, TCPFRAME_BAD, false},
    {"length 1", {1}, 1, 0, 0, TCPFRAME_BAD, false},
    {"length 11", {11}, 1, 0, 0, TCPFRAME_BAD, false},
    {"a good one, then length 0", {20, 0, 20}, 3, 0, 1, TCPFRAME_BAD, false},
};

/* Segment sizes; 0: all at once.  1, 2 and 3 put every border everywhere. */
static const size_t segments[] = {0, 1, 2, 3, 5, 13, 14, 15, 64, 1000};
#define NSEGMENTS (sizeof segments / sizeof segments[0])

static uint8_t octet_of(size_t message, size_t i)
{
    return (uint8_t)(message * 31 + i * 7 + (i >> 8));
}

static size_t make_stream(size_t row, uint8_t *out)
{
    size_t at = 0;
    for (size_t m = 0; m < rows[row].n; m++) {
        size_t len = rows[row].len[m];
        out[at++] = (uint8_t)(len >> 8);
        out[at++] = (uint8_t)len;
        for (size_t i = 0; i < len; i++)
            out[at++] = octet_of(m, i);
    }
    return at - rows[row].cut;
}

static void check_message(size_t row, size_t m, const uint8_t *msg, size_t len)
{
    ck_assert_uint_lt(m, rows[row].whole);
    size_t announced = rows[row].len[m];
    ck_assert_uint_eq(len, announced > TCPFRAME_MSG_MAX ? TCPFRAME_MSG_MIN : announced);
    for (size_t i = 0; i < len; i++)
        ck_assert_uint_eq(msg[i], octet_of(m, i));
}

/* Feed one segment from a block of its exact size; returns the result that ended it. */
static enum tcpframe_result feed(struct tcpframe *f, size_t row, const uint8_t *data, size_t len,
                                 unsigned *count)
{
    const uint8_t *msg;
    size_t msg_len;
    enum tcpframe_result r;
    uint8_t *block = malloc(len ? len : 1);
    memcpy(block, data, len);
    struct tcpframe_input in = {.data = block, .len = len};
    while ((r = tcpframe_next(f, &in, &msg, &msg_len)) == TCPFRAME_MESSAGE)
        check_message(row, (*count)++, msg, msg_len);
    if (r == TCPFRAME_MORE)
        ck_assert_uint_eq(in.used, len);
    free(block);
    return r;
}

START_TEST(stream)
{
    size_t row = (size_t)_i / NSEGMENTS, segment = segments[(size_t)_i % NSEGMENTS];
    uint8_t *bytes = malloc(4 * (65535 + 2));
    size_t len = make_stream(row, bytes);
    struct tcpframe f = {0};
    enum tcpframe_result r = TCPFRAME_MORE;
    unsigned count = 0;
    for (size_t at = 0; at < len && r == TCPFRAME_MORE;) {
        size_t n = segment && segment < len - at ? segment : len - at;
        r = feed(&f, row, bytes + at, n, &count);
        at += n;
    }
    ck_assert_msg(count == rows[row].whole, "%s: %u messages", rows[row].what, count);
    ck_assert_int_eq(r, rows[row].end);
    if (r == TCPFRAME_MORE)
        ck_assert_int_eq(tcpframe_partial(&f), rows[row].partial);
    tcpframe_reset(&f);
    ck_assert(!tcpframe_partial(&f));
    free(bytes);
}
END_TEST

START_TEST(long_message_holds_its_header)
{
    uint8_t head[] = {0xff, 0xff, 1, 2, 3};
    struct tcpframe f = {0};
    struct tcpframe_input in = {.data = head, .len = sizeof head};
    const uint8_t *msg;
    size_t len;
    ck_assert_int_eq(tcpframe_next(&f, &in, &msg, &len), TCPFRAME_MORE);
    ck_assert_uint_lt(malloc_usable_size(f.body), 64);
    tcpframe_reset(&f);
}
END_TEST

START_TEST(idle_holds_no_memory)
{
    uint8_t bytes[] = {0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 12, 1};
    struct tcpframe f = {0};
    struct tcpframe_input in = {.data = bytes, .len = 14};
    const uint8_t *msg;
    size_t len;
    ck_assert_int_eq(tcpframe_next(&f, &in, &msg, &len), TCPFRAME_MESSAGE);
    /* A whole message is handed out where it lies. */
    ck_assert_ptr_eq(msg, bytes + 2);
    ck_assert_int_eq(tcpframe_next(&f, &in, &msg, &len), TCPFRAME_MORE);
    ck_assert_ptr_null(f.body);
    /* Announcing a message costs nothing before its first octet. */
    in = (struct tcpframe_input){.data = bytes + 14, .len = 2};
    ck_assert_int_eq(tcpframe_next(&f, &in, &msg, &len), TCPFRAME_MORE);
    ck_assert_ptr_null(f.body);
    ck_assert(tcpframe_partial(&f));
    in = (struct tcpframe_input){.data = bytes + 16, .len = 1};
    ck_assert_int_eq(tcpframe_next(&f, &in, &msg, &len), TCPFRAME_MORE);
    ck_assert_ptr_nonnull(f.body);
    tcpframe_reset(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcpframe");
    TCase *tc = tcase_create("tcpframe");
    tcase_add_loop_test(tc, stream, 0, (int)(sizeof rows / sizeof rows[0] * NSEGMENTS));
    tcase_add_test(tc, long_message_holds_its_header);
    tcase_add_test(tc, idle_holds_no_memory);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
