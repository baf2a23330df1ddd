/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the tree that libconfuse built and fills the structs, row by row of the table. */
#include "lib/allow.h"
#include "lib/conf_internal.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void conf_complain(struct conf_reader *r, const struct conf_where *w, const char *fmt, ...)
{
    va_list ap;

    r->errors++;
    fprintf(r->err, "%s:", w->file);
    if (w->line)
        fprintf(r->err, "%u:", w->line);
    if (w->label[0])
        fprintf(r->err, " %s:", w->label);
    fputc(' ', r->err);
    va_start(ap, fmt);
    vfprintf(r->err, fmt, ap);
    va_end(ap);
    fputc('\n', r->err);
}

static struct conf_where opened(struct conf_reader *r, cfg_t *sec, const char *outer)
{
    const struct conf_value *v = cfg_opt_getnptr(cfg_getopt(sec, CONF_OPENED), 0);
    struct conf_where w = conf_here(sec);

    w.file = v && v->file ? v->file : r->files[0];
    w.line = v ? v->line : 0;
    if (outer)
        snprintf(w.label, sizeof(w.label), "%.190s: sub %.50s", outer, sec->title);
    return w;
}

static void fill_option(struct conf_reader *r, cfg_t *sec, const struct conf_option *o,
                        const struct conf_where *w, void *base)
{
    cfg_opt_t *opt = cfg_getopt(sec, o->key);
    unsigned n = cfg_opt_size(opt);
    bool has_subs = strcmp(o->section, "zone") == 0 && cfg_size(sec, "sub") > 0;

    if (n == 0 && !o->dflt && !r->partial && !has_subs)
        conf_complain(r, w, "%s: is missing; allowed: %s", o->key, o->allowed);
    if (n == 0 && o->dflt && strcmp(o->dflt, "{}") != 0)
        conf_complain(r, w, "%s: is empty; allowed: %s", o->key, o->allowed);
    for (unsigned i = 0; i < n; i++) {
        const struct conf_value *v = cfg_opt_getnptr(opt, i);
        if (!v)
            continue;
        const char *why = o->set(r, o, v->text, base);
        if (!why)
            continue;
        struct conf_where at = *w;
        at.file = v->file ? v->file : w->file;
        at.line = v->line;
        conf_complain(r, &at, "%s: '%.200s' %s; allowed: %s", o->key, v->text, why, o->allowed);
    }
}

static void fill_section(struct conf_reader *r, cfg_t *sec, const struct conf_where *w, void *base)
{
    for (size_t i = 0; i < conf_noptions; i++)
        if (strcmp(conf_options[i].section, sec->name) == 0)
            fill_option(r, sec, &conf_options[i], w, base);
}

static void fill_list(struct conf_reader *r, cfg_t *sec, struct conf_list *l)
{
    struct conf_where w = opened(r, sec, NULL);

    l->line = w.line;
    if (!conf_list_name_ok(sec->title)) {
        conf_complain(r, &w,
                      "is not a name for a list; allowed: %d letters, digits, '-', '_' and '.', "
                      "not starting with '.'",
                      CONF_NAME_MAX);
        return;
    }
    if (conf_store(&l->name, sec->title)) {
        conf_complain(r, &w, "%s", conf_oom);
        return;
    }
    fill_section(r, sec, &w, l);
    if (strcmp(l->name, ALLOW_LIST) == 0 && (!r->has_allow || conf_allow_finish(r, l)))
        conf_complain(r, &w, "is the name of rblctl's own list; allowed: any other name");
    conf_check_list(r, l, &w);
}

static void fill_subs(struct conf_reader *r, cfg_t *sec, struct conf_zone *z, const char *label)
{
    unsigned n = cfg_size(sec, "sub");

    z->sub = calloc(n + 1, sizeof(*z->sub));
    for (unsigned i = 0; z->sub && i < n; i++) {
        cfg_t *s = cfg_getnsec(sec, "sub", i);
        struct conf_where w = opened(r, s, label);
        if (conf_name_sub(r, &z->sub[i], s->title, &w))
            fill_section(r, s, &w, &z->sub[i]);
        z->nsub++;
    }
}

static void fill_zone(struct conf_reader *r, cfg_t *sec, struct conf_zone *z)
{
    struct conf_where w = opened(r, sec, NULL);

    r->zone = z;
    z->line = w.line;
    conf_name_zone(r, z, sec->title, &w);
    fill_section(r, sec, &w, z);
    fill_subs(r, sec, z, w.label);
    if (!z->sub || conf_allow_exclude(r, z))
        conf_complain(r, &w, "%s", conf_oom);
    conf_check_zone(r, z, &w);
    r->zone = NULL;
}

static void fill(struct conf_reader *r, cfg_t *root)
{
    struct conf *c = r->conf;
    unsigned nlists = cfg_size(root, "list"), nzones = cfg_size(root, "zone");
    struct conf_where server = opened(r, cfg_getsec(root, "server"), NULL);
    struct conf_where paths = opened(r, cfg_getsec(root, "paths"), NULL);
    struct conf_where loader = opened(r, cfg_getsec(root, "loader"), NULL);

    fill_section(r, cfg_getsec(root, "server"), &server, &c->server);
    if (c->server.workers == 0)
        c->server.workers = conf_cpus();
    fill_section(r, cfg_getsec(root, "paths"), &paths, &c->paths);
    fill_section(r, cfg_getsec(root, "loader"), &loader, &c->loader);
    if (c->paths.mirror && conf_allow_parse(r, root))
        nlists = cfg_size(root, "list");
    c->lists = calloc(nlists + 1, sizeof(*c->lists));
    c->zones = calloc(nzones + 1, sizeof(*c->zones));
    if (!c->lists || !c->zones) {
        conf_complain(r, &paths, "%s", conf_oom);
        return;
    }
    for (unsigned i = 0; i < nlists; i++, c->nlists++)
        fill_list(r, cfg_getnsec(root, "list", i), &c->lists[i]);
    for (unsigned i = 0; i < nzones; i++, c->nzones++)
        fill_zone(r, cfg_getnsec(root, "zone", i), &c->zones[i]);
}

/* text NULL: read the file called name. */
static struct conf *load(struct conf_reader *r, const char *name, const char *text, size_t len)
{
    char *path = strdup(name);
    struct conf_where w = {.file = name};

    r->conf = calloc(1, sizeof(*r->conf));
    bool kept = conf_keep_file(r, path);
    cfg_t *root = kept && r->conf ? conf_parser_open(r) : NULL;
    if (root) {
        r->file = path;
        r->parsing = true;
        bool good =
            text ? conf_parse_text(r, root, text, len) : conf_parse_file(r, root, path, NULL);
        r->parsing = false;
        r->partial = !good;
        fill(r, root);
        conf_parser_close(root);
    } else {
        conf_complain(r, &w, "%s", conf_oom);
    }
    for (size_t i = 0; i < r->nfiles; i++)
        free(r->files[i]);
    free(r->files);
    if (r->errors == 0)
        return r->conf;
    conf_free(r->conf);
    return NULL;
}

struct conf *conf_load(const char *path, bool (*known_format)(const char *), FILE *err)
{
    struct conf_reader r = {.err = err, .known_format = known_format};
    return load(&r, path, NULL, 0);
}

struct conf *conf_load_text(const char *name, const char *text, size_t len,
                            bool (*known_format)(const char *), FILE *err)
{
    struct conf_reader r = {.err = err, .known_format = known_format, .no_include = true};
    return load(&r, name, text, len);
}
