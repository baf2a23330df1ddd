/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/clock.h"
#include "loader/mirror.h"
#include "loader/msg.h"
#include "loader/priv.h"

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

int fetch_child(void *arg, int out)
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
