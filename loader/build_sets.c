/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/build_sets.h"

#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"

enum { TYPE_A = 1, TYPE_TXT = 16 };

#define OTHER_MAX      32768 /* octets of records besides A; with one more they fit a message */
#define SET_VALUES_MAX 256   /* values of one set: more lists than a zone may have */

_Static_assert(sizeof(struct set_value) == 28, "compared bytewise");

static uint32_t put(struct sets *s, struct intern *t, const void *bytes, size_t len)
{
    uint32_t id = intern_put(t, bytes, len);
    if (id == INTERN_OOM)
        s->oom = true;
    return s->oom ? 0 : id;
}

void sets_init(struct sets *s, bool bitmask)
{
    *s = (struct sets){.bitmask = bitmask, .templates = {.packed = true}};
    put(s, &s->sets, "", 0); /* set 0 */
}

void sets_free(struct sets *s)
{
    intern_free(&s->values);
    intern_free(&s->sets);
    intern_free(&s->templates);
    intern_free(&s->others);
    buf_free(&s->scratch);
    buf_free(&s->single);
    free(s->memo_key);
    free(s->memo_set);
}

void sets_expect(struct sets *s, size_t values, size_t octets)
{
    buf_reserve(&s->single, values * sizeof(uint32_t));
    s->oom |= !intern_expect(&s->values, values, values * 8 * ((sizeof(struct set_value) + 7) / 8),
                             false) ||
              !intern_expect(&s->sets, values, values * 8, false) ||
              !intern_expect(&s->templates, values, octets, true) || s->single.oom;
}

/* --- templates --- */

static void add_literal(struct buf *out, const char *text, size_t len)
{
    uint8_t op = TEXT_LITERAL;
    uint16_t n = (uint16_t)len;
    if (len == 0)
        return;
    buf_add(out, &op, 1);
    buf_add(out, &n, 2);
    buf_add(out, text, len);
}

uint32_t sets_segments(struct sets *s, const uint8_t *segments, size_t len)
{
    struct text_segment last = {0}, next;
    const uint8_t *p = segments, *at = p;
    while (text_next(&p, &next)) {
        last = next;
        if (*p != TEXT_END)
            at = p;
    }
    /* One template has one spelling, the shortest: equal texts are to be one. */
    if (last.op != TEXT_LITERAL || last.n > TEXT_LAST_MAX || segments[len - 1] != TEXT_END)
        return put(s, &s->templates, segments, len);
    s->scratch.len = 0;
    buf_add(&s->scratch, segments, (size_t)(at - segments));
    buf_add(&s->scratch, (const uint8_t[]){TEXT_LAST, (uint8_t)last.n}, 2);
    buf_add(&s->scratch, last.octets, last.n);
    s->oom |= s->scratch.oom;
    return s->oom ? 0 : put(s, &s->templates, s->scratch.p, s->scratch.len);
}

void sets_segments_ahead(const struct sets *s, const uint8_t *segments, size_t len)
{
    intern_ahead(&s->templates, segments, len);
}

uint32_t sets_template(struct sets *s, const char *text)
{
    struct buf out = {0};
    if (*text == 0)
        return SETS_NONE;
    while (*text) {
        size_t n = strcspn(text, "$");
        bool dollar = text[n] == '$' && text[n + 1] == '$';
        add_literal(&out, text, n + dollar);
        text += n;
        if (dollar) {
            text += 2;
        } else if (*text) {
            buf_add(&out, &(uint8_t){TEXT_SUBJECT}, 1);
            text++;
        }
    }
    buf_add(&out, &(uint8_t){TEXT_END}, 1);
    s->oom |= out.oom;
    uint32_t id = s->oom ? 0 : sets_segments(s, out.p, out.len);
    buf_free(&out);
    return id;
}

uint32_t sets_other(struct sets *s, uint16_t type, const uint8_t *rdata, uint16_t len)
{
    struct buf rr = {0};
    buf_add(&rr, &type, sizeof type);
    buf_add(&rr, rdata, len);
    s->oom |= rr.oom;
    uint32_t id = s->oom ? 0 : put(s, &s->others, rr.p, rr.len);
    buf_free(&rr);
    return id;
}

