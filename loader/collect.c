/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/collect.h"

#include <stdio.h>

#include "lib/log.h"
#include "loader/assemble.h"
#include "loader/child.h"
#include "loader/progress.h"

/* Seconds; two orders of magnitude above the largest lists there are. */
#define COLLECT_LIMIT 3600

static bool take_bad_line(const struct run *run, const struct msg *m)
{
    if (m->num[0] >= run->conf->nlists)
        return false;
    const char *name = run->conf->lists[m->num[0]].name;
    progress_clear();
    log_warn("list %s: %s/%s/%s:%ju: %s: \"%s\"", name, run->conf->paths.mirror, name, m->text[0],
             (uintmax_t)m->num[1], m->text[2], m->text[1]);
    return true;
}

static bool take_list(struct run *run, const struct msg *m)
{
    if (m->num[0] >= run->conf->nlists || m->num[1] >= LIST_NVERDICTS || m->num[7] > INT64_MAX)
        return false;
    struct list_run *list = &run->lists[m->num[0]];
    enum list_verdict verdict = (enum list_verdict)m->num[1];
    bool of_candidate = verdict == LIST_ACCEPTED || verdict == LIST_SAME ||
                        verdict == LIST_REFUSED || verdict == LIST_HELD;
    if (of_candidate && list->fetch.outcome != FETCH_NEW)
        return false;
    list->report = (struct list_report){.verdict = verdict,
                                        .entries = m->num[2],
                                        .lines = m->num[3],
                                        .bad = m->num[4],
                                        .digest = m->num[5],
                                        .covered = m->num[6],
                                        .made = (int64_t)m->num[7]};
    (void)snprintf(list->report.why, sizeof(list->report.why), "%s", m->text[0]);
    (void)snprintf(list->report.counts, sizeof(list->report.counts), "%s", m->text[1]);
    return true;
}

static bool take_zone(struct run *run, const struct msg *m)
{
    if (m->num[0] >= run->conf->nzones || m->num[1] >= ZONE_NVERDICTS || m->num[3] > UINT32_MAX)
        return false;
    struct zone_run *zone = &run->zones[m->num[0]];
    zone->verdict = (enum zone_verdict)m->num[1];
    zone->entries = m->num[2];
    zone->serial = (uint32_t)m->num[3];
    zone->seconds = (double)m->num[4] / 1e6;
    (void)snprintf(zone->why, sizeof(zone->why), "%s", m->text[0]);
    return true;
}

static bool take_preview(const struct run *run, const struct msg *m)
{
    if (m->num[0] >= run->conf->nlists || !run->dry)
        return false;
    progress_clear();
    log_notice("list %s: %s", run->conf->lists[m->num[0]].name, m->text[0]);
    return true;
}

static bool on_message(void *ctx, const struct msg *m)
{
    struct run *run = ctx;
    switch (m->kind) {
    case MSG_DOING:
        (void)snprintf(run->doing, sizeof(run->doing), "%s", m->text[0]);
        progress_start();
        return true;
    case MSG_PROGRESS:
        progress_parsed(m->num[0], m->num[1], m->num[2]);
        return true;
    case MSG_BADLINE:
        return take_bad_line(run, m);
    case MSG_LIST:
        return take_list(run, m);
    case MSG_ZONE:
        return take_zone(run, m);
    case MSG_PREVIEW:
        return take_preview(run, m);
    default:
        return false;
    }
}

static void on_tick(void *ctx)
{
    const struct run *run = ctx;
    progress_wait("loader", run->doing);
}

const char *collect(struct run *run, char why[static RUN_WHY_MAX])
{
    struct child c = {.run = assemble_child,
                      .arg = run,
                      .on_msg = on_message,
                      .ctx = run,
                      .limit = COLLECT_LIMIT};
    for (size_t i = 0; i < run->conf->nzones; i++)
        if (!run->zones[i].done)
            run->zones[i].verdict = ZONE_FAILED;
    run->doing[0] = '\0';
    if (child_run(&c, on_tick))
        return NULL;
    (void)snprintf(why, RUN_WHY_MAX, "compiling process: %s%s%.200s", c.why,
                   run->doing[0] == '\0' ? "" : " while ", run->doing);
    return why;
}
