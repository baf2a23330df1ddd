/* SPDX-License-Identifier: BSD-2-Clause */
/* combined: sections of any other type, each under its sub-names. */
#include <string.h>

#include "loader/rbldnsd.h"
#include "loader/where_note.h"

static const struct rbldnsd_type *find_type(const struct rbldnsd_word *w)
{
    for (size_t i = 0; i < rbldnsd_ntypes; i++)
        if (!rbldnsd_types[i].clients && !rbldnsd_types[i].dollar_last &&
            strlen(rbldnsd_types[i].name) == w->len &&
            memcmp(rbldnsd_types[i].name, w->s, w->len) == 0)
            return &rbldnsd_types[i];
    return NULL;
}

/* Variables and TTL of the common part hold for each section anew. */
static void enter_section(struct rbldnsd *r)
{
    if (r->type == NULL) {
        memcpy(r->common_vars, r->vars, sizeof(r->vars));
        r->common_ttl = r->ttl;
    } else {
        memcpy(r->vars, r->common_vars, sizeof(r->vars));
        r->ttl = r->common_ttl;
    }
}

static enum line_kind add_subs(struct rbldnsd *r, struct rbldnsd_word rest, const char **reason)
{
    struct rbldnsd_word field;
    enum line_kind kind = LINE_COMMENT;
    while (rbldnsd_field(&rest, &field) && *field.s != '#' && *field.s != ';') {
        struct name name = {.len = 1};
        bool apex = field.len == 1 && *field.s == '@';
        const char *why = apex ? NULL : rbldnsd_name(&field, &name);
        if (why != NULL) {
            *reason = why;
            kind = LINE_BAD;
        } else if (!entries_add_sub(r->e, &name)) {
            return LINE_NO_MEMORY;
        }
    }
    r->unreachable = r->e->nsub == 0;
    if (r->unreachable && kind == LINE_COMMENT) {
        *reason = "no subzone(s) specified for dataset, data will be ignored";
        kind = LINE_BAD;
    }
    return kind;
}

enum line_kind rbldnsd_dataset(struct rbldnsd *r, struct rbldnsd_word rest, const char **reason)
{
    struct rbldnsd_word field;
    *reason = "unknown type in $DATASET";
    (void)rbldnsd_field(&rest, &field);
    const struct rbldnsd_word label = field;
    const char *colon = field.len > 0 ? memchr(field.s, ':', field.len) : NULL;
    if (colon != NULL)
        field.len = (size_t)(colon - field.s);
    const struct rbldnsd_type *type = find_type(&field);
    if (type == NULL) {
        rbldnsd_fatal(r, "unknown type in $DATASET: %.*s", field.len < 20 ? (int)field.len : 20,
                      field.s);
        return LINE_BAD;
    }
    if (!rbldnsd_finish(r))
        return LINE_NO_MEMORY;
    struct entries *e = r->sections++ == 0 ? r->p->out : entries_append(r->p->out);
    if (e == NULL)
        return LINE_NO_MEMORY;
    enter_section(r);
    r->label = label;
    r->headless = false;
    rbldnsd_begin(r, type, e);
    enum line_kind kind = add_subs(r, rest, reason);
    if (r->p->where != NULL)
        where_note_section(r->p->where, e, r->lines.number);
    return kind;
}
