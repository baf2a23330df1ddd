/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists are parsed only when a zone that reads them must be compiled; a candidate always is, for
 * its verdict.  The published image says what it was made of (image_inputs), so nothing has to be
 * remembered between runs: one that is missing, damaged or old is simply made again.
 */
#include "loader/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/image.h"
#include "loader/canary.h"
#include "loader/clock.h"
#include "loader/compile.h"
#include "loader/examine.h"
#include "loader/heap.h"
#include "loader/mirror.h"
#include "loader/msg.h"
#include "loader/plan.h"
#include "loader/preview.h"
#include "loader/priv.h"
#include "loader/publish.h"

struct source {
    struct list_data data;
    bool loaded; /* data.entries hold it */
    struct list_report report;
};

struct assembly {
    const struct run *run;
    int out;
    struct source *sources;    /* by list */
    struct list_data **usable; /* by list, NULL without data: what compile_zone() is given */
    bool *used;                /* scratch, by list */
};

__attribute__((format(printf, 2, 3))) static void doing(const struct assembly *a, const char *fmt,
                                                        ...)
{
    char text[RUN_WHY_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)msg_write(a->out, &(struct msg){.kind = MSG_DOING, .text = {text}});
}

static void show_bad_lines(const struct assembly *a, size_t i, const struct examined *x,
                           const char *file)
{
    for (size_t k = 0; k < x->nshown; k++)
        (void)msg_write(a->out,
                        &(struct msg){.kind = MSG_BADLINE,
                                      .num = {i, x->shown[k].line},
                                      .text = {file, x->shown[k].text, x->shown[k].reason}});
}

/*
 * Parse a mapped file; when fit it becomes the data of list i.  Its bad lines are shown under the
 * name the file will have when the operator looks: a candidate is renamed by its verdict.
 */
static bool load(struct assembly *a, size_t i, const struct mapped *m, bool candidate)
{
    struct source *s = &a->sources[i];
    struct examined x;
    bool fit = examine(m, s->data.conf, &x);
    (void)msg_write(a->out, &(struct msg){.kind = MSG_PROGRESS,
                                          .num = {m->len, x.lines, entries_count(&x.entries)}});
    show_bad_lines(a, i, &x, candidate && !fit ? MIRROR_REFUSED : MIRROR_DATA);
    if (!fit) {
        (void)snprintf(s->report.why, sizeof(s->report.why), "%s", x.why);
        entries_free(&x.entries);
        return false;
    }
    s->data.entries = x.entries;
    s->data.digest = x.digest;
    s->data.bad = x.bad;
    s->loaded = true;
    s->report.entries = entries_count(&x.entries);
    s->report.lines = x.lines;
    s->report.bad = x.bad;
    s->report.digest = x.digest;
    s->report.covered = x.covered;
    s->report.made = x.made > 0 ? x.made : 0;
    (void)snprintf(s->report.counts, sizeof(s->report.counts), "%s", x.counts);
    return true;
}

static bool map_file(struct assembly *a, size_t i, const char *name, struct mapped *m)
{
    struct source *s = &a->sources[i];
    doing(a, "reading list %s", s->data.conf->name);
    if (examine_map(a->run->lists[i].dir, name, m) == 0)
        return true;
    (void)snprintf(s->report.why, sizeof(s->report.why), "%s: %s", name, strerror(errno));
    return false;
}

static bool load_file(struct assembly *a, size_t i, const char *name)
{
    struct mapped m;
    if (!map_file(a, i, name, &m))
        return false;
    bool fit = load(a, i, &m, false);
    examine_unmap(&m);
    return fit;
}

/* Take the figures of "data" from the state; they are parsed when a zone needs them. */
static void take_known(struct source *s, const struct list_run *list)
{
    s->data.digest = s->report.digest = list->state.digest;
    s->data.bad = s->report.bad = list->state.bad;
    s->report.entries = list->state.entries;
    s->report.lines = list->state.lines;
    s->report.covered = list->state.covered;
    s->report.made = list->state.made;
}

