/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/rbldnsd_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/log.h"

#define LOADER "rbl-loader: "

void rbldnsd_lines_start(struct rbldnsd_lines *l)
{
    memset(l->seen, 0, l->o->ndata * sizeof *l->seen);
}

/* Behind word, or NULL when s does not start with it. */
static char *after(char *s, const char *word)
{
    size_t len = strlen(word);
    return s && strncmp(s, word, len) == 0 ? s + len : NULL;
}

/* "TYPE-N: rest" as lib/rbldnsd_conf.c names lists: the rest, and which data set. */
static char *list_name(const struct rbldnsd_opt *o, char *s, size_t *data)
{
    for (size_t i = 0; i < o->ndata; i++) {
        char name[80];
        snprintf(name, sizeof name, "%.40s-%zu: ", o->data[i].type, i + 1);
        char *rest = after(s, name);
        *data = i;
        if (rest)
            return rest;
    }
    return NULL;
}

/*
 * The file of a data set that a reason starts with, as the command line spells it; *reason is
 * moved behind it.  With one file the loader does not name it.
 */
static const char *file_of(const struct rbldnsd_opt *o, size_t data, char **reason)
{
    const struct rbldnsd_data *d = &o->data[data];
    const char *found = d->file[0];
    size_t longest = 0;
    for (size_t i = 0; i < d->nfiles; i++) {
        char *path = rbldnsd_opt_path(o, d->file[i], true);
        size_t len = path ? strlen(path) : 0;
        /* The loader cuts long names. */
        size_t said = len < 100 ? len : 100;
        if (path && said > longest && strncmp(*reason, path, said) == 0 &&
            strncmp(*reason + said, ": ", 2) == 0) {
            found = d->file[i];
            longest = said;
        }
        free(path);
    }
    if (longest)
        *reason += longest + 2;
    return found;
}

/* "MIRROR/NAME/incoming:LINE: REASON: "TEXT"" */
static bool bad_line(struct rbldnsd_lines *l, size_t data, char *s)
{
    char *at = strstr(s, "/incoming:"), *end;
    size_t skip = sizeof "/incoming:" - 1;
    if (!at) {
        at = strstr(s, "/data:");
        skip = sizeof "/data:" - 1;
    }
    if (*s != '/' || !at)
        return false;
    unsigned long number = strtoul(at + skip, &end, 10);
    char *reason = after(end, ": ");
    char *quote = reason ? strstr(reason, ": \"") : NULL;
    if (!quote)
        return false;
    *quote = '\0';
    if (l->seen[data]++ >= RBLDNSD_LINES_SHOWN)
        return true;
    const char *file = file_of(l->o, data, &reason);
    if (number == 0)
        log_warn("file %s: %s", file, reason);
    else
        log_warn("file %s(%lu): %s", file, number, reason);
    return true;
}

static void suppressed(const struct rbldnsd_lines *l, size_t data, uint64_t bad)
{
    const struct rbldnsd_data *d = &l->o->data[data];
    /* The loader shows ten and counts all. */
    if (bad < l->seen[data])
        bad = l->seen[data];
    if (bad > RBLDNSD_LINES_SHOWN)
        log_warn("%s:%s: %" PRIu64 " more warnings suppressed", d->type, d->files,
                 bad - RBLDNSD_LINES_SHOWN);
}

/* "TYPE:NAME: COUNTS" of each section of a combined file; what is left is the file's own. */
static char *say_sections(const struct rbldnsd_data *d, char *said)
{
    for (char *end; (end = strstr(said, "; ")); said = end + 2)
        log_info("%s:%s:%.*s", d->type, d->files, (int)(end - said), said);
    return said;
}

/* "N entries[ (COUNTS)], SIZE, changed[, B bad lines], S s" */
static bool counts(const struct rbldnsd_lines *l, size_t data, char *s, int64_t mtime)
{
    const struct rbldnsd_data *d = &l->o->data[data];
    char *rest, stamp[32];
    uint64_t bad = 0;
    (void)strtoull(s, &rest, 10);
    if (rest == s || !(rest = after(rest, " entries")))
        return false;
    /* Without: the file was touched, but says what it said. */
    static char same[] = "unchanged";
    char *said = after(rest, " ("), *end = said ? strchr(said, ')') : NULL;
    if (end)
        *end++ = '\0';
    else
        end = rest, said = same;
    const char *text = strstr(end, " bad lines");
    if (text) {
        while (text > end && text[-1] >= '0' && text[-1] <= '9')
            text--;
        bad = strtoull(text, NULL, 10);
    }
    suppressed(l, data, bad);
    struct tm tm;
    time_t t = (time_t)mtime;
    if (!gmtime_r(&t, &tm) || strftime(stamp, sizeof stamp, "%Y%m%d %H%M%S", &tm) == 0)
        stamp[0] = '\0';
    said = say_sections(d, said);
    log_info("%s:%s: %s: %s", d->type, d->files, stamp, said);
    return true;
}

/* A data set that cannot be had.  The loader says "PATH: REASON" of a file it cannot open. */
static void no_data(const struct rbldnsd_lines *l, size_t data, char *s)
{
    const struct rbldnsd_data *d = &l->o->data[data];
    suppressed(l, data, 0);
    for (size_t i = 0; i < d->nfiles; i++) {
        char *path = rbldnsd_opt_path(l->o, d->file[i], true);
        char *reason = path ? after(s, path) : NULL;
        free(path);
        if (reason && (reason = after(reason, ": "))) {
            log_error("file %s: unable to open file: %s", d->file[i], reason);
            return;
        }
    }
    log_error("file %s: %s", d->files, s);
}

static bool of_list(struct rbldnsd_lines *l, char *s, int64_t (*mtime)(void *ctx, size_t data),
                    void *ctx)
{
    static const char *const losses[] = {"no data: ", "its data cannot be used: "};
    size_t data;
    char *rest = list_name(l->o, s, &data);
    if (!rest)
        return false;
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
        if (after(rest, losses[i])) {
            no_data(l, data, after(rest, losses[i]));
            return true;
        }
    if (after(rest, "kept old data: ")) {
        char *age = strstr(rest, " (age ");
        if (age)
            *age = '\0';
        no_data(l, data, after(rest, "kept old data: "));
        log_warn("%s:%s: the data loaded before stay in service", l->o->data[data].type,
                 l->o->data[data].files);
        return true;
    }
    return bad_line(l, data, rest) || after(rest, "unchanged") ||
           counts(l, data, rest, mtime(ctx, data));
}

static bool of_zone(char *s)
{
    char *colon = strstr(s, ": ");
    if (!colon)
        return false;
    if (after(colon, ": published, "))
        return true; /* the server says what it loads */
    if (!after(colon, ": not compiled, no data for "))
        return false;
    *colon = '\0';
    log_error("zone %s: not all datasets are loaded, zone will not be serviced", s);
    return true;
}

void rbldnsd_lines_take(struct rbldnsd_lines *l, char *line,
                        int64_t (*mtime)(void *ctx, size_t data), void *ctx)
{
    char *s = after(line, LOADER);
    if (!s)
        s = line;
    char *list = after(s, "list "), *zone = after(s, "zone ");
    if ((list && of_list(l, list, mtime, ctx)) || (zone && of_zone(zone)))
        return;
    log_warn("%s", s);
}
