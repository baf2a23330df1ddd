/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/log.h"
#include "loader/progress.h"

#define OLD_AFTER 3 /* refreshes without success: more than a publisher's bad night */

static void report_failure(const struct list_run *list, int64_t now)
{
    char age[PROGRESS_TEXT_MAX];
    if (!list->has_data) {
        log_warn("list %s: no data: %s", list->conf->name, list->fetch.detail);
        return;
    }
    int64_t old = now - list->state.fetched;
    bool late = list->state.fetched != 0 && old > (int64_t)list->conf->refresh * OLD_AFTER;
    progress_age(age, old);
    log_line(late ? LOG_LVL_ERROR : LOG_LVL_WARN, "list %s: kept old data: %s (age %s%s)",
             list->conf->name, list->fetch.detail, list->state.fetched == 0 ? "unknown" : age,
             late ? ", more than three times refresh" : "");
}

static void report_expired(const struct list_run *list, int64_t now)
{
    char age[PROGRESS_TEXT_MAX];
    progress_age(age, now - list->state.stale_since);
    log_warn("list %s: expired: older than its expire for %s; zones do without it",
             list->conf->name, age);
}

static void report_new(const struct list_run *list)
{
    char size[PROGRESS_TEXT_MAX], bad[64] = "", counts[RUN_COUNTS_MAX + 4] = "";
    const struct list_state *s = &list->state;
    progress_size(size, (double)s->data.size);
    if (s->bad > 0)
        (void)snprintf(bad, sizeof(bad), ", %" PRIu64 " bad lines", s->bad);
    if (list->report.counts[0] != '\0')
        (void)snprintf(counts, sizeof(counts), " (%s)", list->report.counts);
    log_notice("list %s: %" PRIu64 " entries%s, %s, %s%s, %.1f s", list->conf->name, s->entries,
               counts, size, list->report.verdict == LIST_SAME ? "unchanged" : "changed", bad,
               list->seconds);
}

static enum run_status report_list(const struct list_run *list, int64_t now)
{
    const char *name = list->conf->name;
    if (list->expired)
        report_expired(list, now);
    /* Lists that were not due stay silent: cron mails what it reads. */
    if (list->fetch.outcome == FETCH_FAILED) {
        report_failure(list, now);
        return RUN_PARTIAL;
    }
    if (list->report.verdict == LIST_UNFIT) {
        log_warn("list %s: its data cannot be used: %s", name, list->report.why);
        return RUN_PARTIAL;
    }
    if (list->fetch.outcome == FETCH_NEW)
        report_new(list);
    else if (list->fetch.outcome == FETCH_UNCHANGED)
        log_notice("list %s: unchanged (%s)", name, list->fetch.detail);
    return list->expired ? RUN_PARTIAL : RUN_CURRENT;
}

static enum run_status report_zone(const struct zone_run *z)
{
    const char *zone = z->conf->text;
    switch (z->verdict) {
    case ZONE_CURRENT:
    case ZONE_BUILT:
        if (z->verdict == ZONE_BUILT)
            log_notice("zone %s: published, %" PRIu64 " entries, serial %" PRIu32 ", %.1f s", zone,
                       z->entries, z->serial, z->seconds);
        if (z->why[0] == '\0')
            return RUN_CURRENT;
        log_warn("zone %s: incomplete, no data for %s", zone, z->why);
        break;
    case ZONE_KEPT:
        log_warn("zone %s: kept the published image, no data for %s", zone, z->why);
        break;
    case ZONE_NO_DATA:
        log_warn("zone %s: not compiled, no data for %s", zone, z->why);
        break;
    case ZONE_EXPIRED:
        log_warn("zone %s: expired, answers %s: no current data in %s", zone,
                 z->conf->expired == CONF_EXPIRED_EMPTY ? "that nothing is listed" : "SERVFAIL",
                 z->why);
        break;
    case ZONE_ROLLED_BACK:
        log_warn("zone %s: rolled back by an operator, nothing is published until "
                 "rblctl rollback --undo %s",
                 zone, zone);
        break;
    default:
        log_error("zone %s: not compiled: %s", zone, z->why);
        break;
    }
    return RUN_PARTIAL;
}

enum run_status report_run(const struct run *run, const char *fault)
{
    enum run_status status = RUN_CURRENT;
    progress_clear();
    for (size_t i = 0; i < run->conf->nlists; i++) {
        const struct list_run *list = &run->lists[i];
        if (!list->pending && !list->done && report_list(list, run->now) != RUN_CURRENT)
            status = RUN_PARTIAL;
    }
    if (fault != NULL) {
        log_error("nothing published: %s", fault);
        return RUN_PARTIAL;
    }
    for (size_t i = 0; i < run->conf->nzones; i++) {
        const struct zone_run *z = &run->zones[i];
        if (!z->waits && !z->done && report_zone(z) != RUN_CURRENT)
            status = RUN_PARTIAL;
    }
    return status;
}

static enum run_status report_would(const struct list_run *list)
{
    const char *name = list->conf->name, *why = list->fetch.detail;
    switch (list->fetch.outcome) {
    case FETCH_NOT_TRIED:
        return RUN_CURRENT;
    case FETCH_UNCHANGED:
        log_notice("list %s: unchanged (%s)", name, why);
        return RUN_CURRENT;
    case FETCH_NEW:
        if (list->report.verdict == LIST_SAME)
            log_notice("list %s: unchanged (same bytes)", name);
        if (list->report.verdict == LIST_SAME || list->report.verdict == LIST_ACCEPTED)
            return RUN_CURRENT;
        why = list->report.why;
        break;
    default:
        break;
    }
    log_warn("list %s: would %s: %s", name, list->has_data ? "keep old data" : "have no data", why);
    return RUN_PARTIAL;
}

enum run_status report_dry_run(const struct run *run, const char *fault)
{
    enum run_status status = RUN_CURRENT;
    progress_clear();
    if (fault != NULL) {
        log_error("nothing compared: %s", fault);
        return RUN_PARTIAL;
    }
    for (size_t i = 0; i < run->conf->nlists; i++)
        if (report_would(&run->lists[i]) != RUN_CURRENT)
            status = RUN_PARTIAL;
    return status;
}