/* Is the candidate, which is loaded, too different from the data?  Then it is unloaded. */
static bool is_held(struct assembly *a, size_t i)
{
    const struct list_run *list = &a->run->lists[i];
    struct source *s = &a->sources[i];
    struct guard_change change = {.before = list->trusted ? list->state.entries : 0,
                                  .after = s->report.entries,
                                  .covered_before = list->trusted ? list->state.covered : 0,
                                  .covered_after = s->report.covered,
                                  .below = list->conf->hold_below,
                                  .above = list->conf->hold_above,
                                  .times = list->state.held_times,
                                  .since = list->state.held_since,
                                  .now = a->run->now};
    char why[GUARD_WHY_MAX];
    if (list->accept || guard_change(&change, why))
        return false;
    (void)snprintf(s->report.why, sizeof(s->report.why), "%s %s", why, list->conf->name);
    entries_free(&s->data.entries);
    s->loaded = false;
    return true;
}

/* Does a candidate hold the bytes of the data? */
static bool is_same(const struct list_run *list, const struct mapped *m)
{
    uint64_t digest;
    return list->trusted && m->len == list->state.data.size && examine_digest(m, &digest) == 0 &&
           digest == list->state.digest;
}

/* LIST_SAME, LIST_ACCEPTED, LIST_HELD or LIST_REFUSED. */
static enum list_verdict judge_candidate(struct assembly *a, size_t i)
{
    const struct list_run *list = &a->run->lists[i];
    enum list_verdict verdict = LIST_REFUSED;
    struct mapped m;
    if (!map_file(a, i, MIRROR_INCOMING, &m))
        return verdict;
    if (is_same(list, &m))
        verdict = LIST_SAME;
    else if (load(a, i, &m, true))
        verdict = is_held(a, i) ? LIST_HELD : LIST_ACCEPTED;
    examine_unmap(&m);
    return verdict;
}

/* "data" as they lie there, when the state does not describe them. */
static bool settle_unknown(struct assembly *a, size_t i)
{
    struct source *s = &a->sources[i];
    if (!a->run->lists[i].has_data)
        return false;
    /* The reason of a refusal stands, whatever comes of the old data. */
    char why[RUN_WHY_MAX];
    memcpy(why, s->report.why, sizeof(why));
    bool fit = load_file(a, i, MIRROR_DATA);
    if (s->report.verdict == LIST_REFUSED)
        memcpy(s->report.why, why, sizeof(why));
    else
        s->report.verdict = fit ? LIST_READ : LIST_UNFIT;
    return fit;
}

/* When the file was written that holds the data: not the one that was refused. */
static int64_t written(const struct list_run *list, const struct source *s)
{
    bool taken = s->report.verdict == LIST_SAME || s->report.verdict == LIST_ACCEPTED;
    int64_t time =
        list->fetch.outcome == FETCH_NEW && !taken ? list->state.source.sec : plan_written(list);
    return time != 0 ? time : s->data.modified;
}

/* When zones do without the list, and whether they do so now. */
static void settle_age(struct assembly *a, size_t i)
{
    const struct list_run *list = &a->run->lists[i];
    struct source *s = &a->sources[i];
    s->data.expires = plan_expires(list->conf, s->data.fetched, s->report.made, plan_written(list));
    s->data.expired = plan_is_expired(&list->state, s->data.expires, a->run->now);
    s->data.written = written(list, s);
}

/* Decide which data list i has; true when it has any. */
static bool settle(struct assembly *a, size_t i)
{
    const struct list_run *list = &a->run->lists[i];
    struct source *s = &a->sources[i];
    s->data.conf = list->conf;
    s->data.fetched = list->state.fetched;
    s->data.modified = list->state.modified;
    if (list->fetch.outcome == FETCH_NEW)
        s->report.verdict = judge_candidate(a, i);
    if (list->fetch.outcome == FETCH_UNCHANGED || s->report.verdict == LIST_SAME ||
        s->report.verdict == LIST_ACCEPTED)
        s->data.fetched = a->run->now;
    if (s->report.verdict == LIST_ACCEPTED) {
        s->data.modified = a->run->now;
        return true;
    }
    if (!list->trusted)
        return settle_unknown(a, i);
    take_known(s, list);
    return true;
}

