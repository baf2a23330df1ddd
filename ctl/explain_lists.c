/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who made the answer: lists whose entries are in it, lists whose entries are not although they
 * hold what was asked for, and those that took it out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/explain.h"
#include "ctl/jsonout.h"
#include "ctl/text.h"
#include "lib/answerset.h"

#define LABEL_WIDTH "  %-6s "
#define NOTE_MAX    160

/* A list as a zone uses it. */
struct used {
    bool except;
    bool in_answer;
    struct why_list list;
};

struct uses {
    struct used *use;
    size_t n;
    const struct image *img;
    const struct question *q;
};

static const struct image_source *source_of(const struct uses *u, const struct used *use)
{
    const struct image *img = u->img;
    for (uint32_t i = 0; i < img->nsources; i++)
        if (strncmp(img->sources[i].name, use->list.conf->name, IMAGE_NAME_MAX) == 0 &&
            img->sources[i].exclude == use->except)
            return &img->sources[i];
    return NULL;
}

static bool is_in_answer(const struct uses *u, const struct image_source *source)
{
    const struct lookup_result *r = &u->q->found;
    for (unsigned s = 0; s < r->nset; s++)
        for (unsigned i = 0; i < answerset_nsources(u->img, r->set[s]); i++)
            if (&u->img->sources[answerset_source(u->img, r->set[s], i)] == source)
                return true;
    return false;
}

/* --- asking --- */

static void ask(struct explain *to, struct uses *u, size_t list, const struct name *sub)
{
    struct used *use = &u->use[u->n];
    use->except = sub == NULL;
    why_ask(to->why, list, u->q, sub, &use->list);
    const struct image_source *source = source_of(u, use);
    use->in_answer = !use->except && source && is_in_answer(u, source);
    u->n += use->in_answer || use->list.n > 0;
}

/* The view's name in front of where lists stand; false: it lies elsewhere. */
static bool relative(const struct image_view *v, const struct name *base, struct name *out)
{
    struct name view = {.len = v->sub_len};
    memcpy(view.wire, v->sub, v->sub_len);
    if (!name_is_under(&view, base))
        return false;
    *out = (struct name){.len = (uint8_t)(view.len - base->len + 1)};
    memcpy(out->wire, view.wire, out->len - 1u);
    return true;
}

static void ask_all(struct explain *to, struct uses *u)
{
    static const struct name apex = {.len = 1};
    const struct conf_zone *z = to->zone;
    struct name sub;
    for (size_t i = 0; relative(u->q->found.view, &apex, &sub) && i < z->nlists; i++)
        ask(to, u, z->lists[i], &sub);
    for (size_t s = 0; s < z->nsub; s++)
        for (size_t i = 0;
             relative(u->q->found.view, &z->sub[s].name, &sub) && i < z->sub[s].nlists; i++)
            ask(to, u, z->sub[s].lists[i], &sub);
    for (size_t i = 0; i < z->nexclude; i++)
        ask(to, u, z->exclude[i], NULL);
}

/* --- telling --- */

/* The closest entry of a list decides. */
static bool takes_out(const struct used *use)
{
    return use->except && use->list.n > 0 && !use->list.hit[0].exclude;
}

static bool any_exclusion(const struct why_list *l)
{
    bool any = false;
    for (size_t i = 0; i < l->n; i++)
        any |= l->hit[i].exclude;
    return any;
}

/* What is to be said of a list but what it is; "": nothing. */
static void note(const struct uses *u, const struct used *use, char out[static NOTE_MAX])
{
    const struct image_source *source = source_of(u, use);
    const struct used *by = NULL;
    for (size_t i = 0; i < u->n && !by; i++)
        by = takes_out(&u->use[i]) ? &u->use[i] : NULL;
    out[0] = '\0';
    if (source && source->missing)
        snprintf(out, NOTE_MAX, "not in the published image, as its data had expired or were none");
    else if (!source || (use->list.digest && source->digest != use->list.digest))
        snprintf(out, NOTE_MAX, "the published image was made of other data");
    else if (use->in_answer || use->except)
        return;
    else if (any_exclusion(&use->list))
        snprintf(out, NOTE_MAX, "it takes out itself what it lists");
    else if (by)
        snprintf(out, NOTE_MAX, "taken out by %s", by->list.conf->name);
    else
        snprintf(out, NOTE_MAX, "left out by rbl-loader, as special-purpose addresses are");
}

/* What is to be said in place of entries; "": nothing. */
static void no_entries(const struct used *use, char out[static NOTE_MAX + WHERE_WHY_MAX])
{
    const struct why_list *l = &use->list;
    out[0] = '\0';
    if (l->problem[0])
        snprintf(out, NOTE_MAX + WHERE_WHY_MAX, "not known: %s", l->problem);
    else if (l->more > 0)
        snprintf(out, NOTE_MAX + WHERE_WHY_MAX, "and %" PRIu64 " more", l->more);
    else if (l->n == 0)
        snprintf(out, NOTE_MAX + WHERE_WHY_MAX, "not found");
}

