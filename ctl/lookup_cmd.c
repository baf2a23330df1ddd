/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_cmd.h"

#include <time.h>

#include "ctl/explain.h"
#include "ctl/text.h"
#include "ctl/what.h"
#include "ctl/zonefile.h"

enum { LOOKUP_LISTED = 0, LOOKUP_NOWHERE = 1, LOOKUP_ERROR = 2 };

static int lookup_zone(FILE *out, const struct conf *c, size_t i, const struct what *w)
{
    char why[IMAGE_WHY_MAX];
    struct image *img = zonefile_open(c, c->zones[i].text, why);
    if (!img) {
        text_error("%s: cannot be asked: %s", c->zones[i].text, why);
        return LOOKUP_ERROR;
    }
    if (zonefile_expired(img, (int64_t)time(NULL)))
        text_error("%s: the data have expired, the server does not answer from them",
                   c->zones[i].text);
    bool listed = explain(out, img, w);
    image_close(img);
    return listed ? LOOKUP_LISTED : LOOKUP_NOWHERE;
}

int lookup_command(FILE *out, const struct conf *c, const char *what, const char *zone)
{
    struct what w;
    const char *why = what_parse(what, &w);
    long only = zone ? conf_find_zone(c, zone) : -1;
    if (why) {
        text_error("%s: %s", what, why);
        return LOOKUP_ERROR;
    }
    if (zone && only < 0) {
        text_error("%s: no such zone in the configuration", zone);
        return LOOKUP_ERROR;
    }
    if (only >= 0)
        return lookup_zone(out, c, (size_t)only, &w);
    bool listed = false, failed = false;
    for (size_t i = 0; i < c->nzones; i++) {
        int rc = lookup_zone(out, c, i, &w);
        listed |= rc == LOOKUP_LISTED;
        failed |= rc == LOOKUP_ERROR;
    }
    /* "Not listed" is only said by who has asked everywhere. */
    return listed ? LOOKUP_LISTED : failed ? LOOKUP_ERROR : LOOKUP_NOWHERE;
}
