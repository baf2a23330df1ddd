/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/answerset.h"

#include <string.h>

const struct image_group *answerset_group(const struct image *img, uint32_t set)
{
    return (const struct image_group *)(const void *)(img->groups + img->sets[set].group);
}

unsigned answerset_na(const struct image *img, uint32_t set)
{
    return answerset_group(img, set)->na;
}

uint32_t answerset_a(const struct image *img, uint32_t set, unsigned i)
{
    const uint8_t *a = answerset_group(img, set)->rr + i * 16u + 12;
    return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

static const uint8_t *text_list(const struct image *img, uint32_t set)
{
    return img->texts + img->sets[set].texts;
}

unsigned answerset_ntexts(const struct image *img, uint32_t set)
{
    return text_list(img, set)[0];
}

unsigned answerset_nsources(const struct image *img, uint32_t set)
{
    return text_list(img, set)[1];
}

unsigned answerset_source(const struct image *img, uint32_t set, unsigned i)
{
    uint16_t source;
    memcpy(&source, text_list(img, set) + 2 + 2 * i, 2);
    return source;
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
    const uint8_t *list = text_list(img, set);
    uint32_t off;
    memcpy(&off, list + 2 + 2u * list[1] + 4u * i, 4);
    return img->texts + off + 2;
}

size_t answerset_text(const struct image *img, uint32_t set, unsigned i,
                      const struct text_subject *subject, uint8_t *out, size_t cap)
{
    struct text_out o = {out, 0, cap};
    for (const uint8_t *p = answerset_template(img, set, i);;) {
        uint16_t n;
        switch (*p++) {
        case TEXT_LITERAL:
            memcpy(&n, p, 2);
            append(&o, p + 2, n);
            p += 2 + n;
            break;
        case TEXT_SUBJECT:
            append(&o, subject->query, subject->query_len);
            break;
        case TEXT_MATCHED:
            append(&o, subject->matched, subject->matched_len);
            break;
        default:
            return o.len;
        }
    }
}
