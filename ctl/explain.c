/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain.h"

#include <inttypes.h>
#include <string.h>

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

static void put_addresses(FILE *out, const struct image *img, const struct lookup_result *r)
{
    char text[ADDR4_TEXT_MAX];
    for (unsigned s = 0; s < r->nset; s++) {
        for (unsigned i = 0; i < answerset_na(img, r->set[s]); i++) {
            if (a_seen(img, r, s, i))
                continue;
            addr4_format(text, answerset_a(img, r->set[s], i));
            fprintf(out, LABEL_WIDTH "%s\n", "A", text);
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

/* As the server does it: empty texts are not answered, and equal ones once. */
static void put_texts(FILE *out, const struct image *img, const struct question *q)
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
            fprintf(out, LABEL_WIDTH, "TXT");
            text_quoted(out, text, n);
            fputc('\n', out);
        }
    }
}

/* --- what matched --- */

static bool before(struct addr6 a, struct addr6 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

/* The largest prefix around the address whose every address has the same answer. */
static void put_prefix(FILE *out, const struct image *img, const struct image_view *v,
                       unsigned family, struct addr6 addr)
{
    struct lookup_range range;
    unsigned bits = family == 4 ? 32 : 128, len = 0;
    char text[ADDR6_TEXT_MAX];
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
    fprintf(out, LABEL_WIDTH "%s/%u\n", "match", text, len);
}

/*
 * The result does not say which tree a set came from, so each tree that lookup_find() asked is
 * asked again; it stays the one who decided whether the name is listed.
 */
static void put_matches(FILE *out, const struct image *img, const struct question *q)
{
    const struct lookup_result *r = &q->found;
    const struct image_view *v = r->view;
    struct addr6 addr6 = r->addr;
    bool spelled6 = r->kind == LOOKUP_ADDR6;
    if (r->kind == LOOKUP_ADDR4) {
        if (tree_find4(img->cells, v->tree4, (uint32_t)r->addr.lo))
            put_prefix(out, img, v, 4, r->addr);
        /* The IPv6 spelling of an IPv4 address: both trees were asked. */
        spelled6 = r->name_labels == NIBBLES;
        addr6 = (struct addr6){0, MAPPED | r->addr.lo};
    }
    if (spelled6 && tree_find6(img->cells, v->tree6, addr6))
        put_prefix(out, img, v, 6, addr6);
    if (r->match_label < r->name_labels) {
        char name[NAME_TEXT_MAX];
        labels_text(q, r->match_label, r->name_labels, name);
        fprintf(out, r->match_label ? LABEL_WIDTH "*.%s (wildcard)\n" : LABEL_WIDTH "%s (exact)\n",
                "match", name);
    }
}

static bool source_seen(const struct image *img, const struct lookup_result *r, unsigned s,
                        unsigned i)
{
    unsigned source = answerset_source(img, r->set[s], i);
    for (unsigned t = 0; t <= s; t++)
        for (unsigned k = 0; k < (t < s ? answerset_nsources(img, r->set[t]) : i); k++)
            if (answerset_source(img, r->set[t], k) == source)
                return true;
    return false;
}

static void put_lists(FILE *out, const struct image *img, const struct lookup_result *r)
{
    unsigned n = 0;
    fprintf(out, LABEL_WIDTH, "lists");
    for (unsigned s = 0; s < r->nset; s++) {
        for (unsigned i = 0; i < answerset_nsources(img, r->set[s]); i++) {
            if (source_seen(img, r, s, i))
                continue;
            const char *name = img->sources[answerset_source(img, r->set[s], i)].name;
            fputs(n++ ? ", " : "", out);
            text_put(out, name, strlen(name));
        }
    }
    /* RFC 5782 section 5: every zone lists these, whatever its lists say. */
    fputs(n ? "\n" : "none (test entry)\n", out);
}

/* A client chooses zone or sub-name by what it asks, so each is a question of its own. */
static bool explain_view(FILE *out, const struct image *img, const struct image_view *v,
                         const struct what *w)
{
    char text[NAME_TEXT_MAX];
    struct question q;
    what_view_text(img, v, text);
    if (!what_ask(img, v, &w->name, &q)) {
        fprintf(out, "%s: not listed (too long to be asked)\n", text);
        return false;
    }
    bool listed = q.found.nset > 0;
    const char *below = q.found.exists ? " (names below are)" : "";
    fprintf(out, "%s: %s%s\n", text, listed ? "listed" : "not listed", listed ? "" : below);
    if (!listed)
        return false;
    name_format(text, q.name.wire, q.name.len);
    fprintf(out, LABEL_WIDTH "%s\n", "query", text);
    put_addresses(out, img, &q.found);
    put_texts(out, img, &q);
    put_matches(out, img, &q);
    put_lists(out, img, &q.found);
    return true;
}

bool explain(FILE *out, const struct image *img, const struct what *w)
{
    bool listed = false;
    for (uint32_t i = 0; i < img->nviews; i++)
        /* An access list holds clients, nobody asks for what is in it. */
        if (i == 0 || i != img->h->acl_view)
            listed = explain_view(out, img, &img->views[i], w) || listed;
    return listed;
}
