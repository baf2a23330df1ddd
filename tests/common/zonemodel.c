/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/zonemodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"

#define NO_VIEW   SIZE_MAX /* the zone itself, not one of its sub-names */
#define LABEL_BUF (NAME_WIRE_MAX + 3)

/* --- entries --- */

static void add(struct model *m, struct model_entry e)
{
    if ((m->n & (m->n + 1)) == 0) { /* room for 2^k - 1 is used up */
        m->entry = realloc(m->entry, (2 * m->n + 1) * sizeof(*m->entry));
        if (!m->entry)
            abort();
    }
    m->entry[m->n++] = e;
}

static void add_list(struct model *m, unsigned list, const struct entries *e)
{
    for (size_t i = 0; i < e->naddr4; i++)
        add(m, (struct model_entry){.kind = MODEL_ADDR4,
                                    .list = list,
                                    .first = {0, e->addr4[i]},
                                    .last = {0, e->addr4[i]}});
    for (size_t i = 0; i < e->nrange4; i++)
        add(m, (struct model_entry){.kind = MODEL_ADDR4,
                                    .list = list,
                                    .first = {0, e->range4[i].first},
                                    .last = {0, e->range4[i].last}});
    for (size_t i = 0; i < e->nrange6; i++)
        add(m, (struct model_entry){.kind = MODEL_ADDR6,
                                    .list = list,
                                    .first = e->range6[i].first,
                                    .last = e->range6[i].last});
    for (size_t i = 0; i < e->nname; i++) {
        struct model_entry n = {
            .kind = MODEL_NAME, .list = list, .scope = (enum name_scope)e->name[i].scope};
        n.name.len = e->name[i].len;
        memcpy(n.name.wire, e->bytes + e->name[i].off, n.name.len);
        add(m, n);
    }
}

static void expand(char *out, const char *text)
{
    size_t n = 0;
    for (; *text && n + sizeof(MODEL_SUBJECT) < MODEL_TEXT_MAX; text++) {
        if (*text != '$') {
            out[n++] = *text;
        } else if (text[1] == '$') {
            out[n++] = '$';
            text++;
        } else {
            memcpy(out + n, MODEL_SUBJECT, sizeof(MODEL_SUBJECT) - 1);
            n += sizeof(MODEL_SUBJECT) - 1;
        }
    }
    out[n] = 0;
}

struct model *model_new(const struct testjob *job)
{
    struct model *m = calloc(1, sizeof(*m));
    if (!m)
        abort();
    m->job = job;
    for (unsigned i = 0; i < job->conf.nlists; i++) {
        expand(m->text[i], job->list[i].txt);
        if (job->have[i])
            add_list(m, i, &job->data[i].entries);
    }
    expand(m->text[TESTZONE_LISTS], job->zone.test_txt);
    return m;
}

void model_free(struct model *m)
{
    free(m->entry);
    free(m);
}

/* --- sets --- */

/* How a list takes part under one sub-name, or in the zone itself. */
enum part { PART_NONE, PART_LISTED, PART_EXCLUDE };

static enum part part_of(const struct model *m, size_t view, unsigned list)
{
    const struct conf_zone *z = &m->job->zone;
    const size_t *lists = view == NO_VIEW ? z->lists : z->sub[view].lists;
    size_t n = view == NO_VIEW ? z->nlists : z->sub[view].nlists;
    for (size_t i = 0; i < z->nexclude; i++)
        if (z->exclude[i] == list)
            return PART_EXCLUDE;
    for (size_t i = 0; i < n; i++)
        if (lists[i] == list)
            return PART_LISTED;
    return PART_NONE;
}

static void say_text(struct model_set *s, const char *text)
{
    if (*text == 0)
        return;
    for (unsigned i = 0; i < s->ntexts; i++)
        if (strcmp(s->text[i], text) == 0)
            return;
    s->text[s->ntexts++] = text;
}

static void say_a(struct model_set *s, uint32_t a, bool bitmask)
{
    for (unsigned i = 0; i < s->na; i++)
        if (s->a[i] == a)
            return;
    if (bitmask && s->na > 0)
        s->a[0] |= a;
    else
        s->a[s->na++] = a;
}

/*
 * A thing to look up: an address, or a name below the view in wire form.  hit[] says which lists
 * have it; the answer is empty when nothing is listed.
 */
struct thing {
    enum model_kind kind;
    struct addr6 addr;
    const uint8_t *wire;
    size_t len;
};

static bool above(const uint8_t *wire, size_t len, const struct name *top, bool *equal)
{
    *equal = len == top->len && memcmp(wire, top->wire, len) == 0;
    for (size_t at = 0; wire[at] != 0; at += wire[at] + 1u)
        if (len - at == top->len && memcmp(wire + at, top->wire, top->len) == 0)
            return true;
    return false;
}

