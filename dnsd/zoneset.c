/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zoneset.h"

#include <stdlib.h>

#ifdef RCU_TSAN
char rcu_grace_period;
#endif

struct zoneset_image *zoneset_image_new(struct image *img)
{
    struct zoneset_image *zi = malloc(sizeof *zi);
    if (!zi) {
        image_close(img);
        return NULL;
    }
    *zi = (struct zoneset_image){.img = img, .refs = 1};
    return zi;
}

struct zoneset_image *zoneset_image_get(struct zoneset_image *zi)
{
    if (zi)
        zi->refs++;
    return zi;
}

void zoneset_image_put(struct zoneset_image *zi)
{
    if (!zi || --zi->refs > 0)
        return;
    image_close(zi->img);
    free(zi);
}

static void zoneset_free(struct zoneset *set)
{
    if (!set)
        return;
    zonetab_free(set->tab);
    for (size_t i = 0; i < set->nimages; i++)
        zoneset_image_put(set->images[i]);
    free(set);
}

struct zoneset *zoneset_build(const struct zoneset_zone *zones, size_t n)
{
    struct zoneset *set = calloc(1, sizeof *set + n * sizeof set->images[0]);
    struct zonetab_zone *rows = calloc(n ? n : 1, sizeof *rows);
    if (!set || !rows)
        goto fail;
    for (size_t i = 0; i < n; i++) {
        rows[i].name = zones[i].name;
        rows[i].expired = zones[i].expired;
        if (!zones[i].image || (zones[i].expired && !zones[i].image->img->h->expired_empty))
            continue;
        rows[i].image = zones[i].image->img;
        set->images[set->nimages++] = zoneset_image_get(zones[i].image);
    }
    set->tab = zonetab_build(rows, n);
    if (!set->tab)
        goto fail;
    free(rows);
    return set;
fail:
    free(rows);
    zoneset_free(set);
    return NULL;
}

void zoneset_publish(struct zoneset_point *point, struct zoneset *set)
{
    if (set)
        set->generation = point->current ? point->current->generation + 1 : 1;
    struct zoneset *old = rcu_writer_swap(&point->current, set);
    rcu_writer_wait();
    zoneset_free(old);
}

const struct zoneset *zoneset_peek(const struct zoneset_point *point)
{
    /* The only writer reads its own last store. */
    return point->current;
}
