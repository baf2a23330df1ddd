/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/plain_names.h"

#include <string.h>

#include "loader/name_chars.h"
#include "loader/rounds.h"

#define ALONE    1024                /* lines before threads are thought of */
#define LINE_MAX (NAME_WIRE_MAX - 1) /* octets of a line; its wire form may have one more */

/* What a name may consist of, folded; 0: something else. */
static const uint8_t plain[256] = {
    ['-'] = '-', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b',
    ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p',
    ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w',
    ['x'] = 'x', ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z',
};

/* The octets of "." or "*." in front of a name. */
static size_t read_scope(const char *s, const char *end, uint8_t *scope)
{
    *scope = s < end && *s == '.' ? NAME_TREE : NAME_SELF;
    if (end - s < 2 || s[0] != '*' || s[1] != '.')
        return *scope == NAME_TREE;
    *scope = NAME_BELOW;
    return 2;
}

/* What stands behind a name; the octets of the line end, 0: it is something else. */
static size_t line_end(const char *s, const char *end)
{
    size_t cr = end - s > 1 && *s == '\r';
    return s + cr < end && s[cr] == '\n' ? cr + 1 : 0;
}

/* The name at s, of any length, into wire form; its octets, 0: it is none. */
static size_t read_long(const char *s, const char *stop, uint8_t wire[static LINE_MAX + 1])
{
    uint8_t *label = wire, *to = wire + 1;
    const char *at = s;
    for (; at < stop; at++) {
        uint8_t c = plain[(uint8_t)*at];
        if (c != 0) {
            *to++ = c;
            continue;
        }
        size_t octets = (size_t)(to - label) - 1;
        if (octets == 0 || octets > NAME_LABEL_MAX)
            return 0;
        *label = (uint8_t)octets;
        label = to++;
        if (*at != '.')
            break;
    }
    *label = 0;
    return at < stop ? (size_t)(at - s) : 0;
}

/*
 * The same for a short name, NAME_CHARS octets readable, without a branch for an octet; 0 also when
 * it is not short.
 */
static inline size_t read_short(const char *s, uint8_t wire[static NAME_CHARS + 2])
{
    uint32_t marks = name_chars(s, wire + 1);
    size_t label = 0;
    for (; marks != 0; marks &= marks - 1) {
        size_t at = (size_t)__builtin_ctz(marks);
        if (at == label)
            return 0;
        wire[label] = (uint8_t)(at - label);
        label = at + 1;
        if (s[at] == '.')
            continue;
        wire[label] = 0;
        return at;
    }
    return 0;
}

/* The line at s into wire form; its octets with the line end, 0: it is something else. */
static inline size_t read_line(const char *s, const char *end, uint8_t wire[static LINE_MAX + 1],
                               struct name_entry *n)
{
    const char *stop = end - s > LINE_MAX ? s + LINE_MAX : end;
    const char *name = s + read_scope(s, stop, &n->scope);
    size_t octets = end - name >= NAME_CHARS ? read_short(name, wire) : 0;
    if (octets == 0)
        octets = read_long(name, stop, wire);
    size_t more = octets > 0 ? line_end(name + octets, stop) : 0;
    n->len = (uint8_t)(octets + 2);
    return more > 0 ? (size_t)(name - s) + octets + more : 0;
}

/* --- runs of lines --- */

struct part {
    struct round_part text;
    uint32_t value;
    uint8_t *bytes;
    struct name_entry *name;
    size_t bytes_room, names_room, nbytes;
};

struct target {
    struct entries *e;
    uint32_t value;
};

/*
 * Each part is read to where it would stand if the parts before it were as large as they can be:
 * with names so short that they are more, a part ends early.
 */
static bool make_room(void *to, void *parts, size_t n)
{
    const struct target *t = to;
    struct part *part = parts;
    size_t names = 0, bytes = 0;
    for (size_t k = 0; k < n; k++) {
        size_t octets = (size_t)(part[k].text.stop - part[k].text.pos);
        part[k].value = t->value;
        part[k].names_room = octets / 6 + 1;
        part[k].bytes_room = octets + octets / 6 + LINE_MAX + 1;
        names += part[k].names_room;
        bytes += part[k].bytes_room;
    }
    if (!entries_reserve_names(t->e, names, bytes))
        return false;
    struct name_entry *name = t->e->name + t->e->nname;
    uint8_t *at = t->e->bytes + t->e->nbytes;
    for (size_t k = 0; k < n; k++) {
        part[k].name = name;
        part[k].bytes = at;
        name += part[k].names_room;
        at += part[k].bytes_room;
    }
    return true;
}

/* With nothing stored but names: the parts share cache lines. */
static void read_part(void *arg)
{
    struct part *p = arg;
    struct name_entry *name = p->name, *full = name + p->names_room;
    const char *pos = p->text.pos;
    size_t nbytes = 0, len;
    while (pos < p->text.stop && name < full && p->bytes_room - nbytes > LINE_MAX) {
        struct name_entry n = {.off = (uint32_t)nbytes, .value = p->value};
        if ((len = read_line(pos, p->text.end, p->bytes + nbytes, &n)) == 0)
            break;
        *name++ = n;
        nbytes += n.len;
        pos += len;
    }
    p->text.lines = (size_t)(name - p->name);
    p->nbytes = nbytes;
    p->text.pos = pos;
}

static void take_part(void *to, const void *part)
{
    struct entries *e = ((const struct target *)to)->e;
    const struct part *p = part;
    struct name_entry *name = e->name + e->nname;
    if (p->bytes != e->bytes + e->nbytes)
        memmove(e->bytes + e->nbytes, p->bytes, p->nbytes);
    for (size_t i = 0; i < p->text.lines; i++) {
        name[i] = p->name[i];
        name[i].off += (uint32_t)e->nbytes;
    }
    e->nname += p->text.lines;
    e->nbytes += p->nbytes;
}

static const struct round_form form = {.part = sizeof(struct part),
                                       .longest = LINE_MAX,
                                       .first = 32 << 10,
                                       .last = 512 << 10,
                                       .room = make_room,
                                       .read = read_part,
                                       .take = take_part};

/* The first lines, which may be all that there are, one by one; *more: there are many. */
static bool read_first(struct lines *l, struct entries *e, uint32_t value, bool *more)
{
    size_t n = 0;
    for (; n < ALONE; n++) {
        struct name_entry name = {.off = (uint32_t)e->nbytes, .value = value};
        if (!entries_reserve_names(e, 1, LINE_MAX + 1))
            return false;
        size_t len = read_line(l->pos, l->end, e->bytes + e->nbytes, &name);
        if (len == 0)
            break;
        e->name[e->nname++] = name;
        e->nbytes += name.len;
        l->pos += len;
        l->number++;
    }
    *more = n == ALONE;
    return true;
}

bool plain_names_pass(struct lines *l, struct entries *e, uint32_t value)
{
    struct part part[THREADS_MAX];
    struct target target = {e, value};
    bool more;
    return read_first(l, e, value, &more) && (!more || rounds_pass(l, &form, part, &target));
}
