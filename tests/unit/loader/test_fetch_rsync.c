/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <string.h>

#include "loader/fetch_rsync.h"

struct url_row {
    const char *url;
    bool good;
};

static char evil[] = "rsync://host/module/file";

static const struct url_row url_rows[] = {
    {"rsync://psbl-mirror.surriel.com/psbl/psbl.txt", true},
    {"rsync://host:8730/module/dir/file", true},
    {"rsync://user@host/module/file", true},
    {"rsync://[2001:db8::1]:873/module/file", true},
    {"rsync://[2001:db8::1]/module/file", true},
    /* no file, no module, no host */
    {"rsync://host/module/", false},
    {"rsync://host/module/dir/", false},
    {"rsync://host/module", false},
    {"rsync://host//file", false},
    {"rsync:///module/file", false},
    {"rsync://host", false},
    {"rsync://", false},
    {"", false},
    /* other ways to spell a source, or an option */
    {"host::module/file", false},
    {"/etc/passwd", false},
    {"--daemon", false},
    {"-e sh", false},
    {"rsync://-oProxyCommand/module/file", false},
    {"file:///etc/passwd", false},
    /* more than one file */
    {"rsync://host/module/*", false},
    {"rsync://host/module/file?", false},
    {"rsync://host/mod[ab]/file", false},
    {"rsync://host/module/a b", false},
};

START_TEST(urls)
{
    char url[128];
    struct conf_list conf = {.url = url};
    struct rsync_command c;
    (void)strncpy(url, url_rows[_i].url, sizeof(url) - 1);
    url[sizeof(url) - 1] = '\0';
    ck_assert_int_eq(rsync_command(&c, &conf, true), url_rows[_i].good);
}
END_TEST

static size_t count(const struct rsync_command *c, const char *arg)
{
    size_t n = 0;
    for (size_t i = 0; c->argv[i] != NULL; i++)
        n += strcmp(c->argv[i], arg) == 0;
    return n;
}

START_TEST(arguments)
{
    struct conf_list conf = {
        .url = evil, .max_size = UINT64_MAX, .connect_timeout = 7, .stall_timeout = 4294967295};
    struct rsync_command c;
    size_t n = 0;
    memset(&c, 0xff, sizeof(c));
    ck_assert(rsync_command(&c, &conf, true));
    while (c.argv[n] != NULL)
        n++;
    ck_assert_uint_lt(n, RSYNC_ARGS_MAX);
    ck_assert_str_eq(c.argv[0], "rsync");
    /* The last three: nothing after "--" can be an option. */
    ck_assert_str_eq(c.argv[n - 3], "--");
    ck_assert_str_eq(c.argv[n - 2], evil);
    ck_assert_str_eq(c.argv[n - 1], "incoming");
    for (size_t i = 1; i < n - 3; i++)
        ck_assert(strncmp(c.argv[i], "--", 2) == 0 && c.argv[i][2] != '\0');
    ck_assert_uint_eq(count(&c, "--timeout=4294967295"), 1);
    ck_assert_uint_eq(count(&c, "--contimeout=7"), 1);
    ck_assert_uint_eq(count(&c, "--max-size=18446744073709551615"), 1);
    ck_assert_uint_eq(count(&c, "--times"), 1);
    ck_assert_uint_eq(count(&c, "--no-links"), 1);
    ck_assert_uint_eq(count(&c, "--no-inplace"), 1);
    ck_assert_uint_eq(count(&c, "--ignore-times"), 0);
    /* Data nobody vouches for are compared by content. */
    ck_assert(rsync_command(&c, &conf, false));
    ck_assert_uint_eq(count(&c, "--ignore-times"), 1);
}
END_TEST

START_TEST(exit_texts)
{
    ck_assert_ptr_nonnull(strstr(rsync_exit_text(10), "connect"));
    ck_assert_ptr_nonnull(strstr(rsync_exit_text(30), "stall-timeout"));
    ck_assert_ptr_nonnull(strstr(rsync_exit_text(24), "vanished"));
    ck_assert_str_eq(rsync_exit_text(99), "unknown failure");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fetch_rsync");
    TCase *tc = tcase_create("fetch_rsync");
    tcase_add_loop_test(tc, urls, 0, (int)(sizeof(url_rows) / sizeof(url_rows[0])));
    tcase_add_test(tc, arguments);
    tcase_add_test(tc, exit_texts);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
