/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/names.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t names_hash(uint64_t seed, uint32_t parent, const uint8_t *label, size_t len)
{
    /* An odd multiplier keeps different parents apart; the label's own hash does the mixing. */
    return XXH3_64bits_withSeed(label, len, seed ^ (uint64_t)parent * 0x9e3779b97f4a7c15u);
}

struct record {
    uint32_t number; /* as a parent; 0 when it has no children */
    bool children;
    uint32_t self, below; /* NAMES_INHERIT, NAMES_UNLISTED or set + NAMES_UNLISTED */
};

/* Decode what follows the label; *p is left at the next record. */
static void record_rest(const uint8_t **p, const struct image_view *view, unsigned kind,
                        struct record *r)
{
    r->number = r->children ? names_varint(p) : 0;
    r->self = r->below = NAMES_INHERIT;
    if (kind == NAMES_GENERAL) {
        r->self = names_varint(p);
        r->below = names_varint(p);
    } else if (kind != NAMES_NONE) {
        r->self = (view->uniform ? view->uniform : names_varint(p)) + NAMES_UNLISTED;
        if (kind == NAMES_TREE)
            r->below = r->self;
    }
}

static bool find_child(const struct image *img, const struct image_view *view, uint32_t parent,
                       const uint8_t *label, struct record *out)
{
    size_t len = label[0];
    uint64_t hash = names_hash(view->seed, parent, label + 1, len);
    const uint32_t *offs = img->buckets + view->bucket0 + (hash & (view->nbuckets - 1));
    const uint8_t *p = img->records + offs[0], *end = img->records + offs[1];
    while (p < end) {
        uint32_t head = names_varint(&p);
        uint8_t kl = *p++;
        const uint8_t *text = p;
        size_t n = kl & 63;
        p += n;
        out->children = (head & 1) != 0;
        record_rest(&p, view, kl >> 6, out);
        if (head >> 1 == parent && n == len && memcmp(text, label + 1, len) == 0)
            return true;
    }
    return false;
}

void names_find(const struct image *img, const struct image_view *view, const uint8_t *wire,
                const uint8_t *labels, unsigned count, struct names_result *out)
{
    uint32_t parent = 0, inherited = NAMES_UNLISTED;
    unsigned i = count, from = count;
    struct record r = {.children = true};
    bool found = false;
    while (i > 0 && r.children) {
        found = find_child(img, view, parent, wire + labels[i - 1], &r);
        if (!found || --i == 0)
            break;
        parent = r.number;
        if (r.below != NAMES_INHERIT) {
            inherited = r.below;
            from = i;
        }
    }
    uint32_t below = inherited, self = inherited;
    if (found && i == 0) {
        if (r.self != NAMES_INHERIT) {
            self = r.self;
            from = 0;
        }
        if (r.below != NAMES_INHERIT)
            below = r.below;
    }
    out->set = self - NAMES_UNLISTED;
    out->match_label = out->set ? from : count;
    out->exists =
        self != NAMES_UNLISTED || (found && i == 0 && (r.children || below != NAMES_UNLISTED));
}

/* --- verification --- */

/* A cursor over one bucket whose error sticks, checked once per record. */
struct cursor {
    const uint8_t *p, *end;
    bool bad;
};

static uint32_t take_varint(struct cursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (c->p >= c->end)
            break;
        uint8_t o = *c->p++;
        v |= (uint64_t)(o & 0x7f) << shift;
        if (o < 0x80) {
            c->bad |= v > UINT32_MAX;
            return (uint32_t)v;
        }
    }
    c->bad = true;
    return 0;
}

static bool good_value(uint32_t v, uint32_t nsets)
{
    return v == NAMES_INHERIT || v - NAMES_UNLISTED < nsets;
}

static bool verify_record(struct cursor *c, const struct names_limits *lim,
                          const struct image_view *view)
{
    uint32_t head = take_varint(c);
    if (c->bad || c->p >= c->end || head >> 1 >= view->nparents)
        return false;
    unsigned kl = *c->p++;
    size_t len = kl & 63;
    if (len == 0 || (size_t)(c->end - c->p) < len)
        return false;
    c->p += len;
    if (head & 1) {
        uint32_t number = take_varint(c);
        if (number == 0 || number >= view->nparents)
            return false;
    }
    if (kl >> 6 == NAMES_GENERAL) {
        uint32_t self = take_varint(c), below = take_varint(c);
        return !c->bad && good_value(self, lim->nsets) && good_value(below, lim->nsets);
    }
    if (kl >> 6 != NAMES_NONE && view->uniform == 0) {
        uint32_t set = take_varint(c);
        return !c->bad && set != 0 && set < lim->nsets;
    }
    return !c->bad;
}

const char *names_verify(const struct names_limits *lim, const struct image_view *view)
{
    if (view->nbuckets == 0)
        return NULL;
    if ((view->nbuckets & (view->nbuckets - 1)) != 0)
        return "name buckets are not a power of two";
    if ((uint64_t)view->bucket0 + view->nbuckets + 1 > lim->nbuckets)
        return "name buckets outside their section";
    if (view->uniform >= lim->nsets || view->nparents == 0)
        return "bad name tree parameters";
    const uint32_t *offs = lim->buckets + view->bucket0;
    for (uint32_t b = 0; b < view->nbuckets; b++) {
        if (offs[b] > offs[b + 1] || offs[b + 1] > lim->records_len)
            return "name bucket out of order";
        struct cursor c = {lim->records + offs[b], lim->records + offs[b + 1], false};
        for (unsigned n = 0; c.p < c.end; n++)
            if (n == NAMES_BUCKET_MAX || !verify_record(&c, lim, view))
                return "bad name record";
    }
    return NULL;
}
