/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the text is a file, each thread reads its octets from there into a block that its core's
 * cache holds.
 */
#include "loader/quads.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/quad.h"
#include "loader/quad_run.h"
#include "loader/rounds.h"

#define ALONE    4096                /* lines before threads are thought of */
#define BLOCK    ((size_t)128 << 10) /* read at once, within a core's cache */
#define SHORTEST 8                   /* octets of "0.0.0.0" and its line end */

struct part {
    struct round_part text;
    const struct text_file *file;
    char *block; /* NULL: read the mapping */
    uint32_t *out;
};

struct target {
    struct entries *e;
    const struct text_file *file;
    char *blocks; /* one for each part, or NULL */
};

/* The next lines of a part through its block; false when none was passed. */
static bool read_block(struct part *p)
{
    size_t most = (size_t)(p->text.stop - p->text.pos), left = (size_t)(p->text.end - p->text.pos),
           n;
    size_t want = left < most + QUAD_RUN_WINDOW ? left : most + QUAD_RUN_WINDOW;
    want = want < BLOCK ? want : BLOCK;
    ssize_t got = pread(p->file->fd, p->block, want, (off_t)(p->text.pos - p->file->text));
    if (got <= 0)
        return false;
    const char *to = quad_run(p->block, p->block + (most < BLOCK ? most : BLOCK), p->block + got,
                              p->out + p->text.lines, &n);
    p->text.pos += to - p->block;
    p->text.lines += n;
    return n > 0;
}

static void read_part(void *arg)
{
    struct part *p = arg;
    size_t n;
    p->text.lines = 0;
    while (p->block != NULL && p->text.pos < p->text.stop && read_block(p))
        continue;
    /* What is left: all, nothing, or what the file would not give. */
    p->text.pos = quad_run(p->text.pos, p->text.stop, p->text.end, p->out + p->text.lines, &n);
    p->text.lines += n;
}

/* Each part gets room for the shortest lines, and one more, which a bad line may be put into. */
static bool make_room(void *to, void *parts, size_t n)
{
    const struct target *t = to;
    struct part *part = parts;
    size_t room = 0;
    for (size_t k = 0; k < n; k++)
        room += (size_t)(part[k].text.stop - part[k].text.pos) / SHORTEST + 2;
    if (!entries_reserve_addr4(t->e, room))
        return false;
    uint32_t *out = t->e->addr4 + t->e->naddr4;
    for (size_t k = 0; k < n; k++) {
        part[k].file = t->file;
        part[k].block = t->blocks != NULL ? t->blocks + k * BLOCK : NULL;
        part[k].out = out;
        out += (size_t)(part[k].text.stop - part[k].text.pos) / SHORTEST + 2;
    }
    return true;
}

static void take_part(void *to, const void *part)
{
    struct entries *e = ((const struct target *)to)->e;
    const struct part *p = part;
    if (p->out != e->addr4 + e->naddr4)
        memmove(e->addr4 + e->naddr4, p->out, p->text.lines * sizeof(*p->out));
    e->naddr4 += p->text.lines;
}

/* A thread's start is nothing beside the last rounds. */
static const struct round_form form = {.part = sizeof(struct part),
                                       .longest = QUAD_WINDOW,
                                       .first = BLOCK,
                                       .last = (size_t)8 << 20,
                                       .room = make_room,
                                       .read = read_part,
                                       .take = take_part};

static bool pass_rounds(struct lines *l, struct entries *e)
{
    struct part part[THREADS_MAX];
    /* Without room for blocks the mapping serves. */
    char *blocks = l->file != NULL ? malloc(THREADS_MAX * BLOCK) : NULL;
    bool ok = rounds_pass(l, &form, part, &(struct target){e, l->file, blocks});
    free(blocks);
    return ok;
}

bool quads_pass(struct lines *l, struct entries *e)
{
    size_t n = 0, len;
    for (; n < ALONE && l->end - l->pos >= QUAD_WINDOW; n++) {
        uint32_t addr;
        if ((len = quad_line(l->pos, &addr)) == 0)
            break;
        if (!entries_add_addr4(e, addr))
            return false;
        l->pos += len;
        l->number++;
    }
    return n < ALONE || pass_rounds(l, e);
}
