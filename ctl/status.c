/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/jsonout.h"
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
    json_t *json;           /* the object to be filled; NULL: text */
    bool oom;               /* it is not whole */
};

#define STATE_MAX 512

/* One zone as it is shown. */
struct zone_row {
    const char *name;
    bool image, served; /* the serials are known; entries and time when one of them is */
    uint32_t image_serial, served_serial;
    uint64_t entries;
    int64_t built;
    char state[STATE_MAX];
    char problem[IMAGE_WHY_MAX]; /* of the image file; "": none */
};

/* And one list. */
struct list_row {
    const char *name;
    struct liststate s;
    bool mirrored;
    char error[LISTSTATE_TEXT_MAX + TEXT_AGE_MAX + 4];
};

/* One more object in an array of the JSON form. */
static void add_object(struct status *s, const char *array, json_t *object)
{
    s->oom |= json_array_append_new(jsonout_array(s->json, array), object) != 0;
}

/* --- the server --- */

/* What stands for a server that does not say anything usable. */
static bool say_silent(struct status *s, const char *state, const char *why, size_t line)
{
    if (s->json) {
        json_t *o = json_pack("{s:b, s:s, s:o}", "running", 0, "state", state, "error",
                              jsonout_text(why, strlen(why)));
        s->oom |= json_object_set_new(s->json, "server", o) != 0;
        return false;
    }
    fprintf(s->out, "rbl-dnsd: %s (", state);
    text_put(s->out, why, strlen(why));
    if (line > 0)
        fprintf(s->out, ", line %zu", line);
    fputs(")\n", s->out);
    return false;
}

static void say_running(struct status *s)
{
    const struct served *v = &s->served;
    char up[TEXT_AGE_MAX];
    if (s->json) {
        json_t *o = json_pack("{s:b, s:s, s:o, s:I, s:I, s:I, s:I}", "running", 1, "state",
                              "running", "version", jsonout_text(v->version, strlen(v->version)),
                              "pid", (json_int_t)v->pid, "uptime", (json_int_t)v->uptime, "workers",
                              (json_int_t)v->workers, "generation", (json_int_t)v->generation);
        s->oom |= json_object_set_new(s->json, "server", o) != 0;
        return;
    }
    text_span(up, (int64_t)v->uptime);
    fputs("rbl-dnsd ", s->out);
    text_put(s->out, v->version, strlen(v->version));
    fprintf(s->out,
            ": running, pid %" PRIu64 ", up %s, workers %" PRIu64 ", generation %" PRIu64 "\n",
            v->pid, up, v->workers, v->generation);
}

