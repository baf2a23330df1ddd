/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as rbldnsd.conf; includes are off, so that no file of this machine is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What every reader of a struct conf may rely on. */
static void look(const struct conf *c)
{
    for (size_t i = 0; i < c->nlists; i++)
        if (conf_find_list(c, c->lists[i].name) != (long)i || !c->lists[i].url ||
            !c->lists[i].format || !c->lists[i].txt)
            abort();
    for (size_t i = 0; i < c->nzones; i++) {
        const struct conf_zone *z = &c->zones[i];
        if (conf_find_zone(c, z->text) != (long)i || strpbrk(z->text, "/\\") || *z->text == '.' ||
            z->mname.len == 0 || z->rname.len == 0 || !z->test_txt || z->nlists + z->nsub == 0)
            abort();
        for (size_t k = 0; k < z->nlists; k++)
            if (z->lists[k] >= c->nlists)
                abort();
        for (size_t k = 0; k < z->nsub; k++)
            if (z->sub[k].name.len == 0 || z->sub[k].nlists == 0)
                abort();
    }
    if (c->server.nlisten == 0 || c->server.workers == 0 || !c->server.user || !c->paths.run)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *said = NULL;
    size_t len;
    FILE *err = open_memstream(&said, &len);

    if (!err)
        return 0;
    struct conf *c = conf_load_text("t", (const char *)data, size, NULL, err);
    fclose(err);
    /* Refused means that something was said, and the other way round. */
    if ((c == NULL) == (len == 0))
        abort();
    if (c)
        look(c);
    conf_free(c);
    free(said);
    return 0;
}
