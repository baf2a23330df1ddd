/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/where_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "loader/fileio.h"

#define FEW 48 /* numbers that are sorted faster one by one */

/* --- order --- */

static void insert(uint64_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t v = a[i];
        size_t at = i;
        for (; at > 0 && a[at - 1] > v; at--)
            a[at] = a[at - 1];
        a[at] = v;
    }
}

/*
 * By the octet at shift and those below it down to bit 32, in place: the addresses of a long list
 * are half of what this process takes, and a copy of them would be as much again.
 */
static void sort_addresses(uint64_t *a, size_t n, unsigned shift)
{
    size_t next[256] = {0}, end[256], at = 0;
    if (n <= FEW) {
        insert(a, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        next[a[i] >> shift & 255]++;
    for (unsigned k = 0; k < 256; k++) {
        size_t count = next[k];
        next[k] = at;
        at = end[k] = at + count;
    }
    for (unsigned k = 0; k < 256; k++) {
        while (next[k] < end[k]) {
            uint64_t v = a[next[k]];
            for (unsigned to; (to = v >> shift & 255) != k;) {
                uint64_t other = a[next[to]];
                a[next[to]++] = v;
                v = other;
            }
            a[next[k]++] = v;
        }
    }
    for (unsigned k = 0; shift > 32 && k < 256; k++) {
        size_t from = k == 0 ? 0 : end[k - 1];
        sort_addresses(a + from, end[k] - from, shift - 8);
    }
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_range4(const void *a, const void *b)
{
    return compare(((const struct where_range4 *)a)->first,
                   ((const struct where_range4 *)b)->first);
}

static int by_range6(const void *a, const void *b)
{
    const struct where_range6 *x = a, *y = b;
    int c = compare(x->first.hi, y->first.hi);
    return c != 0 ? c : compare(x->first.lo, y->first.lo);
}

static int by_hash(const void *a, const void *b)
{
    return compare(((const struct where_name *)a)->hash, ((const struct where_name *)b)->hash);
}

static void sort(struct where_notes *w)
{
    static int (*const by[WHERE_NTABLES])(const void *, const void *) = {
        [WHERE_RANGE4] = by_range4, [WHERE_RANGE6] = by_range6, [WHERE_NAMES] = by_hash};
    uint64_t *a = (void *)w->table[WHERE_ADDR4].p;
    size_t n = w->table[WHERE_ADDR4].len / sizeof(*a), i = 1;
    while (i < n && a[i - 1] <= a[i])
        i++;
    if (i < n)
        sort_addresses(a, n, 56);
    for (unsigned t = 0; t < WHERE_NTABLES; t++) {
        size_t width = where_width((enum where_table)t);
        if (by[t] != NULL && w->table[t].len > 0)
            qsort(w->table[t].p, w->table[t].len / width, width, by[t]);
    }
}

/* --- the file --- */

static struct addr6 least(struct addr6 a, struct addr6 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo) ? a : b;
}

static struct where_fence fence(enum where_table t, const uint8_t *block, size_t len)
{
    struct where_fence f = where_bounds(t, block);
    for (size_t off = 0; off < len; off += where_width(t)) {
        struct where_fence r = where_bounds(t, block + off);
        struct addr6 lower = least(f.last, r.last);
        f.first = least(f.first, r.first);
        if (lower.hi == f.last.hi && lower.lo == f.last.lo)
            f.last = r.last;
    }
    f.sum = XXH3_64bits(block, len);
    return f;
}

/* Records, then fences, at *at, which moves behind them. */
static int write_table(int fd, const struct buf *records, enum where_table t,
                       struct where_header *h, uint64_t *at)
{
    struct buf fences = {0};
    const size_t whole = where_per_block(t) * where_width(t);
    h->table[t] = (struct where_place){.off = *at, .count = records->len / where_width(t)};
    for (size_t off = 0; off < records->len; off += whole) {
        size_t left = records->len - off;
        struct where_fence f = fence(t, records->p + off, left < whole ? left : whole);
        buf_add(&fences, &f, sizeof(f));
    }
    h->table[t].fences = XXH3_64bits(fences.p, fences.len);
    int rc = file_write_all(fd, records->p, records->len);
    if (fences.oom) {
        errno = ENOMEM;
        rc = -1;
    }
    if (rc == 0)
        rc = file_write_all(fd, fences.p, fences.len);
    *at += records->len + fences.len;
    buf_free(&fences);
    return rc;
}

int where_write(int fd, struct where_notes *notes, const struct where_about *about)
{
    struct where_header h = {.version = WHERE_VERSION,
                             .header_len = sizeof(h),
                             .digest = about->digest,
                             .options = about->options,
                             .text_len = notes->len};
    uint64_t at = sizeof(h);
    memcpy(h.magic, WHERE_MAGIC, sizeof(h.magic));
    sort(notes);
    /* The place of the header is taken now and filled last: a file without one is none. */
    int rc = file_write_all(fd, &(struct where_header){.version = 0}, sizeof(h));
    for (unsigned t = 0; rc == 0 && t < WHERE_NTABLES; t++)
        rc = write_table(fd, &notes->table[t], (enum where_table)t, &h, &at);
    if (rc == 0 && about->packed) {
        h.text = at;
        rc = file_write_all(fd, notes->text, notes->len);
        at += notes->len;
    }
    h.file_len = at;
    h.checksum = where_checksum(&h);
    if (rc == 0 && pwrite(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
        rc = -1;
    return rc;
}