/* Fill in what the server says; false when it says nothing that can be used. */
static bool status_ask(struct status *s)
{
    char why[CLIENT_WHY_MAX];
    size_t line = 0;
    enum client_result r = client_ask(s->conf->paths.run, "status", &s->reply, why);
    if (r != CLIENT_GOOD)
        return say_silent(s, r == CLIENT_NOT_RUNNING ? "not running" : "no answer", why, 0);
    const char *bad = reply_error(s->reply);
    if (!bad)
        bad = served_parse(s->reply, &s->served, &line);
    if (bad)
        return say_silent(s, "unexpected answer", bad, line);
    say_running(s);
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
static void find_state(const struct status *s, const struct image *img, const struct served_zone *z,
                       struct zone_row *row)
{
    const char *note = "", *state = z ? z->state : "not known to the server";
    /* Serials are seconds: an image made from the same second may still be another one. */
    if (row->served && img && (img->h->serial != z->serial || img->h->built != z->built))
        note = "; the image is another one";
    if (zonefile_rolled_back(s->conf, row->name))
        note = "", state = "rolled back";
    else if (img && zonefile_expired(img, s->now))
        note = "", state = "data expired";
    else if (!s->running)
        state = img ? "image good" : "no usable image";
    snprintf(row->state, sizeof row->state, "%s%s", state, note);
}

static void look_at_zone(struct status *s, const char *name, struct zone_row *row)
{
    const struct served_zone *z = served_find(&s->served, name);
    *row = (struct zone_row){.name = name, .served = z && served_loaded(z)};
    struct image *img = zonefile_open(s->conf, name, row->problem);
    if (row->served) {
        row->served_serial = z->serial;
        row->entries = z->entries;
        row->built = z->built;
    }
    if (img) {
        /* Numbers come from the image where there is one. */
        row->image = true;
        row->image_serial = img->h->serial;
        row->entries = img->h->entries;
        row->built = img->h->built;
        row->problem[0] = '\0';
        see_sources(s, img);
    }
    find_state(s, img, z, row);
    image_close(img);
}

/*
 * A zone the server found in the images directory without the configuration naming it.  Its file
 * is not opened: the name comes from the socket and might lead anywhere.
 */
static void look_at_unconfigured(const struct served_zone *z, struct zone_row *row)
{
    *row = (struct zone_row){.name = z->name,
                             .served = true,
                             .served_serial = z->serial,
                             .entries = z->entries,
                             .built = z->built};
    snprintf(row->state, sizeof row->state, "%s; not configured", z->state);
}

static void number_cell(struct table *t, bool known, uint64_t number)
{
    if (known)
        table_cell(t, "%" PRIu64, number);
    else
        table_cell(t, "-");
}

static void zone_cells(struct table *t, const struct zone_row *row)
{
    char built[TEXT_TIME_MAX];
    text_time(built, row->built);
    table_cell(t, "%s", row->name);
    number_cell(t, row->image, row->image_serial);
    number_cell(t, row->served, row->served_serial);
    number_cell(t, row->image || row->served, row->entries);
    table_cell(t, "%s", built);
    table_cell(t, "%s", row->state);
}

static json_t *number_or_null(bool known, uint32_t number)
{
    return known ? json_integer(number) : json_null();
}

static json_t *zone_object(const struct zone_row *row)
{
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:o, s:o}", "zone", jsonout_text(row->name, strlen(row->name)),
        "image", number_or_null(row->image, row->image_serial), "served",
        number_or_null(row->served, row->served_serial), "entries", (json_int_t)row->entries,
        "built", (json_int_t)row->built, "state", jsonout_text(row->state, strlen(row->state)),
        "problem", jsonout_text(row->problem, strlen(row->problem)));
}

static void put_zone(struct status *s, struct table *t, FILE *notes, const struct zone_row *row)
{
    if (s->json) {
        add_object(s, "zones", zone_object(row));
        return;
    }
    zone_cells(t, row);
    if (row->problem[0])
        fprintf(notes, "%s: %s\n", row->name, row->problem);
}

/* Reasons name a file and are long: below the table they leave its columns narrow. */
static void put_notes(const struct status *s, const char *notes)
{
    for (const char *p = notes; *p; p += strcspn(p, "\n") + 1) {
        text_put(s->out, p, strcspn(p, "\n"));
        fputc('\n', s->out);
    }
}

static bool status_zones(struct status *s)
{
    static const char *const heads[] = {"ZONE",    "IMAGE",       "SERVED",
                                        "ENTRIES", "BUILT (UTC)", "STATE"};
    struct table t;
    struct zone_row row;
    char *problems = NULL;
    size_t problems_len = 0;
    FILE *notes = open_memstream(&problems, &problems_len);
    if (!notes)
        return false;
    table_init(&t, 6, 2 + 4 + 8, heads);
    for (size_t i = 0; i < s->conf->nzones; i++) {
        look_at_zone(s, s->conf->zones[i].text, &row);
        put_zone(s, &t, notes, &row);
    }
    for (size_t i = 0; i < s->served.nzones; i++) {
        if (conf_find_zone(s->conf, s->served.zone[i].name) >= 0)
            continue;
        look_at_unconfigured(&s->served.zone[i], &row);
        put_zone(s, &t, notes, &row);
    }
    if (!s->json)
        fputc('\n', s->out);
    bool good = table_print(&t, 0, s->json ? NULL : s->out);
    good = fclose(notes) == 0 && good;
    if (good)
        put_notes(s, problems);
    free(problems);
    return good;
}