/* Parse what the zone reads and is not parsed yet; false: some list turned out to be unfit. */
static bool load_used(struct assembly *a, const struct conf_zone *zone)
{
    const struct conf *conf = a->run->conf;
    bool all = true;
    plan_zone_lists(conf, zone, a->used);
    for (size_t i = 0; i < conf->nlists; i++) {
        struct source *s = &a->sources[i];
        if (!a->used[i] || a->usable[i] == NULL || s->loaded)
            continue;
        /* The candidate of a LIST_SAME holds the same bytes. */
        if (load_file(a, i, MIRROR_DATA))
            continue;
        /* Accepted once, and refused now: its format was changed in the configuration. */
        a->usable[i] = NULL;
        s->report.verdict = LIST_UNFIT;
        s->report.digest = 0;
        all = false;
    }
    return all;
}

static struct image *open_published(const struct assembly *a, const struct conf_zone *zone)
{
    char name[PUBLISH_NAME_MAX], why[IMAGE_WHY_MAX];
    if (!publish_name(name, zone->text))
        return NULL;
    int fd = openat(a->run->images, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct image *img = image_read(fd, name, why);
    (void)close(fd);
    return img;
}

/* What the server would refuse, or the zone's canaries, must not replace what is served. */
struct check {
    const struct conf_zone *zone;
    const struct compiled *c;
    char why[COMPILE_WHY_MAX];
    const char *fault;
};

static void *check_run(void *arg)
{
    struct check *k = arg;
    struct image img;
    const void *section[IMAGE_NSECTIONS];
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++)
        section[i] = k->c->part[i].p;
    k->fault = image_check(&img, &k->c->header, section);
    if (k->fault == NULL)
        k->fault = canary_check(k->zone, &img, k->why);
    return NULL;
}

/* Stage an image while it is checked: of one with a fault the staged file is swept away. */
static const char *stage(const struct assembly *a, struct check *k, char why[static RUN_WHY_MAX])
{
    pthread_t thread;
    bool beside = pthread_create(&thread, NULL, check_run, k) == 0;
    const char *fault =
        publish_stage(a->run->images, k->zone->text, k->c->piece, COMPILED_PIECES, why);
    if (beside)
        (void)pthread_join(thread, NULL);
    else
        check_run(k);
    return k->fault != NULL ? k->fault : fault;
}

/* Compile, check and stage one zone; sets the verdict to ZONE_FAILED with a reason on any fault. */
static void build(const struct assembly *a, const struct compile_job *job, struct zone_run *z)
{
    char why[RUN_WHY_MAX];
    struct compiled c;
    struct check check = {.zone = job->zone, .c = &c};
    const char *fault = compile_zone(job, &c, why);
    if (fault == NULL) {
        fault = stage(a, &check, why);
        z->entries = c.header.entries;
        z->serial = c.header.serial;
        compiled_free(&c);
    }
    if (fault == NULL)
        return;
    z->entries = z->serial = 0;
    z->verdict = ZONE_FAILED;
    (void)snprintf(z->why, sizeof(z->why), "%s", fault);
}

