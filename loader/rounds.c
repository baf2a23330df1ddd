/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/rounds.h"

#include <stdint.h>
#include <string.h>

static struct round_part *part_at(const struct round_form *f, void *parts, size_t k)
{
    return (struct round_part *)(void *)((uint8_t *)parts + k * f->part);
}

/*
 * Cut the next octets into at most n parts of no more than size; how many there are.  Where no line
 * ends, one is too long, and the part will not get there.
 */
static size_t divide(const struct lines *l, const struct round_form *f, size_t size, void *parts,
                     size_t n)
{
    const char *at = l->pos;
    size_t k = 0;
    for (; k < n && at < l->end; k++) {
        size_t octets = (size_t)(l->end - at);
        if (octets > size) {
            const char *lf = memrchr(at + size - f->longest, '\n', f->longest);
            octets = lf != NULL ? (size_t)(lf - at) + 1 : size;
        }
        *part_at(f, parts, k) = (struct round_part){at, at + octets, l->end, 0};
        at += octets;
    }
    return k;
}

bool rounds_pass(struct lines *l, const struct round_form *f, void *parts, void *to)
{
    size_t threads = threads_usable(), n;
    bool all = true;
    for (size_t size = f->first; all && (n = divide(l, f, size, parts, threads)) > 0;) {
        if (!f->room(to, parts, n))
            return false;
        threads_run(f->read, parts, f->part, n);
        for (size_t k = 0; k < n && all; k++) {
            const struct round_part *p = part_at(f, parts, k);
            f->take(to, p);
            l->number += p->lines;
            l->pos = p->pos;
            all = p->pos == p->stop;
        }
        size = size < f->last ? size * 2 : size;
    }
    return true;
}
