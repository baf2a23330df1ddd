/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/zonetab.h"

#include <stdlib.h>

static void add_depth(struct zonetab *t, unsigned labels)
{
    unsigned i = t->ndepths;
    if (memchr(t->depths, (int)labels, t->ndepths))
        return;
    for (; i > 0 && t->depths[i - 1] < labels; i--)
        t->depths[i] = t->depths[i - 1];
    t->depths[i] = (uint8_t)labels;
    t->ndepths++;
}

/* Mark those above z, as far as they are in the table. */
static void mark_parents(struct zonetab *t, const struct zonetab_zone *z)
{
    for (size_t at = 0; z->name.wire[at] != 0;) {
        at += z->name.wire[at] + 1u;
        const struct zonetab_zone *above =
            zonetab_slot(t, z->name.wire + at, z->name.len - at)->zone;
        if (above)
            t->zones[above - t->zones].parent = true;
    }
}

struct zonetab *zonetab_build(const struct zonetab_zone *zones, size_t n)
{
    size_t slots = 4;
    while (slots < 2 * n + 2)
        slots *= 2;
    struct zonetab *t = calloc(1, sizeof *t + slots * sizeof t->slots[0] + n * sizeof t->zones[0]);
    if (!t)
        return NULL;
    t->mask = slots - 1;
    t->zones = (struct zonetab_zone *)(void *)(t->slots + slots);
    for (; t->n < n; t->n++) {
        struct zonetab_zone *z = &t->zones[t->n];
        *z = zones[t->n];
        z->labels = name_labels(z->name.wire);
        add_depth(t, z->labels);
        t->slots[zonetab_slot(t, z->name.wire, z->name.len) - t->slots] =
            (struct zonetab_slot){zonetab_key(z->name.wire, z->name.len), z};
    }
    for (size_t i = 0; i < n; i++)
        mark_parents(t, &t->zones[i]);
    for (size_t i = 0; i < n; i++) {
        struct zonetab_zone *z = &t->zones[i];
        z->plain = z->image && z->image->plain && !z->expired && !z->parent;
    }
    return t;
}

void zonetab_free(struct zonetab *t)
{
    free(t);
}

size_t zonetab_count(const struct zonetab *t)
{
    return t->n;
}

const struct zonetab_zone *zonetab_get(const struct zonetab *t, size_t i)
{
    return &t->zones[i];
}
