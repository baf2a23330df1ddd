/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/names_walk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/names.h"

struct record {
    const uint8_t *label; /* length octet (with the kind in it) and text */
    uint32_t parent;
    uint32_t number; /* as a parent, 0: no children */
    uint32_t self, below;
};

struct walker {
    const struct image_view *view;
    struct record *rec; /* by parent and label */
    size_t n;
    uint32_t *start; /* of each parent's children in rec; nparents + 1 of them */
    uint8_t *seen;   /* per parent */
    names_walk_fn fn;
    void *arg;
};

static size_t label_len(const struct record *r)
{
    return r->label[0] & 63u;
}

static const uint8_t *read_record(const uint8_t *p, const struct image_view *view, struct record *r)
{
    uint32_t head = names_varint(&p);

    *r = (struct record){.label = p, .parent = head >> 1};
    unsigned kind = *p >> 6;
    p += 1 + label_len(r);
    if (head & 1)
        r->number = names_varint(&p);
    if (kind == NAMES_GENERAL) {
        r->self = names_varint(&p);
        r->below = names_varint(&p);
    } else if (kind != NAMES_NONE) {
        r->self = (view->uniform ? view->uniform : names_varint(&p)) + NAMES_UNLISTED;
        if (kind == NAMES_TREE)
            r->below = r->self;
    }
    return p;
}

static int compare(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    size_t n = label_len(x), m = label_len(y);

    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    int d = memcmp(x->label + 1, y->label + 1, n < m ? n : m);
    return d ? d : (n > m) - (n < m);
}

/* Buckets of a view follow one another, so its records are one stretch. */
static bool collect(struct walker *w, const struct image *img)
{
    const uint32_t *offs = img->buckets + w->view->bucket0;
    const uint8_t *p = img->records + offs[0], *end = img->records + offs[w->view->nbuckets];
    size_t cap = 0;

    while (p < end) {
        if (w->n == cap) {
            cap = cap ? cap * 2 : 1024;
            struct record *more = reallocarray(w->rec, cap, sizeof(*more));
            if (!more)
                return false;
            w->rec = more;
        }
        p = read_record(p, w->view, &w->rec[w->n++]);
    }
    if (w->n > 0)
        qsort(w->rec, w->n, sizeof(*w->rec), compare);
    w->start = calloc((size_t)w->view->nparents + 1, sizeof(*w->start));
    w->seen = calloc((size_t)w->view->nparents + 1, 1);
    if (!w->start || !w->seen)
        return false;
    for (size_t i = 0; i < w->n; i++)
        w->start[w->rec[i].parent + 1]++;
    for (uint32_t i = 0; i < w->view->nparents; i++)
        w->start[i + 1] += w->start[i];
    return true;
}

static uint32_t resolve(uint32_t code, uint32_t inherited)
{
    return code == NAMES_INHERIT ? inherited : code - NAMES_UNLISTED;
}

/* The name under its parent; false when it is longer than a name can be. */
static bool extend(const struct record *r, const struct name *parent, struct name *out)
{
    size_t n = label_len(r);

    if (n == 0 || n + 1 + parent->len > NAME_WIRE_MAX)
        return false;
    out->len = (uint8_t)(n + 1 + parent->len);
    out->wire[0] = (uint8_t)n;
    memcpy(out->wire + 1, r->label + 1, n);
    memcpy(out->wire + 1 + n, parent->wire, parent->len);
    return true;
}

/*
 * Verification looks at each record alone, so an image may still have circles or shared children:
 * each parent is entered once, and names end at 255 octets, which bounds the depth.
 */
static const char *walk(struct walker *w, uint32_t parent, const struct names_item *at)
{
    static const char no_tree[] = "name records form no tree";
    const char *why = NULL;

    if (parent >= w->view->nparents || w->seen[parent])
        return no_tree;
    w->seen[parent] = 1;
    for (uint32_t i = w->start[parent]; !why && i < w->start[parent + 1]; i++) {
        const struct record *r = &w->rec[i];
        struct names_item item = {.self = resolve(r->self, at->below),
                                  .below = resolve(r->below, at->below),
                                  .inherited = at->below,
                                  .children = r->number != 0};
        unsigned inherited_from = at->below_from + (unsigned)label_len(r) + 1;
        item.self_from = r->self == NAMES_INHERIT ? inherited_from : 0;
        item.below_from = r->below == NAMES_INHERIT ? inherited_from : 0;
        if (!extend(r, &at->name, &item.name))
            why = no_tree;
        else if (!w->fn(w->arg, &item))
            why = "stopped";
        else if (r->number)
            why = walk(w, r->number, &item);
    }
    return why;
}

const char *names_walk(const struct image *img, const struct image_view *view, names_walk_fn fn,
                       void *arg)
{
    struct walker w = {.view = view, .fn = fn, .arg = arg};
    const struct names_item apex = {.name = {.len = 1}};
    const char *why = "out of memory";

    if (view->nbuckets == 0)
        return NULL;
    if (collect(&w, img))
        why = walk(&w, 0, &apex);
    free(w.rec);
    free(w.start);
    free(w.seen);
    return why;
}
