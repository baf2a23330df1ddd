/* SPDX-License-Identifier: BSD-2-Clause */
/* A command line of rbldnsd as an rbldnsd.conf(5). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/rbldnsd_opt.h"

#define LISTEN_MAX  64  /* bytes of one "ADDRESS:PORT", as lib/conf.h keeps it */
#define REFRESH_MIN 60u /* bounds of lib/conf_table.c */
#define REFRESH_MAX (30u * 86400u)
#define TTL_MAX     (7u * 86400u)

struct writer {
    const struct rbldnsd_opt *o;
    const struct rbldnsd_conf *c;
    FILE *out;
    char *why;
};

__attribute__((format(printf, 2, 3))) static bool wrong(const struct writer *w, const char *fmt,
                                                        ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->why, RBLDNSD_WHY_MAX, fmt, ap);
    va_end(ap);
    return false;
}

__attribute__((format(printf, 2, 3))) static void comment(const struct writer *w, const char *fmt,
                                                          ...)
{
    va_list ap;

    if (!w->c->comments)
        return;
    fputs("# ", w->out);
    va_start(ap, fmt);
    vfprintf(w->out, fmt, ap);
    va_end(ap);
    fputc('\n', w->out);
}

/* Text for a comment: nothing in it may end the line. */
static const char *plain(const char *s, char buf[static 128])
{
    size_t n = 0;

    for (; *s && n < 127; s++)
        buf[n++] = (uint8_t)*s < ' ' || *s == 0x7f ? '?' : *s;
    buf[n] = '\0';
    return buf;
}

static void put_string(const struct writer *w, const char *s)
{
    fputc('"', w->out);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            fputc('\\', w->out);
        fputc(*s, w->out);
    }
    fputc('"', w->out);
}

static void put_option(const struct writer *w, const char *key, const char *value)
{
    if (!value)
        return;
    fprintf(w->out, "    %s = ", key);
    put_string(w, value);
    fputc('\n', w->out);
}

/* --- server and paths --- */

/* "ADDRESS[/PORT]" as the configuration writes it; false when it is a name, or a named service. */
static bool numeric_listen(const char *bind, char out[static LISTEN_MAX])
{
    char host[LISTEN_MAX];
    const char *service;
    uint32_t a4;
    struct addr6 a6;
    unsigned notes = 0;

    if (!rbldnsd_opt_bind(bind, host, sizeof(host), &service))
        return false;
    if (strcmp(service, "domain") == 0)
        service = "53";
    size_t digits = strspn(service, "0123456789"), len = strlen(host);
    if (digits == 0 || service[digits] || digits > 5)
        return false;
    bool v4 = len > 0 && addr4_scan(host, len, &a4, &notes) == len && !notes;
    if (!v4 && !addr6_parse(host, len, &a6))
        return false;
    int n = snprintf(out, LISTEN_MAX, v4 ? "%s:%s" : "[%s]:%s", host, service);
    return n > 0 && n < LISTEN_MAX;
}

static void put_listen(const struct writer *w)
{
    char text[LISTEN_MAX], buf[128];
    size_t n = 0;

    for (size_t i = 0; w->c->nlisten == 0 && i < w->o->nbind; i++)
        if (!numeric_listen(w->o->bind[i], text))
            comment(w, "-b %s: write its address and port number into listen.",
                    plain(w->o->bind[i], buf));
    for (size_t i = 0; i < w->c->nlisten + w->o->nbind; i++) {
        const char *one = text;
        if (i < w->c->nlisten)
            one = w->c->listen[i];
        else if (w->c->nlisten > 0 || !numeric_listen(w->o->bind[i], text))
            continue;
        fputs(n++ ? ", " : "    listen = { ", w->out);
        put_string(w, one);
    }
    if (n > 0)
        fputs(" }\n", w->out);
}