/* --- sets --- */

/* The set of one value: most sets are, and a table by value is cheaper than a hash of sets. */
static uint32_t single(struct sets *s, uint32_t value)
{
    uint32_t none = 0, *set;
    while (s->single.len / sizeof none <= value && !s->single.oom)
        buf_add(&s->single, &none, sizeof none);
    s->oom |= s->single.oom;
    if (s->oom)
        return 0;
    set = (uint32_t *)(void *)s->single.p + value;
    if (*set == 0) {
        uint32_t id = intern_append(&s->sets, &value, sizeof value);
        s->oom |= id == INTERN_OOM;
        *set = s->oom ? 0 : id;
    }
    return *set;
}

uint32_t sets_single(struct sets *s, const struct set_value *v)
{
    return single(s, put(s, &s->values, v, sizeof *v));
}

uint32_t sets_single_new(struct sets *s, const struct set_value *v)
{
    uint32_t value = s->oom ? 0 : intern_append(&s->values, v, sizeof *v);
    s->oom |= value == INTERN_OOM;
    return s->oom ? 0 : single(s, value);
}

/* Template segments with TEXT_MATCHED replaced by a literal; false when there is none. */
static bool bind_segments(struct buf *out, const uint8_t *p, const char *name, size_t len)
{
    struct text_segment s;
    bool any = false;
    while (text_next(&p, &s)) {
        if (s.op == TEXT_LITERAL)
            add_literal(out, (const char *)s.octets, s.n);
        else if (s.op == TEXT_MATCHED)
            add_literal(out, name, len);
        else
            buf_add(out, &(uint8_t){(uint8_t)s.op}, 1);
        any |= s.op == TEXT_MATCHED;
    }
    buf_add(out, &(uint8_t){TEXT_END}, 1);
    return any;
}

static bool names_match(const uint8_t *p)
{
    struct text_segment s;
    while (text_next(&p, &s))
        if (s.op == TEXT_MATCHED)
            return true;
    return false;
}

bool sets_name_match(const struct sets *s, uint32_t set)
{
    size_t len, n;
    const uint32_t *ids = intern_get(&s->sets, set, &len);
    for (size_t i = 0; i < len / sizeof *ids; i++) {
        const struct set_value *v = intern_get(&s->values, ids[i], &n);
        const uint8_t *t = v->text == SETS_NONE ? NULL : intern_get(&s->templates, v->text, &n);
        if (t && names_match(t))
            return true;
    }
    return false;
}

static uint32_t bind_text(struct sets *s, uint32_t text, const char *name, size_t len)
{
    struct buf out = {0};
    size_t n;
    const uint8_t *t = intern_get(&s->templates, text, &n);
    if (bind_segments(&out, t, name, len) && !out.oom)
        text = sets_segments(s, out.p, out.len);
    s->oom |= out.oom;
    buf_free(&out);
    return text;
}

uint32_t sets_bind(struct sets *s, uint32_t set, const char *name, size_t len)
{
    uint32_t ids[SET_VALUES_MAX];
    size_t n;
    const uint32_t *have = intern_get(&s->sets, set, &n);
    memcpy(ids, have, n);
    for (size_t i = 0; i < n / sizeof *ids && !s->oom; i++) {
        size_t vlen;
        struct set_value v = *(const struct set_value *)intern_get(&s->values, ids[i], &vlen);
        if (v.text != SETS_NONE)
            v.text = bind_text(s, v.text, name, len);
        ids[i] = put(s, &s->values, &v, sizeof v);
    }
    return n == sizeof *ids ? single(s, ids[0]) : put(s, &s->sets, ids, n);
}

static size_t memo_slot(const struct sets *s, uint64_t key)
{
    size_t mask = s->nmemo - 1, at = (size_t)(key * 0x9e3779b97f4a7c15u >> 32) & mask;
    while (s->memo_key[at] != 0 && s->memo_key[at] != key)
        at = (at + 1) & mask;
    return at;
}