/* The file of a line: the mirror's, or the one of several that the publisher named. */
static char *file_of(const struct explain *to, const struct why_list *l, size_t i)
{
    char *path = NULL;
    int rc = l->line[i].file[0]
                 ? asprintf(&path, "%s", l->line[i].file)
                 : asprintf(&path, "%s/%s/data", to->conf->paths.mirror, l->conf->name);
    return rc < 0 ? NULL : path;
}

static void tell_text(const struct explain *to, const struct uses *u, const struct used *use)
{
    const struct why_list *l = &use->list;
    char changed[TEXT_AGE_MAX], about[NOTE_MAX], none[NOTE_MAX + WHERE_WHY_MAX];
    text_age(changed, (int64_t)time(NULL), l->state.modified);
    note(u, use, about);
    no_entries(use, none);
    fprintf(to->out, LABEL_WIDTH "%s: %s, changed %s%s%s\n", use->except ? "except" : "list",
            l->conf->name, l->state_word, changed, about[0] ? "; " : "", about);
    for (size_t i = 0; i < l->n; i++) {
        char *file = file_of(to, l, i);
        fprintf(to->out, LABEL_WIDTH, "entry");
        text_put(to->out, file ? file : "?", file ? strlen(file) : 1);
        fprintf(to->out, ":%" PRIu32 ": ", l->line[i].number);
        text_put(to->out, l->line[i].text, strlen(l->line[i].text));
        fputc('\n', to->out);
        free(file);
    }
    if (none[0])
        fprintf(to->out, LABEL_WIDTH "%s\n", "entry", none);
}

static void tell_json(struct explain *to, const struct uses *u, const struct used *use)
{
    const struct why_list *l = &use->list;
    char about[NOTE_MAX];
    note(u, use, about);
    json_t *o = json_pack(
        "{s:s, s:s, s:b, s:s, s:I, s:I, s:s, s:s, s:I, s:[]}", "list", l->conf->name, "use",
        use->except ? "except" : "list", "in_answer", use->in_answer, "state", l->state_word,
        "fetched", (json_int_t)l->state.fetched, "modified", (json_int_t)l->state.modified, "note",
        about, "problem", l->problem, "more", (json_int_t)l->more, "entries");
    for (size_t i = 0; o && i < l->n; i++) {
        char *file = file_of(to, l, i);
        json_t *e = json_pack(
            "{s:o, s:I, s:o, s:b}", "file", file ? jsonout_text(file, strlen(file)) : NULL, "line",
            (json_int_t)l->line[i].number, "text",
            jsonout_text(l->line[i].text, strlen(l->line[i].text)), "takes_out", l->hit[i].exclude);
        to->oom |= json_array_append_new(jsonout_array(o, "entries"), e) != 0;
        free(file);
    }
    to->oom |= json_array_append_new(jsonout_array(to->view, "lists"), o) != 0;
}

/* A list of which the image alone knows. */
static void tell_source(struct explain *to, const struct image_source *source)
{
    static const char state[] = "not in the configuration";
    char *safe = text_safe(source->name), *line = NULL;
    if (safe && asprintf(&line, "%s%s%s", safe, to->zone ? ": " : "", to->zone ? state : "") < 0)
        line = NULL;
    if (!line) {
        to->oom = true;
    } else if (!to->answers) {
        explain_put(to, "list", "lists", line);
    } else {
        json_t *o = json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:s, s:s, s:I, s:[]}", "list", safe,
                              "use", "list", "in_answer", 1, "state", state, "fetched",
                              (json_int_t)source->fetched, "modified", (json_int_t)source->modified,
                              "note", "", "problem", state, "more", (json_int_t)0, "entries");
        to->oom |= json_array_append_new(jsonout_array(to->view, "lists"), o) != 0;
    }
    free(line);
    free(safe);
}

static bool is_told(const struct uses *u, const struct image_source *source)
{
    for (size_t i = 0; i < u->n; i++)
        if (u->use[i].in_answer && source_of(u, &u->use[i]) == source)
            return true;
    return false;
}

/* What the image has beyond the configuration; RFC 5782 section 5: every zone has its test entries,
 * whatever its lists say. */
static void tell_rest(struct explain *to, const struct uses *u)
{
    bool any = false;
    for (uint32_t i = 0; i < u->img->nsources; i++) {
        const struct image_source *source = &u->img->sources[i];
        if (!is_in_answer(u, source))
            continue;
        any = true;
        if (!is_told(u, source))
            tell_source(to, source);
    }
    if (!any && u->q->found.nset > 0)
        explain_put(to, "list", "notes", "none (test entry)");
}

static bool ask_configured(struct explain *to, struct uses *u)
{
    size_t n = to->zone->nlists + to->zone->nexclude;
    for (size_t s = 0; s < to->zone->nsub; s++)
        n += to->zone->sub[s].nlists;
    u->use = calloc(n + 1, sizeof *u->use);
    if (u->use)
        ask_all(to, u);
    return u->use != NULL;
}

void explain_lists(struct explain *to, const struct image *img, const struct question *q)
{
    struct uses u = {.img = img, .q = q};
    if (to->zone && !ask_configured(to, &u))
        to->oom = true;
    for (size_t i = 0; i < u.n; i++)
        if (to->answers)
            tell_json(to, &u, &u.use[i]);
        else
            tell_text(to, &u, &u.use[i]);
    tell_rest(to, &u);
    free(u.use);
}
