/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "loader/child.h"
#include "loader/clock.h"
#include "loader/collect.h"
#include "loader/commit.h"
#include "loader/mirror.h"
#include "loader/plan.h"
#include "loader/progress.h"
#include "loader/prune.h"
#include "loader/publish.h"
#include "loader/queue.h"
#include "loader/report.h"
#include "loader/where_run.h"

static void open_list(struct list_run *list, const struct mirror *m)
{
    char why[MIRROR_WHY_MAX];
    struct file_id id;
    list->dir = mirror_list_dir(m, list->conf->name);
    if (list->dir < 0) {
        list->fetch.outcome = FETCH_FAILED;
        (void)snprintf(list->fetch.detail, sizeof(list->fetch.detail),
                       "cannot use its directory: %s", strerror(errno));
        return;
    }
    if (!mirror_read_state(list->dir, &list->state, why) && why[0] != '\0')
        log_warn("list %s: %s; starting over", list->conf->name, why);
    list->has_data = file_id_at(list->dir, MIRROR_DATA, &id);
    /* A run that was killed between data and state, or an administrator, made them differ. */
    list->trusted = list->has_data && file_id_equal(&id, &list->state.data);
}

static void mark_due(struct run *run, const struct run_options *o)
{
    for (size_t i = 0; i < run->conf->nlists; i++) {
        struct list_run *list = &run->lists[i];
        list->accept = o->accept != NULL && o->accept[i];
        list->due = list->dir >= 0 && plan_due(list, i, o, run->now);
        if (!list->due && o->force && list->dir >= 0 && !plan_allowed(list, run->now))
            log_warn("list %s: not fetched: its publisher wants min-refresh between two attempts",
                     list->conf->name);
    }
}

/*
 * A pass ends in one round that compiles, commits and reports.  When it takes longer than this
 * there are rounds before that one, so that zones which wait for no transfer any more are
 * published: they take the lists that have come and leave out the others and their zones.
 */
#define ROUND_MS 10000

struct pass {
    struct run *run;
    bool *used;             /* by list: of the zone being looked at */
    int64_t next;           /* clock_ms() before which there is no round between */
    enum run_status status; /* the worst of all rounds */
};

/* Does some zone have something new, and all that it can get? */
static bool mark_waiting(struct pass *p)
{
    struct run *run = p->run;
    bool ready = false;
    for (size_t i = 0; i < run->conf->nzones; i++) {
        struct zone_run *z = &run->zones[i];
        bool fresh = false;
        z->waits = false;
        plan_zone_lists(run->conf, z->conf, p->used);
        for (size_t k = 0; k < run->conf->nlists; k++) {
            const struct list_run *list = &run->lists[k];
            z->waits |= p->used[k] && list->pending;
            fresh |= p->used[k] && !list->done && list->fetch.outcome == FETCH_NEW;
        }
        ready |= fresh && !z->waits && !z->done;
    }
    return ready;
}

/* What the round has seen to is no business of the next one. */
static void mark_done(struct run *run, bool zones)
{
    for (size_t i = 0; i < run->conf->nlists; i++) {
        struct list_run *list = &run->lists[i];
        if (list->pending)
            continue;
        list->done = true;
        list->fetch = (struct fetch_result){.outcome = FETCH_NOT_TRIED};
    }
    for (size_t i = 0; zones && i < run->conf->nzones; i++)
        run->zones[i].done |= !run->zones[i].waits;
}

static enum run_status do_round(struct run *run)
{
    char why[RUN_WHY_MAX];
    const char *fault = collect(run, why);
    /* From here on a signal waits: the commit is short, and half of one is work for the next run.
     */
    if (child_stop_signal() != 0)
        return RUN_PARTIAL;
    if (run->dry)
        return report_dry_run(run, fault);
    if (fault == NULL)
        commit_zones(run);
    commit_lists(run, fault);
    enum run_status status = report_run(run, fault);
    mark_done(run, fault == NULL);
    return status;
}

static void between(void *ctx)
{
    struct pass *p = ctx;
    if (p->run->dry || clock_ms() < p->next || !mark_waiting(p))
        return;
    if (do_round(p->run) != RUN_CURRENT)
        p->status = RUN_PARTIAL;
    p->next = clock_ms() + ROUND_MS;
}

static enum run_status do_run(struct run *run, const struct run_options *o, int mirror)
{
    struct pass p = {.run = run,
                     .used = calloc(run->conf->nlists + 1, sizeof(*p.used)),
                     .next = p.used != NULL ? clock_ms() + ROUND_MS : INT64_MAX};
    mark_due(run, o);
    queue_fetch(run, between, &p);
    for (size_t i = 0; i < run->conf->nzones; i++)
        run->zones[i].waits = false;
    free(p.used);
    if (child_stop_signal() != 0 || do_round(run) != RUN_CURRENT)
        p.status = RUN_PARTIAL;
    if (!run->dry && child_stop_signal() == 0)
        where_run(run, mirror);
    return p.status;
}

/* A pass that was stopped, or found no room, leaves no more behind than a good one; a dry one
 * nothing. */
static void close_dirs(struct run *run, const struct mirror *m)
{
    for (size_t i = 0; i < run->conf->nlists; i++) {
        if (run->lists[i].dir < 0)
            continue;
        mirror_sweep(run->lists[i].dir);
        (void)close(run->lists[i].dir);
        if (run->dry)
            mirror_drop_empty(m, run->conf->lists[i].name);
    }
    if (run->images >= 0)
        publish_sweep(run->images);
}

enum run_status run_loader(const struct conf *conf, const struct run_options *options)
{
    char why[MIRROR_WHY_MAX];
    struct mirror mirror;
    enum run_status status = RUN_UNUSABLE;
    enum mirror_opened opened = mirror_open(conf->paths.mirror, &mirror, why);
    if (opened != MIRROR_OPENED) {
        log_error("%s", why);
        return opened == MIRROR_BUSY ? RUN_BUSY : RUN_UNUSABLE;
    }
    srandom((unsigned)clock_ms() ^ (unsigned)getpid());
    struct run run = {.conf = conf,
                      .now = (int64_t)time(NULL),
                      .dry = options->dry_run,
                      .images = options->dry_run ? -1 : publish_open(conf->paths.images),
                      .lists = calloc(conf->nlists + 1, sizeof(*run.lists)),
                      .zones = calloc(conf->nzones + 1, sizeof(*run.zones))};
    if (run.images < 0 && !run.dry) {
        log_error("%s: %s", conf->paths.images, strerror(errno));
        goto out;
    }
    if (run.lists == NULL || run.zones == NULL) {
        log_error("out of memory");
        goto out;
    }
    for (size_t i = 0; i < conf->nlists; i++)
        run.lists[i] = (struct list_run){.conf = &conf->lists[i], .dir = -1};
    for (size_t i = 0; i < conf->nlists; i++)
        open_list(&run.lists[i], &mirror);
    for (size_t i = 0; i < conf->nzones; i++)
        run.zones[i] = (struct zone_run){.conf = &conf->zones[i]};
    if (!run.dry)
        prune_allowed(conf, run.now);
    status = do_run(&run, options, mirror.dir);
    progress_clear();
    if (child_stop_signal() != 0)
        log_notice("stopped by signal %d", child_stop_signal());
    close_dirs(&run, &mirror);
out:
    if (run.images >= 0)
        (void)close(run.images);
    free(run.zones);
    free(run.lists);
    mirror_close(&mirror);
    return status;
}
