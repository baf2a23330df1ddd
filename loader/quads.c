/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A long run is read in rounds: each thread takes some octets up to a line end, as if all of them
 * held dotted quads.  At the first line that is something else the run ends, and what was read
 * behind it is dropped; a round is never larger than what went well before, so that little is read
 * in vain however often that happens.  Where the text is a file, each thread reads its octets from
 * there into a block that its core's cache holds.
 */
#include "loader/quads.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/quad.h"
#include "loader/quad_run.h"
#include "loader/threads.h"

#define ALONE       4096                /* lines before threads are thought of */
#define FIRST_ROUND ((size_t)128 << 10) /* octets for each thread */
#define LAST_ROUND  ((size_t)8 << 20)   /* a thread's start is nothing beside it */
#define BLOCK       ((size_t)128 << 10) /* read at once, within a core's cache */
#define SHORTEST    8                   /* octets of "0.0.0.0" and its line end */

struct part {
    const char *pos, *stop; /* stop: where a line starts, or the end of the text */
    const char *end;        /* of the text */
    const struct text_file *file;
    char *block; /* NULL: read the mapping */
    uint32_t *out;
    size_t n;
};

/* The next lines of a part through its block; false when none was passed. */
static bool read_block(struct part *p)
{
    size_t most = (size_t)(p->stop - p->pos), left = (size_t)(p->end - p->pos), n;
    size_t want = left < most + QUAD_RUN_WINDOW ? left : most + QUAD_RUN_WINDOW;
    want = want < BLOCK ? want : BLOCK;
    ssize_t got = pread(p->file->fd, p->block, want, (off_t)(p->pos - p->file->text));
    if (got <= 0)
        return false;
    const char *to = quad_run(p->block, p->block + (most < BLOCK ? most : BLOCK), p->block + got,
                              p->out + p->n, &n);
    p->pos += to - p->block;
    p->n += n;
    return n > 0;
}

static void read_part(void *arg)
{
    struct part *p = arg;
    size_t n;
    p->n = 0;
    while (p->block != NULL && p->pos < p->stop && read_block(p))
        continue;
    /* What is left: all, nothing, or what the file would not give. */
    p->pos = quad_run(p->pos, p->stop, p->end, p->out + p->n, &n);
    p->n += n;
}

/* Cut the next octets into at most n parts; how many there are.  blocks: one for each, or NULL. */
static size_t divide(const struct lines *l, size_t size, char *blocks, struct part *part, size_t n)
{
    const char *at = l->pos;
    size_t k = 0;
    for (; k < n && at < l->end; k++) {
        size_t left = (size_t)(l->end - at);
        const char *lf = left > size ? memchr(at + size, '\n', left - size) : NULL;
        part[k] = (struct part){.pos = at,
                                .stop = lf != NULL ? lf + 1 : l->end,
                                .end = l->end,
                                .file = l->file,
                                .block = blocks != NULL ? blocks + k * BLOCK : NULL};
        at = part[k].stop;
    }
    return k;
}

/* Each part gets room for the shortest lines, and one more, which a bad line may be put into. */
static bool make_room(struct entries *e, struct part *part, size_t n)
{
    size_t room = 0;
    for (size_t k = 0; k < n; k++)
        room += (size_t)(part[k].stop - part[k].pos) / SHORTEST + 2;
    if (!entries_reserve_addr4(e, room))
        return false;
    uint32_t *out = e->addr4 + e->naddr4;
    for (size_t k = 0; k < n; k++) {
        part[k].out = out;
        out += (size_t)(part[k].stop - part[k].pos) / SHORTEST + 2;
    }
    return true;
}

/* Close the gaps between the parts; true when all lines were dotted quads. */
static bool join_parts(struct lines *l, struct entries *e, const struct part *part, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (k > 0)
            memmove(e->addr4 + e->naddr4, part[k].out, part[k].n * sizeof(*part[k].out));
        e->naddr4 += part[k].n;
        l->number += part[k].n;
        l->pos = part[k].pos;
        if (l->pos != part[k].stop)
            return false;
    }
    return true;
}

static bool pass_rounds(struct lines *l, struct entries *e)
{
    struct part part[THREADS_MAX];
    size_t n, threads = threads_usable(), size = FIRST_ROUND;
    /* Without room for blocks the mapping serves. */
    char *blocks = l->file != NULL ? malloc(threads * BLOCK) : NULL;
    bool ok = true;
    while ((n = divide(l, size, blocks, part, threads)) > 0 && (ok = make_room(e, part, n))) {
        threads_run(read_part, part, sizeof(*part), n);
        if (!join_parts(l, e, part, n))
            break;
        size = size < LAST_ROUND ? size * 2 : size;
    }
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
