/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/canary.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/lookup.h"
#include "lib/name.h"

static bool is_listed(const struct image *img, const struct name *whole, unsigned zone_labels)
{
    uint8_t labels[NAME_WIRE_MAX / 2 + 1];
    struct lookup_name n = {.wire = whole->wire, .labels = labels, .zone_labels = zone_labels};
    struct lookup_result r;
    for (size_t at = 0; whole->wire[at] != 0; at += 1u + whole->wire[at])
        labels[n.nlabels++] = (uint8_t)at;
    lookup_find(img, &n, &r);
    return r.nset > 0;
}

const char *canary_check(const struct conf_zone *zone, const struct image *img,
                         char why[static CANARY_WHY_MAX])
{
    for (size_t i = 0; i < zone->ncanary; i++) {
        const struct conf_canary *c = &zone->canary[i];
        struct name below = c->name, whole;
        if (c->addr.family != 0)
            lookup_spell(c->addr.family, c->addr.addr, &below);
        /* A name too long to be asked for is not listed. */
        bool listed = name_join(&below, &zone->name, &whole) &&
                      is_listed(img, &whole, name_labels(zone->name.wire));
        if (listed == c->listed)
            continue;
        (void)snprintf(why, CANARY_WHY_MAX, "canary %.150s %s listed", c->text,
                       listed ? "is" : "is not");
        return why;
    }
    return NULL;
}