static void put_server(const struct writer *w)
{
    char user[128], buf[128];
    const char *colon = w->o->user ? strchr(w->o->user, ':') : NULL;
    bool number = w->o->user && strspn(w->o->user, "0123456789") > 0;

    fputs("server {\n", w->out);
    put_listen(w);
    if (w->o->user && !number) {
        snprintf(user, sizeof(user), "%.*s",
                 colon ? (int)(colon - w->o->user) : (int)strlen(w->o->user), w->o->user);
        put_option(w, "user", user);
    }
    if (number)
        comment(w, "-u %s: name the account in user.", plain(w->o->user, buf));
    else if (colon)
        comment(w, "-u %s: the group is that of the account.", plain(w->o->user, buf));
    /* rbldnsd answers everybody. */
    fputs("    allow-query = { \"0.0.0.0/0\", \"::/0\" }\n}\n", w->out);
}

static void put_paths(const struct writer *w)
{
    const struct rbldnsd_conf *c = w->c;

    if (!c->mirror && !c->images && !c->run)
        return;
    fputs("paths {\n", w->out);
    put_option(w, "mirror", c->mirror);
    put_option(w, "images", c->images);
    put_option(w, "run", c->run);
    fputs("}\n", w->out);
}

/* --- options without an equivalent --- */

static void put_comments(const struct writer *w)
{
    const struct rbldnsd_opt *o = w->o;
    char buf[128];

    if (o->check == 0)
        comment(w, "-c 0: run rbl-loader(8) by hand; nothing else looks for new data.");
    else
        comment(w, "-c %us: rbl-loader(8) looks for new data when cron or its timer runs it.",
                o->check);
    if (o->logfile)
        comment(w, "-l %s: there is no query log; see rblctl stats for counts.",
                plain(o->logfile, buf));
    if (o->statsfile)
        comment(w, "-s %s: write the output of rblctl stats from cron.", plain(o->statsfile, buf));
    if (o->rootdir)
        comment(w, "-r %s: rbl-dnsd(8) confines itself; the paths below are outside of it.",
                plain(o->rootdir, buf));
    if (o->pidfile)
        comment(w, "-p %s: the service manager knows the process.", plain(o->pidfile, buf));
    if (o->facility)
        comment(w, "-F %s: messages go to stderr, from there to the journal.",
                plain(o->facility, buf));
    if (o->quick || o->fork)
        comment(w, "-q, -f: starting maps compiled zones, and a reload never stops the answers.");
    if (o->hide_version)
        comment(w, "-v: the version is not told in any case.");
    if (o->no_gunzip)
        comment(w, "-C: compressed files are read in any case.");
    if (o->dump)
        comment(w, "-d: use rblctl dump ZONE --as bind.");
    if (w->c->comments && ferror(w->out) == 0)
        fputc('\n', w->out);
}

/* --- lists and zones --- */

char *rbldnsd_opt_path(const struct rbldnsd_opt *o, const char *file, bool seen_outside)
{
    const char *root = seen_outside && o->rootdir ? o->rootdir : "";
    const char *work = *file != '/' && o->workdir ? o->workdir : "";
    char *path;
    bool slash = *work ? *work != '/' : *file != '/';

    /* Inside -r, everything not absolute starts at its top. */
    int n = asprintf(&path, "%s%s%s%s%s", root, *root && slash ? "/" : "", work, *work ? "/" : "",
                     file);
    return n < 0 ? NULL : path;
}

/* A configuration's URL has no blanks, and a comma parts its files. */
static bool usable_path(const char *s)
{
    for (; *s; s++)
        if ((uint8_t)*s <= ' ' || *s == 0x7f || *s == ',')
            return false;
    return true;
}

static bool put_url(const struct writer *w, const struct rbldnsd_data *d)
{
    char *url = strdup("file:");

    for (size_t i = 0; url && i < d->nfiles; i++) {
        char *path = rbldnsd_opt_path(w->o, d->file[i], true), *more = NULL;
        if (path && !usable_path(path)) {
            wrong(w, "file name with a blank or a comma: '%.100s'", path);
            free(path);
            free(url);
            return false;
        }
        if (!path || asprintf(&more, "%s%s%s", url, i ? "," : "", path) < 0)
            more = NULL;
        free(path);
        free(url);
        url = more;
    }
    if (!url)
        return wrong(w, "out of memory");
    bool fits = strlen(url) <= 2000;
    if (fits)
        put_option(w, "url", url);
    else
        wrong(w, "file names too long: '%.100s'", d->files);
    free(url);
    return fits;
}

