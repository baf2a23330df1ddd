/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libconfuse's part: grammar, sections, lists of words.  Every option is a CFGT_PTR whose value
 * callback keeps the text with its file and line, since libconfuse remembers neither; types, ranges
 * and references are judged afterwards, so that one run reports all mistakes of that kind.
 */
#include "lib/conf_internal.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   8                      /* of includes: a file that includes itself ends here */
#define ROWS_MAX    (CONF_OPTIONS_MAX + 3) /* sub, CONF_OPENED and the end */
#define LITERAL_MAX 96                     /* a default as libconfuse reads it */

/* Default of CONF_OPENED; conf_text_clean() lets no control character through. */
static char opened_mark[] = "\001";

/* libconfuse's callbacks get no pointer of ours; conf.h says that one file is read at a time. */
static struct conf_reader *reader;

struct conf_where conf_here(struct cfg_t *cfg)
{
    struct conf_where w = {.file = reader->file, .line = (unsigned)cfg->line};

    if (cfg->title)
        snprintf(w.label, sizeof(w.label), "%s %s", cfg->name, cfg->title);
    else if (strcmp(cfg->name, "root") != 0)
        snprintf(w.label, sizeof(w.label), "%s", cfg->name);
    return w;
}

/* Every word that may start a line of the section, for the message about one that may not. */
static void allowed_keys(cfg_t *cfg, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (const cfg_opt_t *o = cfg->opts; o->name && len < size; o++)
        if (strcmp(o->name, CONF_OPENED) != 0)
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", o->name);
}

__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
    struct conf_where w = conf_here(cfg);
    char what[512], keys[512] = "one option = value or one section { ... } after the other";

    vsnprintf(what, sizeof(what), fmt, ap);
    if (strncmp(fmt, "no such option", 14) == 0)
        allowed_keys(cfg, keys, sizeof(keys));
    else if (strncmp(fmt, "found duplicate title", 21) == 0)
        snprintf(keys, sizeof(keys), "names that differ");
    conf_complain(reader, &w, "%s; allowed: %s", what, keys);
}

static struct conf_value *new_value(cfg_t *cfg, cfg_opt_t *opt, const char *text)
{
    size_t len = strlen(text);
    struct conf_value *v = malloc(sizeof(*v) + len + 1);
    if (!v)
        return NULL;
    *v = (struct conf_value){.file = reader->file,
                             .line = (unsigned)cfg->line,
                             .option = conf_option_find(cfg->name, opt->name),
                             .first = opt->nvalues == 1};
    memcpy(v->text, text, len + 1);
    return v;
}

/*
 * Never fails, because libconfuse aborts the program when a default does: without memory the value
 * is NULL, and an error is counted.
 */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
    struct conf_where w = conf_here(cfg);
    struct conf_value *v = new_value(cfg, opt, text);

    *(void **)result = v;
    if (!v) {
        conf_complain(reader, &w, "%s: %s", opt->name, conf_oom);
        return 0;
    }
    if (strcmp(text, opened_mark) == 0)
        return 0;
    if (!v->option) { /* CONF_OPENED in quotes, or "server|user", to libconfuse a path */
        conf_complain(reader, &w, "no such option '%s'", opt->name);
        return 0;
    }
    v->by_hand = cfg_opt_size(cfg_getopt(cfg, CONF_OPENED)) > 0;
    return 0;
}

/* A value that goes while the file is still read makes room for another one. */
static void on_free(void *value)
{
    struct conf_value *v = value;

    if (v && v->option && reader->parsing && v->by_hand && v->first) {
        struct conf_where w = {.file = v->file, .line = v->line};
        snprintf(w.label, sizeof(w.label), "%s", v->option->section);
        conf_complain(reader, &w, "%s: is set again further down; allowed: once", v->option->key);
    }
    free(v);
}

static char *resolved(const char *from, const char *name)
{
    const char *slash = *name == '/' ? NULL : strrchr(from, '/');
    size_t dir = slash ? (size_t)(slash - from) + 1 : 0;
    size_t len = strlen(name);
    char *path = malloc(dir + len + 1);

    if (path) {
        memcpy(path, from, dir);
        memcpy(path + dir, name, len + 1);
    }
    return path;
}

bool conf_keep_file(struct conf_reader *r, char *path)
{
    char **more = path ? reallocarray(r->files, r->nfiles + 1, sizeof(*more)) : NULL;
    if (!more) {
        free(path);
        return false;
    }
    r->files = more;
    more[r->nfiles++] = path;
    return true;
}

bool conf_parse_text(struct conf_reader *r, struct cfg_t *root, const char *text, size_t len)
{
    unsigned before = r->errors;
    char *clean = conf_text_clean(r, text, len);
    bool good = clean && cfg_parse_buf(root, clean) == CFG_SUCCESS;

    free(clean);
    if (!good && r->errors == before) {
        struct conf_where w = {.file = r->file};
        conf_complain(r, &w, "cannot be parsed");
    }
    return good;
}

bool conf_parse_file(struct conf_reader *r, struct cfg_t *root, char *path,
                     const struct conf_where *at)
{
    struct conf_where first = {.file = path};
    const char *outer = r->file;
    int outer_line = root->line;
    size_t len;

    char *text = conf_text_read(path, &len);
    if (!text) {
        if (at)
            conf_complain(r, at, "include: '%s': %s", path, strerror(errno));
        else
            conf_complain(r, &first, "%s", strerror(errno));
        return false;
    }
    r->file = path;
    bool good = conf_parse_text(r, root, text, len);
    r->file = outer;
    root->line = outer_line;
    free(text);
    return good;
}

