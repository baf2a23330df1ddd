/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte buffer whose error sticks: after memory ran out, adding does nothing and oom stays
 * true, so that a builder checks once at its end.  Zero-initialise; one owner; buf_free() ends it.
 */
#ifndef LOADER_BUF_H
#define LOADER_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    uint8_t *p; /* aligned for any type */
    size_t len, cap;
    bool oom;
};

/* As buf_grow(), whether there is room or not. */
void *buf_enlarge(struct buf *b, size_t n);

/* Room for n more octets, counted into len; NULL when memory ran out.  Contents undefined. */
static inline void *buf_grow(struct buf *b, size_t n)
{
    if (b->oom || !b->p || n > b->cap - b->len)
        return buf_enlarge(b, n);
    void *at = b->p + b->len;
    b->len += n;
    return at;
}

/* Room for the next n octets, so that adding them moves nothing. */
void buf_reserve(struct buf *b, size_t n);
static inline void buf_add(struct buf *b, const void *bytes, size_t n)
{
    void *at = buf_grow(b, n);
    if (at && n)
        memcpy(at, bytes, n);
}
/* Zero octets up to a multiple of to. */
void buf_align(struct buf *b, size_t to);
void buf_free(struct buf *b);

#endif
