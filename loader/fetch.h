/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring one list here: from the publisher to mirror/NAME/incoming.
 *
 * All of it runs in a child (loader/queue.h starts it and reads its messages).  A way of fetching
 * is one file loader/fetch_*.c with one function, which alone touches the network.
 */
#ifndef LOADER_FETCH_H
#define LOADER_FETCH_H

#include "loader/run.h"

/* The whole life of the child; arg is its struct list_run, which it only reads. */
int fetch_child(void *arg, int out);

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
