/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out at the first, second, third... allocation of reading a configuration: it is
 * refused with a word, or taken whole; what it leaves behind a leak checker tells.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/conf_internal.h"
#include "tests/common/shortage.h"

#define GOOD 5 /* rows that are right, in front of the others */

static const char *const rows[] = {
    "",
    "list a { url = 'file:/a' }\nzone a.test { lists = a }\n",
    "server { listen = { '127.0.0.1:53', '[::1]:53' } user = 'u' allow-query = { '127.0.0.0/8', "
    "'::1/128' } }\npaths { mirror = '/m' images = '/i' run = '/r' }\n",
    "list a { url = 'http://example.com/a' format = 'columns' separator = ',' column = 2 txt = "
    "'%{ref} $' refresh = '2h' min-refresh = '1h' }\n"
    "list b { url = 'file:/b' format = 'rbldnsd:ip4set' }\nlist e { url = 'file:/e' }\n"
    "list c { url = 'file:/c' format = 'rbldnsd:acl' }\n"
    "zone z.test { lists = { 'a', 'b' } exclude = { 'e' } acl = { 'c' } ns = { 'ns.z.test "
    "192.0.2.1 2001:db8::1', "
    "'ns2.example' } soa-mname = 'ns.z.test' soa-rname = 'h.z.test'\n"
    " canary = { '192.0.2.1', '!192.0.2.2', 'a.example' }\n"
    " sub usa { lists = { 'a' } }\n sub x.y { lists = { 'a', 'b' } } }\n"
    "zone bits.test { lists = { 'a', 'b' } combine = 'bitmask' }\n",
    "list good { url = 'file:/g' }\nzone w.test { lists = good kind = 'allow' }\n",
    /* and what is wrong is said as ever */
    "list a { url = 'file:/a' nonsense = 1 }\n",
    "zone z.test { lists = { 'none' } }\n",
    "list a { url = 'ftp://x' }\nzone a..b { lists = a }\n",
    "list a { url = 'file:/a' }\nlist a { url = 'file:/b' }\n",
};

static bool known(const char *format)
{
    (void)format;
    return true;
}

/* What a configuration is good for, in words. */
static struct conf *read_once(const char *text, char **said)
{
    size_t len;
    *said = NULL;
    FILE *err = open_memstream(said, &len);
    struct conf *conf = conf_load_text("t", text, strlen(text), known, err);
    fclose(err);
    return conf;
}

START_TEST(each_allocation_fails_once)
{
    char *said;
    struct conf *conf = read_once(rows[_i], &said);
    const bool good = conf != NULL;
    const size_t nlists = good ? conf->nlists : 0, nzones = good ? conf->nzones : 0;
    ck_assert_msg(good == (_i < GOOD), "row %d: %s", _i, said);
    conf_free(conf);
    ck_assert(good || said[0] != '\0');
    free(said);
    unsigned long at = 0;
    for (bool reached = true; reached;) {
        shortage_at = ++at;
        conf = read_once(rows[_i], &said);
        reached = shortage_at == 0;
        shortage_at = 0;
        if (conf == NULL && said[0] == '\0')
            ck_abort_msg("allocation %lu: refused without a word", at);
        if (conf != NULL && (!good || conf->nlists != nlists || conf->nzones != nzones))
            ck_abort_msg("allocation %lu: taken", at);
        conf_free(conf);
        free(said);
    }
}
END_TEST

int main(void)
{
    const int n = sizeof(rows) / sizeof(rows[0]);
    Suite *s = suite_create("conf_oom");
    TCase *tc = tcase_create("conf_oom");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, each_allocation_fails_once, 0, n);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
