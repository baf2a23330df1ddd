/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/range_sort.h"

#include <stdbool.h>
#include <string.h>

#define FEW    32 /* items that are sorted by comparing them */
#define BITS   11
#define VALUES (1u << BITS)
#define PASSES 3 /* 33 bits */

static void sort_few(struct range_item *item, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct range_item x = item[i];
        uint32_t at = i;
        for (; at > 0 && x.key < item[at - 1].key; at--)
            item[at] = item[at - 1];
        item[at] = x;
    }
}

static uint32_t digit(const struct range_item *item, unsigned pass)
{
    return item->key >> (BITS * pass) & (VALUES - 1);
}

/* Stable, from the lowest digit up; a digit that all have in common needs no pass. */
static void sort_many(struct range_item *item, struct range_item *tmp, uint32_t n)
{
    uint32_t at[PASSES][VALUES] = {{0}};
    struct range_item *from = item, *to = tmp;
    for (uint32_t i = 0; i < n; i++)
        for (unsigned pass = 0; pass < PASSES; pass++)
            at[pass][digit(&item[i], pass)]++;
    for (unsigned pass = 0; pass < PASSES; pass++) {
        uint32_t sum = 0;
        if (at[pass][digit(&from[0], pass)] == n)
            continue;
        for (unsigned k = 0; k < VALUES; k++) {
            uint32_t count = at[pass][k];
            at[pass][k] = sum;
            sum += count;
        }
        for (uint32_t i = 0; i < n; i++)
            to[at[pass][digit(&from[i], pass)]++] = from[i];
        struct range_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != item)
        memcpy(item, from, n * sizeof(*item));
}

/* Items whose first k words are equal each. */
static void sort_from(const struct range_order *o, struct range_item *item, struct range_item *tmp,
                      uint32_t n, unsigned k)
{
    for (uint32_t i = 0; i < n; i++)
        item[i].key = o->word(o->arg, item[i].i, k);
    if (n <= FEW)
        sort_few(item, n);
    else
        sort_many(item, tmp, n);
    if (k + 1 == o->words)
        return;
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && item[end].key == item[i].key;)
            end++;
        if (end - i > 1)
            sort_from(o, item + i, tmp + i, end - i, k + 1);
    }
}

void range_sort(const struct range_order *o, struct range_item *item, struct range_item *tmp,
                uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        item[i].i = i;
    sort_from(o, item, tmp, n, 0);
}