static bool values_ok(int n, const char **values)
{
    for (int i = 0; i < n; i++)
        if (!*values[i] || strlen(values[i]) > CONF_VALUE_MAX || strpbrk(values[i], "\"'\\\n"))
            return false;
    return n <= CONF_VALUES_MAX;
}

/*
 * Not cfg_include(): after a mistake in an included file that one leaks the file and counts it as
 * open for ever, and it looks relative names up in the working directory.
 */
static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
    struct conf_where w = conf_here(cfg);
    struct conf_reader *r = reader;

    (void)opt;
    if (argc < 1 || r->no_include || !*argv[0]) {
        conf_complain(r, &w, "include: no file can be named here");
        return -1;
    }
    if (!values_ok(argc - 1, argv + 1)) {
        conf_complain(r, &w,
                      "include: a value after the file name is out of place; allowed: up to %d, "
                      "each of 1 to %d bytes without quotes and backslashes",
                      CONF_VALUES_MAX, CONF_VALUE_MAX);
        return -1;
    }
    if (r->depth == DEPTH_MAX) {
        conf_complain(r, &w,
                      "include: '%s' is more than %d files deep; allowed: %d; does a file "
                      "include itself?",
                      argv[0], DEPTH_MAX, DEPTH_MAX);
        return -1;
    }
    char *path = resolved(r->file, argv[0]);
    if (!conf_keep_file(r, path)) {
        conf_complain(r, &w, "include: %s", conf_oom);
        return -1;
    }
    const char *const *outer = r->values;
    size_t nouter = r->nvalues;
    r->values = argv + 1;
    r->nvalues = (size_t)argc - 1;
    r->depth++;
    bool good = conf_parse_file(r, cfg, path, &w);
    r->depth--;
    r->values = outer;
    r->nvalues = nouter;
    return good ? 0 : -1;
}

/* The options of all sections as libconfuse wants them; cfg_init() copies all of it. */
struct grammar {
    cfg_opt_t server[ROWS_MAX], paths[ROWS_MAX], loader[ROWS_MAX];
    cfg_opt_t list[ROWS_MAX], zone[ROWS_MAX], sub[ROWS_MAX];
    cfg_opt_t root[8];
    char literal[CONF_OPTIONS_MAX][LITERAL_MAX];
    size_t nliteral;
};

static cfg_opt_t value_option(const char *key, char *dflt, bool is_list)
{
    return (cfg_opt_t){.name = key,
                       .type = CFGT_PTR,
                       .flags = is_list ? CFGF_LIST : CFGF_NONE,
                       .def.parsed = dflt,
                       .parsecb = on_value,
                       .freecb = on_free};
}

static cfg_opt_t section_option(const char *name, cfg_opt_t *options, cfg_flag_t flags)
{
    return (cfg_opt_t){.name = name, .type = CFGT_SEC, .flags = flags, .subopts = options};
}

/* Rows of the table, then the sub-section if there is one, then CONF_OPENED, then the end. */
static void section_grammar(struct grammar *g, const char *section, cfg_opt_t *out,
                            const cfg_opt_t *nested)
{
    size_t n = 0;

    for (size_t i = 0; i < conf_noptions; i++) {
        const struct conf_option *o = &conf_options[i];
        if (strcmp(o->section, section) != 0)
            continue;
        char *literal = NULL;
        if (o->dflt) {
            literal = g->literal[g->nliteral++];
            snprintf(literal, LITERAL_MAX, o->dflt[0] == '{' ? "%s" : "\"%s\"", o->dflt);
        }
        out[n++] = value_option(o->key, literal, strcmp(o->kind, "strings") == 0);
    }
    if (nested)
        out[n++] = *nested;
    out[n++] = value_option(CONF_OPENED, opened_mark, false);
    out[n] = (cfg_opt_t)CFG_END();
}

struct cfg_t *conf_parser_open(struct conf_reader *r)
{
    const cfg_flag_t many = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
    struct grammar *g = calloc(1, sizeof(*g));

    reader = r;
    if (!g)
        return NULL;

    cfg_opt_t sub = section_option("sub", g->sub, many);
    section_grammar(g, "server", g->server, NULL);
    section_grammar(g, "paths", g->paths, NULL);
    section_grammar(g, "loader", g->loader, NULL);
    section_grammar(g, "list", g->list, NULL);
    section_grammar(g, "sub", g->sub, NULL);
    section_grammar(g, "zone", g->zone, &sub);
    g->root[0] = section_option("server", g->server, CFGF_NONE);
    g->root[1] = section_option("paths", g->paths, CFGF_NONE);
    g->root[2] = section_option("loader", g->loader, CFGF_NONE);
    g->root[3] = section_option("list", g->list, many);
    g->root[4] = section_option("zone", g->zone, many);
    g->root[5] = (cfg_opt_t)CFG_FUNC("include", on_include);
    g->root[6] = (cfg_opt_t)CFG_END();
    cfg_t *root = cfg_init(g->root, CFGF_NONE);
    free(g);
    if (root)
        cfg_set_error_function(root, on_error);
    return root;
}

void conf_parser_close(struct cfg_t *root)
{
    cfg_free(root);
    reader = NULL;
}
