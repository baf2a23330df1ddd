/* SPDX-License-Identifier: BSD-2-Clause */
/* :A:TXT, and what texts become. */
#include <string.h>

#include "lib/answerset.h"
#include "loader/buf.h"
#include "loader/rbldnsd.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define LOOPBACK    0x7f000000u
#define FALLBACK_A  0x7f000002u /* rbldnsd's own, when the configuration names none */
#define LITERAL_MAX 4000        /* octets of a text after variables are put in */
#define SUBJECT_MAX 100         /* times that it names what was asked for */

static struct rbldnsd_default builtin(const struct rbldnsd *r)
{
    const char *txt = r->p->txt != NULL ? r->p->txt : "";
    return (struct rbldnsd_default){.a = r->p->a != 0 ? r->p->a : FALLBACK_A,
                                    .text = {txt, strnlen(txt, RBLDNSD_TEXT_MAX)}};
}

void rbldnsd_reset_default(struct rbldnsd *r)
{
    r->dflt = builtin(r);
    if (r->type != NULL && r->type->clients)
        r->dflt = (struct rbldnsd_default){.action = IMAGE_IGNORE};
}

/* A text as one literal and nothing else: most are that in the end, and need not be touched again.
 */
struct literal {
    uint8_t bytes[3 + RBLDNSD_TEXT_MAX + 1];
    size_t len;
};

static void make_literal(struct literal *l, const struct rbldnsd_word *text)
{
    uint16_t n = (uint16_t)text->len;
    bool last = n <= TEXT_LAST_MAX;
    l->len = 0;
    if (n == 0)
        return;
    l->bytes[0] = last ? TEXT_LAST : TEXT_LITERAL;
    if (last)
        l->bytes[1] = (uint8_t)n;
    else
        memcpy(l->bytes + 1, &n, sizeof(n));
    memcpy(l->bytes + (last ? 2 : 3), text->s, n);
    l->bytes[3 + n] = TEXT_END;
    l->len = n + (last ? 2u : 4u);
}

/* What a value's literal was made from. */
static struct rbldnsd_word written(const struct entries *e, const struct entry_value *v)
{
    if (v->text_len == 0)
        return (struct rbldnsd_word){"", 0};
    const char *s = (const char *)e->bytes + v->text;
    if ((uint8_t)*s == TEXT_LAST)
        return (struct rbldnsd_word){s + 2, v->text_len - 2u};
    return (struct rbldnsd_word){s + 3, v->text_len - 4u};
}

static bool add_value(struct entries *e, const struct rbldnsd_default *v, uint32_t *number)
{
    struct literal l;
    make_literal(&l, &v->text);
    return entries_add_value(e, true, v->a, l.bytes, l.len, number);
}

/* The number of a value; its text stays as written until the data set ends. */
static bool put_value(struct rbldnsd *r, struct rbldnsd_default *v)
{
    struct entries *e = r->e;
    const struct rbldnsd_default own = builtin(r);
    if (!r->type->clients && v->a == own.a && v->text.len == own.text.len &&
        memcmp(v->text.s, own.text.s, own.text.len) == 0) {
        v->value = 0;
        return true;
    }
    uint64_t hash = XXH3_64bits_withSeed(v->text.s, v->text.len, (uint64_t)v->action << 32 | v->a);
    struct rbldnsd_known *slot = &r->cache[hash % RBLDNSD_CACHE];
    if (slot->number != 0 && slot->hash == (uint32_t)(hash >> 32)) {
        const struct entry_value *known = &e->value[slot->number - 1];
        struct rbldnsd_word text = written(e, known);
        v->value = slot->number;
        if (known->a == v->a && known->action == v->action && text.len == v->text.len &&
            (text.len == 0 || memcmp(text.s, v->text.s, text.len) == 0))
            return true;
    }
    bool ok = v->a == 0 ? entries_add_action(e, v->action, &v->value) : add_value(e, v, &v->value);
    if (!ok)
        return false;
    e->value[v->value - 1].action = v->action;
    *slot = (struct rbldnsd_known){v->value, (uint32_t)(hash >> 32)};
    return true;
}

