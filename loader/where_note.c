/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/where_note.h"

#include <stdio.h>
#include <string.h>

#include "loader/quads.h"

#define STRIDE 4096               /* octets of text that a line is looked for in */
#define SLICE  ((size_t)32 << 20) /* octets of text whose addresses are kept at once */

static void add(struct where_notes *w, enum where_table t, const void *record)
{
    buf_add(&w->table[t], record, where_width(t));
    w->oom |= w->table[t].oom;
}

bool where_notes_start(struct where_notes *w, const char *text, size_t len)
{
    struct lines l;
    const char *line;
    size_t n;
    struct where_lines now = {.first = 0};
    *w = (struct where_notes){.text = text, .len = len};
    lines_start(&l, text, len);
    while (lines_next(&l, &line, &n)) {
        uint64_t off = (uint64_t)(line - text);
        if (now.first == 0 || off - now.off >= STRIDE) {
            if (now.first != 0)
                add(w, WHERE_LINES, &now);
            now = (struct where_lines){.first = (uint32_t)l.number, .off = off};
        }
        now.last = (uint32_t)l.number;
    }
    if (now.first != 0)
        add(w, WHERE_LINES, &now);
    w->lines = now.last;
    return !w->oom && l.number <= UINT32_MAX;
}

void where_notes_free(struct where_notes *w)
{
    for (unsigned t = 0; t < WHERE_NTABLES; t++)
        buf_free(&w->table[t]);
}

/* --- entries --- */

static void note_ranges4(struct where_notes *w, const struct entries *e, uint32_t line)
{
    for (size_t i = 0; i < e->nrange4; i++) {
        struct where_range4 r = {e->range4[i].first, e->range4[i].last, line, e->range4[i].exclude};
        /* What one line says may have been cut into pieces. */
        while (i + 1 < e->nrange4 && r.last != UINT32_MAX && e->range4[i + 1].first == r.last + 1 &&
               e->range4[i + 1].exclude == e->range4[i].exclude)
            r.last = e->range4[++i].last;
        if (r.first == r.last && r.exclude == 0)
            add(w, WHERE_ADDR4, &(struct where_addr4){line, r.first});
        else
            add(w, WHERE_RANGE4, &r);
    }
}

static void note_name(struct where_notes *w, const uint8_t *wire, size_t len, uint32_t line,
                      const struct name_entry *n)
{
    struct where_name r = {.hash = where_hash(wire, len),
                           .line = line,
                           .self = (n->scope & NAME_SELF) != 0,
                           .below = (n->scope & NAME_BELOW) != 0,
                           .exclude = n->exclude};
    add(w, WHERE_NAMES, &r);
}

bool where_note(struct where_notes *w, struct entries *first, size_t line)
{
    static const struct name_entry at_name = {.scope = NAME_SELF};
    uint32_t at = (uint32_t)line + w->base;
    for (struct entries *e = first; e != NULL; e = e->next) {
        for (size_t i = 0; i < e->naddr4; i++)
            add(w, WHERE_ADDR4, &(struct where_addr4){at, e->addr4[i]});
        note_ranges4(w, e, at);
        for (size_t i = 0; i < e->nrange6; i++)
            add(w, WHERE_RANGE6,
                &(struct where_range6){e->range6[i].first, e->range6[i].last, at,
                                       e->range6[i].exclude});
        for (size_t i = 0; i < e->nname; i++)
            note_name(w, e->bytes + e->name[i].off, e->name[i].len, at, &e->name[i]);
        for (size_t i = 0; i < e->nrecord; i++)
            note_name(w, e->bytes + e->record[i].name, e->record[i].name_len, at, &at_name);
        e->naddr4 = e->nrange4 = e->nrange6 = e->nname = e->nrecord = 0;
    }
    return !w->oom;
}

/* The addresses of lines from this one on, one on each. */
static void note_points(struct where_notes *w, struct entries *e, size_t line)
{
    struct where_addr4 *to = buf_grow(&w->table[WHERE_ADDR4], e->naddr4 * sizeof(*to));
    w->oom |= w->table[WHERE_ADDR4].oom;
    for (size_t i = 0; !w->oom && i < e->naddr4; i++)
        to[i] = (struct where_addr4){(uint32_t)(line + i) + w->base, e->addr4[i]};
    e->naddr4 = 0;
}

