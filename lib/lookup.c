/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/lookup.h"

#include <string.h>

#include "lib/names.h"
#include "lib/tree.h"

#define MAPPED_LEN 96 /* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */

/* How the labels in front of a view read.  An address part is usable when its labels count is. */
struct reading {
    unsigned octets;  /* labels that are an IPv4 address or the start of one, 0 if not */
    unsigned nibbles; /* the same for IPv6 */
    uint32_t addr4;   /* high octets first, the rest zero */
    struct addr6 addr6;
};

/* One label as a decimal octet without leading zeros: one address has one name.  -1 if not. */
static int label_octet(const uint8_t *label)
{
    unsigned v = 0;
    if (label[0] == 0 || label[0] > 3 || (label[0] > 1 && label[1] == '0'))
        return -1;
    for (unsigned i = 1; i <= label[0]; i++) {
        unsigned d = (unsigned)label[i] - '0';
        if (d > 9)
            return -1;
        v = v * 10 + d;
    }
    return v < 256 ? (int)v : -1;
}

static int label_nibble(const uint8_t *label)
{
    if (label[0] != 1)
        return -1;
    if (label[1] >= '0' && label[1] <= '9')
        return label[1] - '0';
    return label[1] >= 'a' && label[1] <= 'f' ? label[1] - 'a' + 10 : -1;
}

static void read_octets(const struct lookup_name *n, unsigned count, struct reading *r)
{
    r->octets = 0;
    r->addr4 = 0;
    if (count > 4)
        return;
    for (unsigned i = 0; i < count; i++) {
        int v = label_octet(n->wire + n->labels[count - 1 - i]);
        if (v < 0)
            return;
        r->addr4 |= (uint32_t)v << (24 - 8 * i);
    }
    r->octets = count;
}

static void read_nibbles(const struct lookup_name *n, unsigned count, struct reading *r)
{
    r->nibbles = 0;
    r->addr6 = (struct addr6){0, 0};
    if (count > 32)
        return;
    for (unsigned i = 0; i < count; i++) {
        int v = label_nibble(n->wire + n->labels[count - 1 - i]);
        if (v < 0)
            return;
        uint64_t bits = (uint64_t)v << (60 - 4 * (i % 16));
        if (i < 16)
            r->addr6.hi |= bits;
        else
            r->addr6.lo |= bits;
    }
    r->nibbles = count;
}

static void add_set(struct lookup_result *r, uint32_t set)
{
    if (set)
        r->set[r->nset++] = set;
}

static void find_octets(const struct image *img, const struct reading *rd, struct lookup_result *r)
{
    uint32_t root = r->view->tree4;
    if (rd->octets < 4) {
        r->exists |= tree_any4(img->cells, root, rd->addr4, 8 * rd->octets);
        return;
    }
    r->kind = LOOKUP_ADDR4;
    r->addr = (struct addr6){0, rd->addr4};
    add_set(r, tree_find4(img->cells, root, rd->addr4));
}

/*
 * IPv4 entries are also reached by the IPv6 spelling of their mapped address, so a shorter name may
 * lie above ::ffff:0:0/96 or inside it.
 */
static bool mapped_any(const struct image *img, uint32_t root, struct addr6 a, unsigned len)
{
    static const struct addr6 mapped = {0, 0xffff00000000u};
    struct addr6 m = addr6_mask(len < MAPPED_LEN ? len : MAPPED_LEN);
    if ((a.hi & m.hi) != 0 || (a.lo & m.lo) != (mapped.lo & m.lo))
        return false;
    return tree_any4(img->cells, root, (uint32_t)a.lo, len > MAPPED_LEN ? len - MAPPED_LEN : 0);
}

static void find_nibbles(const struct image *img, const struct reading *rd, struct lookup_result *r)
{
    const struct image_view *v = r->view;
    if (rd->nibbles < 32) {
        unsigned len = 4 * rd->nibbles;
        r->exists |= tree_any6(img->cells, v->tree6, rd->addr6, len) ||
                     mapped_any(img, v->tree4, rd->addr6, len);
        return;
    }
    r->kind = LOOKUP_ADDR6;
    r->addr = rd->addr6;
    if (rd->addr6.hi == 0 && rd->addr6.lo >> 32 == 0xffff) {
        r->kind = LOOKUP_ADDR4;
        r->addr = (struct addr6){0, (uint32_t)rd->addr6.lo};
        add_set(r, tree_find4(img->cells, v->tree4, (uint32_t)rd->addr6.lo));
    }
    add_set(r, tree_find6(img->cells, v->tree6, rd->addr6));
}