static bool memo_grow(struct sets *s)
{
    struct sets bigger = *s;
    bigger.nmemo = s->nmemo ? s->nmemo * 2 : 64;
    bigger.memo_key = calloc(bigger.nmemo, sizeof *bigger.memo_key);
    bigger.memo_set = calloc(bigger.nmemo, sizeof *bigger.memo_set);
    if (!bigger.memo_key || !bigger.memo_set) {
        free(bigger.memo_key);
        free(bigger.memo_set);
        return false;
    }
    for (size_t i = 0; i < s->nmemo; i++) {
        if (s->memo_key[i] == 0)
            continue;
        size_t at = memo_slot(&bigger, s->memo_key[i]);
        bigger.memo_key[at] = s->memo_key[i];
        bigger.memo_set[at] = s->memo_set[i];
    }
    free(s->memo_key);
    free(s->memo_set);
    *s = bigger;
    return true;
}

static uint32_t union_new(struct sets *s, uint32_t a, uint32_t b)
{
    uint32_t ids[SET_VALUES_MAX];
    size_t alen, blen, n;
    const uint32_t *av = intern_get(&s->sets, a, &alen);
    const uint32_t *bv = intern_get(&s->sets, b, &blen);
    n = alen / sizeof *ids;
    memcpy(ids, av, alen);
    for (size_t i = 0; i < blen / sizeof *ids && n < SET_VALUES_MAX; i++) {
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known |= ids[k] == bv[i];
        if (!known)
            ids[n++] = bv[i];
    }
    return put(s, &s->sets, ids, n * sizeof *ids);
}

uint32_t sets_union(struct sets *s, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0 || a == b)
        return a ? a : b;
    uint64_t key = (uint64_t)a << 32 | b;
    if (s->memo_used >= s->nmemo / 2 && !memo_grow(s)) {
        s->oom = true;
        return 0;
    }
    size_t at = memo_slot(s, key);
    if (s->memo_key[at] == key)
        return s->memo_set[at];
    uint32_t set = union_new(s, a, b);
    s->memo_key[at] = key;
    s->memo_set[at] = set;
    s->memo_used++;
    return set;
}

/* --- encoding --- */

/* The values of one set, in order. */
struct members {
    const struct set_value *v[SET_VALUES_MAX];
    size_t n;
};

static void load_members(const struct sets *s, uint32_t set, struct members *m)
{
    size_t len;
    const uint32_t *ids = intern_get(&s->sets, set, &len);
    m->n = len / sizeof *ids;
    for (size_t i = 0; i < m->n; i++)
        m->v[i] = intern_get(&s->values, ids[i], &len);
}

static uint8_t *put_be(uint8_t *p, uint32_t v, unsigned octets)
{
    for (unsigned i = octets; i-- > 0;)
        *p++ = (uint8_t)(v >> (8 * i));
    return p;
}

/* Made apart and added at once: there are millions of them. */
static void add_rr_head(struct buf *b, uint16_t type, uint32_t ttl, uint16_t rdlen)
{
    uint8_t head[12], *p = put_be(head, 0xc00c, 2); /* the question name, RFC 1035 section 4.1.4 */
    p = put_be(p, type, 2);
    p = put_be(p, 1, 2); /* class IN */
    p = put_be(p, ttl, 4);
    (void)put_be(p, rdlen, 2);
    buf_add(b, head, sizeof head);
}

/* Does a value have a record of this type?  type 0: any. */
static bool has_type(const struct sets *s, const struct set_value *v, uint16_t type)
{
    size_t len;
    uint16_t other = 0;
    if (v->other != SETS_NONE)
        memcpy(&other, intern_get(&s->others, v->other, &len), sizeof other);
    return type == 0 || (type == TYPE_A && v->has_a) ||
           (type == TYPE_TXT && v->text != SETS_NONE) || other == type;
}

/* One TTL for all records of a type: the smallest any of them has (RFC 2181 section 5.2). */
static uint32_t smallest_ttl(const struct sets *s, const struct members *m, uint16_t type)
{
    uint32_t ttl = UINT32_MAX;
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i]->ttl < ttl && has_type(s, m->v[i], type))
            ttl = m->v[i]->ttl;
    return ttl;
}

