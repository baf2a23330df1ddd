/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/child.h"
#include "loader/clock.h"
#include "loader/mirror.h"
#include "loader/priv.h"
#include "loader/progress.h"

/* The fetcher keeps the time limit itself, with a better message; this is for one that hangs. */
#define LIMIT_GRACE 5
#define PROGRESS_MS 100

static const struct scheme {
    const char *prefix;
    fetch_fn fetch;
} schemes[] = {
    {"file:", fetch_file},
    {"rsync://", fetch_rsync},
    {"http://", fetch_http},
    {"https://", fetch_http},
};
#define NSCHEMES (sizeof(schemes) / sizeof(schemes[0]))

void fetch_fail(struct fetch_result *r, const char *fmt, ...)
{
    va_list ap;
    r->outcome = FETCH_FAILED;
    va_start(ap, fmt);
    (void)vsnprintf(r->detail, sizeof(r->detail), fmt, ap);
    va_end(ap);
}

void fetch_progress(const struct fetch_job *job, uint64_t bytes)
{
    static int64_t last; /* of this process, which fetches one list */
    int64_t now = clock_ms();
    if (now - last < PROGRESS_MS)
        return;
    last = now;
    (void)msg_write(job->out, &(struct msg){.kind = MSG_PROGRESS, .num = {bytes}});
}

int fetch_create(const struct fetch_job *job, struct fetch_result *r)
{
    /* Never opened in place: "incoming" may be a second name of "data". */
    (void)unlinkat(job->dir, MIRROR_INCOMING, 0);
    int fd = openat(job->dir, MIRROR_INCOMING, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0644);
    if (fd < 0)
        fetch_fail(r, "cannot create the incoming file: %s", strerror(errno));
    return fd;
}

static int send_result(int out, const struct fetch_result *r)
{
    if (r->outcome == FETCH_NEW)
        return msg_write(out, &(struct msg){.kind = MSG_NEW,
                                            .num = {r->bytes, r->source.size, r->source.inode,
                                                    (uint64_t)r->source.sec, r->source.nsec},
                                            .text = {r->etag, r->last_modified}});
    enum msg_kind kind = r->outcome == FETCH_UNCHANGED ? MSG_UNCHANGED : MSG_FAILED;
    return msg_write(out,
                     &(struct msg){.kind = kind, .num = {r->retry_after}, .text = {r->detail}});
}

/* The whole life of the child. */
static int fetch_child(void *arg, int out)
{
    const struct list_run *list = arg;
    bool known = list->trusted && list->state.origin == state_origin(list->conf->url);
    struct fetch_job job = {.conf = list->conf,
                            .known = known ? &list->state : NULL,
                            .has_data = list->has_data,
                            .dir = list->dir,
                            .out = out};
    struct fetch_result r = {.outcome = FETCH_FAILED};
    priv_fetch(list->dir);
    fetch_fail(&r, "the URL is none of rsync:, http:, https:, file:");
    for (size_t i = 0; i < NSCHEMES; i++) {
        if (strncmp(job.conf->url, schemes[i].prefix, strlen(schemes[i].prefix)) != 0)
            continue;
        fetch_fail(&r, "no result");
        schemes[i].fetch(&job, &r);
        break;
    }
    return send_result(out, &r) == 0 ? 0 : 1;
}

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
    struct list_run *list = ctx;
    struct fetch_result *r = &list->fetch;
    if (m->kind == MSG_PROGRESS) {
        progress_bytes(list->conf->name, m->num[0]);
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
        r->bytes = m->num[0];
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

static void on_tick(void *ctx)
{
    const struct list_run *list = ctx;
    progress_wait(list->conf->name, "fetching");
}

void fetch_list(struct list_run *list)
{
    char why[CHILD_WHY_MAX];
    int64_t start = clock_ms();
    list->fetch = (struct fetch_result){.outcome = FETCH_NOT_TRIED};
    struct child c = {.run = fetch_child,
                      .arg = list,
                      .on_msg = on_message,
                      .ctx = list,
                      .tick = on_tick,
                      .limit = list->conf->timeout + LIMIT_GRACE};
    progress_start();
    if (child_run(&c, why) != NULL)
        fetch_fail(&list->fetch, "fetching process: %s", why);
    else if (list->fetch.outcome == FETCH_NOT_TRIED)
        fetch_fail(&list->fetch, "fetching process: ended without a result");
    struct file_id id;
    if (list->fetch.outcome == FETCH_NEW && !file_id_at(list->dir, MIRROR_INCOMING, &id))
        fetch_fail(&list->fetch, "the fetched file is not there");
    list->seconds = (double)(clock_ms() - start) / 1000;
}
