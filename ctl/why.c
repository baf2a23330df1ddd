/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/why.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ctl/lists_cmd.h"

#define MAPPED  0xffff00000000u
#define NIBBLES 32

struct opened {
    bool tried;
    struct liststate state;
    const char *state_word;
    int data;            /* -1: none */
    struct where *where; /* NULL: problem says why */
    char problem[WHERE_WHY_MAX];
};

struct why {
    const struct conf *conf;
    struct opened *list;
};

struct why *why_new(const struct conf *c)
{
    struct why *y = calloc(1, sizeof *y);
    struct opened *list = calloc(c->nlists + 1, sizeof *list);
    if (!y || !list) {
        free(list);
        free(y);
        return NULL;
    }
    *y = (struct why){.conf = c, .list = list};
    return y;
}

void why_free(struct why *y)
{
    for (size_t i = 0; y && i < y->conf->nlists; i++) {
        where_close(y->list[i].where);
        if (y->list[i].tried && y->list[i].data >= 0)
            close(y->list[i].data);
    }
    if (y)
        free(y->list);
    free(y);
}

/* --- opening --- */

static bool is_same(int data, const struct liststate_file *f)
{
    struct stat st;
    return data >= 0 && fstat(data, &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size == f->size && (uint64_t)st.st_ino == f->inode &&
           st.st_mtim.tv_sec == f->sec && (uint64_t)st.st_mtim.tv_nsec == f->nsec;
}

/* The state says what the data are, and the index what it was made of. */
static void open_index(struct opened *o, const struct conf_list *conf, int dir)
{
    char why[WHERE_WHY_MAX] = "";
    const char *problem = NULL;
    o->data = openat(dir, "data", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    o->where = where_open(dir, why);
    if (!o->where && why[0])
        problem = why;
    else if (!o->where && !conf->lookup_index)
        problem = "the list has lookup-index = false";
    else if (!o->where)
        problem = "rbl-loader has not noted yet where they stand";
    else if (where_header(o->where)->digest != o->state.digest || !is_same(o->data, &o->state.data))
        problem = "the data have changed since rbl-loader noted where they stand";
    if (!problem)
        return;
    snprintf(o->problem, sizeof o->problem, "%s", problem);
    where_close(o->where);
    o->where = NULL;
}

static void open_list(const struct why *y, size_t i)
{
    struct opened *o = &y->list[i];
    const struct conf_list *conf = &y->conf->lists[i];
    char why[LISTSTATE_WHY_MAX], *path = NULL;
    enum liststate_result r = liststate_read(y->conf->paths.mirror, conf->name, &o->state, why);
    o->tried = true;
    o->data = -1;
    o->state_word =
        r == LISTSTATE_BAD ? "unknown" : lists_state(conf, &o->state, (int64_t)time(NULL));
    if (r != LISTSTATE_GOOD) {
        snprintf(o->problem, sizeof o->problem, "%s", r == LISTSTATE_BAD ? why : "never fetched");
        return;
    }
    int dir = -1;
    if (asprintf(&path, "%s/%s", y->conf->paths.mirror, conf->name) >= 0)
        dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0)
        open_index(o, conf, dir);
    else
        snprintf(o->problem, sizeof o->problem, "its directory: %s", strerror(errno));
    if (dir >= 0)
        close(dir);
    free(path);
}

/* --- asking --- */

/* The labels in front of the view. */
static void asked_name(const struct question *q, struct name *out)
{
    size_t n = q->name.len - 1u;
    if (q->found.name_labels < name_labels(q->name.wire))
        n = q->labels[q->found.name_labels];
    memcpy(out->wire, q->name.wire, n);
    out->wire[n] = 0;
    out->len = (uint8_t)(n + 1);
}

static const char *find(struct where *w, const struct question *q, struct where_hits *hits)
{
    const struct lookup_result *r = &q->found;
    const char *why = NULL;
    struct name name;
    if (r->kind != LOOKUP_NAME)
        why = where_address(w, r->kind == LOOKUP_ADDR4 ? 4 : 6, r->addr, hits);
    /* The IPv6 spelling of an IPv4 address is both. */
    if (!why && r->kind == LOOKUP_ADDR4 && r->name_labels == NIBBLES)
        why = where_address(w, 6, (struct addr6){0, MAPPED | r->addr.lo}, hits);
    asked_name(q, &name);
    return why ? why : where_name(w, &name, hits);
}

/* Of the entries found those that stand under sub, with their text. */
static const char *take(const struct opened *o, const struct where_hits *hits,
                        const struct name *sub, struct why_list *out)
{
    const char *why = NULL;
    for (size_t i = 0; !why && i < hits->n; i++) {
        bool under = true;
        if (sub)
            why = where_under(o->where, hits->hit[i].line, sub, &under);
        if (why || !under)
            continue;
        out->hit[out->n] = hits->hit[i];
        why = where_text(o->where, o->data, hits->hit[i].line, &out->line[out->n]);
        out->n += !why;
    }
    return why;
}

void why_ask(struct why *y, size_t i, const struct question *q, const struct name *sub,
             struct why_list *out)
{
    struct opened *o = &y->list[i];
    struct where_hits hits = {.n = 0};
    if (!o->tried)
        open_list(y, i);
    *out = (struct why_list){
        .conf = &y->conf->lists[i], .state = o->state, .state_word = o->state_word};
    snprintf(out->problem, sizeof out->problem, "%s", o->problem);
    if (!o->where)
        return;
    out->digest = where_header(o->where)->digest;
    const char *why = find(o->where, q, &hits);
    if (!why)
        why = take(o, &hits, sub, out);
    out->more = hits.all - hits.n;
    if (why)
        snprintf(out->problem, sizeof out->problem, "%s", why);
}
