/* SPDX-License-Identifier: BSD-2-Clause */
/* dnset: names and wildcards; generic: records at names. */
#include <string.h>

#include "loader/plain_names.h"
#include "loader/rbldnsd.h"

enum { TYPE_A = 1, TYPE_MX = 15, TYPE_TXT = 16 };

#define STRING_MAX 255 /* octets of one character-string, RFC 1035 section 3.3 */

/* --- dnset --- */

static uint8_t read_scope(struct rbldnsd_word *key)
{
    if (key->len > 1 && key->s[0] == '*' && key->s[1] == '.') {
        key->s += 2;
        key->len -= 2;
        return NAME_BELOW;
    }
    if (key->len > 0 && key->s[0] == '.') {
        key->s++;
        key->len--;
        return NAME_TREE;
    }
    return NAME_SELF;
}

enum line_kind rbldnsd_dnset(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct rbldnsd_word rest = {s, len}, key;
    struct name_entry entry = {.exclude = *s == '!'};
    struct name name;
    if (entry.exclude) {
        rest.s++;
        rest.len--;
    }
    (void)rbldnsd_field(&rest, &key);
    entry.scope = read_scope(&key);
    const char *why = rbldnsd_name(&key, &name);
    if (why == NULL && name.len == 1)
        why = "empty name";
    if (why != NULL) {
        *reason = rbldnsd_say(r, "invalid domain name (%s)", why);
        return LINE_BAD;
    }
    enum line_kind kind = LINE_GOOD;
    if (!entry.exclude)
        kind = rbldnsd_value(r, rest.s, rest.len, &entry.value, reason);
    if (kind != LINE_GOOD)
        return kind;
    return entries_put_name(r->e, &name, &entry) ? LINE_GOOD : LINE_NO_MEMORY;
}

bool rbldnsd_plain_names(struct rbldnsd *r)
{
    size_t before = r->e->nname;
    if (r->p->where != NULL) /* each line is to be noted */
        return true;
    bool ok = plain_names_pass(&r->lines, r->e, r->dflt.value);
    r->p->lines += r->e->nname - before;
    return ok;
}

/* --- generic --- */

struct rdata {
    uint8_t p[RBLDNSD_TEXT_MAX + RBLDNSD_TEXT_MAX / STRING_MAX + 1];
    uint16_t len;
};

static void put(struct rdata *d, const void *bytes, size_t n)
{
    memcpy(d->p + d->len, bytes, n);
    d->len = (uint16_t)(d->len + n);
}

static const char *read_a(struct rbldnsd_word *rest, struct rdata *d)
{
    uint32_t a;
    unsigned n;
    size_t used = rbldnsd_aton(rest->s, rest->len, &a, &n);
    if (used == 0 || (used < rest->len && !is_blank(rest->s[used])))
        return "invalid address";
    uint8_t octets[4] = {(uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a};
    put(d, octets, sizeof(octets));
    return NULL;
}

/* A text longer than one string takes several. */
static const char *read_txt(struct rbldnsd *r, struct rbldnsd_word *rest, struct rdata *d)
{
    struct rbldnsd_word w = *rest;
    if (w.len == 0)
        return "missing text";
    if (w.len > 1 && w.s[0] == '"' && w.s[w.len - 1] == '"') {
        w.s++;
        w.len -= 2;
    }
    if (w.len > RBLDNSD_TEXT_MAX) {
        w.len = RBLDNSD_TEXT_MAX;
        r->odd = true;
    }
    do {
        uint8_t n = w.len < STRING_MAX ? (uint8_t)w.len : STRING_MAX;
        put(d, &n, 1);
        put(d, w.s, n);
        w.s += n;
        w.len -= n;
    } while (w.len > 0);
    return NULL;
}

static const char *read_mx(struct rbldnsd_word *rest, struct rdata *d)
{
    struct rbldnsd_word field;
    struct name name;
    uint32_t pref;
    if (!rbldnsd_field(rest, &field) ||
        rbldnsd_number(field.s, field.len, UINT16_MAX, &pref) != field.len)
        return "invalid MX preference";
    if (!rbldnsd_field(rest, &field) || rbldnsd_name(&field, &name) != NULL)
        return "invalid MX name";
    if (rest->len > 0)
        return "text after the MX name";
    uint8_t octets[2] = {(uint8_t)(pref >> 8), (uint8_t)pref};
    put(d, octets, sizeof(octets));
    put(d, name.wire, name.len);
    return NULL;
}

static const char *read_data(struct rbldnsd *r, const struct rbldnsd_word *type,
                             struct rbldnsd_word *rest, struct entry_record *record,
                             struct rdata *d)
{
    if (rbldnsd_is(type, "a")) {
        record->type = TYPE_A;
        return read_a(rest, d);
    }
    if (rbldnsd_is(type, "txt")) {
        record->type = TYPE_TXT;
        return read_txt(r, rest, d);
    }
    if (rbldnsd_is(type, "mx")) {
        record->type = TYPE_MX;
        return read_mx(rest, d);
    }
    return "records are A, TXT and MX";
}

/* [ttl] [IN] type, in this order; field is the type afterwards. */
static const char *read_head(const struct rbldnsd *r, struct rbldnsd_word *rest,
                             struct rbldnsd_word *field, uint32_t *ttl)
{
    *ttl = 0;
    if (!rbldnsd_field(rest, field))
        return "missing record type";
    if (*field->s >= '0' && *field->s <= '9') {
        if (!rbldnsd_time(field, ttl))
            return "invalid TTL";
        if (!rbldnsd_field(rest, field))
            return "missing record type";
    }
    if (*ttl == 0)
        *ttl = r->ttl;
    if (rbldnsd_is(field, "in") && !rbldnsd_field(rest, field))
        return "missing record type";
    return NULL;
}

enum line_kind rbldnsd_generic(struct rbldnsd *r, const char *s, size_t len, const char **reason)
{
    struct rbldnsd_word rest = {s, len}, field;
    struct entry_record record = {0};
    struct rdata d = {.len = 0};
    struct name name = {.len = 1};
    (void)rbldnsd_field(&rest, &field);
    bool apex = field.len == 1 && *field.s == '@';
    const char *why = apex ? NULL : rbldnsd_name(&field, &name);
    if (why == NULL && !apex && name.len == 1)
        why = "empty name";
    if (why == NULL)
        why = read_head(r, &rest, &field, &record.ttl);
    if (why == NULL)
        why = read_data(r, &field, &rest, &record, &d);
    if (why != NULL) {
        *reason = rbldnsd_say(r, "invalid/unrecognized entry (%s)", why);
        return LINE_BAD;
    }
    record.rdata_len = d.len;
    return entries_add_record(r->e, &name, &record, d.p) ? LINE_GOOD : LINE_NO_MEMORY;
}
