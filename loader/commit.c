/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "loader/mirror.h"
#include "loader/plan.h"
#include "loader/progress.h"
#include "loader/publish.h"

static void take_figures(struct list_state *s, const struct list_report *r)
{
    s->entries = r->entries;
    s->lines = r->lines;
    s->bad = r->bad;
    s->digest = r->digest;
    s->covered = r->covered;
    s->made = r->made;
}

static void fail(struct list_run *list, const char *reason)
{
    list->fetch.outcome = FETCH_FAILED;
    (void)snprintf(list->fetch.detail, sizeof(list->fetch.detail), "%s", reason);
}

/* The candidate becomes the data, and the state speaks of them. */
static void store(struct list_run *list, int64_t now)
{
    struct list_state *s = &list->state;
    const struct fetch_result *f = &list->fetch;
    struct file_id id;
    /* A publisher who touches his file every hour has not changed it. */
    bool changed = !list->has_data || s->digest != list->report.digest;
    if (mirror_accept(list->dir, &id) != 0) {
        char why[RUN_WHY_MAX];
        (void)snprintf(why, sizeof(why), "cannot store the new data: %s", strerror(errno));
        fail(list, why);
        return;
    }
    list->has_data = list->trusted = true;
    s->data = id;
    s->fetched = now;
    s->held_times = 0;
    s->held_since = 0;
    s->source = f->source;
    memcpy(s->etag, f->etag, sizeof(s->etag));
    memcpy(s->last_modified, f->last_modified, sizeof(s->last_modified));
    take_figures(s, &list->report);
    if (changed)
        s->modified = now;
}

/* What the publisher is told about our data is of no use any more. */
static void forget_validators(struct list_state *s)
{
    s->source = (struct file_id){0};
    s->etag[0] = '\0';
    s->last_modified[0] = '\0';
}

/* The data were not what the state says; now it says what they are. */
static void adopt(struct list_run *list, int64_t now)
{
    struct list_state *s = &list->state;
    forget_validators(s);
    if (s->modified == 0)
        s->modified = now;
    take_figures(s, &list->report);
    list->trusted = file_id_at(list->dir, MIRROR_DATA, &s->data);
}

static void settle_candidate(struct list_run *list, int64_t now)
{
    switch (list->report.verdict) {
    case LIST_ACCEPTED:
    case LIST_SAME:
        store(list, now);
        break;
    case LIST_HELD:
        if (list->state.held_times++ == 0 || list->state.held_since > now)
            list->state.held_since = now;
        /* fall through */
    case LIST_REFUSED:
        mirror_refuse(list->dir);
        fail(list, list->report.why);
        break;
    default: /* The same bytes as "data", which proved unfit in the format now configured. */
        mirror_discard(list->dir);
        break;
    }
}

/* What is remembered of the attempt itself. */
static void note_attempt(struct list_run *list, int64_t now)
{
    struct list_state *s = &list->state;
    uint64_t origin = state_origin(list->conf->url);
    bool failed = list->fetch.outcome == FETCH_FAILED;
    s->tried = now;
    s->failures = failed ? s->failures + 1 : 0;
    s->wait = failed ? plan_wait(list->conf, s->failures, list->fetch.retry_after,
                                 (uint64_t)random(), now)
                     : 0;
    if (list->fetch.outcome == FETCH_UNCHANGED) {
        s->fetched = now;
        s->held_times = 0;
        s->held_since = 0;
    }
    /* What one publisher said of his file means nothing to another. */
    if (failed && s->origin != origin)
        forget_validators(s);
    s->origin = origin;
    /* Data that nobody knows make a list due at once; one attempt per refresh is enough. */
    if (!list->trusted)
        s->data = (struct file_id){0};
    (void)snprintf(s->failure, sizeof(s->failure), "%.*s", STATE_TEXT_MAX - 1,
                   failed ? list->fetch.detail : "");
}

static int64_t list_expires(const struct list_run *list)
{
    const struct list_state *s = &list->state;
    return plan_expires(list->conf, s->fetched, s->made, plan_written(list));
}

/* Whether and since when the list is older than its expire; true when that changed. */
static bool note_age(struct list_run *list, int64_t now)
{
    struct list_state *s = &list->state;
    int64_t expires = list_expires(list), since = 0;
    if (list->has_data && expires != 0 && now > expires)
        since = s->stale_since != 0 && s->stale_since <= now ? s->stale_since : now;
    bool changed = s->stale_since != since;
    s->stale_since = since;
    return changed;
}

static void commit_list(struct list_run *list, int64_t now, const char *fault)
{
    const struct list_report *r = &list->report;
    bool read = fault == NULL && !list->trusted && list->has_data && r->digest != 0 &&
                (r->verdict == LIST_READ || r->verdict == LIST_REFUSED);
    /* Without a verdict the candidate goes: it may be what the child died of. */
    if (fault != NULL && list->fetch.outcome == FETCH_NEW)
        fail(list, fault);
    if (read)
        adopt(list, now);
    if (list->fetch.outcome == FETCH_NEW)
        settle_candidate(list, now);
    else
        mirror_discard(list->dir);
    if (list->due)
        note_attempt(list, now);
    bool aged = note_age(list, now);
    list->expired = plan_is_expired(&list->state, list_expires(list), now);
    if ((list->due || read || aged) && mirror_write_state(list->dir, &list->state) != 0) {
        progress_clear();
        log_error("list %s: cannot write its state: %s", list->conf->name, strerror(errno));
    }
}

/*
 * Have the disk begin with all of them before one is waited for.  sync_file_range() and not
 * fsync(): an error that this one were told of would not be told again to the one that counts.
 */
static void write_out(const struct run *run)
{
    for (size_t i = 0; i < run->conf->nlists; i++) {
        const struct list_run *list = &run->lists[i];
        if (list->fetch.outcome != FETCH_NEW)
            continue;
        int fd = openat(list->dir, MIRROR_INCOMING, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        (void)close(fd);
    }
}

void commit_lists(struct run *run, const char *fault)
{
    if (fault == NULL)
        write_out(run);
    for (size_t i = 0; i < run->conf->nlists; i++) {
        struct list_run *list = &run->lists[i];
        if (list->dir >= 0 && !list->pending && !list->done)
            commit_list(list, run->now, fault);
    }
}

static void on_retired(const char *zone)
{
    progress_clear();
    log_notice("zone %s: retired, no longer configured", zone);
}

void commit_zones(struct run *run)
{
    char why[PUBLISH_WHY_MAX];
    for (size_t i = 0; i < run->conf->nzones; i++) {
        struct zone_run *z = &run->zones[i];
        if (z->done || z->verdict != ZONE_BUILT ||
            publish_commit(run->images, z->conf->text, why) == NULL)
            continue;
        z->verdict = ZONE_FAILED;
        (void)snprintf(z->why, sizeof(z->why), "%s", why);
    }
    publish_retire(run->images, run->conf, on_retired);
}
