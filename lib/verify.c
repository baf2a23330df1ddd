/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything a lookup will ever follow in an image, checked once.  Time is linear in the size of
 * the file.  What is proved here is what the lookups rely on; see the argument in lib/tree.h.
 */
#include <string.h>

#include "lib/answerset.h"
#include "lib/image.h"
#include "lib/names.h"
#include "lib/tree.h"

#define RR_A_LEN 16 /* owner pointer 2, type 2, class 2, TTL 4, length 2, address 4 */

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* A wire name of exactly len octets. */
static bool good_name(const uint8_t *wire, size_t len)
{
    size_t at = 0;
    while (at < len && wire[at] != 0) {
        if (wire[at] > NAME_LABEL_MAX)
            return false;
        at += wire[at] + 1u;
    }
    return at + 1 == len;
}

static const char *verify_sources(const struct image *img)
{
    for (uint32_t i = 0; i < img->nsources; i++)
        if (!memchr(img->sources[i].name, 0, sizeof img->sources[i].name))
            return "bad source name";
    return NULL;
}

static const char *verify_views(struct image *img)
{
    const struct image_header *h = img->h;
    size_t ncells = h->section[IMAGE_CELLS].len / sizeof(uint64_t), budget = ncells;
    struct names_limits lim = {
        .buckets = img->buckets,
        .nbuckets = h->section[IMAGE_BUCKETS].len / sizeof(uint32_t),
        .records = img->records,
        .records_len = h->section[IMAGE_RECORDS].len,
        .nsets = img->nsets,
    };
    if (img->nviews == 0 || img->views[0].sub_len != 1)
        return "no view of the zone itself";
    for (uint32_t i = 0; i < img->nviews; i++) {
        const struct image_view *v = &img->views[i];
        if (v->apex >= img->nsets)
            return "view names no answer set";
        if (v->sub_len == 0 || !good_name(v->sub, v->sub_len))
            return "bad sub-name";
        const char *why =
            tree_verify(img->cells, ncells, v->tree4, TREE_LEVELS4, img->nsets, &budget);
        if (!why)
            why = tree_verify(img->cells, ncells, v->tree6, TREE_LEVELS6, img->nsets, &budget);
        if (!why)
            why = names_verify(&lim, v);
        if (why)
            return why;
        img->address_names |= names_like_address(img, v);
    }
    return NULL;
}

/* --- answer sets --- */

static bool good_group(const struct image *img, const struct image_group *g, size_t room)
{
    if (room < sizeof *g || (size_t)g->a_len + g->other_len + 2u * g->nsources > room - sizeof *g)
        return false;
    if (g->a_len != g->na * RR_A_LEN)
        return false;
    for (unsigned i = 0; i < g->na; i++) {
        const uint8_t *rr = g->rr + i * RR_A_LEN;
        if (memcmp(rr, "\xc0\x0c\0\1\0\1", 6) != 0 || be16(rr + 10) != 4)
            return false;
    }
    size_t at = 0;
    const uint8_t *other = g->rr + g->a_len;
    for (unsigned i = 0; i < g->nother; i++) {
        if (g->other_len - at < 12 || be16(other + at) != 0xc00c)
            return false;
        at += 12u + be16(other + at + 10);
        if (at > g->other_len)
            return false;
    }
    for (unsigned i = 0; i < g->nsources; i++) {
        uint16_t source;
        memcpy(&source, g->rr + g->a_len + g->other_len + 2 * i, 2);
        if (source >= img->nsources)
            return false;
    }
    return at == g->other_len && g->action < IMAGE_NACTIONS;
}

static bool good_template(const uint8_t *p, size_t room)
{
    for (const uint8_t *end = p + room; p < end;) {
        uint16_t n;
        switch (*p++) {
        case TEXT_END:
            return true;
        case TEXT_LAST:
            return p < end && end - p - 1 >= *p;
        case TEXT_LITERAL:
            if (end - p < 2)
                return false;
            memcpy(&n, p, 2);
            if (end - p - 2 < n)
                return false;
            p += 2 + n;
            break;
        case TEXT_SUBJECT:
        case TEXT_MATCHED:
            break;
        default:
            return false;
        }
    }
    return false;
}

static bool good_texts(const struct image *img, uint32_t off)
{
    size_t size = img->h->section[IMAGE_TEXTS].len;
    if (off >= size)
        return false;
    const uint8_t *p = img->texts + off;
    if (*p >= TEXT_END)
        return good_template(p, size - off);
    if (size - off < 1u + 4u * *p)
        return false;
    for (unsigned i = 0; i < *p; i++) {
        uint32_t t;
        memcpy(&t, p + 1 + 4 * i, 4);
        if (t >= size || !good_template(img->texts + t, size - t))
            return false;
    }
    return true;
}

static const char *verify_sets(const struct image *img)
{
    size_t groups = img->h->section[IMAGE_GROUPS].len;
    if (img->nsets == 0)
        return "no answer sets";
    for (uint32_t i = 1; i < img->nsets; i++) {
        const struct image_set *s = &img->sets[i];
        if (s->group % 4 != 0 || s->group > groups)
            return "answer group out of place";
        if (!good_group(img, answerset_group(img, i), groups - s->group))
            return "bad answer group";
        if (!good_texts(img, s->texts))
            return "bad answer text";
    }
    return NULL;
}

/* --- fixed records --- */

static bool good_hole(const struct image_rr *rr, unsigned i)
{
    return rr->hole[i] == IMAGE_NO_HOLE || rr->hole[i] + 2u <= rr->rdlen;
}

static const char *verify_fixed(const struct image *img)
{
    const uint8_t *p = img->fixed, *end = img->fixed_end;
    for (unsigned n = 0; p < end; n++) {
        const struct image_rr *rr = (const struct image_rr *)(const void *)p;
        size_t room = (size_t)(end - p);
        if (room < sizeof *rr || image_rr_size(rr) > room)
            return "fixed record out of bounds";
        if (!good_hole(rr, 0) || !good_hole(rr, 1) || rr->owner_len > NAME_WIRE_MAX)
            return "bad fixed record";
        if (n == 0 && (rr->type != 6 || rr->owner_len != 0))
            return "no SOA";
        p += image_rr_size(rr);
    }
    return p == img->fixed ? "no SOA" : NULL;
}

const char *image_verify(struct image *img)
{
    const char *why = NULL;
    if (!good_name(img->h->zone, img->h->zone_len))
        why = "bad zone name";
    if (img->h->acl_view >= img->nviews)
        why = "no view of the access list";
    if (img->h->expired_empty > 1)
        why = "bad word for what is answered at its end";
    if (!why)
        why = verify_sources(img);
    if (!why)
        why = verify_views(img);
    if (!why)
        why = verify_sets(img);
    if (!why)
        why = verify_fixed(img);
    img->plain = !why && img->nviews == 1 && img->h->acl_view == 0 && !img->address_names;
    return why;
}