static int compare6(struct addr6 a, struct addr6 b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

static bool matches(const struct model_entry *e, const struct thing *t)
{
    bool equal;
    if (e->kind != t->kind)
        return false;
    if (e->kind != MODEL_NAME)
        return compare6(e->first, t->addr) <= 0 && compare6(t->addr, e->last) <= 0;
    if (!above(t->wire, t->len, &e->name, &equal))
        return false;
    return equal ? e->scope & NAME_SELF : e->scope & NAME_BELOW;
}

static bool is_name(const struct thing *t, const char *wire, size_t len)
{
    return t->kind == MODEL_NAME && t->len == len && memcmp(t->wire, wire, len) == 0;
}

static bool never(const struct thing *t)
{
    static const struct name invalid = {9, "\7invalid"};
    bool equal;
    if (t->kind == MODEL_NAME)
        return above(t->wire, t->len, &invalid, &equal);
    return t->addr.hi == 0 && t->addr.lo == (t->kind == MODEL_ADDR4 ? 0x7f000001 : 0xffff7f000001u);
}

/* What stands where no list lists anything: the test entries and name servers. */
static void fall_back(const struct model *m, size_t view, const struct thing *t,
                      struct model_set *out)
{
    const struct conf_zone *z = &m->job->zone;
    bool test = is_name(t, "\4test", 6) || (t->kind == MODEL_ADDR4 && t->addr.lo == 0x7f000002);
    if (z->test_points && test) {
        say_a(out, z->test_a, z->combine == CONF_COMBINE_BITMASK);
        say_text(out, m->text[TESTZONE_LISTS]);
    }
    for (size_t i = 0; view == NO_VIEW && t->kind == MODEL_NAME && i < z->nns; i++) {
        const struct name *n = &z->ns[i].name;
        size_t labels = t->len - 1;
        if (z->ns[i].has_a && n->len == labels + z->name.len &&
            memcmp(n->wire, t->wire, labels) == 0 &&
            memcmp(n->wire + labels, z->name.wire, z->name.len) == 0)
            say_a(out, z->ns[i].a, z->combine == CONF_COMBINE_BITMASK);
    }
}

/* True when the thing is listed. */
static bool answer(const struct model *m, size_t view, const struct thing *t, struct model_set *out)
{
    bool hit[TESTZONE_LISTS] = {false};
    *out = (struct model_set){0};
    for (size_t i = 0; i < m->n; i++)
        if (!hit[m->entry[i].list] && matches(&m->entry[i], t))
            hit[m->entry[i].list] = true;
    bool excluded = m->job->zone.test_points && never(t);
    for (unsigned i = 0; i < m->job->conf.nlists; i++)
        excluded |= hit[i] && part_of(m, view, i) == PART_EXCLUDE;
    for (unsigned i = 0; !excluded && i < m->job->conf.nlists; i++) {
        if (!hit[i] || part_of(m, view, i) != PART_LISTED)
            continue;
        say_a(out, m->job->list[i].a, m->job->zone.combine == CONF_COMBINE_BITMASK);
        say_text(out, m->text[i]);
        out->source[out->nsources++] = m->job->list[i].name;
    }
    if (out->nsources == 0)
        fall_back(m, view, t, out);
    return out->nsources > 0 || out->na > 0;
}

/* --- existence: something can only begin or end to be listed where an entry does --- */

static bool listed(const struct model *m, size_t view, struct thing t)
{
    struct model_set s;
    return answer(m, view, &t, &s);
}

static bool any_address(const struct model *m, size_t view, enum model_kind kind,
                        struct addr6 first, struct addr6 last)
{
    struct thing t = {.kind = kind, .addr = first};
    if (listed(m, view, t))
        return true;
    for (size_t i = 0; i < m->n; i++) {
        const struct model_entry *e = &m->entry[i];
        struct addr6 behind = {e->last.hi + (e->last.lo == UINT64_MAX), e->last.lo + 1};
        if (e->kind != kind)
            continue;
        for (unsigned k = 0; k < 2; k++) {
            t.addr = k ? behind : e->first;
            if (compare6(first, t.addr) <= 0 && compare6(t.addr, last) <= 0 && listed(m, view, t))
                return true;
        }
    }
    for (uint32_t a = 0x7f000002; kind == MODEL_ADDR4 && a <= 0x7f000003; a++) {
        t.addr = (struct addr6){0, a};
        if (compare6(first, t.addr) <= 0 && compare6(t.addr, last) <= 0 && listed(m, view, t))
            return true;
    }
    t.addr = (struct addr6){0, 0xffff7f000002}; /* behind the mapped 127.0.0.1 */
    return kind == MODEL_ADDR6 && compare6(first, t.addr) <= 0 && compare6(t.addr, last) <= 0 &&
           listed(m, view, t);
}

/* A name that no list has, directly below. */
static bool fresh_child_listed(const struct model *m, size_t view, const uint8_t *wire, size_t len)
{
    uint8_t child[LABEL_BUF] = {1, 0xff};
    memcpy(child + 2, wire, len);
    return listed(m, view, (struct thing){.kind = MODEL_NAME, .wire = child, .len = len + 2});
}

static bool name_or_below(const struct model *m, size_t view, const struct thing *top,
                          const struct name *n)
{
    struct name want = {.len = (uint8_t)top->len};
    bool equal;
    memcpy(want.wire, top->wire, top->len);
    if (!above(n->wire, n->len, &want, &equal))
        return false;
    struct thing t = {.kind = MODEL_NAME, .wire = n->wire, .len = n->len};
    return listed(m, view, t) || fresh_child_listed(m, view, n->wire, n->len);
}

static bool any_name(const struct model *m, size_t view, const struct thing *top)
{
    static const struct name test = {6, "\4test"};
    const struct conf_zone *z = &m->job->zone;
    if (listed(m, view, *top) || fresh_child_listed(m, view, top->wire, top->len) ||
        name_or_below(m, view, top, &test))
        return true;
    for (size_t i = 0; i < m->n; i++)
        if (m->entry[i].kind == MODEL_NAME && name_or_below(m, view, top, &m->entry[i].name))
            return true;
    for (size_t i = 0; i < z->nns; i++) {
        struct name n = z->ns[i].name;
        if (n.len <= z->name.len)
            continue;
        n.len = (uint8_t)(n.len - z->name.len + 1);
        n.wire[n.len - 1] = 0;
        if (name_or_below(m, view, top, &n))
            return true;
    }
    return false;
}

/* --- names that spell addresses --- */

/* The n labels as decimal octets, last label first; each must be what printf() makes of it. */
static bool as_octets(const uint8_t *const *label, unsigned n, struct addr6 *first)
{
    *first = (struct addr6){0, 0};
    if (n > 4)
        return false;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *l = label[n - 1 - i];
        char sent[4] = {0}, canonical[24];
        if (l[0] > 3)
            return false;
        memcpy(sent, l + 1, l[0]);
        unsigned long v = strtoul(sent, NULL, 10);
        snprintf(canonical, sizeof(canonical), "%lu", v);
        if (v > 255 || memchr(sent, 0, l[0]) || strcmp(sent, canonical) != 0)
            return false;
        first->lo |= (uint64_t)v << (24 - 8 * i);
    }
    return true;
}

