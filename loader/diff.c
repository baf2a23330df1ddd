/* SPDX-License-Identifier: BSD-2-Clause */
/* Both versions are sorted, kind by kind, and walked side by side. */
#include "loader/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Each starts with the digest of what it answers, 0: what the configuration says. */
struct item4 {
    uint32_t value, first, last;
    bool exclude;
};

struct item6 {
    uint32_t value;
    bool exclude;
    struct addr6 first, last;
};

/* A name or, where type is not 0, a record at one. */
struct item_name {
    uint32_t value;
    const uint8_t *wire, *rdata;
    uint16_t type, rdata_len;
    uint8_t len, scope;
    bool exclude;
};

/* All entries of one kind of one version, sorted. */
struct pile {
    char *items;
    size_t n;
};

struct kind {
    size_t size; /* of an item */
    size_t (*count)(const struct entries *e);
    void (*fill)(void *items, const struct entries *e);
    int (*compare)(const void *a, const void *b);
    void (*text)(char out[static DIFF_TEXT_MAX], const void *item);
    uint64_t (*cover)(const struct pile *p); /* NULL: it has no extent */
};

static uint32_t digest(const struct entries *e, uint32_t number)
{
    if (number == 0)
        return 0;
    const struct entry_value *v = &e->value[number - 1];
    uint64_t seed = (uint64_t)v->has_a << 40 | (uint64_t)v->action << 32 | v->a;
    return (uint32_t)XXH3_64bits_withSeed(e->bytes + v->text, v->text_len, seed) | 1;
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int order6(struct addr6 a, struct addr6 b)
{
    return a.hi != b.hi ? order(a.hi, b.hi) : order(a.lo, b.lo);
}

/* A sum over ascending spans, each unit once. */
struct cover {
    uint64_t sum, end; /* what lies below end is counted */
    bool full;         /* up to the very last unit */
};

static void cover_add(struct cover *c, uint64_t first, uint64_t last)
{
    first = first < c->end ? c->end : first;
    if (c->full || last < first)
        return;
    c->sum += last - first + 1;
    c->end = last + 1;
    c->full = c->end == 0;
    if (c->full && c->sum == 0) /* all 2^64 */
        c->sum = UINT64_MAX;
}

static void text_range(char out[static DIFF_TEXT_MAX], const struct item6 *x, unsigned family)
{
    char first[PREFIX_TEXT_MAX], last[PREFIX_TEXT_MAX];
    const char *sign = x->exclude ? "!" : "";
    unsigned width = family == 4 ? 32 : 128;
    struct prefix p = {.family = (uint8_t)family, .addr = x->first};
    for (unsigned len = 0; len <= width; len++) {
        struct addr6 mask = addr6_mask(128 - width + len);
        struct addr6 end = {x->first.hi | ~mask.hi, x->first.lo | ~mask.lo};
        if ((x->first.hi & ~mask.hi) != 0 || (x->first.lo & ~mask.lo) != 0 ||
            order6(end, x->last) != 0)
            continue;
        p.len = (uint8_t)len;
        (void)prefix_format(first, &p);
        (void)snprintf(out, DIFF_TEXT_MAX, "%s%s", sign, first);
        return;
    }
    p.len = (uint8_t)width;
    (void)prefix_format(first, &p);
    p.addr = x->last;
    (void)prefix_format(last, &p);
    (void)snprintf(out, DIFF_TEXT_MAX, "%s%s-%s", sign, first, last);
}

/* --- IPv4 --- */

static size_t count4(const struct entries *e)
{
    return e->naddr4 + e->nrange4;
}

static void fill4(void *items, const struct entries *e)
{
    struct item4 *to = items;
    const uint32_t value = e->naddr4 > 0 ? digest(e, e->addr4_value) : 0;
    for (size_t i = 0; i < e->naddr4; i++)
        *to++ = (struct item4){value, e->addr4[i], e->addr4[i], false};
    for (size_t i = 0; i < e->nrange4; i++) {
        const struct range4 *r = &e->range4[i];
        *to++ = (struct item4){digest(e, r->value), r->first, r->last, r->exclude};
    }
}

static int compare4(const void *a, const void *b)
{
    const struct item4 *x = a, *y = b;
    int c = order(x->first, y->first);
    c = c != 0 ? c : order(x->last, y->last);
    return c != 0 ? c : x->exclude - y->exclude;
}

static void text4(char out[static DIFF_TEXT_MAX], const void *item)
{
    const struct item4 *x = item;
    struct item6 range = {.first = {0, x->first}, .last = {0, x->last}, .exclude = x->exclude};
    text_range(out, &range, 4);
}

static uint64_t cover4(const struct pile *p)
{
    const struct item4 *x = (const void *)p->items;
    struct cover c = {0};
    for (size_t i = 0; i < p->n; i++)
        if (!x[i].exclude)
            cover_add(&c, x[i].first, x[i].last);
    return c.sum;
}

/* --- IPv6 --- */

static size_t count6(const struct entries *e)
{
    return e->nrange6;
}

static void fill6(void *items, const struct entries *e)
{
    struct item6 *to = items;
    for (size_t i = 0; i < e->nrange6; i++) {
        const struct range6 *r = &e->range6[i];
        to[i] = (struct item6){digest(e, r->value), r->exclude, r->first, r->last};
    }
}

static int compare6(const void *a, const void *b)
{
    const struct item6 *x = a, *y = b;
    int c = order6(x->first, y->first);
    c = c != 0 ? c : order6(x->last, y->last);
    return c != 0 ? c : x->exclude - y->exclude;
}

static void text6(char out[static DIFF_TEXT_MAX], const void *item)
{
    text_range(out, item, 6);
}

static uint64_t cover6(const struct pile *p)
{
    const struct item6 *x = (const void *)p->items;
    struct cover c = {0};
    for (size_t i = 0; i < p->n; i++)
        if (!x[i].exclude)
            cover_add(&c, x[i].first.hi, x[i].last.hi);
    return c.sum;
}

/* --- Names and records --- */

static size_t count_names(const struct entries *e)
{
    return e->nname + e->nrecord;
}

static void fill_names(void *items, const struct entries *e)
{
    struct item_name *to = items;
    for (size_t i = 0; i < e->nname; i++)
        *to++ = (struct item_name){.value = digest(e, e->name[i].value),
                                   .wire = e->bytes + e->name[i].off,
                                   .len = e->name[i].len,
                                   .scope = e->name[i].scope,
                                   .exclude = e->name[i].exclude};
    for (size_t i = 0; i < e->nrecord; i++)
        *to++ = (struct item_name){.value = e->record[i].ttl,
                                   .wire = e->bytes + e->record[i].name,
                                   .len = e->record[i].name_len,
                                   .type = e->record[i].type,
                                   .rdata = e->bytes + e->record[i].rdata,
                                   .rdata_len = e->record[i].rdata_len};
}

static int order_bytes(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
    size_t len = alen < blen ? alen : blen;
    int c = len > 0 ? memcmp(a, b, len) : 0;
    return c != 0 ? c : order(alen, blen);
}

static int compare_names(const void *a, const void *b)
{
    const struct item_name *x = a, *y = b;
    int c = order_bytes(x->wire, x->len, y->wire, y->len);
    c = c != 0 ? c : x->scope - y->scope;
    c = c != 0 ? c : x->exclude - y->exclude;
    c = c != 0 ? c : x->type - y->type;
    return c != 0 ? c : order_bytes(x->rdata, x->rdata_len, y->rdata, y->rdata_len);
}

static void text_name(char out[static DIFF_TEXT_MAX], const void *item)
{
    static const char *const scopes[] = {"", "", "*.", "."};
    const struct item_name *x = item;
    char name[NAME_TEXT_MAX], type[16] = "";
    (void)name_format(name, x->wire, x->len);
    if (x->type != 0)
        (void)snprintf(type, sizeof(type), " TYPE%u", (unsigned)x->type);
    (void)snprintf(out, DIFF_TEXT_MAX, "%s%s%.200s%s", x->exclude ? "!" : "", scopes[x->scope & 3],
                   name, type);
}

/* The first two in the order of diff_side.covered[]. */
static const struct kind kinds[] = {
    {sizeof(struct item4), count4, fill4, compare4, text4, cover4},
    {sizeof(struct item6), count6, fill6, compare6, text6, cover6},
    {sizeof(struct item_name), count_names, fill_names, compare_names, text_name, NULL},
};

static uint32_t value_of(const void *item)
{
    return *(const uint32_t *)item;
}

static int compare_all(const void *a, const void *b, void *kind)
{
    int c = ((const struct kind *)kind)->compare(a, b);
    return c != 0 ? c : order(value_of(a), value_of(b));
}

static bool gather(const struct kind *k, const struct entries *e, struct pile *p)
{
    size_t n = 0;
    for (const struct entries *d = e; d != NULL; d = d->next)
        n += k->count(d);
    p->items = calloc(n + 1, k->size);
    p->n = 0;
    if (p->items == NULL)
        return false;
    for (; e != NULL; e = e->next) {
        k->fill(p->items + p->n * k->size, e);
        p->n += k->count(e);
    }
    qsort_r(p->items, p->n, k->size, compare_all, (void *)(uintptr_t)k);
    return true;
}

static const void *item_at(const struct kind *k, const struct pile *p, size_t i)
{
    return p->items + i * k->size;
}

/* Where the items end that are the same entry as item i; *values tells what all of these answer. */
static size_t beyond(const struct kind *k, const struct pile *p, size_t i, uint64_t *values)
{
    const void *first = item_at(k, p, i), *last = first;
    *values = value_of(first);
    for (i++; i < p->n && k->compare(first, item_at(k, p, i)) == 0; i++) {
        if (value_of(item_at(k, p, i)) != value_of(last))
            *values = *values * 0x9e3779b97f4a7c15u + value_of(item_at(k, p, i));
        last = item_at(k, p, i);
    }
    return i;
}

static void note(const struct kind *k, const void *item, struct diff_side *side)
{
    side->only++;
    if (side->nshown < DIFF_SHOWN)
        k->text(side->shown[side->nshown++], item);
}

static void walk(const struct kind *k, const struct pile *before, const struct pile *after,
                 struct diff *d)
{
    size_t i = 0, j = 0;
    while (i < before->n || j < after->n) {
        const void *left = item_at(k, before, i), *right = item_at(k, after, j);
        uint64_t was = 0, is = 0;
        int c = i == before->n ? 1 : j == after->n ? -1 : k->compare(left, right);
        if (c <= 0)
            i = beyond(k, before, i, &was);
        if (c >= 0)
            j = beyond(k, after, j, &is);
        if (c < 0)
            note(k, left, &d->before);
        else if (c > 0)
            note(k, right, &d->after);
        else if (was != is)
            note(k, right, &d->changed);
    }
}

static bool compare_kind(size_t i, const struct entries *before, const struct entries *after,
                         struct diff *d)
{
    const struct kind *k = &kinds[i];
    struct pile left = {NULL, 0}, right = {NULL, 0};
    bool good = gather(k, before, &left) && gather(k, after, &right);
    if (good)
        walk(k, &left, &right, d);
    if (good && k->cover != NULL) {
        d->before.covered[i] = k->cover(&left);
        d->after.covered[i] = k->cover(&right);
    }
    free(left.items);
    free(right.items);
    return good;
}

bool diff_entries(const struct entries *before, const struct entries *after, struct diff *d)
{
    bool good = true;
    *d = (struct diff){.before.entries = entries_count(before),
                       .after.entries = entries_count(after)};
    for (size_t i = 0; good && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        good = compare_kind(i, before, after, d);
    return good;
}
