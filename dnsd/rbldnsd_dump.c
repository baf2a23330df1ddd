/* SPDX-License-Identifier: BSD-2-Clause */
/* rbldnsd -d. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dnsd/rbldnsd.h"
#include "dnsd/rbldnsd_helper.h"
#include "dnsd/rbldnsd_state.h"
#include "lib/dump.h"
#include "lib/image.h"
#include "lib/log.h"
#include "lib/version.h"

static bool dump_one(const struct rbldnsd_state *s, const struct rbldnsd_zone *z)
{
    char path[PATH_MAX], name[PATH_MAX],
        why[DUMP_WHY_MAX > IMAGE_WHY_MAX ? DUMP_WHY_MAX : IMAGE_WHY_MAX];
    snprintf(name, sizeof name, "images/%.300s" IMAGE_SUFFIX, z->text);
    if (!rbldnsd_state_path(s, name, path))
        return false;
    struct image *img = image_open(path, why);
    bool good = img && dump_zone(img, DUMP_BIND, stdout, why);
    if (!good)
        log_error("zone %s: %s", z->text, why);
    if (img)
        image_close(img);
    return good;
}

static bool dump_all(const struct rbldnsd_opt *o, struct rbldnsd_state *s, char *why)
{
    struct rbldnsd_helper h = {.o = o, .state = s};
    time_t now = time(NULL);
    char when[32];
    struct tm tm;
    if (!rbldnsd_state_conf(s, o, NULL, 0, why))
        return false;
    if (!rbldnsd_helper_once(&h)) {
        snprintf(why, RBLDNSD_WHY_MAX, "zone loading errors, aborting");
        return false;
    }
    if (!localtime_r(&now, &tm) || !strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", &tm))
        when[0] = '\0';
    printf("; zone dump made %s\n; rbldnsd version " RBL_VERSION "\n", when);
    bool good = true;
    for (size_t i = 0; i < o->nzones; i++)
        good = dump_one(s, &o->zone[i]) && good;
    good = fflush(stdout) == 0 && good;
    if (!good)
        snprintf(why, RBLDNSD_WHY_MAX, "not everything could be dumped");
    return good;
}

int rbldnsd_dump(const struct rbldnsd_opt *o)
{
    struct rbldnsd_state s;
    char why[RBLDNSD_WHY_MAX];
    bool good = rbldnsd_state_make(&s, why) && dump_all(o, &s, why);
    if (!good)
        log_error("%s", why);
    rbldnsd_state_remove(&s);
    if (s.loader >= 0)
        close(s.loader);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
