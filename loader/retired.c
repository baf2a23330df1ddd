/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/retired.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/log.h"

#define LOCAL   "a list that is alive, such as PSBL, UCEPROTECT level 1 or blocklist.de"
#define TRAFFIC "Feodo Tracker, ThreatFox or URLhaus of abuse.ch"

const struct retired retired[] = {
    {"sorbs.net", "sorbs.net", "SORBS", "2024-06-05",
     "its owner switched it off and removed the data", LOCAL},
    {"ix.dnsbl.manitu.net", "dnsbl.manitu.net", "NiX Spam", "2025-01-16",
     "it was emptied, and the dump is gone", LOCAL},
    {NULL, "nixspam.net", "NiX Spam", "2025-01-16", "it was emptied, and the dump is gone", LOCAL},
    {"rfc-ignorant.org", "rfc-ignorant.org", "rfc-ignorant", "2012", "it was closed",
     "rfc-clueless.org, which has zones of the same names"},
    {"wpbl.info", "wpbl.info", "WPBL", "2023-11", "it was emptied, and shut down in 2024", LOCAL},
    {"dsbl.org", "dsbl.org", "DSBL", "2009-03", "its servers are silent", LOCAL},
    {"njabl.org", "njabl.org", "NJABL", "2013", "it was shut down", "Spamhaus ZEN"},
    {"spamcannibal.org", "spamcannibal.org", "SpamCannibal", "2019-05",
     "its domain expired and answered every name", LOCAL},
    {"ahbl.org", "ahbl.org", "AHBL", "2015-01", "it was shut down by listing every name", LOCAL},
    {"msrbl.net", "msrbl.net", "MSRBL", "before 2015", "it was shut down", LOCAL},
    {"cbl.abuseat.org", "abuseat.org", "CBL", "before 2021",
     "its data became part of Spamhaus XBL (127.0.0.4), and the feed of its own ended",
     "Spamhaus XBL or ZEN"},
    {NULL, "spamhaus.org/drop/edrop", "Spamhaus EDROP", "2024-04",
     "its networks moved into DROP, and the file has only comments", "Spamhaus DROP"},
    {NULL, "spamhaus_edrop", "FireHOL's copy of Spamhaus EDROP", "2024-04",
     "EDROP's networks moved into DROP, and the copy is stale", "Spamhaus DROP"},
    {NULL, "blocklist.de/lists/ircbot", "blocklist.de ircbot", "before 2026", "the file is gone",
     "blocklist.de bots"},
    {NULL, "openbl.org", "OpenBL", "2017", "it was shut down", LOCAL},
    {"virbl.bit.nl", "virbl.", "VirBL", "before 2020", "it was shut down", LOCAL},
    {NULL, "badips.com", "badips", "before 2022", "it was shut down", "blocklist.de"},
    {NULL, "zeustracker.abuse.ch", "abuse.ch ZeuS Tracker", "2019-07", "it was discontinued",
     TRAFFIC},
    {NULL, "ransomwaretracker.abuse.ch", "abuse.ch Ransomware Tracker", "2019-12",
     "it was discontinued", TRAFFIC},
};
const size_t nretired = sizeof(retired) / sizeof(retired[0]);

static bool at_or_below(const char *zone, const char *origin)
{
    size_t len = strlen(zone), tail = strlen(origin);

    return len >= tail && strcasecmp(zone + len - tail, origin) == 0 &&
           (len == tail || zone[len - tail - 1] == '.');
}

const struct retired *retired_zone(const char *zone)
{
    for (size_t i = 0; i < nretired; i++)
        if (retired[i].zone != NULL && at_or_below(zone, retired[i].zone))
            return &retired[i];
    return NULL;
}

/* A name of one's own file is no sign of the publisher: file:/srv/sorbs.net/list is left alone. */
const struct retired *retired_url(const char *url)
{
    const char *host = strstr(url, "://");

    if (host == NULL || strncasecmp(url, "file:", 5) == 0)
        return NULL;
    for (size_t i = 0; i < nretired; i++)
        if (retired[i].url != NULL && strcasestr(host + 3, retired[i].url) != NULL)
            return &retired[i];
    return NULL;
}

void retired_warn(const struct conf *conf)
{
    static const char text[] = "%s %s: %s is no more: since %s, %s; use %s instead";
    const struct retired *r;

    for (size_t i = 0; i < conf->nlists; i++) {
        r = retired_url(conf->lists[i].url);
        if (r != NULL)
            log_warn(text, "list", conf->lists[i].name, r->name, r->since, r->what, r->instead);
    }
    for (size_t i = 0; i < conf->nzones; i++) {
        r = retired_zone(conf->zones[i].text);
        if (r != NULL)
            log_warn(text, "zone", conf->zones[i].text, r->name, r->since, r->what, r->instead);
    }
}