/* The address behind a colon; s stands behind it afterwards. */
static const char *read_a(struct rbldnsd_word *s, uint32_t *a)
{
    unsigned n;
    size_t used = rbldnsd_aton(s->s, s->len, a, &n);
    if (used == 0 || *a == 0)
        return "invalid A RR";
    if (n == 1)
        *a |= LOOPBACK;
    s->s += used;
    s->len -= used;
    rbldnsd_skip_blanks(s);
    return s->len > 0 && *s->s != ':' ? "unrecognized value for an entry" : NULL;
}

/* Everything that a value can be but nothing; v holds what stands in for missing parts. */
static const char *read_value(struct rbldnsd *r, struct rbldnsd_word s, struct rbldnsd_default *v)
{
    const char *why = NULL;
    if (r->type->clients) {
        if (rbldnsd_action(&s, v, &why) || why != NULL)
            return why;
        if (v->a == 0)
            *v = builtin(r); /* an action has nothing that a value could lack */
        v->action = IMAGE_ALWAYS;
    }
    if (*s.s == ':') {
        s.s++;
        s.len--;
        why = read_a(&s, &v->a);
        if (why != NULL || s.len == 0)
            return why;
        s.s++;
        s.len--;
        rbldnsd_skip_blanks(&s);
    }
    v->text = s;
    if (s.len > RBLDNSD_TEXT_MAX) {
        v->text.len = RBLDNSD_TEXT_MAX;
        r->odd = true;
    }
    return NULL;
}

enum line_kind rbldnsd_default_line(struct rbldnsd *r, const char *s, size_t len,
                                    const char **reason)
{
    struct rbldnsd_default v = builtin(r);
    *reason = read_value(r, (struct rbldnsd_word){s, len}, &v);
    if (*reason != NULL)
        return LINE_BAD;
    if (r->type->one_value && r->has_dflt)
        return LINE_COMMENT;
    r->has_dflt = true;
    if (!put_value(r, &v))
        return LINE_NO_MEMORY;
    r->dflt = v;
    return r->odd ? LINE_GOOD : LINE_COMMENT;
}

enum line_kind rbldnsd_value(struct rbldnsd *r, const char *s, size_t len, uint32_t *number,
                             const char **reason)
{
    struct rbldnsd_word w = {s, len};
    struct rbldnsd_default v = r->dflt;
    rbldnsd_skip_blanks(&w);
    bool own = w.len > 0 && *w.s != '#' && *w.s != ';';
    *number = v.value;
    if (!own && (v.value != 0 || !r->type->clients))
        return LINE_GOOD;
    *reason = own ? read_value(r, w, &v) : NULL;
    if (*reason != NULL)
        return LINE_BAD;
    if (!put_value(r, &v))
        return LINE_NO_MEMORY;
    *number = v.value;
    return LINE_GOOD;
}

/* --- texts into template segments --- */

struct template
{
    struct buf segments;
    uint8_t literal[LITERAL_MAX]; /* not yet in segments */
    size_t nliteral, total, nsubject;
    uint8_t subject;
};

static void put_literal(struct template *t, const char *s, size_t len)
{
    if (len > LITERAL_MAX - t->total)
        len = LITERAL_MAX - t->total;
    memcpy(t->literal + t->nliteral, s, len);
    t->nliteral += len;
    t->total += len;
}

static void flush(struct template *t)
{
    uint16_t n = (uint16_t)t->nliteral;
    if (n == 0)
        return;
    buf_add(&t->segments, &(uint8_t){TEXT_LITERAL}, 1);
    buf_add(&t->segments, &n, sizeof(n));
    buf_add(&t->segments, t->literal, n);
    t->nliteral = 0;
}

/* The end, together with what stands in front of it where that is shorter. */
static void put_end(struct template *t)
{
    if (t->nliteral == 0 || t->nliteral > TEXT_LAST_MAX) {
        flush(t);
        if (t->segments.len > 0)
            buf_add(&t->segments, &(uint8_t){TEXT_END}, 1);
        return;
    }
    buf_add(&t->segments, (const uint8_t[]){TEXT_LAST, (uint8_t)t->nliteral}, 2);
    buf_add(&t->segments, t->literal, t->nliteral);
}