static void put_name(const struct writer *w, size_t data)
{
    fprintf(w->out, "%s-%zu", w->o->data[data].type, data + 1);
}

/* A file with only $SOA and $NS in it is nothing odd. */
static bool often_empty(const char *type)
{
    return strcmp(type, "generic") == 0 || strcmp(type, "combined") == 0;
}

static bool put_list(const struct writer *w, size_t i)
{
    const struct rbldnsd_data *d = &w->o->data[i];
    uint32_t refresh = w->o->check;

    fputs("list ", w->out);
    put_name(w, i);
    fputs(" {\n", w->out);
    if (!put_url(w, d))
        return false;
    fprintf(w->out, "    format = \"rbldnsd:%s\"\n", d->type);
    if (refresh > 0) {
        refresh = refresh < REFRESH_MIN ? REFRESH_MIN : refresh;
        fprintf(w->out, "    refresh = \"%us\"\n", refresh > REFRESH_MAX ? REFRESH_MAX : refresh);
    }
    fputs("    max-size = \"16G\"\n", w->out);
    if (!w->c->guards)
        fputs("    max-bad = 100\n    lookup-index = false\n", w->out);
    if (!w->c->guards || often_empty(d->type))
        fputs("    may-be-empty = true\n", w->out);
    /* rbldnsd lists whatever the data say. */
    fputs("    special-purpose = true\n    max-cover = 100\n"
          "    hold-below = 0\n    hold-above = 0\n",
          w->out);
    if (w->o->host_bits)
        fputs("    rbldnsd-host-bits = true\n", w->out);
    fputs("}\n", w->out);
    return true;
}

static bool usable_zone(const char *s)
{
    return strlen(s) <= 188 && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

static void put_lists(const struct writer *w, const char *key, const size_t *data, size_t n)
{
    if (n == 0)
        return;
    fprintf(w->out, "    %s = {", key);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", \"" : " \"", w->out);
        put_name(w, data[i]);
        fputc('"', w->out);
    }
    fputs(" }\n", w->out);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool put_zone(const struct writer *w, const struct rbldnsd_zone *z)
{
    size_t acl[2], nacl = 0;
    uint32_t ttl = w->o->ttl;

    if (!usable_zone(z->text))
        return wrong(w, "zone name with something else than letters, digits, '-' and '_': '%.80s'",
                     z->text);
    if (w->o->acl >= 0)
        acl[nacl++] = (size_t)w->o->acl;
    if (z->acl >= 0 && z->acl != w->o->acl)
        acl[nacl++] = (size_t)z->acl;
    fprintf(w->out, "zone \"%s\" {\n", z->text);
    put_lists(w, "lists", z->data, z->ndata);
    put_lists(w, "acl", acl, nacl);
    fprintf(w->out, "    ttl = \"%us\"\n", least(ttl, TTL_MAX));
    if (w->o->min_ttl)
        fprintf(w->out, "    min-ttl = \"%us\"\n", least(w->o->min_ttl, TTL_MAX));
    if (w->o->max_ttl)
        fprintf(w->out, "    max-ttl = \"%us\"\n", least(w->o->max_ttl, TTL_MAX));
    fputs("}\n", w->out);
    return true;
}

bool rbldnsd_opt_conf(const struct rbldnsd_opt *o, const struct rbldnsd_conf *c, FILE *out,
                      char why[static RBLDNSD_WHY_MAX])
{
    struct writer w = {.o = o, .c = c, .out = out, .why = why};

    put_comments(&w);
    put_server(&w);
    put_paths(&w);
    for (size_t i = 0; i < o->ndata; i++)
        if (!put_list(&w, i))
            return false;
    for (size_t i = 0; i < o->nzones; i++)
        if (!put_zone(&w, &o->zone[i]))
            return false;
    return ferror(out) ? wrong(&w, "the configuration cannot be written") : true;
}
