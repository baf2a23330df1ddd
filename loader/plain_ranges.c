/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/plain_ranges.h"

#include <endian.h>
#include <string.h>

#include "loader/hex_chars.h"
#include "loader/quad.h"
#include "loader/rounds.h"

#define ALONE  1024 /* lines before threads are thought of */
#define WINDOW 64   /* octets that are readable behind the start of a line that is looked at */

/* The line end at s; its octets, 0: it is something else. */
static size_t line_end(const char *s)
{
    size_t cr = *s == '\r';
    return s[cr] == '\n' ? cr + 1 : 0;
}

/* "/n" in its shortest form, n from 1 to most; octets used, 0: it is something else. */
static size_t read_length(const char *s, unsigned most, unsigned *out)
{
    unsigned value = 0;
    size_t n = 1;
    if (s[0] != '/' || s[1] == '0')
        return 0;
    for (; n < 5 && (unsigned)(s[n] - '0') < 10; n++)
        value = value * 10 + (unsigned)(s[n] - '0');
    *out = value;
    return n > 1 && value > 0 && value <= most ? n : 0;
}

/* --- IPv4 --- */

/* The line at s, WINDOW octets readable; its octets, 0: it is something else. */
static size_t read_line4(const char *s, struct range4 *r)
{
    uint32_t a;
    unsigned bits = 32;
    size_t used = quad_read(s, &a);
    if (used > 0 && s[used] == '/')
        used += read_length(s + used, 32, &bits);
    size_t end = used > 0 ? line_end(s + used) : 0;
    if (end == 0) /* the length may be any number */
        return 0;
    uint32_t mask = addr4_mask(bits);
    if ((a & ~mask) != 0)
        return 0;
    r->first = a;
    r->last = a | ~mask;
    r->specific = (uint8_t)bits;
    return used + end;
}

/* --- IPv6 --- */

/* One to four digits as a number. */
static uint16_t join_digits(const uint8_t *value, unsigned n)
{
    uint32_t w;
    memcpy(&w, value, sizeof(w));
    w = be32toh(w) >> (32 - 8 * n);
    w = (w | w >> 4) & 0x00ff00ff;
    return (uint16_t)(w | w >> 8);
}

/* Groups in front of and behind "::", or eight of them; where they end, 0: something else. */
static size_t read_groups(const char *s, uint16_t group[static 8], unsigned *n, unsigned *gap)
{
    uint8_t value[HEX_CHARS];
    uint64_t is_digit = hex_chars(s, value);
    size_t at = 0;
    *gap = 8;
    for (*n = 0; *n < 8;) {
        unsigned digits = (unsigned)__builtin_ctzll(~(is_digit >> at));
        if (digits == 0)
            return *gap == *n ? at : 0; /* "::" may be the end */
        if (digits > 4)
            return 0;
        group[(*n)++] = join_digits(value + at, digits);
        at += digits;
        if (s[at] != ':')
            return at;
        at++;
        if (s[at] == ':' && *gap < 8)
            return 0;
        if (s[at] == ':') {
            *gap = *n;
            at++;
        }
    }
    return 0; /* more than eight */
}

static struct addr6 address(const uint16_t group[static 8], unsigned n, unsigned gap)
{
    struct addr6 a = {0, 0};
    for (unsigned i = 0; i < n; i++) {
        unsigned at = i >= gap ? 8 - n + i : i;
        uint64_t *half = at < 4 ? &a.hi : &a.lo;
        *half |= (uint64_t)group[i] << (48 - 16 * (at % 4));
    }
    return a;
}

/* The line at s, WINDOW octets readable; its octets, 0: it is something else. */
static size_t read_line6(const char *s, struct range6 *r)
{
    uint16_t group[8];
    unsigned n, gap, bits = 128;
    size_t used = read_groups(s, group, &n, &gap);
    if (used == 0 || (gap == 8 ? n != 8 : n == 8))
        return 0;
    if (s[used] == '/')
        used += read_length(s + used, 128, &bits);
    size_t end = line_end(s + used);
    if (end == 0) /* the length may be any number */
        return 0;
    struct addr6 a = address(group, n, gap), mask = addr6_mask(bits);
    bool mapped = bits >= 96 && a.hi == 0 && a.lo >> 32 == 0xffff;
    if (mapped || (a.hi & ~mask.hi) != 0 || (a.lo & ~mask.lo) != 0)
        return 0;
    r->first = a;
    r->last = (struct addr6){a.hi | ~mask.hi, a.lo | ~mask.lo};
    r->specific = (uint8_t)bits;
    return used + end;
}

/* --- runs of lines --- */

struct part {
    struct round_part text;
    uint32_t value;
    uint64_t most;
    struct range4 *range4;
    struct range6 *range6;
    uint32_t *addr4;
    size_t room, naddr4;
};

struct target {
    struct entries *e;
    uint32_t value;
    uint64_t most;
};

