/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_cmd.h"

#include <string.h>
#include <time.h>

#include "ctl/explain.h"
#include "ctl/jsonout.h"
#include "ctl/text.h"
#include "ctl/what.h"
#include "ctl/zonefile.h"

enum { LOOKUP_LISTED = 0, LOOKUP_NOWHERE = 1, LOOKUP_ERROR = 2 };

struct lookup_run {
    struct explain to;
    struct what what;
    json_t *errors; /* an array; NULL: text */
    bool listed, failed;
};

static void fail(struct lookup_run *r, const char *zone, const char *why)
{
    if (r->errors) {
        json_t *e = json_pack("{s:s, s:o}", "zone", zone, "error", jsonout_text(why, strlen(why)));
        r->to.oom |= json_array_append_new(r->errors, e) != 0;
    } else {
        text_error("%s: %s", zone, why);
    }
}

static void lookup_zone(struct lookup_run *r, const struct conf *c, size_t i)
{
    char why[IMAGE_WHY_MAX], said[IMAGE_WHY_MAX + 32];
    const char *zone = c->zones[i].text;
    struct image *img = zonefile_open(c, zone, why);
    if (!img) {
        snprintf(said, sizeof said, "cannot be asked: %s", why);
        fail(r, zone, said);
        r->failed = true;
        return;
    }
    if (zonefile_expired(img, (int64_t)time(NULL)))
        fail(r, zone, "the data have expired, the server does not answer from them");
    r->to.zone = &c->zones[i];
    r->listed |= explain(&r->to, img, &r->what);
    image_close(img);
}

/* The zone that a name is a question to, or -1. */
static long asked_zone(const struct conf *c, const struct what *what)
{
    long best = -1;
    for (size_t i = 0; i < c->nzones; i++)
        if (name_is_under(&what->name, &c->zones[i].name) &&
            what->name.len > c->zones[i].name.len &&
            (best < 0 || c->zones[i].name.len > c->zones[best].name.len))
            best = (long)i;
    return best;
}

/* What is left is the name below the zone. */
static void cut_zone(struct what *what, const struct conf_zone *zone)
{
    what->name.len = (uint8_t)(what->name.len - zone->name.len + 1);
    what->name.wire[what->name.len - 1] = 0;
    what->whole = true;
}

/* The answers, and what could not be asked. */
static bool put_json(FILE *out, struct lookup_run *r)
{
    json_t *v =
        json_pack("{s:o, s:b, s:O, s:O}", "what", jsonout_text(r->what.text, strlen(r->what.text)),
                  "listed", r->listed, "answers", r->to.answers, "errors", r->errors);
    return jsonout_print(out, v, r->to.oom);
}

static int run(FILE *out, struct lookup_run *r, const struct conf *c, long only)
{
    bool json = r->errors != NULL;
    r->to.why = why_new(c);
    if (!r->to.why) {
        text_error("out of memory");
        return LOOKUP_ERROR;
    }
    for (size_t i = only >= 0 ? (size_t)only : 0; i < c->nzones; i++) {
        lookup_zone(r, c, i);
        if (only >= 0)
            break;
    }
    why_free(r->to.why);
    if (json && !put_json(out, r))
        return LOOKUP_ERROR;
    if (!json && r->to.oom)
        text_error("out of memory; not everything is shown");
    /* "Not listed" is only said by who has asked everywhere. */
    return r->listed ? LOOKUP_LISTED : r->failed ? LOOKUP_ERROR : LOOKUP_NOWHERE;
}

int lookup_command(FILE *out, const struct conf *c, const char *what, const char *zone, bool json)
{
    struct lookup_run r = {.to = {.out = out, .conf = c}};
    const char *why = what_parse(what, &r.what);
    long only = zone ? conf_find_zone(c, zone) : -1;
    if (why) {
        text_error("%s: %s", what, why);
        return LOOKUP_ERROR;
    }
    if (zone && only < 0) {
        text_error("%s: no such zone in the configuration", zone);
        return LOOKUP_ERROR;
    }
    long asked = asked_zone(c, &r.what);
    if (asked >= 0 && (only < 0 || only == asked)) {
        cut_zone(&r.what, &c->zones[asked]);
        only = asked;
    }
    if (json) {
        r.to.answers = json_array();
        r.errors = json_array();
        if (!r.to.answers || !r.errors) {
            text_error("out of memory");
            return LOOKUP_ERROR;
        }
    }
    int status = run(out, &r, c, only);
    json_decref(r.to.answers);
    json_decref(r.errors);
    return status;
}