static bool as_nibbles(const uint8_t *const *label, unsigned n, struct addr6 *first)
{
    static const char digit[] = "0123456789abcdef";
    *first = (struct addr6){0, 0};
    if (n > 32)
        return false;
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *l = label[n - 1 - i];
        const char *d = l[0] == 1 && l[1] ? strchr(digit, l[1]) : NULL;
        if (!d)
            return false;
        unsigned __int128 bits = (unsigned __int128)(d - digit) << (124 - 4 * i);
        first->hi |= (uint64_t)(bits >> 64);
        first->lo |= (uint64_t)bits;
    }
    return true;
}

static void take(struct model_answer *out, const struct model *m, size_t view, struct thing t)
{
    if (answer(m, view, &t, &out->set[out->nset]))
        out->nset++;
}

static void look_up_nibbles(const struct model *m, size_t view, struct addr6 a, unsigned n,
                            struct model_answer *out)
{
    struct addr6 last = addr6_mask(4 * n);
    last = (struct addr6){a.hi | ~last.hi, a.lo | ~last.lo};
    struct addr6 lo = {0, 0xffff00000000u}, hi = {0, 0xffffffffffffu}; /* mapped IPv4 */
    if (n == 32) {
        if (compare6(lo, a) <= 0 && compare6(a, hi) <= 0)
            take(out, m, view, (struct thing){.kind = MODEL_ADDR4, .addr = {0, (uint32_t)a.lo}});
        take(out, m, view, (struct thing){.kind = MODEL_ADDR6, .addr = a});
        return;
    }
    out->exists |= any_address(m, view, MODEL_ADDR6, a, last);
    if (compare6(a, hi) > 0 || compare6(last, lo) < 0)
        return;
    lo = compare6(a, lo) > 0 ? a : lo;
    hi = compare6(last, hi) < 0 ? last : hi;
    out->exists |= any_address(m, view, MODEL_ADDR4, (struct addr6){0, (uint32_t)lo.lo},
                               (struct addr6){0, (uint32_t)hi.lo});
}

