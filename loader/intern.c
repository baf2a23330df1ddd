/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/intern.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct item {
    size_t off, len;
};

static const struct item *item_at(const struct intern *t, uint32_t id)
{
    return (const struct item *)(const void *)t->offsets.p + id;
}

const void *intern_get(const struct intern *t, uint32_t id, size_t *len)
{
    const struct item *item = item_at(t, id);
    *len = item->len;
    if (item->len == 0) /* there may be no bytes at all, and NULL has no offset */
        return "";
    return t->bytes.p + item->off;
}

/* The slot that holds the string, or the empty one where it belongs. */
static uint32_t *find_slot(const struct intern *t, const void *bytes, size_t len)
{
    size_t mask = t->nslots - 1, at = (size_t)XXH3_64bits(bytes, len) & mask;
    for (;; at = (at + 1) & mask) {
        if (t->slots[at] == 0)
            return &t->slots[at];
        size_t have;
        const void *s = intern_get(t, t->slots[at] - 1, &have);
        if (have == len && memcmp(s, bytes, len) == 0)
            return &t->slots[at];
    }
}

static bool grow(struct intern *t)
{
    size_t n = t->nslots ? t->nslots * 2 : 64;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    free(t->slots);
    t->slots = slots;
    t->nslots = n;
    for (uint32_t id = 0; id < t->n; id++) {
        size_t len;
        const void *s = intern_get(t, id, &len);
        *find_slot(t, s, len) = id + 1;
    }
    return true;
}

uint32_t intern_put(struct intern *t, const void *bytes, size_t len)
{
    if (t->n >= t->nslots / 2 && !grow(t))
        return INTERN_OOM;
    uint32_t *slot = find_slot(t, bytes, len);
    if (*slot)
        return *slot - 1;
    struct item item = {t->bytes.len, len};
    buf_add(&t->bytes, bytes, len);
    buf_align(&t->bytes, 8);
    buf_add(&t->offsets, &item, sizeof item);
    if (t->bytes.oom || t->offsets.oom)
        return INTERN_OOM;
    *slot = t->n + 1;
    return t->n++;
}

void intern_free(struct intern *t)
{
    buf_free(&t->bytes);
    buf_free(&t->offsets);
    free(t->slots);
    *t = (struct intern){0};
}