/*
 * Room for as many lines as parts hold when each has `usual` octets: a part whose lines are shorter
 * ends early.  Of all parts together.
 */
static size_t plan_room(const struct target *t, struct part *part, size_t n, size_t usual)
{
    size_t room = 0;
    for (size_t k = 0; k < n; k++) {
        part[k].room = (size_t)(part[k].text.stop - part[k].text.pos) / usual + 1;
        part[k].value = t->value;
        part[k].most = t->most;
        room += part[k].room;
    }
    return room;
}

static bool make_room4(void *to, void *parts, size_t n)
{
    const struct target *t = to;
    struct part *part = parts;
    size_t room = plan_room(t, part, n, 10);
    if (!entries_reserve_range4(t->e, room) || !entries_reserve_addr4(t->e, room))
        return false;
    for (size_t k = 0, at = 0; k < n; at += part[k++].room) {
        part[k].range4 = t->e->range4 + t->e->nrange4 + at;
        part[k].addr4 = t->e->addr4 + t->e->naddr4 + at;
    }
    return true;
}

static bool make_room6(void *to, void *parts, size_t n)
{
    const struct target *t = to;
    struct part *part = parts;
    if (!entries_reserve_range6(t->e, plan_room(t, part, n, 16)))
        return false;
    for (size_t k = 0, at = 0; k < n; at += part[k++].room)
        part[k].range6 = t->e->range6 + t->e->nrange6 + at;
    return true;
}

static void read_part4(void *arg)
{
    struct part *p = arg;
    const char *pos = p->text.pos;
    size_t lines = 0, singles = 0, len;
    for (; pos < p->text.stop && p->text.end - pos >= WINDOW && lines < p->room; lines++) {
        struct range4 r = {.value = p->value};
        if ((len = read_line4(pos, &r)) == 0 || r.last - r.first >= p->most)
            break;
        if (r.first == r.last)
            p->addr4[singles++] = r.first;
        else
            p->range4[lines - singles] = r;
        pos += len;
    }
    p->naddr4 = singles;
    p->text.lines = lines;
    p->text.pos = pos;
}

static void read_part6(void *arg)
{
    struct part *p = arg;
    const char *pos = p->text.pos;
    size_t lines = 0, len;
    for (; pos < p->text.stop && p->text.end - pos >= WINDOW && lines < p->room; lines++) {
        struct range6 r = {.value = p->value};
        if ((len = read_line6(pos, &r)) == 0)
            break;
        p->range6[lines] = r;
        pos += len;
    }
    p->text.lines = lines;
    p->text.pos = pos;
}

static void take_part4(void *to, const void *part)
{
    struct entries *e = ((const struct target *)to)->e;
    const struct part *p = part;
    size_t n = p->text.lines - p->naddr4;
    memmove(e->addr4 + e->naddr4, p->addr4, p->naddr4 * sizeof(*p->addr4));
    memmove(e->range4 + e->nrange4, p->range4, n * sizeof(*p->range4));
    e->naddr4 += p->naddr4;
    e->nrange4 += n;
}

static void take_part6(void *to, const void *part)
{
    struct entries *e = ((const struct target *)to)->e;
    const struct part *p = part;
    memmove(e->range6 + e->nrange6, p->range6, p->text.lines * sizeof(*p->range6));
    e->nrange6 += p->text.lines;
}

#define ROUNDS .part = sizeof(struct part), .longest = WINDOW, .first = 32 << 10, .last = 512 << 10

static const struct round_form form4 = {ROUNDS, .room = make_room4, .read = read_part4,
                                        .take = take_part4};
static const struct round_form form6 = {ROUNDS, .room = make_room6, .read = read_part6,
                                        .take = take_part6};

/* The first lines, which may be all that there are, one by one, then the rest. */
static bool pass(struct lines *l, const struct round_form *f, struct target *t)
{
    struct part part[THREADS_MAX];
    struct range4 range4;
    struct range6 range6;
    uint32_t addr4;
    for (size_t n = 0; n < ALONE; n++) {
        struct part one = {.text = {l->pos, l->pos + (l->pos < l->end), l->end, 0},
                           .value = t->value,
                           .most = t->most,
                           .range4 = &range4,
                           .range6 = &range6,
                           .addr4 = &addr4,
                           .room = 1};
        f->read(&one);
        if (one.text.lines == 0)
            return true;
        part[0].text = one.text;
        part[0].text.pos = one.text.stop; /* room for one */
        if (!f->room(t, part, 1))
            return false;
        f->take(t, &one);
        l->pos = one.text.pos;
        l->number++;
    }
    return rounds_pass(l, f, part, t);
}

bool plain_prefixes4(struct lines *l, struct entries *e, uint32_t value, uint64_t most)
{
    struct target t = {e, value, most};
    return pass(l, &form4, &t);
}

bool plain_prefixes6(struct lines *l, struct entries *e, uint32_t value)
{
    struct target t = {e, value, 0};
    return pass(l, &form6, &t);
}