/* The n labels at wire, below the view. */
static void look_up(const struct model *m, size_t view, const uint8_t *wire, unsigned n,
                    struct model_answer *out)
{
    const uint8_t *label[NAME_LABELS_MAX];
    uint8_t rel[LABEL_BUF];
    size_t len = 0;
    struct addr6 a;
    for (unsigned i = 0; i < n; i++) {
        label[i] = wire + len;
        len += wire[len] + 1u;
    }
    memcpy(rel, wire, len);
    rel[len] = 0;
    if (as_octets(label, n, &a)) {
        struct addr6 last = {0, a.lo | (uint32_t)~addr4_mask(8 * n)};
        if (n == 4)
            take(out, m, view, (struct thing){.kind = MODEL_ADDR4, .addr = a});
        else
            out->exists |= any_address(m, view, MODEL_ADDR4, a, last);
    }
    if (as_nibbles(label, n, &a))
        look_up_nibbles(m, view, a, n, out);
    struct thing t = {.kind = MODEL_NAME, .wire = rel, .len = len + 1};
    take(out, m, view, t);
    out->exists |= out->nset > 0 || any_name(m, view, &t);
}

void model_lookup(const struct model *m, const struct name *name, struct model_answer *out)
{
    const struct conf_zone *z = &m->job->zone;
    unsigned n = name_labels(name->wire) - name_labels(z->name.wire), best = 0;
    size_t view = NO_VIEW;
    *out = (struct model_answer){0};
    for (size_t i = 0; i < z->nsub; i++) {
        struct name whole;
        bool equal;
        unsigned labels = name_labels(z->sub[i].name.wire);
        if (!name_join(&z->sub[i].name, &z->name, &whole))
            abort();
        if (labels > best && above(name->wire, name->len, &whole, &equal)) {
            best = labels;
            view = i;
        }
        out->exists |= n > 0 && above(whole.wire, whole.len, name, &equal) && !equal;
    }
    if (n == best)
        out->exists = true;
    else
        look_up(m, view, name->wire, n - best, out);
}

/* --- comparison --- */

static bool same_set(const struct image *img, uint32_t set, const struct model_set *want)
{
    static const struct text_subject subject = {MODEL_SUBJECT, "?", sizeof(MODEL_SUBJECT) - 1, 1};
    uint8_t text[MODEL_TEXT_MAX];
    if (answerset_na(img, set) != want->na || answerset_ntexts(img, set) != want->ntexts ||
        answerset_nsources(img, set) != want->nsources)
        return false;
    for (unsigned i = 0; i < want->na; i++)
        if (answerset_a(img, set, i) != want->a[i])
            return false;
    for (unsigned i = 0; i < want->nsources; i++)
        if (strcmp(img->sources[answerset_source(img, set, i)].name, want->source[i]) != 0)
            return false;
    for (unsigned i = 0; i < want->ntexts; i++) {
        size_t n = answerset_text(img, set, i, &subject, text, sizeof(text));
        if (n != strlen(want->text[i]) || memcmp(text, want->text[i], n) != 0)
            return false;
    }
    return true;
}

static void print_difference(const struct image *img, const struct name *name,
                             const struct lookup_result *r, const struct model_answer *want)
{
    char text[NAME_TEXT_MAX];
    name_format(text, name->wire, name->len);
    fprintf(stderr, "%s: image says exists %d, model %d\n", text, r->exists, want->exists);
    for (unsigned i = 0; i < r->nset; i++) {
        fprintf(stderr, "  image set %u:", r->set[i]);
        for (unsigned k = 0; k < answerset_na(img, r->set[i]); k++)
            fprintf(stderr, " %08x", (unsigned)answerset_a(img, r->set[i], k));
        fprintf(stderr, ", %u texts\n", answerset_ntexts(img, r->set[i]));
    }
    for (unsigned i = 0; i < want->nset; i++) {
        fprintf(stderr, "  model:");
        for (unsigned k = 0; k < want->set[i].na; k++)
            fprintf(stderr, " %08x", (unsigned)want->set[i].a[k]);
        fprintf(stderr, ", %u texts\n", want->set[i].ntexts);
    }
}

bool model_agrees(const struct model *m, const struct image *img, const struct name *name)
{
    struct lookup_result r;
    struct model_answer want;
    testzone_lookup_wire(img, name, &r);
    model_lookup(m, name, &want);
    bool same = r.nset == want.nset && r.exists == want.exists;
    for (unsigned i = 0; same && i < r.nset; i++)
        same = same_set(img, r.set[i], &want.set[i]);
    if (!same)
        print_difference(img, name, &r, &want);
    return same;
}
