/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/names.h"

#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "lib/prefetch.h"

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

/* Decode what follows the label of the record that was looked for. */
static void record_rest(const uint8_t *p, const struct image_view *view, unsigned kind,
                        struct record *r)
{
    r->number = r->children ? names_varint(&p) : 0;
    r->self = r->below = NAMES_INHERIT;
    if (kind == NAMES_GENERAL) {
        r->self = names_varint(&p);
        r->below = names_varint(&p);
    } else if (kind != NAMES_NONE) {
        r->self = (view->uniform ? view->uniform : names_varint(&p)) + NAMES_UNLISTED;
        if (kind == NAMES_TREE)
            r->below = r->self;
    }
}

/* Pass over it in a record that was not. */
static const uint8_t *skip_rest(const uint8_t *p, const struct image_view *view, unsigned kind,
                                unsigned children)
{
    unsigned left = children;
    if (kind == NAMES_GENERAL)
        left += 2;
    else if (kind != NAMES_NONE && view->uniform == 0)
        left++;
    while (left > 0)
        left -= *p++ < 0x80;
    return p;
}

static bool find_child(const struct names_probe *pr, struct record *out)
{
    const uint8_t *label = pr->wire + pr->labels[pr->left - 1];
    const uint8_t *p = pr->img->records + pr->bucket[0];
    const uint8_t *end = pr->img->records + pr->bucket[1];
    size_t len = label[0];
    while (p < end) {
        uint32_t head = names_varint(&p);
        unsigned kl = *p++;
        const uint8_t *text = p;
        p += kl & 63;
        if (head >> 1 == pr->parent && (kl & 63) == len && memcmp(text, label + 1, len) == 0) {
            out->children = (head & 1) != 0;
            record_rest(p, pr->view, kl >> 6, out);
            return true;
        }
        p = skip_rest(p, pr->view, kl >> 6, head & 1);
    }
    return false;
}

/* Where would the record of the next label be? */
static void aim(struct names_probe *pr)
{
    const uint8_t *label = pr->wire + pr->labels[pr->left - 1];
    uint64_t hash = names_hash(pr->view->seed, pr->parent, label + 1, label[0]);
    pr->bucket = pr->img->buckets + pr->view->bucket0 + (hash & (pr->view->nbuckets - 1));
    prefetch(pr->bucket);
}

void names_start(struct names_probe *pr)
{
    pr->parent = 0;
    pr->inherited = NAMES_UNLISTED;
    pr->left = pr->from = pr->count;
    aim(pr);
}

void names_fetch(const struct names_probe *pr)
{
    const uint8_t *records = pr->img->records;
    prefetch(records + pr->bucket[0]);
    prefetch(records + pr->bucket[1]); /* few buckets reach into a third line */
}

/* r: the record of the whole name, NULL when there is none. */
static void conclude(const struct names_probe *pr, const struct record *r, struct names_result *out)
{
    uint32_t below = pr->inherited, self = pr->inherited;
    unsigned from = pr->from;
    if (r && r->self != NAMES_INHERIT) {
        self = r->self;
        from = 0;
    }
    if (r && r->below != NAMES_INHERIT)
        below = r->below;
    out->set = self - NAMES_UNLISTED;
    out->match_label = out->set ? from : pr->count;
    out->exists = self != NAMES_UNLISTED || (r && (r->children || below != NAMES_UNLISTED));
}

bool names_step(struct names_probe *pr, struct names_result *out)
{
    struct record r;
    bool found = find_child(pr, &r);
    if (!found || --pr->left == 0) {
        conclude(pr, found ? &r : NULL, out);
        return false;
    }
    if (r.below != NAMES_INHERIT) {
        pr->inherited = r.below;
        pr->from = pr->left;
    }
    if (!r.children) {
        conclude(pr, NULL, out);
        return false;
    }
    pr->parent = r.number;
    aim(pr);
    return true;
}

void names_find(const struct image *img, const struct image_view *view, const uint8_t *wire,
                const uint8_t *labels, unsigned count, struct names_result *out)
{
    struct names_probe pr = {img, view, wire, labels, .count = count};
    names_start(&pr);
    while (names_step(&pr, out))
        ;
}

bool names_like_address(const struct image *img, const struct image_view *view)
{
    static const uint8_t first = 0;
    struct record r;
    uint8_t wire[5]; /* a length, three digits, NUL */
    struct names_probe pr = {img, view, wire, &first, .count = 1};
    bool any = false;
    for (unsigned i = 0; i < 256 + 6 && view->nbuckets > 0 && !any; i++) {
        char *text = (char *)wire + 1;
        int n = i < 256 ? snprintf(text, 4, "%u", i) : snprintf(text, 4, "%c", 'a' + i - 256);
        wire[0] = (uint8_t)n;
        names_start(&pr);
        any = find_child(&pr, &r);
    }
    return any;
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
