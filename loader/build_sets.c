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
    *s = (struct sets){.bitmask = bitmask};
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
    uint16_t n = (uint16_t)len;
    s->scratch.len = 0;
    buf_add(&s->scratch, &n, 2);
    buf_add(&s->scratch, segments, len);
    s->oom |= s->scratch.oom || len > UINT16_MAX;
    return s->oom ? 0 : put(s, &s->templates, s->scratch.p, s->scratch.len);
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

/* Template segments with TEXT_MATCHED replaced by a literal; false when there is none. */
static bool bind_segments(struct buf *out, const uint8_t *p, const char *name, size_t len)
{
    bool any = false;
    for (;; p++) {
        uint16_t n = 0;
        uint8_t op = *p;
        if (op == TEXT_MATCHED) {
            add_literal(out, name, len);
            any = true;
            continue;
        }
        if (op == TEXT_LITERAL) {
            memcpy(&n, p + 1, sizeof n);
            n = (uint16_t)(n + sizeof n);
        }
        buf_add(out, p, 1u + n);
        p += n;
        if (op == TEXT_END)
            return any;
    }
}

static bool names_match(const uint8_t *p)
{
    for (; *p != TEXT_END; p++) {
        uint16_t n;
        if (*p == TEXT_MATCHED)
            return true;
        if (*p == TEXT_LITERAL) {
            memcpy(&n, p + 1, sizeof n);
            p += n + sizeof n;
        }
    }
    return false;
}

bool sets_name_match(const struct sets *s, uint32_t set)
{
    size_t len, n;
    const uint32_t *ids = intern_get(&s->sets, set, &len);
    for (size_t i = 0; i < len / sizeof *ids; i++) {
        const struct set_value *v = intern_get(&s->values, ids[i], &n);
        const uint8_t *t = v->text == SETS_NONE ? NULL : intern_get(&s->templates, v->text, &n);
        if (t && names_match(t + 2))
            return true;
    }
    return false;
}

static uint32_t bind_text(struct sets *s, uint32_t text, const char *name, size_t len)
{
    struct buf out = {0};
    size_t n;
    const uint8_t *t = intern_get(&s->templates, text, &n);
    if (bind_segments(&out, t + 2, name, len) && !out.oom)
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

static void add_be(struct buf *b, uint32_t v, unsigned octets)
{
    for (unsigned i = octets; i-- > 0;)
        buf_add(b, &(uint8_t){(uint8_t)(v >> (8 * i))}, 1);
}

static void add_rr_head(struct buf *b, uint16_t type, uint32_t ttl, uint16_t rdlen)
{
    add_be(b, 0xc00c, 2); /* the question name, RFC 1035 section 4.1.4 */
    add_be(b, type, 2);
    add_be(b, 1, 2); /* class IN */
    add_be(b, ttl, 4);
    add_be(b, rdlen, 2);
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
        add_rr_head(b, TYPE_A, ttl, 4);
        add_be(b, a[i], 4);
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

static void encode_group(struct buf *out, const struct sets *s, struct members *m)
{
    struct image_group g = {.action = reduce_actions(m)};
    g.txt_ttl = smallest_ttl(s, m, TYPE_TXT);
    if (g.txt_ttl == UINT32_MAX)
        g.txt_ttl = smallest_ttl(s, m, 0);
    buf_add(out, &g, sizeof g);
    g.na = add_a_records(out, s, m);
    g.a_len = (uint16_t)(out->len - sizeof g);
    g.nother = add_others(out, s, m);
    g.other_len = (uint16_t)(out->len - sizeof g - g.a_len);
    if (!out->oom)
        memcpy(out->p, &g, sizeof g);
    buf_align(out, 4);
}

static void encode_text_list(struct buf *out, const struct members *m, const uint32_t *template_off)
{
    uint32_t text[SET_VALUES_MAX];
    uint16_t source[SET_VALUES_MAX];
    uint8_t ntext = 0, nsource = 0;
    for (size_t i = 0; i < m->n; i++) {
        bool known = m->v[i]->text == SETS_NONE;
        for (unsigned k = 0; k < ntext && !known; k++)
            known = text[k] == template_off[m->v[i]->text];
        if (!known && ntext < UINT8_MAX)
            text[ntext++] = template_off[m->v[i]->text];
        known = m->v[i]->source == SETS_NONE;
        for (unsigned k = 0; k < nsource && !known; k++)
            known = source[k] == m->v[i]->source;
        if (!known && nsource < UINT8_MAX)
            source[nsource++] = (uint16_t)m->v[i]->source;
    }
    buf_add(out, &ntext, 1);
    buf_add(out, &nsource, 1);
    buf_add(out, source, 2u * nsource);
    buf_add(out, text, 4u * ntext);
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

/* Which interned group and text list each set uses. */
static void encode_parts(struct sets *s, const uint32_t *template_off, struct intern *groups,
                         struct intern *lists, struct image_set *out)
{
    struct buf scratch = {0};
    for (uint32_t i = 1; i < s->sets.n && !s->oom; i++) {
        struct members m;
        load_members(s, i, &m);
        scratch.len = 0;
        encode_group(&scratch, s, &m);
        out[i].group = put(s, groups, scratch.p, scratch.len);
        scratch.len = 0;
        encode_text_list(&scratch, &m, template_off);
        out[i].texts = put(s, lists, scratch.p, scratch.len);
        s->oom |= scratch.oom;
    }
    buf_free(&scratch);
}

void sets_encode(struct sets *s, struct buf *sets, struct buf *groups, struct buf *texts)
{
    struct intern group = {0}, list = {0};
    uint32_t *goff = NULL, *loff = NULL;
    uint32_t *toff = lay_out(s, &s->templates, texts);
    struct image_set *out = calloc(s->sets.n + 1u, sizeof *out);
    s->oom |= !out;
    if (!s->oom)
        encode_parts(s, toff, &group, &list, out);
    if (!s->oom)
        goff = lay_out(s, &group, groups);
    if (!s->oom)
        loff = lay_out(s, &list, texts);
    for (uint32_t i = 1; !s->oom && i < s->sets.n; i++)
        out[i] = (struct image_set){goff[out[i].group], loff[out[i].texts]};
    if (!s->oom)
        buf_add(sets, out, s->sets.n * sizeof *out);
    free(out);
    free(toff);
    free(goff);
    free(loff);
    intern_free(&group);
    intern_free(&list);
}
