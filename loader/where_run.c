/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/where_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/log.h"
#include "loader/child.h"
#include "loader/compile.h"
#include "loader/examine.h"
#include "loader/heap.h"
#include "loader/mirror.h"
#include "loader/priv.h"
#include "loader/progress.h"
#include "loader/where_write.h"

#define WHERE_LIMIT 600 /* seconds for one list */

struct job {
    const struct conf *conf;
    const struct list_run *list;
    int fd;
    char why[CHILD_WHY_MAX]; /* what the child said */
};

/* --- the child --- */

const char *where_scan(const struct conf_list *conf, const char *text, size_t len,
                       struct where_notes *notes)
{
    const struct format *format = format_find(conf->format);
    struct entries entries;
    struct parse parse;
    entries_init(&entries);
    entries.bytes_hint = len;
    examine_parse(conf, &entries, &parse);
    parse.where = notes;
    bool ok = where_notes_start(notes, text, len) && format != NULL &&
              format->parse(&parse, text, len) && where_notes_end(notes);
    entries_free(&entries);
    if (ok && parse.fatal[0] != '\0')
        return "it cannot be read any more in its format";
    return ok ? NULL : "out of memory, or too many lines";
}

static const char *make(const struct job *j)
{
    struct where_about about = {.digest = j->list->state.digest,
                                .options = compile_options(j->list->conf)};
    struct where_notes notes = {.text = NULL};
    struct mapped m;
    char *unpacked = NULL;
    const char *text;
    uint64_t digest;
    size_t len;
    if (examine_map(j->list->dir, MIRROR_DATA, &m) != 0)
        return strerror(errno);
    const char *why = examine_digest(&m, &digest) != 0 ? strerror(errno)
                      : digest != about.digest         ? "the data are not what the state says"
                                                       : NULL;
    if (why == NULL)
        why = examine_open(&m, &unpacked, &text, &len);
    if (why == NULL)
        why = where_scan(j->list->conf, text, len, &notes);
    about.packed = unpacked != NULL;
    if (why == NULL && where_write(j->fd, &notes, &about) != 0)
        why = strerror(errno);
    where_notes_free(&notes);
    free(unpacked);
    examine_unmap(&m);
    return why;
}

static int run_child(void *arg, int out)
{
    const struct job *j = arg;
    (void)setpriority(PRIO_PROCESS, 0, 19);
    examine_prepare(j->list->dir, j->list->conf);
    priv_index(j->conf);
    heap_prepare();
    const char *why = make(j);
    if (why == NULL)
        return 0;
    (void)msg_write(out, &(struct msg){.kind = MSG_FAILED, .text = {why}});
    return 1;
}

/* --- the parent --- */

static bool on_message(void *ctx, const struct msg *m)
{
    struct job *j = ctx;
    if (m->kind != MSG_FAILED)
        return false;
    (void)snprintf(j->why, sizeof(j->why), "%s", m->text[0]);
    return true;
}

static void on_tick(void *ctx)
{
    const struct job *j = ctx;
    progress_wait(j->list->conf->name, "noting where its entries stand");
}

static bool is_current(const struct list_run *list)
{
    char why[WHERE_WHY_MAX];
    struct where *w = where_open(list->dir, why);
    bool current = w != NULL && where_header(w)->digest == list->state.digest &&
                   where_header(w)->options == compile_options(list->conf);
    where_close(w);
    return current;
}

static void index_list(const struct run *run, const struct list_run *list)
{
    struct job j = {.conf = run->conf, .list = list};
    struct child c = {
        .run = run_child, .arg = &j, .on_msg = on_message, .ctx = &j, .limit = WHERE_LIMIT};
    const char *why = NULL;
    j.fd = openat(list->dir, MIRROR_WHERE_TEMP, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  0644);
    if (j.fd < 0)
        why = strerror(errno);
    if (why == NULL && !child_run(&c, on_tick))
        why = j.why[0] != '\0' ? j.why : c.why;
    if (why == NULL &&
        (fsync(j.fd) != 0 || file_replace(list->dir, MIRROR_WHERE_TEMP, WHERE_FILE) != 0))
        why = strerror(errno);
    if (j.fd >= 0)
        (void)close(j.fd);
    if (why == NULL)
        return;
    (void)unlinkat(list->dir, MIRROR_WHERE_TEMP, 0);
    progress_clear();
    if (child_stop_signal() == 0)
        log_warn("list %s: cannot note where its entries stand, \"rblctl lookup\" will not show "
                 "them: %s",
                 list->conf->name, why);
}

/* Of lists that are no longer configured. */
static void drop_unknown(const struct run *run, int mirror)
{
    int copy = openat(mirror, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    if (d == NULL && copy >= 0)
        (void)close(copy);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.' || conf_find_list(run->conf, e->d_name) >= 0)
            continue;
        int dir = openat(mirror, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
            continue;
        (void)unlinkat(dir, WHERE_FILE, 0);
        (void)close(dir);
    }
    if (d != NULL)
        (void)closedir(d);
}

/* Nobody looks for clients of an access list. */
static bool is_wanted(const struct list_run *list)
{
    return list->conf->lookup_index && list->has_data && list->trusted &&
           format_find(list->conf->format) != &format_rbldnsd_acl;
}

void where_run(const struct run *run, int mirror)
{
    for (size_t i = 0; i < run->conf->nlists && child_stop_signal() == 0; i++) {
        const struct list_run *list = &run->lists[i];
        if (list->dir < 0)
            continue;
        if (!is_wanted(list))
            (void)unlinkat(list->dir, WHERE_FILE, 0);
        else if (!is_current(list))
            index_list(run, list);
    }
    drop_unknown(run, mirror);
}