static void put_subject(struct template *t)
{
    if (t->nsubject++ >= SUBJECT_MAX)
        return;
    flush(t);
    buf_add(&t->segments, &t->subject, 1);
}

/* What a "$" with c behind it stands for; the octets of the text it takes up. */
static size_t put_dollar(const struct rbldnsd *r, struct template *t, const struct rbldnsd_word *w,
                         const struct rbldnsd_word *text)
{
    char c = w->len > 1 ? w->s[1] : '\0';
    if (c == '$') {
        put_literal(t, "$", 1);
        return 2;
    }
    if (c == '=') {
        if (text->s != NULL)
            put_literal(t, text->s, text->len);
        else
            put_subject(t);
        return 2;
    }
    if (c >= '0' && c <= '9') {
        const struct rbldnsd_word *var = &r->vars[c - '0'];
        put_literal(t, var->s != NULL ? var->s : w->s, var->s != NULL ? var->len : 2);
        return 2;
    }
    put_subject(t);
    return 1;
}

static void make_template(const struct rbldnsd *r, struct template *t, struct rbldnsd_word text)
{
    struct rbldnsd_word w = text;
    const struct rbldnsd_word *base = &r->vars[RBLDNSD_BASE];
    t->segments.len = 0;
    t->nliteral = t->total = t->nsubject = 0;
    if (text.len > 0 && *text.s == '=') {
        text.s++;
        text.len--;
        w = text;
    } else if (base->s != NULL) {
        w = *base;
        if (text.len == 0)
            text.s = NULL;
    }
    if (r->type->dollar_last) {
        bool subject = w.len > 0 && w.s[w.len - 1] == '$';
        put_literal(t, w.s, w.len - subject);
        if (subject)
            put_subject(t);
        w.len = 0;
    }
    while (w.len > 0) {
        const char *dollar = memchr(w.s, '$', w.len);
        size_t n = dollar != NULL ? (size_t)(dollar - w.s) : w.len;
        put_literal(t, w.s, n);
        w.s += n;
        w.len -= n;
        n = w.len > 0 ? put_dollar(r, t, &w, &text) : 0;
        w.s += n;
        w.len -= n;
    }
    put_end(t);
}

/* Under a base template the value of the configuration has another text than it says itself. */
static bool replace_builtin(struct rbldnsd *r)
{
    struct entries *e = r->e;
    const struct rbldnsd_default own = builtin(r);
    uint32_t number;
    if (!add_value(e, &own, &number))
        return false;
    if (e->addr4_value == 0)
        e->addr4_value = number;
    for (size_t i = 0; i < e->nrange4; i++)
        if (e->range4[i].value == 0)
            e->range4[i].value = number;
    for (size_t i = 0; i < e->nrange6; i++)
        if (e->range6[i].value == 0)
            e->range6[i].value = number;
    for (size_t i = 0; i < e->nname; i++)
        if (e->name[i].value == 0)
            e->name[i].value = number;
    return true;
}

static void spread_value(struct entries *e, uint32_t value)
{
    e->addr4_value = value;
    for (size_t i = 0; i < e->nrange6; i++)
        e->range6[i].value = value;
}

/* Does the text say more than itself? */
static bool is_template(const struct rbldnsd *r, const struct rbldnsd_word *text)
{
    return r->vars[RBLDNSD_BASE].s != NULL ||
           (text->len > 0 && (*text->s == '=' || memchr(text->s, '$', text->len) != NULL));
}

bool rbldnsd_resolve_values(struct rbldnsd *r)
{
    struct template t = {.subject = r->type->subject};
    struct entries *e = r->e;
    if (r->type->no_values)
        return true;
    if (r->type->one_value)
        spread_value(e, r->dflt.value);
    bool ok = r->vars[RBLDNSD_BASE].s == NULL || r->type->clients || replace_builtin(r);
    for (size_t i = 0; ok && i < e->nvalue; i++) {
        const struct rbldnsd_word text = written(e, &e->value[i]);
        if (!is_template(r, &text))
            continue;
        make_template(r, &t, text); /* which is a copy: bytes[] may move */
        ok = !t.segments.oom && entries_set_text(e, i, t.segments.p, t.segments.len);
    }
    buf_free(&t.segments);
    return ok;
}