static void make_zone(struct assembly *a, const struct conf_zone *zone, struct zone_run *z)
{
    int64_t start = clock_ms();
    if (publish_is_rolled_back(a->run->images, zone->text)) {
        z->verdict = ZONE_ROLLED_BACK;
        return;
    }
    /* Read in full, not its header alone: an image damaged on disk is found and made again. */
    doing(a, "checking zone %s", zone->text);
    struct image *published = open_published(a, zone);
    struct compile_job job = {.conf = a->run->conf,
                              .zone = zone,
                              .lists = a->usable,
                              .serial = plan_serial(a->run->now, published),
                              .now = a->run->now};
    /* A list that proves unfit while it is read changes the question. */
    do
        z->verdict = plan_zone(&job, published, z->why);
    while (z->verdict == ZONE_BUILT && !load_used(a, zone));
    image_close(published);
    if (z->verdict == ZONE_BUILT) {
        doing(a, "compiling zone %s", zone->text);
        build(a, &job, z);
    }
    z->seconds = (double)(clock_ms() - start) / 1000;
}

static int send_lists(const struct assembly *a)
{
    int rc = 0;
    for (size_t i = 0; i < a->run->conf->nlists; i++) {
        const struct list_report *r = &a->sources[i].report;
        if (a->run->lists[i].pending)
            continue;
        struct msg m = {.kind = MSG_LIST,
                        .num = {i, r->verdict, r->entries, r->lines, r->bad, r->digest, r->covered,
                                (uint64_t)r->made},
                        .text = {r->why, r->counts}};
        rc |= msg_write(a->out, &m);
    }
    return rc;
}

static int send_zone(int out, size_t i, const struct zone_run *z)
{
    struct msg m = {.kind = MSG_ZONE,
                    .num = {i, z->verdict, z->entries, z->serial, (uint64_t)(z->seconds * 1e6)},
                    .text = {z->why}};
    return msg_write(out, &m);
}

static int make_zones(struct assembly *a)
{
    const struct conf *conf = a->run->conf;
    int rc = 0;
    for (size_t i = 0; i < conf->nzones; i++) {
        struct zone_run z = {.conf = &conf->zones[i]};
        if (a->run->zones[i].waits || a->run->zones[i].done)
            continue;
        make_zone(a, z.conf, &z);
        rc |= send_zone(a->out, i, &z);
    }
    return rc;
}

static void unload(struct assembly *a)
{
    for (size_t i = 0; i < a->run->conf->nlists; i++) {
        if (a->sources[i].loaded)
            entries_free(&a->sources[i].data.entries);
        a->sources[i].loaded = false;
    }
}

/* Instead of zones: what the candidates would change, whether they are taken at once or later. */
static int show_lists(struct assembly *a)
{
    int rc = 0;
    unload(a);
    for (size_t i = 0; i < a->run->conf->nlists; i++) {
        enum list_verdict verdict = a->sources[i].report.verdict;
        if (verdict != LIST_ACCEPTED && verdict != LIST_HELD)
            continue;
        doing(a, "comparing list %s", a->run->conf->lists[i].name);
        rc |= preview_list(a->run, i, a->out);
    }
    return rc;
}

int assemble_child(void *arg, int out)
{
    const struct run *run = arg;
    const struct conf *conf = run->conf;
    struct assembly a = {.run = run,
                         .out = out,
                         .sources = calloc(conf->nlists + 1, sizeof(*a.sources)),
                         .usable = calloc(conf->nlists + 1, sizeof(struct list_data *)),
                         .used = calloc(conf->nlists + 1, sizeof(bool))};
    int rc = -1;
    for (size_t i = 0; i < conf->nlists; i++)
        examine_prepare(run->lists[i].dir, &conf->lists[i]);
    priv_compile(conf);
    heap_prepare();
    if (a.sources == NULL || a.usable == NULL || a.used == NULL)
        goto out;
    for (size_t i = 0; i < conf->nlists; i++)
        if (!run->lists[i].pending && settle(&a, i)) {
            settle_age(&a, i);
            a.usable[i] = &a.sources[i].data;
        }
    rc = run->dry ? show_lists(&a) : make_zones(&a);
    rc |= send_lists(&a);
    unload(&a);
out:
    free(a.used);
    free(a.usable);
    free(a.sources);
    return rc == 0 ? 0 : 1;
}
