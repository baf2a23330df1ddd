/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/allow_cmd.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/jsonout.h"
#include "ctl/loader_cmd.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "lib/allow.h"
#include "lib/allowfile.h"

#define WHY_MAX 200 /* bytes of --why */

/* --- show --- */

struct show {
    struct table table;
    json_t *array;
    const struct allow_entry *only; /* NULL: all */
    int64_t now;
    bool good;
};

static void format_what(char buf[static NAME_TEXT_MAX], const struct allow_entry *e)
{
    _Static_assert(NAME_TEXT_MAX >= PREFIX_TEXT_MAX, "one buffer for both");
    if (e->kind == ALLOW_NAME)
        name_format(buf, e->name.wire, e->name.len);
    else
        prefix_format(buf, &e->prefix);
}

static void show_entry(struct show *s, const struct allow_entry *e)
{
    char what[NAME_TEXT_MAX], until[ALLOW_TIME_MAX] = "";
    char *why = strndup(e->why ? e->why : "", e->why_len);
    char *safe = why ? text_safe(why) : NULL;
    format_what(what, e);
    if (e->until)
        allow_time_format(until, e->until);
    if (!safe) {
        s->good = false;
    } else if (s->array) {
        json_t *o =
            json_pack("{s:s, s:I, s:s}", "entry", what, "until", (json_int_t)e->until, "why", safe);
        s->good = json_array_append_new(s->array, o) == 0 && s->good;
    } else {
        table_cell(&s->table, "%s", what);
        table_cell(&s->table, "%s", e->until ? until : "-");
        table_cell(&s->table, "%s", safe[0] ? safe : "-");
    }
    free(safe);
    free(why);
}

/* 1: some line is bad, and named. */
static int show_lines(struct show *s, const char *path, const char *text, size_t len)
{
    int status = 0;
    size_t number = 0;
    while (len > 0) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;
        struct allow_entry e;
        const char *why = allow_parse(text, n, &e);
        number++;
        if (why) {
            text_error("%s:%zu: %s", path, number, why);
            status = 1;
        } else if (e.kind != ALLOW_BLANK && !allow_is_over(&e, s->now) &&
                   (!s->only || allow_same(s->only, &e))) {
            show_entry(s, &e);
        }
        n += nl != NULL;
        text += n;
        len -= n;
    }
    return status;
}

static int show(FILE *out, const char *path, bool json, const struct allow_entry *only)
{
    static const char *const heads[] = {"ENTRY", "UNTIL", "WHY"};
    char why[ALLOWFILE_WHY_MAX];
    size_t len;
    struct show s = {.array = json ? json_array() : NULL,
                     .only = only,
                     .now = (int64_t)time(NULL),
                     .good = true};
    char *text = allowfile_read(path, &len, why);
    if (!text && why[0]) {
        text_error("%s", why);
        return 1;
    }
    if (!json)
        table_init(&s.table, 3, 0, heads);
    int status = text ? show_lines(&s, path, text, len) : 0;
    free(text);
    if (json)
        return jsonout_print(out, s.array, !s.good) ? status : 1;
    s.good = table_print(&s.table, 0, out) && s.good;
    if (!s.good)
        text_error("out of memory");
    return s.good ? status : 1;
}

/* --- change --- */

static bool is_other(void *arg, const char *line, size_t len)
{
    const struct allow_entry *unwanted = arg;
    struct allow_entry e;
    return allow_parse(line, len, &e) != NULL || !allow_same(unwanted, &e);
}

/* "7d", "2026-12-01" or "2026-12-01T08:00:00Z". */
static bool read_until(const char *text, int64_t now, int64_t *out)
{
    char day[ALLOW_TIME_MAX];
    unsigned span;
    if (conf_parse_time(text, &span) && span > 0) {
        *out = now + span;
        return true;
    }
    if (strlen(text) == strlen("2026-12-01")) {
        snprintf(day, sizeof day, "%sT00:00:00Z", text);
        text = day;
    }
    return allow_time_parse(text, strlen(text), out) && *out > now;
}

static bool why_is_fit(const char *s)
{
    if (strlen(s) > WHY_MAX)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

/* The line for o->what; false after a complaint. */
static bool make_line(const struct allow_options *o, const struct allow_entry *e, char *line,
                      size_t cap)
{
    char what[NAME_TEXT_MAX], until[ALLOW_TIME_MAX] = "";
    int64_t end = 0;
    if (o->until && !read_until(o->until, (int64_t)time(NULL), &end)) {
        text_error("allow: --until %s: no time ahead; allowed: 12h, 7d, 2026-12-01 or "
                   "2026-12-01T08:00:00Z",
                   o->until);
        return false;
    }
    if (o->why && !why_is_fit(o->why)) {
        text_error("allow: --why: at most %d bytes without control characters", WHY_MAX);
        return false;
    }
    format_what(what, e);
    if (end)
        allow_time_format(until, end);
    const char *why = o->why ? o->why : "";
    snprintf(line, cap, "%s%s%s%s%s", what, end ? " until " : "", until, *why ? " # " : "", why);
    return true;
}

/* An entry that is there already is replaced. */
static int change(FILE *out, const struct allow_options *o, const char *path)
{
    char why[ALLOWFILE_WHY_MAX], line[NAME_TEXT_MAX + WHY_MAX + 64];
    struct allow_entry e;
    const char *fault = allow_parse_what(o->what, strlen(o->what), &e);
    if (fault) {
        text_error("allow: %s: %s", o->what, fault);
        return 2;
    }
    if (!o->remove && !make_line(o, &e, line, sizeof line))
        return 2;
    struct allowfile_change c = {.keep = is_other, .arg = &e, .add = o->remove ? NULL : line};
    long gone = allowfile_edit(path, &c, why);
    if (gone < 0)
        text_error("allow: %s", why);
    else if (gone == 0 && o->remove)
        text_error("allow: %s: is not in the list", o->what);
    if (gone < 0 || (gone == 0 && o->remove))
        return 1;
    if (!o->json)
        return 0;
    /* Other lines may be bad; the loader names them too. */
    (void)show(out, path, true, &e);
    return fflush(out) == 0 ? 0 : 1; /* before the program becomes another one */
}

/* What was given beside WHAT; it has to be of use. */
static bool options_fit(const struct allow_options *o)
{
    if (!o->what && (o->until || o->why || o->remove))
        text_error("allow: --until, --why and --remove are for allow WHAT");
    else if (o->remove && (o->until || o->why))
        text_error("allow: --remove goes with neither --until nor --why");
    else
        return true;
    return false;
}

int allow_command(FILE *out, const struct conf *c, const char *conf_path,
                  const struct allow_options *o)
{
    if (!options_fit(o))
        return 2;
    char *path = conf_allow_path(c);
    if (!path) {
        text_error("out of memory");
        return 1;
    }
    int status = o->what ? change(out, o, path) : show(out, path, o->json, NULL);
    free(path);
    if (!o->what || status != 0)
        return status;
    return loader_become(c, conf_path, "--list", ALLOW_LIST);
}
