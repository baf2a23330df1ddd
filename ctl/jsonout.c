/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/jsonout.h"

#include <stdlib.h>

#include "ctl/text.h"

json_t *jsonout_text(const char *s, size_t len)
{
    char *safe = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&safe, &n);
    if (!f)
        return NULL;
    text_put(f, s, len);
    json_t *v = fclose(f) == 0 ? json_stringn(safe, n) : NULL;
    free(safe);
    return v;
}

json_t *jsonout_array(json_t *object, const char *key)
{
    json_t *a = json_object_get(object, key);
    if (!a && json_object_set_new(object, key, json_array()) == 0)
        a = json_object_get(object, key);
    return a;
}

bool jsonout_print(FILE *out, json_t *v, bool bad)
{
    bool good = v && !bad && json_dumpf(v, out, JSON_INDENT(2)) == 0;
    if (good)
        fputc('\n', out);
    else
        text_error("out of memory");
    json_decref(v);
    return good;
}