static void find_names(const struct image *img, const struct lookup_name *n,
                       struct lookup_result *r)
{
    struct names_result found;
    names_find(img, r->view, n->wire, n->labels, r->name_labels, &found);
    r->exists |= found.exists;
    if (found.set) {
        r->match_label = found.match_label;
        add_set(r, found.set);
    }
}

/* --- sub-names --- */

/* Offset in wire of the end of the first count labels; count >= 1. */
static size_t labels_end(const struct lookup_name *n, unsigned count)
{
    size_t last = n->labels[count - 1];
    return last + n->wire[last] + 1u;
}

/* Is the name (its labels in front of the zone) equal to or below the view's sub-name? */
static bool below_view(const struct lookup_name *n, const struct image_view *v, unsigned sub_labels)
{
    unsigned rel = n->nlabels - n->zone_labels;
    if (sub_labels > rel)
        return false;
    size_t at = n->labels[rel - sub_labels], len = labels_end(n, rel) - at;
    return len == v->sub_len - 1u && memcmp(n->wire + at, v->sub, len) == 0;
}

/* Is the view's sub-name below the name?  Then the name exists without being a view itself. */
static bool above_view(const struct lookup_name *n, const struct image_view *v, unsigned sub_labels)
{
    unsigned rel = n->nlabels - n->zone_labels;
    if (rel == 0 || rel >= sub_labels)
        return false;
    size_t len = labels_end(n, rel) - n->labels[0];
    const uint8_t *sub = v->sub;
    for (unsigned skip = sub_labels - rel; skip > 0; skip--)
        sub += sub[0] + 1;
    return len == (size_t)(v->sub + v->sub_len - 1 - sub) &&
           memcmp(n->wire + n->labels[0], sub, len) == 0;
}

/* The longest sub-name decides alone, as a zone cut would. */
static void pick_view(const struct image *img, const struct lookup_name *n, struct lookup_result *r)
{
    unsigned best = 0;
    r->view = &img->views[0];
    for (uint32_t i = 1; i < img->nviews; i++) {
        const struct image_view *v = &img->views[i];
        unsigned sub = name_labels(v->sub);
        if (sub > best && below_view(n, v, sub)) {
            best = sub;
            r->view = v;
        }
        r->exists |= above_view(n, v, sub);
    }
    r->name_labels = n->nlabels - n->zone_labels - best;
}

void lookup_find(const struct image *img, const struct lookup_name *n, struct lookup_result *r)
{
    struct reading rd;
    *r = (struct lookup_result){.view = img->views, .name_labels = n->nlabels - n->zone_labels};
    r->apex = r->name_labels == 0;
    if (img->nviews > 1)
        pick_view(img, n, r);
    r->match_label = r->name_labels;
    if (r->name_labels == 0) {
        r->exists = true;
        add_set(r, r->view->apex);
        return;
    }
    read_octets(n, r->name_labels, &rd);
    if (rd.octets)
        find_octets(img, &rd, r);
    read_nibbles(n, r->name_labels, &rd);
    if (rd.nibbles)
        find_nibbles(img, &rd, r);
    if (r->view->nbuckets)
        find_names(img, n, r);
    r->exists |= r->nset > 0;
}

/* --- ranges, for the tool --- */

static struct addr6 before(struct addr6 a)
{
    return (struct addr6){a.hi - (a.lo == 0), a.lo - 1};
}

static struct addr6 after(struct addr6 a)
{
    return (struct addr6){a.hi + (a.lo == UINT64_MAX), a.lo + 1};
}

static bool is_first(struct addr6 a)
{
    return a.hi == 0 && a.lo == 0;
}

static bool is_last(struct addr6 a, unsigned levels)
{
    return levels == TREE_LEVELS4 ? a.lo == UINT32_MAX : (a.hi & a.lo) == UINT64_MAX;
}

void lookup_range(const struct image *img, const struct image_view *view, unsigned family,
                  struct addr6 addr, struct lookup_range *out)
{
    unsigned levels = family == 4 ? TREE_LEVELS4 : TREE_LEVELS6;
    uint32_t root = family == 4 ? view->tree4 : view->tree6;
    struct addr6 lo, hi;
    uint32_t set = tree_span(img->cells, root, levels, addr, &out->first, &out->last);
    /* Blocks of one level follow one another; a range cannot have more of them than a level has. */
    for (unsigned i = 0; i < TREE_KEYS && !is_first(out->first); i++) {
        if (tree_span(img->cells, root, levels, before(out->first), &lo, &hi) != set)
            break;
        out->first = lo;
    }
    for (unsigned i = 0; i < TREE_KEYS && !is_last(out->last, levels); i++) {
        if (tree_span(img->cells, root, levels, after(out->last), &lo, &hi) != set)
            break;
        out->last = hi;
    }
}
