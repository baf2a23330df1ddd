/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/liststate.h"
#include "ctl/reply.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "ctl/zonefile.h"

/* What the images say of a list: the newest data any of them was made from. */
struct list_seen {
    bool any;
    int64_t fetched, modified;
    uint64_t entries;
};

/* One run: everything is gathered with one "now", so that ages in one screen agree. */
struct status {
    const struct conf *conf;
    FILE *out;
    int64_t now;
    bool running;
    char *reply;
    struct served served;   /* when running */
    struct list_seen *seen; /* one per configured list */
};

/* --- the server --- */

/* Fill in what the server says; false when it says nothing that can be used. */
static bool status_ask(struct status *s)
{
    char why[CLIENT_WHY_MAX], up[TEXT_AGE_MAX];
    size_t line = 0;
    enum client_result r = client_ask(s->conf->paths.run, "status", &s->reply, why);
    if (r != CLIENT_GOOD) {
        fprintf(s->out, "rbl-dnsd: %s (", r == CLIENT_NOT_RUNNING ? "not running" : "no answer");
        text_put(s->out, why, strlen(why));
        fputs(")\n", s->out);
        return false;
    }
    const char *bad = reply_error(s->reply);
    if (!bad)
        bad = served_parse(s->reply, &s->served, &line);
    if (bad) {
        fputs("rbl-dnsd: unexpected answer (", s->out);
        text_put(s->out, bad, strlen(bad));
        fprintf(s->out, ", line %zu)\n", line);
        return false;
    }
    text_span(up, (int64_t)s->served.uptime);
    fputs("rbl-dnsd ", s->out);
    text_put(s->out, s->served.version, strlen(s->served.version));
    fprintf(s->out,
            ": running, pid %" PRIu64 ", up %s, workers %" PRIu64 ", generation %" PRIu64 "\n",
            s->served.pid, up, s->served.workers, s->served.generation);
    return true;
}

/* --- zones --- */

/*
 * Images are opened one after the other and closed at once, so that the tool never needs more
 * memory than the largest; what the list table wants of them is kept here.
 */
static void see_sources(struct status *s, const struct image *img)
{
    for (uint32_t i = 0; i < img->nsources; i++) {
        const struct image_source *src = &img->sources[i];
        long k = conf_find_list(s->conf, src->name);
        struct list_seen *seen = k >= 0 ? &s->seen[k] : NULL;
        if (!seen || src->missing || (seen->any && seen->fetched >= src->fetched))
            continue;
        *seen = (struct list_seen){true, src->fetched, src->modified, src->entries};
    }
}

/* How the image on disk and the image in the server's memory relate. */
static void cell_state(const struct status *s, struct table *t, const char *name,
                       const struct image *img, const struct served_zone *z)
{
    bool loaded = z && served_loaded(z);
    if (zonefile_rolled_back(s->conf, name))
        table_cell(t, "rolled back");
    else if (img && zonefile_expired(img, s->now))
        table_cell(t, "data expired");
    else if (!s->running)
        table_cell(t, "%s", img ? "image good" : "no usable image");
    else if (!z)
        table_cell(t, "not known to the server");
    /* Serials are seconds: an image made from the same second may still be another one. */
    else if (loaded && img && (img->h->serial != z->serial || img->h->built != z->built))
        table_cell(t, "%s; the image is another one", z->state);
    else
        table_cell(t, "%s", z->state);
}

/* img may be NULL, z too; numbers come from the image where there is one. */
static void add_zone(const struct status *s, struct table *t, const char *name,
                     const struct image *img, const struct served_zone *z)
{
    char built[TEXT_TIME_MAX];
    bool loaded = z && served_loaded(z);
    table_cell(t, "%s", name);
    if (img)
        table_cell(t, "%" PRIu32, img->h->serial);
    else
        table_cell(t, "-");
    if (loaded)
        table_cell(t, "%" PRIu32, z->serial);
    else
        table_cell(t, "-");
    if (img || loaded)
        table_cell(t, "%" PRIu64, img ? img->h->entries : z->entries);
    else
        table_cell(t, "-");
    text_time(built, img ? img->h->built : loaded ? z->built : 0);
    table_cell(t, "%s", built);
    cell_state(s, t, name, img, z);
}

/*
 * A zone the server found in the images directory without the configuration naming it.  Its file
 * is not opened: the name comes from the socket and might lead anywhere.
 */