/*
 * All addresses of a long list at once would be half as much memory again; who goes on behind what
 * stopped quads_pass() also goes on behind the end of a slice.
 */
bool where_note_quads(struct where_notes *w, struct lines *l, struct entries *e)
{
    struct lines slice = *l;
    size_t left = (size_t)(l->end - l->pos);
    const char *lf = left > SLICE ? memchr(l->pos + SLICE, '\n', left - SLICE) : NULL;
    if (lf != NULL)
        slice.end = lf + 1;
    bool ok = quads_pass(&slice, e);
    note_points(w, e, l->number + 1);
    l->pos = slice.pos;
    l->number = slice.number;
    return ok && !w->oom;
}

/* --- where lines are --- */

uint32_t where_line_of(const struct where_notes *w, const char *at)
{
    const struct where_lines *l = (const void *)w->table[WHERE_LINES].p;
    size_t n = w->table[WHERE_LINES].len / sizeof(*l), low = 0;
    uint64_t off = (uint64_t)(at - w->text);
    while (n > 1) { /* the last that starts at or before it is at low, or in the n behind it */
        size_t half = n / 2;
        low += l[low + half].off <= off ? half : 0;
        n -= half;
    }
    if (n == 0)
        return 1;
    struct lines from;
    const char *line;
    size_t len;
    lines_start(&from, w->text + l[low].off, w->len - (size_t)l[low].off);
    from.number = l[low].first - 1;
    while (lines_next(&from, &line, &len) && from.pos <= at && from.pos < from.end)
        continue;
    return (uint32_t)from.number - w->base;
}

bool where_note_quoted(struct where_notes *w, struct entries *first, const char *s)
{
    char quoted[NAME_TEXT_MAX];
    int n = snprintf(quoted, sizeof(quoted), "\"%s\"", s);
    const char *end = w->text + w->len, *at = NULL;
    /* Not found once, the rest is not searched again and again. */
    if (n > 0 && (size_t)n < sizeof(quoted) && !w->lost)
        at = memmem(w->document, (size_t)(end - w->document), quoted, (size_t)n);
    w->lost |= at == NULL;
    if (at != NULL)
        w->document = at + n;
    return where_note(w, first, where_line_of(w, w->document - (w->document > w->text)));
}

static void close_last(struct where_notes *w, enum where_table t, size_t from, uint32_t last)
{
    /* All tables of this kind start with the first and the last line. */
    for (size_t off = from; off + where_width(t) <= w->table[t].len; off += where_width(t))
        memcpy(w->table[t].p + off + sizeof(uint32_t), &last, sizeof(last));
}

void where_note_file(struct where_notes *w, const char *name, size_t name_len, const char *body)
{
    struct buf *b = &w->table[WHERE_FILES];
    w->base = 0;
    w->base = where_line_of(w, body) - 1;
    struct where_part p = {.first = w->base + 1,
                           .last = UINT32_MAX,
                           .name = (uint64_t)(name - w->text),
                           .name_len = (uint32_t)name_len};
    if (b->len > 0)
        close_last(w, WHERE_FILES, b->len - sizeof(p), w->base);
    add(w, WHERE_FILES, &p);
}

void where_note_section(struct where_notes *w, const struct entries *e, size_t line)
{
    uint32_t first = (uint32_t)line + w->base + 1;
    close_last(w, WHERE_SUBS, w->subs, first - 1);
    w->subs = w->table[WHERE_SUBS].len;
    for (size_t i = 0; i < e->nsub; i++) {
        struct where_sub s = {.first = first, .last = UINT32_MAX, .len = e->sub[i].len};
        memcpy(s.wire, e->sub[i].wire, s.len);
        add(w, WHERE_SUBS, &s);
    }
}

bool where_notes_end(struct where_notes *w)
{
    close_last(w, WHERE_SUBS, w->subs, w->lines);
    if (w->table[WHERE_FILES].len > 0)
        close_last(w, WHERE_FILES, w->table[WHERE_FILES].len - sizeof(struct where_part), w->lines);
    return !w->oom;
}
