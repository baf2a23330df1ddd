/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib and not libarchive: its gzip filter reads past a wrong checksum or length. */
#include "loader/decompress.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#define GZIP_WINDOW (16 + MAX_WBITS) /* a gzip header, no other */
#define TEXT_START  4                /* times the data, to begin with */

static const char CORRUPT[] = "corrupt gzip data";
static const char TRUNCATED[] = "truncated gzip data";
static const char NO_MEMORY[] = "out of memory";

bool is_compressed(const char *data, size_t len)
{
    return len >= 2 && (uint8_t)data[0] == 0x1f && (uint8_t)data[1] == 0x8b;
}

struct output {
    char *text;
    size_t len, cap;
    size_t start, limit; /* of cap, by the size of what it is made of */
};

static const char *make_room(struct output *o)
{
    if (o->len < o->cap)
        return NULL;
    if (o->len >= o->limit)
        return o->limit < DECOMPRESS_MAX ? "expands more than a hundredfold"
                                         : "larger than 2 GiB when decompressed";
    size_t cap = o->cap == 0 ? o->start : 2 * o->cap;
    if (cap > o->limit)
        cap = o->limit;
    char *bigger = realloc(o->text, cap);
    if (bigger == NULL)
        return NO_MEMORY;
    o->text = bigger;
    o->cap = cap;
    return NULL;
}

size_t decompress_limit(size_t len)
{
    uint64_t limit = (uint64_t)len * DECOMPRESS_RATIO;
    if (limit < DECOMPRESS_RATIO_MIN)
        limit = DECOMPRESS_RATIO_MIN;
    return (size_t)(limit < DECOMPRESS_MAX ? limit : DECOMPRESS_MAX);
}

/* One step; *done when a member has ended. */
static const char *step(z_stream *z, struct output *o, const char *end, bool *done)
{
    const char *why = make_room(o);
    if (why != NULL)
        return why;
    size_t in = (size_t)(end - (const char *)z->next_in), out = o->cap - o->len;
    z->avail_in = in < UINT_MAX ? (uInt)in : UINT_MAX;
    z->avail_out = out < UINT_MAX ? (uInt)out : UINT_MAX;
    z->next_out = (Bytef *)o->text + o->len;
    size_t before = z->avail_out;
    int rc = inflate(z, Z_NO_FLUSH);
    o->len += before - z->avail_out;
    *done = rc == Z_STREAM_END;
    if (rc == Z_MEM_ERROR)
        return NO_MEMORY;
    if (rc == Z_BUF_ERROR)
        return TRUNCATED;
    if (rc != Z_OK && rc != Z_STREAM_END)
        return CORRUPT;
    /* Room is left and nothing to read: what is missing will not come. */
    return rc == Z_OK && z->avail_out > 0 && (const char *)z->next_in == end ? TRUNCATED : NULL;
}

/* Padding behind the last member is no harm. */
static bool all_zero(const char *at, const char *end)
{
    while (at < end && *at == 0)
        at++;
    return at == end;
}

static const char *members(z_stream *z, struct output *o, const char *end)
{
    for (;;) {
        bool done = false;
        const char *why = NULL;
        while (why == NULL && !done)
            why = step(z, o, end, &done);
        const char *at = (const char *)z->next_in;
        if (why != NULL || all_zero(at, end))
            return why;
        if (!is_compressed(at, (size_t)(end - at)))
            return "something else behind the gzip data";
        if (inflateReset(z) != Z_OK)
            return CORRUPT;
    }
}

const char *decompress(const char *data, size_t len, char **text, size_t *textlen)
{
    struct output o = {.start = TEXT_START * len, .limit = decompress_limit(len)};
    z_stream z = {.next_in = (const Bytef *)data};
    if (len == 0)
        return TRUNCATED;
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return NO_MEMORY;
    const char *why = members(&z, &o, data + len);
    (void)inflateEnd(&z);
    if (why != NULL) {
        free(o.text);
        return why;
    }
    *text = o.text;
    *textlen = o.len;
    return NULL;
}
