/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/intern.h"

#include <stdlib.h>
#include <string.h>

#include "loader/huge.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A terabyte of strings, none longer than 16 MiB: those here are answers and parts of them. */
struct item {
    uint64_t off : 40, len : 24;
};
#define ITEM_OFF_MAX (((uint64_t)1 << 40) - 1)
#define ITEM_LEN_MAX (((uint32_t)1 << 24) - 1)

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
static struct intern_slot *find_slot(const struct intern *t, uint32_t hash, const void *bytes,
                                     size_t len)
{
    size_t mask = t->nslots - 1, at = hash & mask;
    for (;; at = (at + 1) & mask) {
        struct intern_slot *slot = &t->slots[at];
        if (slot->number == 0)
            return slot;
        if (slot->hash != hash)
            continue;
        size_t have;
        const void *s = intern_get(t, slot->number - 1, &have);
        if (have == len && memcmp(s, bytes, len) == 0)
            return slot;
    }
}

static bool set_slots(struct intern *t, size_t n)
{
    size_t mask = n - 1;
    struct intern_slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    huge_hint(slots, n * sizeof *slots);
    for (size_t i = 0; i < t->nslots; i++) {
        if (t->slots[i].number == 0)
            continue;
        size_t at = t->slots[i].hash & mask;
        while (slots[at].number != 0)
            at = (at + 1) & mask;
        slots[at] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->nslots = n;
    return true;
}

bool intern_expect(struct intern *t, size_t n, size_t octets, bool looked_for)
{
    size_t slots = t->nslots;
    while (looked_for && slots / 2 <= t->used + n)
        slots = slots ? slots * 2 : 64;
    buf_reserve(&t->bytes, octets);
    buf_reserve(&t->offsets, n * sizeof(struct item));
    return !t->bytes.oom && !t->offsets.oom && (slots == t->nslots || set_slots(t, slots));
}

uint32_t intern_append(struct intern *t, const void *bytes, size_t len)
{
    struct item item = {.off = t->bytes.len & ITEM_OFF_MAX, .len = (uint32_t)len & ITEM_LEN_MAX};
    size_t room = t->packed ? len : (len + 7) / 8 * 8;
    uint8_t *at = buf_grow(&t->bytes, room);
    buf_add(&t->offsets, &item, sizeof item);
    if (t->bytes.oom || t->offsets.oom || t->n == INTERN_OOM - 1 || len > ITEM_LEN_MAX ||
        t->bytes.len > ITEM_OFF_MAX)
        return INTERN_OOM;
    if (len > 0) {
        memcpy(at, bytes, len);
        memset(at + len, 0, room - len);
    }
    return t->n++;
}

void intern_ahead(const struct intern *t, const void *bytes, size_t len)
{
    if (t->nslots > 0)
        __builtin_prefetch(&t->slots[(uint32_t)XXH3_64bits(bytes, len) & (t->nslots - 1)], 1);
}

uint32_t intern_put(struct intern *t, const void *bytes, size_t len)
{
    if (t->used >= t->nslots / 2 && !set_slots(t, t->nslots ? t->nslots * 2 : 64))
        return INTERN_OOM;
    uint32_t hash = (uint32_t)XXH3_64bits(bytes, len);
    struct intern_slot *slot = find_slot(t, hash, bytes, len);
    if (slot->number)
        return slot->number - 1;
    uint32_t number = intern_append(t, bytes, len);
    if (number == INTERN_OOM)
        return INTERN_OOM;
    *slot = (struct intern_slot){number + 1, hash};
    t->used++;
    return number;
}

size_t intern_offset(const struct intern *t, uint32_t id)
{
    return item_at(t, id)->off;
}

void intern_free(struct intern *t)
{
    buf_free(&t->bytes);
    buf_free(&t->offsets);
    free(t->slots);
    *t = (struct intern){0};
}