static uint16_t add_a_records(struct buf *b, const struct sets *s, const struct members *m)
{
    uint32_t a[SET_VALUES_MAX], ttl = smallest_ttl(s, m, TYPE_A);
    uint16_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool known = !m->v[i]->has_a;
        for (uint16_t k = 0; k < n; k++)
            known |= a[k] == m->v[i]->a;
        if (known)
            continue;
        if (s->bitmask && n > 0)
            a[0] |= m->v[i]->a;
        else
            a[n++] = m->v[i]->a;
    }
    for (uint16_t i = 0; i < n; i++) {
        uint8_t rdata[4];
        (void)put_be(rdata, a[i], 4);
        add_rr_head(b, TYPE_A, ttl, 4);
        buf_add(b, rdata, sizeof rdata);
    }
    return n;
}

static uint16_t add_others(struct buf *b, const struct sets *s, const struct members *m)
{
    uint32_t seen[SET_VALUES_MAX];
    uint16_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool known = m->v[i]->other == SETS_NONE || b->len > OTHER_MAX;
        for (uint16_t k = 0; k < n && !known; k++)
            known = seen[k] == m->v[i]->other;
        if (known)
            continue;
        size_t len;
        uint16_t type;
        const uint8_t *rr = intern_get(&s->others, m->v[i]->other, &len);
        memcpy(&type, rr, sizeof type);
        add_rr_head(b, type, smallest_ttl(s, m, type), (uint16_t)(len - sizeof type));
        buf_add(b, rr + sizeof type, len - sizeof type);
        seen[n++] = m->v[i]->other;
    }
    return n;
}

/*
 * What the values of a set do together.  Several access lists may match one client: the strongest
 * action rules, and "always" answers with the first value that says so.
 */
static uint16_t reduce_actions(struct members *m)
{
    uint32_t rules = IMAGE_NACTIONS;
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i]->action != IMAGE_PASS && m->v[i]->action < rules)
            rules = m->v[i]->action;
    if (rules == IMAGE_NACTIONS)
        return IMAGE_PASS;
    if (rules == IMAGE_RECORD) {
        for (size_t i = 0; i < m->n; i++)
            if (m->v[i]->action != IMAGE_RECORD)
                return IMAGE_PASS; /* something is listed here too */
        return IMAGE_RECORD;
    }
    size_t first = 0;
    while (m->v[first]->action != rules)
        first++;
    m->v[0] = m->v[first];
    m->n = 1;
    return (uint16_t)rules;
}

static uint16_t add_sources(struct buf *out, const struct members *m)
{
    uint16_t source[SET_VALUES_MAX], n = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool known = m->v[i]->source == SETS_NONE;
        for (unsigned k = 0; k < n && !known; k++)
            known = source[k] == m->v[i]->source;
        if (!known)
            source[n++] = (uint16_t)m->v[i]->source;
    }
    buf_add(out, source, 2u * n);
    return n;
}

static void encode_group(struct buf *out, const struct sets *s, struct members *m)
{
    struct image_group g = {.action = reduce_actions(m)};
    out->len = 0;
    g.txt_ttl = smallest_ttl(s, m, TYPE_TXT);
    if (g.txt_ttl == UINT32_MAX)
        g.txt_ttl = smallest_ttl(s, m, 0);
    buf_add(out, &g, sizeof g);
    g.na = add_a_records(out, s, m);
    g.a_len = (uint16_t)(out->len - sizeof g);
    g.nother = add_others(out, s, m);
    g.other_len = (uint16_t)(out->len - sizeof g - g.a_len);
    g.nsources = add_sources(out, m);
    if (!out->oom)
        memcpy(out->p, &g, sizeof g);
    buf_align(out, 4);
}

/* The distinct texts of a set, by number. */
static unsigned distinct_texts(const struct members *m, uint32_t *text)
{
    unsigned n = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool known = m->v[i]->text == SETS_NONE;
        for (unsigned k = 0; k < n && !known; k++)
            known = text[k] == m->v[i]->text;
        if (!known && n < TEXT_END - 1)
            text[n++] = m->v[i]->text;
    }
    return n;
}

