/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/retired.h"

struct row {
    const char *text;
    const char *name; /* NULL: alive */
};

static const struct row zones[] = {
    {"dnsbl.sorbs.net", "SORBS"},
    {"rhsbl.sorbs.net", "SORBS"},
    {"sorbs.net", "SORBS"},
    {"notsorbs.net", NULL},
    {"sorbs.net.example", NULL},
    {"ix.dnsbl.manitu.net", "NiX Spam"},
    {"dnsbl.manitu.net", NULL},
    {"db.wpbl.info", "WPBL"},
    {"dsn.rfc-ignorant.org", "rfc-ignorant"},
    {"dsn.rfc-clueless.org", NULL},
    {"list.dsbl.org", "DSBL"},
    {"dnsbl.njabl.org", "NJABL"},
    {"bl.spamcannibal.org", "SpamCannibal"},
    {"dnsbl.ahbl.org", "AHBL"},
    {"combined.rbl.msrbl.net", "MSRBL"},
    {"cbl.abuseat.org", "CBL"},
    {"zen.spamhaus.org", NULL},
    {"virbl.bit.nl", "VirBL"},
    {"psbl.surriel.com", NULL},
};

static const struct row urls[] = {
    {"rsync://rsync.sorbs.net/rbldnszones/dnsbl", "SORBS"},
    {"https://www.DNSBL.manitu.net/download/nixspam-ip.dump.gz", "NiX Spam"},
    {"http://www.nixspam.net/download/nixspam-ip.dump.gz", "NiX Spam"},
    {"rsync://rsync.abuseat.org/cbl/list.txt", "CBL"},
    {"https://www.spamhaus.org/drop/edrop.txt", "Spamhaus EDROP"},
    {"https://www.spamhaus.org/drop/drop.txt", NULL},
    {"https://iplists.firehol.org/files/spamhaus_edrop.netset", "FireHOL's copy of Spamhaus EDROP"},
    {"https://lists.blocklist.de/lists/ircbot.txt", "blocklist.de ircbot"},
    {"https://lists.blocklist.de/lists/bots.txt", NULL},
    {"https://zeustracker.abuse.ch/blocklist.php?download=badips", "abuse.ch ZeuS Tracker"},
    {"https://ransomwaretracker.abuse.ch/downloads/RW_IPBL.txt", "abuse.ch Ransomware Tracker"},
    {"https://feodotracker.abuse.ch/downloads/ipblocklist.txt", NULL},
    {"http://www.openbl.org/lists/base.txt", "OpenBL"},
    {"https://www.badips.com/get/list/any/2", "badips"},
    {"file:///srv/sorbs.net/list", NULL},
    {"file:sorbs.net/list", NULL},
};

static void expect(const struct row *row, const struct retired *got)
{
    if (row->name == NULL)
        ck_assert_msg(got == NULL, "%s: taken for %s", row->text, got ? got->name : "");
    else
        ck_assert_msg(got != NULL && strcmp(got->name, row->name) == 0, "%s: is %s", row->text,
                      got ? got->name : "not known");
}

START_TEST(by_zone)
{
    expect(&zones[_i], retired_zone(zones[_i].text));
}
END_TEST

START_TEST(by_url)
{
    expect(&urls[_i], retired_url(urls[_i].text));
}
END_TEST

/* A message needs every part, and a row that nothing can match is a mistake. */
START_TEST(rows_are_whole)
{
    const struct retired *r = &retired[_i];

    ck_assert(r->zone != NULL || r->url != NULL);
    ck_assert(r->name[0] != '\0' && r->since[0] != '\0');
    ck_assert(r->what[0] != '\0' && r->instead[0] != '\0');
}
END_TEST

int main(void)
{
    Suite *s = suite_create("retired");
    TCase *tc = tcase_create("table");

    tcase_add_loop_test(tc, by_zone, 0, sizeof(zones) / sizeof(zones[0]));
    tcase_add_loop_test(tc, by_url, 0, sizeof(urls) / sizeof(urls[0]));
    tcase_add_loop_test(tc, rows_are_whole, 0, (int)nretired);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
