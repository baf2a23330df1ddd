/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/range_sort.h"

#include <string.h>

#define FEW       32   /* items that are sorted by comparing them */
#define SOME      4096 /* fewer are sorted by octets: larger digits take more time to count */
#define BITS_MAX  11
#define PASSES    3 /* 33 bits */
#define SOME_BITS 8
#define COUNTS    (PASSES << BITS_MAX) /* more than 4 << SOME_BITS */

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

/* Stable, from the lowest digit up; a digit that all have in common needs no pass. */
static void sort_many(struct range_item *item, struct range_item *tmp, uint32_t n)
{
    const unsigned bits = n < SOME ? SOME_BITS : BITS_MAX, passes = (32 + bits - 1) / bits;
    const uint32_t mask = (1u << bits) - 1;
    uint32_t count[COUNTS];
    struct range_item *from = item, *to = tmp;
    memset(count, 0, ((size_t)passes << bits) * sizeof(*count));
    for (uint32_t i = 0; i < n; i++)
        for (unsigned pass = 0; pass < passes; pass++)
            count[pass << bits | (item[i].key >> (bits * pass) & mask)]++;
    for (unsigned pass = 0; pass < passes; pass++) {
        uint32_t *at = count + ((size_t)pass << bits), sum = 0;
        unsigned shift = bits * pass;
        if (at[from[0].key >> shift & mask] == n)
            continue;
        for (unsigned k = 0; k <= mask; k++) {
            uint32_t here = at[k];
            at[k] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < n; i++)
            to[at[from[i].key >> shift & mask]++] = from[i];
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