/* Lay all strings of t out back to back behind what the section holds; their offsets, or NULL. */
static uint32_t *lay_out(struct sets *s, const struct intern *t, struct buf *section)
{
    uint32_t *off = calloc(t->n + 1u, sizeof *off);
    for (uint32_t i = 0; off && i < t->n; i++) {
        size_t len;
        const void *p = intern_get(t, i, &len);
        off[i] = (uint32_t)section->len;
        buf_add(section, p, len);
    }
    s->oom |= !off || section->oom || section->len > UINT32_MAX;
    return off;
}

/* What of a single value makes its group, and the group: most sets share theirs with the last one
 * that has the same address, and encoding it anew only to find it known costs more than all else.
 */
struct group_memo {
    struct set_value v;
    uint32_t group; /* + 1 */
};
#define GROUP_MEMO 1024

static uint32_t put_group(struct sets *s, struct members *m, struct intern *groups,
                          struct group_memo *memo)
{
    struct set_value v = *m->v[0];
    v.text = v.text == SETS_NONE ? SETS_NONE : 0;
    struct group_memo *known = &memo[((v.a ^ v.ttl << 16) * 0x9e3779b1u >> 16) % GROUP_MEMO];
    bool single = m->n == 1;
    if (single && known->group && memcmp(&known->v, &v, sizeof v) == 0)
        return known->group - 1;
    encode_group(&s->scratch, s, m);
    s->oom |= s->scratch.oom;
    uint32_t group = put(s, groups, s->scratch.p, s->scratch.len);
    if (single && !s->oom)
        *known = (struct group_memo){v, group + 1};
    return group;
}

/* Several texts, or none: a list of their templates. */
static uint32_t put_list(struct sets *s, const uint32_t *text, unsigned n, struct intern *lists)
{
    uint8_t list[1 + 4 * TEXT_END];
    list[0] = (uint8_t)n;
    for (unsigned i = 0; i < n; i++) {
        size_t off = intern_offset(&s->templates, text[i]);
        memcpy(list + 1 + 4 * i, &(uint32_t){(uint32_t)off}, 4);
    }
    return put(s, lists, list, 1 + 4 * n);
}

/* The group of each set by number, and of its texts the place, or LISTED and the list's number. */
static void encode_parts(struct sets *s, struct intern *groups, struct intern *lists,
                         struct image_set *out, bool *listed)
{
    struct group_memo *memo = calloc(GROUP_MEMO, sizeof *memo);
    s->oom |= !memo;
    for (uint32_t i = 1; i < s->sets.n && !s->oom; i++) {
        struct members m;
        uint32_t text[SET_VALUES_MAX];
        load_members(s, i, &m);
        out[i].group = put_group(s, &m, groups, memo);
        unsigned n = distinct_texts(&m, text);
        listed[i] = n != 1;
        out[i].texts =
            n == 1 ? (uint32_t)intern_offset(&s->templates, text[0]) : put_list(s, text, n, lists);
    }
    free(memo);
}

/* The templates' own memory becomes the section: texts may be most of an image. */
static void take_templates(struct sets *s, struct buf *texts)
{
    *texts = s->templates.bytes;
    s->templates.bytes = (struct buf){0};
    s->oom |= texts->len > UINT32_MAX;
}

void sets_encode(struct sets *s, struct buf *sets, struct buf *groups, struct buf *texts)
{
    struct intern group = {0}, list = {.packed = true};
    uint32_t *goff = NULL, *loff = NULL;
    size_t n = s->sets.n;
    struct image_set *out = s->oom ? NULL : buf_grow(sets, n * sizeof *out);
    bool *listed = calloc(n + 1, sizeof *listed);
    s->oom |= !out || !listed;
    if (!s->oom) {
        memset(out, 0, n * sizeof *out);
        encode_parts(s, &group, &list, out, listed);
        take_templates(s, texts);
    }
    if (!s->oom)
        goff = lay_out(s, &group, groups);
    if (!s->oom)
        loff = lay_out(s, &list, texts);
    for (uint32_t i = 1; !s->oom && i < n; i++) {
        out[i].group = goff[out[i].group];
        if (listed[i])
            out[i].texts = loff[out[i].texts];
    }
    free(listed);
    free(goff);
    free(loff);
    intern_free(&group);
    intern_free(&list);
}
