/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/dump_cmd.h"

#include "ctl/text.h"
#include "ctl/zonefile.h"
#include "lib/dump.h"

enum { DUMP_DONE = 0, DUMP_REFUSED = 1, DUMP_USAGE = 2 };

int dump_command(FILE *out, const struct conf *c, const char *zone, const char *form)
{
    char why[IMAGE_WHY_MAX], reason[DUMP_WHY_MAX];
    enum dump_form as = DUMP_PLAIN;
    long i = conf_find_zone(c, zone);

    if (form && !dump_form_parse(form, &as)) {
        text_error("--as %s: allowed: plain, rbldnsd, bind, rpz", form);
        return DUMP_USAGE;
    }
    if (i < 0) {
        text_error("%s: no such zone in the configuration", zone);
        return DUMP_USAGE;
    }
    struct image *img = zonefile_open(c, c->zones[i].text, why);
    if (!img) {
        text_error("%s", why);
        return DUMP_REFUSED;
    }
    bool good = dump_zone(img, as, out, reason);
    image_close(img);
    if (!good)
        text_error("%s: %s", c->zones[i].text, reason);
    return good ? DUMP_DONE : DUMP_REFUSED;
}
