/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of zones and lines of the query log, from messages written out by hand. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dnsd/account.h"

static int log_pipe[2];
static struct account_book *book;

static void setup(void)
{
    static const char *const zones[] = {"z.t", "x.z.t"};
    static struct name name[2];
    const struct name *names[] = {&name[0], &name[1]};
    for (size_t i = 0; i < 2; i++)
        ck_assert_ptr_null(name_parse(zones[i], strlen(zones[i]), &name[i]));
    ck_assert_int_eq(pipe2(log_pipe, O_NONBLOCK), 0);
    book = account_open(names, 2, 2, log_pipe[1]);
    ck_assert_ptr_nonnull(book);
}

static void teardown(void)
{
    account_close(book);
    close(log_pipe[0]);
    close(log_pipe[1]);
}

struct row {
    const char *name; /* wire form */
    uint8_t type[2], class[2];
    uint8_t opcode, rcode, answers;
    size_t reply_len;
    size_t zone;      /* whose counters move, 2: none */
    const char *line; /* without the time; NULL: no line */
};

static const struct row rows[] = {
    {"\1Q\1z\1T", {0, 1}, {0, 1}, 0, 0, 3, 50, 0, "192.0.2.7 Q.z.T A IN: NOERROR/3/50\n"},
    {"\1q\1x\1z\1t", {0, 16}, {0, 1}, 0, 3, 0, 60, 1, "192.0.2.7 q.x.z.t TXT IN: NXDOMAIN/0/60\n"},
    {"\1z\1t", {0, 65}, {0, 1}, 0, 2, 0, 20, 0, "192.0.2.7 z.t type65 IN: SERVFAIL/0/20\n"},
    {"\1t", {0, 2}, {0, 1}, 0, 5, 0, 19, 2, "192.0.2.7 t NS IN: REFUSED/0/19\n"},
    {"", {0, 255}, {0, 255}, 0, 5, 0, 17, 2, "192.0.2.7 . ANY ANY: REFUSED/0/17\n"},
    {"\1z\1t", {0, 16}, {0, 3}, 0, 0, 1, 40, 2, "192.0.2.7 z.t TXT CH: NOERROR/1/40\n"},
    {"\4a \n.\1z\1t",
     {0, 1},
     {0, 1},
     0,
     3,
     0,
     33,
     0,
     "192.0.2.7 a\\032\\010\\..z.t A IN: NXDOMAIN/0/33\n"},
    {"\1z\1t", {0, 1}, {0, 1}, 0, 0, 0, 0, 0, NULL},
    {"\1z\1t", {0, 1}, {0, 1}, 2 << 3, 4, 0, 12, 2, "192.0.2.7 ? ? ?: NOTIMPL/0/12\n"},
};

/* Query and reply in blocks of their own sizes. */
static void give(struct account *a, const struct row *r)
{
    struct sockaddr_in client = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207)};
    size_t name = strlen(r->name) + 1, len = 12 + name + 4;
    uint8_t *query = calloc(1, len), *reply = calloc(1, r->reply_len + (r->reply_len == 0));
    ck_assert(query && reply);
    query[2] = r->opcode;
    query[5] = 1;
    memcpy(query + 12, r->name, name);
    memcpy(query + 12 + name, r->type, 2);
    memcpy(query + 14 + name, r->class, 2);
    if (r->reply_len > 0) {
        reply[3] = r->rcode;
        reply[7] = r->answers;
    }
    struct account_message m = {.query = query,
                                .query_len = len,
                                .reply = reply,
                                .reply_len = r->reply_len,
                                .client = (const struct sockaddr *)&client};
    account_message(a, &m);
    account_flush(a);
    free(query);
    free(reply);
}

static void check_counters(const struct row *r, size_t zone, bool moved)
{
    uint64_t sum[ACCOUNT_NCOUNTERS];
    account_sum(book, zone, sum);
    ck_assert_uint_eq(sum[ACCOUNT_QUERIES], moved);
    ck_assert_uint_eq(sum[ACCOUNT_OK], moved && r->rcode == 0 && r->reply_len > 0);
    ck_assert_uint_eq(sum[ACCOUNT_NXDOMAIN], moved && r->rcode == 3);
    ck_assert_uint_eq(sum[ACCOUNT_IN], moved ? 12 + strlen(r->name) + 1 + 4 : 0);
    ck_assert_uint_eq(sum[ACCOUNT_OUT], moved ? r->reply_len : 0);
}

START_TEST(one_message)
{
    const struct row *r = &rows[_i];
    char line[256] = "";
    give(book->thread[_i % 2], r);
    for (size_t zone = 0; zone < 2; zone++)
        check_counters(r, zone, zone == r->zone);
    check_counters(r, 2, true);
    ssize_t n = read(log_pipe[0], line, sizeof line - 1);
    ck_assert_int_eq(n > 0, r->line != NULL);
    if (r->line)
        ck_assert_str_eq(strchr(line, ' ') + 1, r->line);
}
END_TEST

/* A reader that takes nothing costs lines, and nothing else. */
START_TEST(full_pipe)
{
    uint64_t sum[ACCOUNT_NCOUNTERS];
    for (int i = 0; i < 5000; i++)
        give(book->thread[0], &rows[0]);
    account_sum(book, 2, sum);
    ck_assert_uint_eq(sum[ACCOUNT_QUERIES], 5000);
}
END_TEST

START_TEST(sums_threads)
{
    uint64_t sum[ACCOUNT_NCOUNTERS];
    give(book->thread[0], &rows[0]);
    give(book->thread[1], &rows[0]);
    account_sum(book, 0, sum);
    ck_assert_uint_eq(sum[ACCOUNT_QUERIES], 2);
    ck_assert_uint_eq(sum[ACCOUNT_OUT], 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("account");
    TCase *tc = tcase_create("account");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, one_message, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, full_pipe);
    tcase_add_test(tc, sums_threads);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
