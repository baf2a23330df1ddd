/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone specifications of rbldnsd's command line: ZONE:TYPE:FILE[,FILE]... */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rbldnsd_opt.h"

#define ZONE_TEXT_MAX 1023 /* octets of text; rbldnsd reads no more */

const char *const rbldnsd_opt_types[] = {"ip4set",  "ip4tset", "ip4trie",  "ip6tset",
                                         "ip6trie", "dnset",   "combined", "generic",
                                         "acl",     "dnhash",  NULL};

__attribute__((format(printf, 2, 3))) static bool wrong(char why[static RBLDNSD_WHY_MAX],
                                                        const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, RBLDNSD_WHY_MAX, fmt, ap);
    va_end(ap);
    return false;
}

static bool oom(char why[static RBLDNSD_WHY_MAX])
{
    return wrong(why, "out of memory");
}

/* Room for one more element; the arrays are a handful of entries, so growth by one will do. */
static void *one_more(void **array, size_t n, size_t size)
{
    void *more = reallocarray(*array, n + 1, size);

    if (!more)
        return NULL;
    *array = more;
    void *fresh = (char *)more + n * size;
    memset(fresh, 0, size);
    return fresh;
}

/* rbldnsd squeezes empty labels out; everywhere else here they are an error. */
static bool read_name(const char *s, size_t len, struct name *out)
{
    char text[ZONE_TEXT_MAX + 1];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\\' && i + 1 < len)
            text[n++] = s[i++];
        else if (s[i] == '.' && (n == 0 || (text[n - 1] == '.' && (n < 2 || text[n - 2] != '\\'))))
            continue;
        text[n++] = s[i];
    }
    if (n == 0) {
        *out = (struct name){.len = 1};
        return true;
    }
    return name_parse(text, n, out) == NULL;
}

static bool add_file(struct rbldnsd_data *d, const char *s, size_t len)
{
    char *copy = strndup(s, len);
    char **slot = copy ? one_more((void **)&d->file, d->nfiles, sizeof(*d->file)) : NULL;

    if (!slot) {
        free(copy);
        return false;
    }
    *slot = copy;
    d->nfiles++;
    return true;
}

static bool known_type(const char *s, size_t len)
{
    for (const char *const *t = rbldnsd_opt_types; *t; t++)
        if (strlen(*t) == len && memcmp(*t, s, len) == 0)
            return true;
    return false;
}

/* The data set of "TYPE:FILES", made when it is new; -1 with a message. */
static long find_data(struct rbldnsd_opt *o, const char *text, char why[static RBLDNSD_WHY_MAX])
{
    size_t len = strcspn(text, ":");

    for (size_t i = 0; i < o->ndata; i++)
        if (strlen(o->data[i].type) == len && memcmp(o->data[i].type, text, len) == 0 &&
            strcmp(o->data[i].files, text + len + 1) == 0)
            return (long)i;
    struct rbldnsd_data *d = one_more((void **)&o->data, o->ndata, sizeof(*d));
    if (!d) {
        oom(why);
        return -1;
    }
    o->ndata++;
    d->type = strndup(text, len);
    d->files = strdup(text + len + 1);
    bool good = d->type && d->files;
    for (const char *p = text + len + 1; good && *p;) {
        size_t n = strcspn(p, ",:");
        good = n == 0 || add_file(d, p, n);
        p += n + (p[n] != '\0');
    }
    if (!good)
        oom(why);
    else if (d->nfiles == 0)
        wrong(why, "missing filenames for %s", d->type);
    return good && d->nfiles > 0 ? (long)o->ndata - 1 : -1;
}

static struct rbldnsd_zone *find_zone(struct rbldnsd_opt *o, const struct name *name)
{
    char text[NAME_TEXT_MAX];

    for (size_t i = 0; i < o->nzones; i++)
        if (name_equal(&o->zone[i].name, name))
            return &o->zone[i];
    struct rbldnsd_zone *z = one_more((void **)&o->zone, o->nzones, sizeof(*z));
    if (!z)
        return NULL;
    name_format(text, name->wire, name->len);
    z->text = strdup(text);
    if (!z->text)
        return NULL;
    z->name = *name;
    z->acl = -1;
    o->nzones++;
    return z;
}

static bool add_to_zone(struct rbldnsd_opt *o, const struct name *name, long data,
                        char why[static RBLDNSD_WHY_MAX])
{
    bool acl = strcmp(o->data[data].type, "acl") == 0;

    if (name->len == 1) {
        if (o->acl >= 0)
            return wrong(why, "global acl specified more than once");
        o->acl = data;
        return true;
    }
    struct rbldnsd_zone *z = find_zone(o, name);
    if (!z)
        return oom(why);
    if (acl) {
        if (z->acl >= 0)
            return wrong(why, "repeated ACL definition for zone `%.60s'", z->text);
        z->acl = data;
        return true;
    }
    for (size_t i = 0; i < z->ndata; i++)
        if (z->data[i] == (size_t)data)
            return true; /* the same data set again changes no answer */
    size_t *slot = one_more((void **)&z->data, z->ndata, sizeof(*slot));
    if (!slot)
        return oom(why);
    *slot = (size_t)data;
    z->ndata++;
    return true;
}

static bool read_spec(struct rbldnsd_opt *o, const char *spec, char why[static RBLDNSD_WHY_MAX])
{
    const char *colon = strchr(spec, ':');
    struct name name;

    if (!colon || colon - spec > ZONE_TEXT_MAX)
        return wrong(why, "invalid zone spec `%.60s'", spec);
    if (!read_name(spec, (size_t)(colon - spec), &name))
        return wrong(why, "invalid domain name `%.*s'",
                     (int)(colon - spec > 80 ? 80 : colon - spec), spec);
    const char *type = colon + 1;
    size_t len = strcspn(type, ":");
    if (!type[len])
        return wrong(why, "invalid zone data specification `%.60s'", type);
    if (!known_type(type, len))
        return wrong(why, "unknown dataset type `%.*s'", (int)(len > 60 ? 60 : len), type);
    if (name.len == 1 && (len != 3 || memcmp(type, "acl", 3) != 0))
        return wrong(why, "missing domain name in `%.60s'", spec);
    long data = find_data(o, type, why);
    return data >= 0 && add_to_zone(o, &name, data, why);
}

bool rbldnsd_opt_specs(struct rbldnsd_opt *o, char why[static RBLDNSD_WHY_MAX])
{
    for (size_t i = 0; i < o->nspec; i++)
        if (!read_spec(o, o->spec[i], why))
            return false;
    for (size_t i = 0; i < o->nzones; i++)
        if (o->zone[i].ndata == 0)
            return wrong(why, "missing data for zone `%.60s'", o->zone[i].text);
    return true;
}
