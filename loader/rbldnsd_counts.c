/* SPDX-License-Identifier: BSD-2-Clause */
/* What rbldnsd says of a data set that it has loaded. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/rbldnsd.h"

__attribute__((format(printf, 2, 3))) static void add(struct parse *p, const char *fmt, ...)
{
    size_t used = strlen(p->counts);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(p->counts + used, sizeof(p->counts) - used, fmt, ap);
    va_end(ap);
}

/* Blocks by their size: a range of 300 addresses counts as many single ones as it has. */
static void add_levels(struct parse *p, const struct entries *e)
{
    uint64_t n[4] = {e->naddr4};
    for (size_t i = 0; i < e->nrange4; i++) {
        const struct range4 *r = &e->range4[i];
        unsigned level = (32u - r->specific) / 8;
        n[level] += ((uint64_t)r->last - r->first + 1) >> (8 * level);
    }
    add(p, "e32/24/16/8=%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64, n[0], n[1], n[2], n[3]);
}

static void add_excluded6(struct parse *p, const struct entries *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->nrange6; i++)
        n += e->range6[i].exclude;
    add(p, "cnt=%zu exl=%zu", e->nrange6 - n, n);
}

static void add_scopes(struct parse *p, const struct entries *e)
{
    size_t plain = 0, wild = 0;
    for (size_t i = 0; i < e->nname; i++) {
        plain += (e->name[i].scope & NAME_SELF) != 0;
        wild += (e->name[i].scope & NAME_BELOW) != 0;
    }
    add(p, "e/w=%zu/%zu", plain, wild);
}

void rbldnsd_count(struct rbldnsd *r)
{
    const struct entries *e = r->e;
    const char *type = r->type->name;
    struct parse *p = r->p;
    if (r->combined)
        add(p, "%s%.*s: ", p->counts[0] != '\0' ? "; " : "", (int)r->label.len, r->label.s);
    if (r->type->clients)
        add(p, "loaded");
    else if (r->type->rule == RULE_LEVELS)
        add_levels(p, e);
    else if (strcmp(type, "ip4tset") == 0)
        add(p, "cnt=%zu", e->naddr4);
    else if (r->type->rule == RULE_LONGEST && r->type->one_value)
        add_excluded6(p, e);
    else if (r->type->rule == RULE_LONGEST)
        add(p, "ents=%zu", e->naddr4 + e->nrange4 + e->nrange6 - r->twice);
    else if (r->type->no_values)
        add(p, "e=%zu", e->nrecord);
    else
        add_scopes(p, e);
}

static int by_name(const void *a, const void *b)
{
    const struct name *x = *(const struct name *const *)a, *y = *(const struct name *const *)b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->wire, y->wire, x->len);
}

/* Several sections may stand under one sub-name. */
static size_t distinct_subs(const struct entries *first, size_t all)
{
    const struct name **name = calloc(all + 1, sizeof(struct name *));
    size_t n = 0, distinct = 0;
    if (name == NULL)
        return all; /* it is only said */
    for (const struct entries *e = first; e; e = e->next)
        for (size_t i = 0; i < e->nsub; i++)
            name[n++] = &e->sub[i];
    qsort(name, n, sizeof(struct name *), by_name);
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || by_name(&name[i - 1], &name[i]) != 0;
    free(name);
    return distinct;
}

void rbldnsd_count_combined(struct rbldnsd *r)
{
    size_t subs = 0, sets = 0;
    for (const struct entries *e = r->p->out; e; e = e->next) {
        subs += e->nsub;
        sets++;
    }
    subs = distinct_subs(r->p->out, subs);
    add(r->p, "%ssubzones=%zu datasets=%zu", r->p->counts[0] != '\0' ? "; " : "", subs,
        r->sections > 0 ? sets : 0);
}
