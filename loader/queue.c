/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/child.h"
#include "loader/clock.h"
#include "loader/fetch.h"
#include "loader/mirror.h"
#include "loader/plan.h"
#include "loader/progress.h"

/* The fetcher keeps the time limit itself, with a better message; this is for one that hangs. */
#define LIMIT_GRACE 5
#define NAMES_MAX   80 /* the line on the terminal holds no more */

struct transfer {
    struct child child;
    struct list_run *list;
    struct fetch_result result; /* as far as it has been told; the list's once it has ended */
    int64_t start;
    uint64_t bytes;
    bool started, settled;
};

struct queue {
    struct run *run;
    struct transfer *transfers; /* by list */
};

static void copy_text(char to[static STATE_TEXT_MAX], const char *from)
{
    /* One that does not fit is no validator at all. */
    size_t len = strlen(from);
    to[0] = '\0';
    if (len < STATE_TEXT_MAX)
        memcpy(to, from, len + 1);
}

static bool on_message(void *ctx, const struct msg *m)
{
    struct transfer *t = ctx;
    struct fetch_result *r = &t->result;
    if (m->kind == MSG_PROGRESS) {
        t->bytes = m->num[0];
        return true;
    }
    /* One result and no more. */
    if (r->outcome != FETCH_NOT_TRIED)
        return false;
    switch (m->kind) {
    case MSG_NEW:
        if (m->num[4] > 999999999)
            return false;
        r->outcome = FETCH_NEW;
        r->bytes = t->bytes = m->num[0];
        r->source = (struct file_id){m->num[1], m->num[2], (int64_t)m->num[3], (uint32_t)m->num[4]};
        copy_text(r->etag, m->text[0]);
        copy_text(r->last_modified, m->text[1]);
        return true;
    case MSG_UNCHANGED:
    case MSG_FAILED:
        r->outcome = m->kind == MSG_FAILED ? FETCH_FAILED : FETCH_UNCHANGED;
        r->retry_after = m->kind == MSG_FAILED ? m->num[0] : 0;
        (void)snprintf(r->detail, sizeof(r->detail), "%s", m->text[0]);
        return true;
    default:
        return false;
    }
}

static void start(struct transfer *t)
{
    struct list_run *list = t->list;
    t->started = true;
    t->start = clock_ms();
    t->child = (struct child){.run = fetch_child,
                              .arg = list,
                              .on_msg = on_message,
                              .ctx = t,
                              .limit = list->conf->timeout + LIMIT_GRACE};
    child_start(&t->child);
}

static void settle(struct transfer *t)
{
    struct fetch_result *r = &t->result;
    struct file_id id;
    t->settled = true;
    t->list->pending = false;
    if (t->child.why[0] != '\0')
        fetch_fail(r, "fetching process: %s", t->child.why);
    else if (r->outcome == FETCH_NOT_TRIED)
        fetch_fail(r, "fetching process: ended without a result");
    if (r->outcome == FETCH_NEW && !file_id_at(t->list->dir, MIRROR_INCOMING, &id))
        fetch_fail(r, "the fetched file is not there");
    t->list->fetch = *r;
    t->list->seconds = (double)(clock_ms() - t->start) / 1000;
}

static bool may_start(const struct queue *q, const struct transfer *t)
{
    const struct conf *conf = q->run->conf;
    size_t running = 0;
    if (t->started || !t->list->due || child_stop_signal() != 0)
        return false;
    for (size_t i = 0; i < conf->nlists; i++) {
        if (!q->transfers[i].child.running)
            continue;
        running++;
        if (plan_same_publisher(t->list->conf->url, conf->lists[i].url))
            return false;
    }
    return running < conf->loader.fetch_parallel;
}

/* Start what may start, settle what has ended; true while any is running. */
static bool advance(struct queue *q)
{
    bool running = false;
    for (size_t i = 0; i < q->run->conf->nlists; i++) {
        struct transfer *t = &q->transfers[i];
        if (t->started && !t->settled && !t->child.running)
            settle(t);
    }
    for (size_t i = 0; i < q->run->conf->nlists; i++) {
        struct transfer *t = &q->transfers[i];
        if (may_start(q, t))
            start(t);
        running = running || t->child.running;
    }
    return running;
}

static void show(const struct queue *q)
{
    char names[NAMES_MAX] = "";
    struct progress_fetch p = {.names = names};
    size_t len = 0;
    for (size_t i = 0; i < q->run->conf->nlists; i++) {
        const struct transfer *t = &q->transfers[i];
        p.due += t->list->due;
        p.done += t->settled;
        p.bytes += t->bytes;
        if (!t->child.running || len >= sizeof(names))
            continue;
        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len == 0 ? "" : ", ",
                                t->list->conf->name);
    }
    progress_fetch(&p);
}

void queue_fetch(struct run *run, void (*between)(void *ctx), void *ctx)
{
    struct queue q = {.run = run, .transfers = calloc(run->conf->nlists + 1, sizeof(*q.transfers))};
    for (size_t i = 0; i < run->conf->nlists; i++) {
        run->lists[i].pending = q.transfers != NULL && run->lists[i].due;
        if (q.transfers != NULL)
            q.transfers[i].list = &run->lists[i];
        else if (run->lists[i].due)
            fetch_fail(&run->lists[i].fetch, "out of memory");
    }
    progress_start();
    while (q.transfers != NULL && advance(&q)) {
        children_watch();
        show(&q);
        between(ctx);
    }
    free(q.transfers);
}
