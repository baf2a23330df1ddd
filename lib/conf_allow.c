/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local allow list as a list of the configuration that nobody writes: it is there when its file
 * is.  So it is mirrored, checked, compiled, reported and dumped as all others, by the same code.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/allow.h"
#include "lib/conf_internal.h"

/* Strict: one bad line, and the list that stood before stays until it is mended. */
static const char section[] = "list " ALLOW_LIST " { url = \"file:" ALLOW_FILE "\" "
                              "format = \"allow\" txt = \"\" max-bad = 0 may-be-empty = true "
                              "special-purpose = true max-cover = 100 "
                              "hold-below = 0 hold-above = 0 }";

char *conf_allow_path(const struct conf *c)
{
    char *path = NULL;
    if (asprintf(&path, "%s/" ALLOW_LIST "/" ALLOW_FILE, c->paths.mirror) < 0)
        return NULL;
    return path;
}

bool conf_allow_parse(struct conf_reader *r, struct cfg_t *root)
{
    const char *file = r->file;
    char *path = conf_allow_path(r->conf);
    /* One that cannot be looked at is no list that is gone: what it takes out would be listed. */
    bool here = path != NULL && (access(path, F_OK) == 0 || errno != ENOENT);
    free(path);
    if (!here || r->partial)
        return false;
    r->file = r->files[0];
    r->parsing = true;
    r->has_allow = conf_parse_text(r, root, section, sizeof(section) - 1);
    r->parsing = false;
    r->file = file;
    return r->has_allow;
}

const char *conf_allow_finish(struct conf_reader *r, struct conf_list *l)
{
    char *path = conf_allow_path(r->conf), *url = NULL;
    /* Set here and not in the text: a directory may have blanks, which the text of a URL may not.
     */
    if (path == NULL || asprintf(&url, "file:%s", path) < 0) {
        free(path);
        return conf_oom;
    }
    free(path);
    free(l->url);
    l->url = url;
    return NULL;
}

const char *conf_allow_exclude(struct conf_reader *r, struct conf_zone *z)
{
    long i = r->has_allow ? conf_find_list(r->conf, ALLOW_LIST) : -1;
    if (i < 0 || z->kind == CONF_KIND_ALLOW)
        return NULL;
    size_t *more = reallocarray(z->exclude, z->nexclude + 1, sizeof(*more));
    if (more == NULL)
        return conf_oom;
    z->exclude = more;
    more[z->nexclude++] = (size_t)i;
    return NULL;
}
