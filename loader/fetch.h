/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring one list here: from the publisher to mirror/NAME/incoming.
 *
 * fetch_list() is the parent's side: it starts a child for the list and believes its messages as
 * far as loader/msg.h checks them.  A way of fetching is one file loader/fetch_*.c with one
 * function, which runs in the child and alone touches the network.
 */
#ifndef LOADER_FETCH_H
#define LOADER_FETCH_H

#include "loader/run.h"

/* Fetch a due list; fills list->fetch, and list->seconds. */
void fetch_list(struct list_run *list);

/* --- for loader/fetch_*.c, in the child --- */

struct fetch_job {
    const struct conf_list *conf;
    /* What "data" is and was fetched with; NULL when there is none, or it came from elsewhere. */
    const struct list_state *known;
    bool has_data; /* there is a "data", whether known or not */
    int dir;       /* mirror/NAME */
    int out;       /* for messages */
};

/* Fill *r, whose outcome is FETCH_FAILED at the start.  "incoming" may be left behind. */
typedef void (*fetch_fn)(const struct fetch_job *job, struct fetch_result *r);
void fetch_file(const struct fetch_job *job, struct fetch_result *r);
void fetch_rsync(const struct fetch_job *job, struct fetch_result *r);
void fetch_http(const struct fetch_job *job, struct fetch_result *r);

/* Tell the parent how many bytes have come so far; cheap enough to call often. */
void fetch_progress(const struct fetch_job *job, uint64_t bytes);

/* A fresh, empty "incoming", open for writing; -1 with r->detail. */
int fetch_create(const struct fetch_job *job, struct fetch_result *r);

__attribute__((format(printf, 2, 3))) void fetch_fail(struct fetch_result *r, const char *fmt, ...);

#endif