/* --- lists --- */

static void look_at_list(const struct status *s, size_t i, struct list_row *row)
{
    char why[LISTSTATE_WHY_MAX], tried[TEXT_AGE_MAX];
    const struct list_seen *seen = &s->seen[i];
    *row = (struct list_row){.name = s->conf->lists[i].name};
    enum liststate_result r = liststate_read(s->conf->paths.mirror, row->name, &row->s, why);
    row->mirrored = r != LISTSTATE_ABSENT;
    /* Where images are only copied to, there is no mirror; the image knows as much. */
    if (r != LISTSTATE_GOOD && seen->any) {
        row->s.fetched = seen->fetched;
        row->s.modified = seen->modified;
        row->s.entries = seen->entries;
    }
    text_age(tried, s->now, row->s.tried);
    if (r == LISTSTATE_BAD)
        snprintf(row->error, sizeof row->error, "%s", why);
    else if (r == LISTSTATE_ABSENT)
        snprintf(row->error, sizeof row->error, "%s",
                 seen->any ? "not mirrored here; as the image says" : "never fetched");
    else if (row->s.failure[0])
        snprintf(row->error, sizeof row->error, "%s: %s", tried, row->s.failure);
}

static void list_cells(const struct status *s, struct table *t, const struct list_row *row)
{
    char fetched[TEXT_AGE_MAX], changed[TEXT_AGE_MAX];
    text_age(fetched, s->now, row->s.fetched);
    text_age(changed, s->now, row->s.modified);
    table_cell(t, "%s", row->name);
    number_cell(t, row->s.fetched || row->s.entries, row->s.entries);
    table_cell(t, "%s", fetched);
    table_cell(t, "%s", changed);
    table_cell(t, "%s", row->error[0] ? row->error : "-");
}

static json_t *list_object(const struct list_row *row)
{
    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:o}", "name", row->name, "mirrored",
                     row->mirrored, "entries", (json_int_t)row->s.entries, "fetched",
                     (json_int_t)row->s.fetched, "modified", (json_int_t)row->s.modified, "tried",
                     (json_int_t)row->s.tried, "error",
                     jsonout_text(row->error, strlen(row->error)));
}

static bool status_lists(struct status *s)
{
    static const char *const heads[] = {"LIST", "ENTRIES", "FETCHED", "CHANGED", "LAST ERROR"};
    struct table t;
    struct list_row row;
    table_init(&t, 5, 2, heads);
    for (size_t i = 0; i < s->conf->nlists; i++) {
        look_at_list(s, i, &row);
        if (s->json)
            add_object(s, "lists", list_object(&row));
        else
            list_cells(s, &t, &row);
    }
    bool text = !s->json && s->conf->nlists > 0;
    if (text)
        fputc('\n', s->out);
    return table_print(&t, 0, text ? s->out : NULL);
}

int status_command(FILE *out, const struct conf *c, bool json)
{
    struct status s = {.conf = c, .out = out, .now = (int64_t)time(NULL)};
    s.seen = calloc(c->nlists + 1, sizeof *s.seen);
    s.json = json ? json_object() : NULL;
    bool good = s.seen && (s.json || !json);
    if (good) {
        s.running = status_ask(&s);
        if (json) /* they are there when they are empty, too */
            s.oom |= !jsonout_array(s.json, "zones") || !jsonout_array(s.json, "lists");
        good = status_zones(&s) && status_lists(&s);
    }
    if (json)
        good = jsonout_print(out, s.json, s.oom || !good);
    else if (!good)
        text_error("out of memory");
    served_free(&s.served);
    free(s.reply);
    free(s.seen);
    return good && s.running ? 0 : 1;
}
