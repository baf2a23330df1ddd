/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes that a trie or an access list names twice: the first counts, and rbldnsd warns about
 * each later one.  Entries do not know their lines, and few lists have such prefixes; so what was
 * read is looked at first, and only when there is one the text is read again, line by line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/rbldnsd.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Above so many entries the table would be felt; a list of that size is made by a program. */
#define ENTRIES_MAX 1000000

struct seen {
    uint64_t *slot; /* hashes of prefixes, 0: empty */
    size_t mask;
};

struct key {
    uint64_t hi, lo;
    uint64_t family_len;
};

static struct key key4(uint32_t first, unsigned len)
{
    return (struct key){0, first, 4u << 8 | len};
}

static struct key key6(const struct range6 *r)
{
    return (struct key){r->first.hi, r->first.lo, 6u << 8 | r->specific};
}

/* True: it was there already. */
static bool put(struct seen *s, struct key key)
{
    uint64_t hash = XXH3_64bits(&key, sizeof(key)) | 1;
    size_t at = (size_t)(hash >> 1) & s->mask;
    while (s->slot[at] != 0) {
        if (s->slot[at] == hash)
            return true;
        at = (at + 1) & s->mask;
    }
    s->slot[at] = hash;
    return false;
}

static bool any_twice(struct seen *s, const struct entries *e)
{
    bool any = false;
    for (size_t i = 0; i < e->naddr4 && !any; i++)
        any = put(s, key4(e->addr4[i], 32));
    for (size_t i = 0; i < e->nrange4 && !any; i++)
        any = put(s, key4(e->range4[i].first, e->range4[i].specific));
    for (size_t i = 0; i < e->nrange6 && !any; i++)
        any = put(s, key6(&e->range6[i]));
    return any;
}

/* The second reading: what a line added is looked at and thrown away. */
struct again {
    struct rbldnsd r; /* first, for look() */
    struct parse p;
    struct entries e;
    struct seen seen;
    char reason[PREFIX_TEXT_MAX + 24];
};

/* What the line added: at most one thing, for these types. */
static bool added(const struct entries *e, struct prefix *p, struct key *key)
{
    *p = (struct prefix){.family = 4};
    if (e->naddr4 > 0) {
        p->addr.lo = e->addr4[0];
        p->len = 32;
    } else if (e->nrange4 > 0) {
        p->addr.lo = e->range4[0].first;
        p->len = e->range4[0].specific;
    } else if (e->nrange6 > 0) {
        *p = (struct prefix){.addr = e->range6[0].first, .family = 6, .len = e->range6[0].specific};
    } else {
        return false;
    }
    *key = p->family == 4 ? key4((uint32_t)p->addr.lo, p->len) : key6(&e->range6[0]);
    return true;
}

static enum line_kind look(struct parse *p, const char *s, size_t len, const char **reason)
{
    struct again *a = (struct again *)p->reader;
    const char *ignored = NULL;
    char text[PREFIX_TEXT_MAX];
    struct prefix prefix;
    struct key key;
    enum line_kind kind = rbldnsd_line(p, s, len, &ignored);
    if (kind == LINE_NO_MEMORY)
        return kind;
    bool twice = added(&a->e, &prefix, &key) && put(&a->seen, key);
    a->e.naddr4 = a->e.nrange4 = a->e.nrange6 = 0;
    if (!twice)
        return LINE_COMMENT;
    prefix_format(text, &prefix); /* without the length where it is one address */
    (void)snprintf(a->reason, sizeof(a->reason), "duplicated entry for %.*s/%u",
                   (int)strcspn(text, "/"), text, prefix.len);
    *reason = a->reason;
    return LINE_BAD; /* so that it is shown; the list is none the worse for it */
}

static bool read_again(struct again *a, struct rbldnsd *first, const char *text, size_t len)
{
    struct rbldnsd_word rest = {text, len}, body = rest;
    const char *line;
    bool framed = rbldnsd_framed(text, len), ok = true;
    size_t n;
    if (framed && !rbldnsd_frame(&rest, &first->file, &body))
        return true;
    do {
        lines_start(&a->r.lines, body.s, body.len);
        while (ok && lines_next(&a->r.lines, &line, &n))
            ok = parse_line(&a->p, &a->r.lines, line, strnlen(line, n), look);
    } while (ok && framed && rbldnsd_frame(&rest, &first->file, &body));
    return ok;
}

bool rbldnsd_twice(struct rbldnsd *first, const char *text, size_t len)
{
    size_t n = entries_count(first->p->out), slots = 64;
    if (n > ENTRIES_MAX)
        return true;
    while (slots < 2 * n)
        slots *= 2;
    struct again *a = calloc(1, sizeof(*a));
    uint64_t *slot = calloc(slots, sizeof(*slot));
    bool ok = a != NULL && slot != NULL;
    if (!ok)
        goto out;
    a->seen = (struct seen){slot, slots - 1};
    if (!any_twice(&a->seen, first->p->out))
        goto out;
    memset(slot, 0, slots * sizeof(*slot));
    a->p = *first->p;
    a->p.out = &a->e;
    a->p.reader = &a->r;
    a->p.where = NULL;
    a->p.bad = 0;
    a->r.p = &a->p;
    a->r.maxrange4 = UINT64_MAX;
    rbldnsd_begin(&a->r, first->type, &a->e);
    ok = read_again(a, first, text, len);
    first->p->noted += a->p.bad;
    first->twice = a->p.bad;
    entries_free(&a->e);
out:
    free(slot);
    free(a);
    return ok;
}
