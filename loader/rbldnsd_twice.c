/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes that a trie or an access list names twice: the first counts, and rbldnsd warns about
 * each later one.  Entries do not know their lines, and few lists have such prefixes; so what was
 * read is looked at first, and only when there is one the text is read again, line by line, with
 * nothing in mind but those that are there twice, until enough of them are reported.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/buf.h"
#include "loader/rbldnsd.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Above so many entries the table would be felt; a list of that size is made by a program. */
#define ENTRIES_MAX 1000000

struct seen {
    uint64_t *slot; /* hashes of prefixes, 0: empty */
    size_t mask;
};
#define HASH_IS  1u /* no hash is 0 */
#define HASH_MET 2u /* of those that are there twice: the first of them has been read */

/* Prefixes whose slots are on their way while the first of them is put: each is a cache miss. */
#define AHEAD 16

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

static uint64_t hash_key(struct key key)
{
    return (XXH3_64bits(&key, sizeof(key)) & ~(uint64_t)HASH_MET) | HASH_IS;
}

/* The slot that holds the hash, or the empty one where it belongs. */
static uint64_t *find(const struct seen *s, uint64_t hash)
{
    size_t at = (size_t)(hash >> 2) & s->mask;
    while (s->slot[at] != 0 && (s->slot[at] & ~(uint64_t)HASH_MET) != hash)
        at = (at + 1) & s->mask;
    return &s->slot[at];
}

static bool make_slots(struct seen *s, size_t n)
{
    size_t slots = 64;
    while (slots < 2 * n)
        slots *= 2;
    *s = (struct seen){calloc(slots, sizeof(*s->slot)), slots - 1};
    return s->slot != NULL;
}

/* All entries in turn, of whatever kind. */
static struct key key_of(const struct entries *e, size_t i)
{
    if (i < e->naddr4)
        return key4(e->addr4[i], 32);
    i -= e->naddr4;
    if (i < e->nrange4)
        return key4(e->range4[i].first, e->range4[i].specific);
    return key6(&e->range6[i - e->nrange4]);
}

/* The hashes of prefixes that are there again, one for each time; false: no memory. */
static bool find_twice(const struct entries *e, struct buf *twice)
{
    struct seen s;
    size_t n = e->naddr4 + e->nrange4 + e->nrange6;
    if (!make_slots(&s, n))
        return false;
    for (size_t from = 0, k; from < n; from += k) {
        uint64_t hash[AHEAD];
        for (k = 0; k < AHEAD && from + k < n; k++) {
            hash[k] = hash_key(key_of(e, from + k));
            __builtin_prefetch(&s.slot[(size_t)(hash[k] >> 2) & s.mask], 1);
        }
        for (size_t i = 0; i < k; i++) {
            uint64_t *slot = find(&s, hash[i]);
            if (*slot != 0)
                buf_add(twice, &hash[i], sizeof(hash[i]));
            *slot = hash[i];
        }
    }
    free(s.slot);
    return !twice->oom;
}

/* The second reading: what a line added is looked at and thrown away. */
struct again {
    struct rbldnsd r; /* first, for look() */
    struct parse p;
    struct entries e;
    struct seen twice;
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
    uint64_t *slot = added(&a->e, &prefix, &key) ? find(&a->twice, hash_key(key)) : NULL;
    a->e.naddr4 = a->e.nrange4 = a->e.nrange6 = 0;
    if (slot == NULL || *slot == 0)
        return LINE_COMMENT;
    bool met = (*slot & HASH_MET) != 0;
    *slot |= HASH_MET;
    if (!met)
        return LINE_COMMENT;
    prefix_format(text, &prefix); /* without the length where it is one address */
    (void)snprintf(a->reason, sizeof(a->reason), "duplicated entry for %.*s/%u",
                   (int)strcspn(text, "/"), text, prefix.len);
    *reason = a->reason;
    return LINE_BAD; /* so that it is shown; the list is none the worse for it */
}

/* As far as it takes to find those that are reported. */
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
        while (ok && a->p.bad < PARSE_REPORTS_MAX && lines_next(&a->r.lines, &line, &n))
            ok = parse_line(&a->p, &a->r.lines, line, strnlen(line, n), look);
    } while (ok && framed && a->p.bad < PARSE_REPORTS_MAX &&
             rbldnsd_frame(&rest, &first->file, &body));
    return ok;
}

static bool show_twice(struct rbldnsd *first, const char *text, size_t len, const struct buf *twice)
{
    struct again *a = calloc(1, sizeof(*a));
    size_t n = twice->len / sizeof(uint64_t);
    bool ok = a != NULL && make_slots(&a->twice, n);
    if (!ok)
        goto out;
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = ((const uint64_t *)(const void *)twice->p)[i];
        *find(&a->twice, hash) = hash;
    }
    a->p = *first->p;
    a->p.out = &a->e;
    a->p.reader = &a->r;
    a->p.where = NULL;
    a->p.bad = 0;
    a->r.p = &a->p;
    a->r.maxrange4 = UINT64_MAX;
    rbldnsd_begin(&a->r, first->type, &a->e);
    ok = read_again(a, first, text, len);
    entries_free(&a->e);
    free(a->twice.slot);
out:
    free(a);
    return ok;
}

bool rbldnsd_twice(struct rbldnsd *first, const char *text, size_t len)
{
    struct buf twice = {0};
    if (entries_count(first->p->out) > ENTRIES_MAX)
        return true;
    bool ok = find_twice(first->p->out, &twice);
    first->twice = twice.len / sizeof(uint64_t);
    first->p->noted += first->twice;
    ok = ok && (twice.len == 0 || show_twice(first, text, len, &twice));
    buf_free(&twice);
    return ok;
}
