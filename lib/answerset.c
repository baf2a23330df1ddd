/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/answerset.h"

#include <string.h>

unsigned answerset_na(const struct image *img, uint32_t set)
{
    return answerset_group(img, set)->na;
}

uint32_t answerset_a(const struct image *img, uint32_t set, unsigned i)
{
    const uint8_t *a = answerset_group(img, set)->rr + i * 16u + 12;
    return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

unsigned answerset_ntexts(const struct image *img, uint32_t set)
{
    uint8_t first = img->texts[img->sets[set].texts];
    return first < TEXT_END ? first : 1;
}

unsigned answerset_nsources(const struct image *img, uint32_t set)
{
    return answerset_group(img, set)->nsources;
}

unsigned answerset_source(const struct image *img, uint32_t set, unsigned i)
{
    const struct image_group *g = answerset_group(img, set);
    uint16_t source;
    memcpy(&source, g->rr + g->a_len + g->other_len + 2 * i, 2);
    return source;
}

/* Where TEXT_LAST leads: the end that it does without. */
static const uint8_t end[] = {TEXT_END};

bool text_next(const uint8_t **at, struct text_segment *s)
{
    const uint8_t *p = *at;
    uint16_t n;

    *s = (struct text_segment){.op = *p};
    switch (s->op) {
    case TEXT_LITERAL:
        memcpy(&n, p + 1, 2);
        s->octets = p + 3;
        s->n = n;
        *at = s->octets + n;
        return true;
    case TEXT_LAST:
        s->op = TEXT_LITERAL;
        s->octets = p + 2;
        s->n = p[1];
        *at = end;
        return true;
    case TEXT_SUBJECT:
    case TEXT_MATCHED:
        *at = p + 1;
        return true;
    default:
        return false;
    }
}

/* Append up to the cap; a full buffer swallows the rest. */
struct text_out {
    uint8_t *to;
    size_t len, cap;
};

static void append(struct text_out *o, const void *bytes, size_t n)
{
    if (n > o->cap - o->len)
        n = o->cap - o->len;
    if (n > 0)
        memcpy(o->to + o->len, bytes, n);
    o->len += n;
}

const uint8_t *answerset_template(const struct image *img, uint32_t set, unsigned i)
{
    const uint8_t *p = img->texts + img->sets[set].texts;
    uint32_t off;
    if (*p >= TEXT_END)
        return p;
    memcpy(&off, p + 1 + 4u * i, 4);
    return img->texts + off;
}

size_t answerset_text(const struct image *img, uint32_t set, unsigned i,
                      const struct text_subject *subject, uint8_t *out, size_t cap)
{
    struct text_out o = {out, 0, cap};
    struct text_segment s;
    for (const uint8_t *p = answerset_template(img, set, i); text_next(&p, &s);) {
        if (s.op == TEXT_LITERAL)
            append(&o, s.octets, s.n);
        else if (s.op == TEXT_SUBJECT)
            append(&o, subject->query, subject->query_len);
        else
            append(&o, subject->matched, subject->matched_len);
    }
    return o.len;
}
