/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain.h"

#include <inttypes.h>
#include <string.h>

#include "ctl/jsonout.h"
#include "ctl/text.h"
#include "lib/answerset.h"
#include "lib/tree.h"

#define TEXT_MAX    4096 /* octets of one text; the server cuts there too */
#define MAPPED      0xffff00000000u
#define NIBBLES     32
#define LABEL_WIDTH "  %-6s "

/* --- A and TXT --- */

/*
 * Was the address among those printed before the i-th of set s?  Several trees may answer one name
 * and their sets share values; sets are small, so looking back is simpler than remembering.
 */
static bool a_seen(const struct image *img, const struct lookup_result *r, unsigned s, unsigned i)
{
    uint32_t a = answerset_a(img, r->set[s], i);
    for (unsigned t = 0; t <= s; t++)
        for (unsigned k = 0; k < (t < s ? answerset_na(img, r->set[t]) : i); k++)
            if (answerset_a(img, r->set[t], k) == a)
                return true;
    return false;
}

void explain_put(struct explain *to, const char *label, const char *key, const char *text)
{
    if (!to->answers)
        fprintf(to->out, LABEL_WIDTH "%s\n", label, text);
    else if (json_array_append_new(jsonout_array(to->view, key), json_string(text)) != 0)
        to->oom = true;
}

static void put_addresses(struct explain *to, const struct image *img,
                          const struct lookup_result *r)
{
    char text[ADDR4_TEXT_MAX];
    for (unsigned s = 0; s < r->nset; s++) {
        for (unsigned i = 0; i < answerset_na(img, r->set[s]); i++) {
            if (a_seen(img, r, s, i))
                continue;
            addr4_format(text, answerset_a(img, r->set[s], i));
            explain_put(to, "A", "a", text);
        }
    }
}

/* Labels from..to of the question, to excluded, as text. */
static size_t labels_text(const struct question *q, unsigned from, unsigned to,
                          char out[static NAME_TEXT_MAX])
{
    uint8_t wire[NAME_WIRE_MAX];
    unsigned all = name_labels(q->name.wire);
    size_t first = from < all ? q->labels[from] : q->name.len - 1u;
    size_t last = to < all ? q->labels[to] : q->name.len - 1u;
    size_t n = last > first ? last - first : 0;
    memcpy(wire, q->name.wire + first, n);
    wire[n] = 0;
    return name_format(out, wire, n + 1);
}

/* What "$" becomes: the address as text, whichever way it was asked for, else the name. */
static size_t subject_text(const struct question *q, char out[static NAME_TEXT_MAX])
{
    const struct lookup_result *r = &q->found;
    if (r->kind == LOOKUP_ADDR4)
        return addr4_format(out, (uint32_t)r->addr.lo);
    if (r->kind == LOOKUP_ADDR6)
        return addr6_format(out, r->addr);
    return labels_text(q, 0, r->name_labels, out);
}

struct texts {
    const struct image *img;
    const struct lookup_result *r;
    struct text_subject subject;
};

static size_t text_of(const struct texts *t, unsigned s, unsigned i, uint8_t *to)
{
    return answerset_text(t->img, t->r->set[s], i, &t->subject, to, TEXT_MAX);
}

static bool text_seen(const struct texts *t, unsigned s, unsigned i, const uint8_t *text, size_t n)
{
    uint8_t other[TEXT_MAX];
    for (unsigned u = 0; u <= s; u++)
        for (unsigned k = 0; k < (u < s ? answerset_ntexts(t->img, t->r->set[u]) : i); k++)
            if (text_of(t, u, k, other) == n && memcmp(other, text, n) == 0)
                return true;
    return false;
}

static void put_text(struct explain *to, const uint8_t *text, size_t n)
{
    if (to->answers) {
        json_t *v = jsonout_text((const char *)text, n);
        to->oom |= json_array_append_new(jsonout_array(to->view, "txt"), v) != 0;
        return;
    }
    fprintf(to->out, LABEL_WIDTH, "TXT");
    text_quoted(to->out, text, n);
    fputc('\n', to->out);
}

/* As the server does it: empty texts are not answered, and equal ones once. */
static void put_texts(struct explain *to, const struct image *img, const struct question *q)
{
    char query[NAME_TEXT_MAX], matched[NAME_TEXT_MAX];
    uint8_t text[TEXT_MAX];
    const struct lookup_result *r = &q->found;
    struct texts t = {img, r, {.query = query, .matched = matched}};
    t.subject.query_len = subject_text(q, query);
    t.subject.matched_len = labels_text(q, r->match_label, r->name_labels, matched);
    for (unsigned s = 0; s < r->nset; s++) {
        for (unsigned i = 0; i < answerset_ntexts(img, r->set[s]); i++) {
            size_t n = text_of(&t, s, i, text);
            if (n == 0 || text_seen(&t, s, i, text, n))
                continue;
            put_text(to, text, n);
        }
    }
}

