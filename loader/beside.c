/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/beside.h"

#include <string.h>

#include "lib/answerset.h"
#include "loader/buf.h"

#define A_TEXT_MAX 64 /* octets of an address made of pieces */

struct word word_trim(struct word w)
{
    while (w.len > 0 && is_blank(*w.s)) {
        w.s++;
        w.len--;
    }
    while (w.len > 0 && is_blank(w.s[w.len - 1]))
        w.len--;
    return w;
}

void beside_start(struct parse *p)
{
    const struct conf_list *l = p->list;
    p->beside = l != NULL && (l->a_text != NULL || strstr(l->txt, "%{") != NULL);
    /* The most specific prefix answers; prefixes that are equal answer together. */
    if (p->beside)
        p->out->rule = RULE_LEVELS;
}

/* What "%{NAME}" at s stands for, and the octets it takes there; 0: it is no such place. */
static size_t place(const char *s, const struct beside *b, struct word *out)
{
    const char *end = s[0] == '%' && s[1] == '{' ? strchr(s, '}') : NULL;
    if (end == NULL)
        return 0;
    struct word name = {s + 2, (size_t)(end - s) - 2};
    unsigned number = 0;
    size_t digits = 0;
    while (digits < name.len && digits < 3 && name.s[digits] >= '0' && name.s[digits] <= '9')
        number = number * 10 + (unsigned)(name.s[digits++] - '0');
    *out = (struct word){"", 0};
    if (digits > 0 && digits == name.len) {
        if (number >= 1 && number <= b->ncolumns)
            *out = b->column[number - 1];
    } else if (name.len == 3 && memcmp(name.s, "ref", 3) == 0 && b->ref.len > 0) {
        *out = b->ref;
    } else if (b->named != NULL) {
        *out = b->named(b->ctx, name.s, name.len);
    }
    *out = word_trim(*out);
    if (out->len > BESIDE_TEXT)
        out->len = BESIDE_TEXT;
    return (size_t)(end - s) + 1;
}

static const char *make_a(const struct parse *p, const struct beside *b, uint32_t *a)
{
    char text[A_TEXT_MAX];
    size_t n = 0, used;
    unsigned notes = 0;
    *a = p->list->a;
    if (p->list->a_text == NULL)
        return NULL;
    for (const char *s = p->list->a_text; *s; s += used) {
        struct word w = {s, 1};
        used = place(s, b, &w);
        used += used == 0;
        if (w.len > sizeof(text) - n)
            return "what stands beside the entry gives no address to answer";
        if (w.len > 0)
            memcpy(text + n, w.s, w.len);
        n += w.len;
    }
    bool good = n > 0 && addr4_scan(text, n, a, &notes) == n && *a >> 24 == 127;
    return good ? NULL : "what stands beside the entry gives no address to answer";
}

static void add_literal(struct buf *out, const char *s, size_t len)
{
    uint8_t *at;
    buf_add(out, &(uint8_t){TEXT_LITERAL}, 1);
    buf_add(out, &(uint16_t){(uint16_t)len}, 2);
    at = buf_grow(out, len);
    for (size_t i = 0; at != NULL && i < len; i++)
        at[i] = (uint8_t)s[i] < 0x20 || s[i] == 0x7f ? '?' : (uint8_t)s[i];
}

/* The list's text as segments: "$" is what was asked for, "$$" a dollar. */
static void make_text(const struct parse *p, const struct beside *b, struct buf *out)
{
    for (const char *s = p->list->txt; *s;) {
        size_t n = strcspn(s, "$%");
        struct word w = {s, n};
        if (n == 0) {
            n = place(s, b, &w);
            if (n == 0)
                n = w.len = s[0] == '$' && s[1] == '$' ? 2 : 1;
            if (n == w.len && s[0] == '$') {
                w.len = n - 1;
                if (n == 1)
                    buf_add(out, &(uint8_t){TEXT_SUBJECT}, 1);
            }
        }
        if (w.len > 0)
            add_literal(out, w.s, w.len);
        s += n;
    }
    if (out->len > 0)
        buf_add(out, &(uint8_t){TEXT_END}, 1);
}

/* *number of the entry's value; LINE_GOOD, LINE_BAD or LINE_NO_MEMORY. */
static enum line_kind make_value(struct parse *p, const struct beside *b, uint32_t *number,
                                 const char **reason)
{
    struct buf text = {0};
    uint32_t a;
    *number = 0;
    if (!p->beside)
        return LINE_GOOD;
    *reason = make_a(p, b, &a);
    if (*reason != NULL)
        return LINE_BAD;
    make_text(p, b, &text);
    bool ok = !text.oom && entries_add_value(p->out, true, a, text.p, text.len, number);
    buf_free(&text);
    return ok ? LINE_GOOD : LINE_NO_MEMORY;
}

static bool add_prefix(struct parse *p, const struct prefix *prefix, uint32_t value)
{
    if (!p->beside)
        return entries_add_prefix(p->out, prefix);
    if (prefix->family == 6) {
        struct addr6 mask = addr6_mask(prefix->len), a = prefix->addr;
        return entries_add_range6(p->out,
                                  &(struct range6){.first = a,
                                                   .last = {a.hi | ~mask.hi, a.lo | ~mask.lo},
                                                   .value = value,
                                                   .specific = prefix->len});
    }
    uint32_t first = (uint32_t)prefix->addr.lo, mask = addr4_mask(prefix->len);
    return entries_add_range4(p->out, &(struct range4){.first = first,
                                                       .last = first | ~mask,
                                                       .value = value,
                                                       .specific = prefix->len});
}

enum line_kind beside_prefix(struct parse *p, struct word key, const struct beside *b,
                             const char **reason)
{
    struct prefix prefix;
    unsigned notes = 0;
    uint32_t value;
    *reason = prefix_parse(key.s, key.len, &prefix, &notes);
    if (*reason == NULL && parse_too_wide(p, &prefix))
        *reason = parse_wide_reason(&prefix);
    if (*reason != NULL)
        return LINE_BAD;
    enum line_kind kind = make_value(p, b, &value, reason);
    if (kind != LINE_GOOD)
        return kind;
    if (!add_prefix(p, &prefix, value))
        return LINE_NO_MEMORY;
    return notes == 0 ? LINE_GOOD : LINE_NOTED;
}

enum line_kind beside_range(struct parse *p, uint32_t first, uint32_t last, const struct beside *b,
                            const char **reason)
{
    uint32_t value;
    enum line_kind kind = make_value(p, b, &value, reason);
    uint64_t at = first, end = (uint64_t)last + 1;
    if (kind != LINE_GOOD)
        return kind;
    while (at < end) {
        unsigned len = 32;
        while (len > 0 && at % (2ull << (32 - len)) == 0 && at + (2ull << (32 - len)) <= end)
            len--;
        struct prefix prefix = {.addr.lo = at, .family = 4, .len = (uint8_t)len};
        if (parse_too_wide(p, &prefix)) {
            *reason = parse_wide_reason(&prefix);
            return LINE_BAD;
        }
        if (!add_prefix(p, &prefix, value))
            return LINE_NO_MEMORY;
        at += 1ull << (32 - len);
    }
    return LINE_GOOD;
}

enum line_kind beside_name(struct parse *p, const struct name *name, enum name_scope scope,
                           const struct beside *b, const char **reason)
{
    struct name_entry entry = {.scope = (uint8_t)scope};
    enum line_kind kind = make_value(p, b, &entry.value, reason);
    if (kind != LINE_GOOD)
        return kind;
    return entries_put_name(p->out, name, &entry) ? LINE_GOOD : LINE_NO_MEMORY;
}
