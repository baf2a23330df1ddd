/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte strings to small numbers: equal strings get one number, in order of first appearance.
 * Zero-initialise; one owner; intern_free() ends it.
 */
#ifndef LOADER_INTERN_H
#define LOADER_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/buf.h"

#define INTERN_OOM UINT32_MAX

/* Of the hash table: with the hash at hand, other strings are passed over and slots move to a
 * larger table without a look at any string, each of which would be a cache miss. */
struct intern_slot {
    uint32_t number; /* + 1; 0: empty */
    uint32_t hash;
};

struct intern {
    struct buf bytes;   /* all strings, back to back */
    struct buf offsets; /* start and length of each */
    uint32_t n;
    struct intern_slot *slots; /* open addressing */
    size_t nslots, used;
    bool packed; /* set before the first string: they are not aligned to 8 octets each */
};

/* So many strings of so many octets will follow, looked for by intern_put() or just appended: room
 * is made at once.  False: no memory. */
__attribute__((warn_unused_result)) bool intern_expect(struct intern *t, size_t n, size_t octets,
                                                       bool looked_for);

/* The number of a string, new or known; INTERN_OOM when memory ran out. */
uint32_t intern_put(struct intern *t, const void *bytes, size_t len);
/* It will be asked for soon: begin to load its slot.  Changes nothing. */
void intern_ahead(const struct intern *t, const void *bytes, size_t len);

/* The number of a string that is known to be new and is never looked for. */
uint32_t intern_append(struct intern *t, const void *bytes, size_t len);
/* A string by number; the pointer holds until the next intern_put(). */
const void *intern_get(const struct intern *t, uint32_t id, size_t *len);
/* Where it starts in bytes. */
size_t intern_offset(const struct intern *t, uint32_t id);
void intern_free(struct intern *t);

#endif
