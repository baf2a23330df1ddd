/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/buf.h"

#include <stdlib.h>
#include <string.h>

#include "loader/huge.h"

void *buf_enlarge(struct buf *b, size_t n)
{
    if (b->oom || (n == 0 && !b->p)) /* NULL has no offset, not even zero */
        return NULL;
    if (n > b->cap - b->len) {
        size_t cap = b->cap + b->cap / 2 + 256;
        if (cap < b->len + n)
            cap = b->len + n;
        uint8_t *p = n > SIZE_MAX / 2 - b->len ? NULL : realloc(b->p, cap);
        if (!p) {
            b->oom = true;
            return NULL;
        }
        huge_hint(p, cap);
        b->p = p;
        b->cap = cap;
    }
    void *at = b->p + b->len;
    b->len += n;
    return at;
}

void buf_reserve(struct buf *b, size_t n)
{
    if (buf_grow(b, n))
        b->len -= n;
}

void buf_align(struct buf *b, size_t to)
{
    size_t n = (to - b->len % to) % to;
    void *at = buf_grow(b, n);
    if (at && n)
        memset(at, 0, n);
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}