/* --- what matched --- */

static bool before(struct addr6 a, struct addr6 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

/* The largest prefix around the address whose every address has the same answer. */
static void put_prefix(struct explain *to, const struct image *img, const struct image_view *v,
                       unsigned family, struct addr6 addr)
{
    struct lookup_range range;
    unsigned bits = family == 4 ? 32 : 128, len = 0;
    char text[ADDR6_TEXT_MAX], match[PREFIX_TEXT_MAX];
    struct addr6 first, last;
    lookup_range(img, v, family, addr, &range);
    for (;; len++) {
        struct addr6 m = addr6_mask(len + 128 - bits);
        first = (struct addr6){addr.hi & m.hi, addr.lo & m.lo};
        last = (struct addr6){addr.hi | ~m.hi, addr.lo | ~m.lo};
        if (family == 4) { /* the address is in the low 32 bits */
            first = (struct addr6){0, addr.lo & addr4_mask(len)};
            last = (struct addr6){0, addr.lo | (uint32_t)~addr4_mask(len)};
        }
        if (len == bits || (!before(first, range.first) && !before(range.last, last)))
            break;
    }
    if (family == 4)
        addr4_format(text, (uint32_t)first.lo);
    else
        addr6_format(text, first);
    snprintf(match, sizeof match, "%s/%u", text, len);
    explain_put(to, "match", "match", match);
}

/*
 * The result does not say which tree a set came from, so each tree that lookup_find() asked is
 * asked again; it stays the one who decided whether the name is listed.
 */
static void put_matches(struct explain *to, const struct image *img, const struct question *q)
{
    const struct lookup_result *r = &q->found;
    const struct image_view *v = r->view;
    struct addr6 addr6 = r->addr;
    bool spelled6 = r->kind == LOOKUP_ADDR6;
    if (r->kind == LOOKUP_ADDR4) {
        if (tree_find4(img->cells, v->tree4, (uint32_t)r->addr.lo))
            put_prefix(to, img, v, 4, r->addr);
        /* The IPv6 spelling of an IPv4 address: both trees were asked. */
        spelled6 = r->name_labels == NIBBLES;
        addr6 = (struct addr6){0, MAPPED | r->addr.lo};
    }
    if (spelled6 && tree_find6(img->cells, v->tree6, addr6))
        put_prefix(to, img, v, 6, addr6);
    if (r->match_label < r->name_labels) {
        char name[NAME_TEXT_MAX], match[NAME_TEXT_MAX + 16];
        labels_text(q, r->match_label, r->name_labels, name);
        snprintf(match, sizeof match, r->match_label ? "*.%s (wildcard)" : "%s (exact)", name);
        explain_put(to, "match", "match", match);
    }
}

static void begin_view(struct explain *to, const char *name, bool listed, bool exists)
{
    const char *below = exists && !listed ? " (names below are)" : "";
    if (!to->answers) {
        fprintf(to->out, "%s: %s%s\n", name, listed ? "listed" : "not listed", below);
        return;
    }
    to->view = json_pack("{s:s, s:b, s:b, s:[], s:[], s:[], s:[]}", "name", name, "listed", listed,
                         "exists", exists, "a", "txt", "match", "lists");
    to->oom |= !to->view || json_array_append_new(to->answers, to->view) != 0;
}

static void put_query(struct explain *to, const struct question *q)
{
    char text[NAME_TEXT_MAX];
    name_format(text, q->name.wire, q->name.len);
    if (!to->answers)
        fprintf(to->out, LABEL_WIDTH "%s\n", "query", text);
    else
        to->oom |= json_object_set_new(to->view, "query", json_string(text)) != 0;
}

/* A client chooses zone or sub-name by what it asks, so each is a question of its own. */
static bool explain_view(struct explain *to, const struct image *img, const struct image_view *v,
                         const struct what *w)
{
    char text[NAME_TEXT_MAX];
    struct question q;
    what_view_text(img, v, text);
    if (!what_ask(img, v, &w->name, &q)) {
        begin_view(to, text, false, false);
        return false;
    }
    bool listed = q.found.nset > 0;
    begin_view(to, text, listed, q.found.exists);
    if (listed || to->answers)
        put_query(to, &q);
    if (listed) {
        put_addresses(to, img, &q.found);
        put_texts(to, img, &q);
        put_matches(to, img, &q);
    }
    explain_lists(to, img, &q);
    return listed;
}

bool explain(struct explain *to, const struct image *img, const struct what *w)
{
    bool listed = false;
    for (uint32_t i = 0; i < img->nviews; i++)
        /* An access list holds clients, nobody asks for what is in it. */
        if (i == 0 || (i != img->h->acl_view && !w->whole))
            listed = explain_view(to, img, &img->views[i], w) || listed;
    return listed;
}