static void add_unconfigured(struct table *t, const struct served_zone *z)
{
    char built[TEXT_TIME_MAX];
    text_time(built, z->built);
    table_cell(t, "%s", z->name);
    table_cell(t, "-");
    table_cell(t, "%" PRIu32, z->serial);
    table_cell(t, "%" PRIu64, z->entries);
    table_cell(t, "%s", built);
    table_cell(t, "%s; not configured", z->state);
}

/* Reasons name a file and are long: below the table they leave its columns narrow. */
static bool status_zones(struct status *s)
{
    static const char *const heads[] = {"ZONE",    "IMAGE",       "SERVED",
                                        "ENTRIES", "BUILT (UTC)", "STATE"};
    struct table t;
    char *problems = NULL;
    size_t problems_len = 0;
    FILE *notes = open_memstream(&problems, &problems_len);
    if (!notes)
        return false;
    table_init(&t, 6, 2 + 4 + 8, heads);
    for (size_t i = 0; i < s->conf->nzones; i++) {
        char why[IMAGE_WHY_MAX];
        const char *name = s->conf->zones[i].text;
        struct image *img = zonefile_open(s->conf, name, why);
        add_zone(s, &t, name, img, served_find(&s->served, name));
        if (img)
            see_sources(s, img);
        else
            fprintf(notes, "%s: %s\n", name, why);
        image_close(img);
    }
    for (size_t i = 0; i < s->served.nzones; i++)
        if (conf_find_zone(s->conf, s->served.zone[i].name) < 0)
            add_unconfigured(&t, &s->served.zone[i]);
    fputc('\n', s->out);
    bool good = table_print(&t, 0, s->out);
    good = fclose(notes) == 0 && good;
    for (char *p = problems; good && *p; p += strcspn(p, "\n") + 1) {
        text_put(s->out, p, strcspn(p, "\n"));
        fputc('\n', s->out);
    }
    free(problems);
    return good;
}

/* --- lists --- */

static void add_list(const struct status *s, struct table *t, size_t i)
{
    char why[LISTSTATE_WHY_MAX], fetched[TEXT_AGE_MAX], changed[TEXT_AGE_MAX], tried[TEXT_AGE_MAX];
    struct liststate st;
    const struct list_seen *seen = &s->seen[i];
    enum liststate_result r =
        liststate_read(s->conf->paths.mirror, s->conf->lists[i].name, &st, why);
    /* Where images are only copied to, there is no mirror; the image knows as much. */
    if (r != LISTSTATE_GOOD && seen->any) {
        st.fetched = seen->fetched;
        st.modified = seen->modified;
        st.entries = seen->entries;
    }
    text_age(fetched, s->now, st.fetched);
    text_age(changed, s->now, st.modified);
    text_age(tried, s->now, st.tried);
    table_cell(t, "%s", s->conf->lists[i].name);
    if (st.fetched || st.entries)
        table_cell(t, "%" PRIu64, st.entries);
    else
        table_cell(t, "-");
    table_cell(t, "%s", fetched);
    table_cell(t, "%s", changed);
    if (r == LISTSTATE_BAD)
        table_cell(t, "%s", why);
    else if (r == LISTSTATE_ABSENT)
        table_cell(t, "%s", seen->any ? "not mirrored here; as the image says" : "never fetched");
    else if (st.failure[0])
        table_cell(t, "%s: %s", tried, st.failure);
    else
        table_cell(t, "-");
}

static bool status_lists(const struct status *s)
{
    static const char *const heads[] = {"LIST", "ENTRIES", "FETCHED", "CHANGED", "LAST ERROR"};
    struct table t;
    if (s->conf->nlists == 0)
        return true;
    table_init(&t, 5, 2, heads);
    for (size_t i = 0; i < s->conf->nlists; i++)
        add_list(s, &t, i);
    fputc('\n', s->out);
    return table_print(&t, 0, s->out);
}

int status_command(FILE *out, const struct conf *c)
{
    struct status s = {.conf = c, .out = out, .now = (int64_t)time(NULL)};
    s.seen = calloc(c->nlists + 1, sizeof *s.seen);
    bool good = s.seen != NULL;
    if (good) {
        s.running = status_ask(&s);
        good = status_zones(&s) && status_lists(&s);
    }
    if (!good)
        text_error("out of memory");
    served_free(&s.served);
    free(s.reply);
    free(s.seen);
    return good && s.running ? 0 : 1;
}
