/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one list says, as its format decoded it: IPv4 addresses and ranges, IPv6 ranges, names.  In
 * file order, not sorted, duplicates and overlaps included; loader/resolve.c gives them meaning.
 *
 * Owned by one thread.  The add functions return false only when memory is exhausted (nothing is
 * added then).  A value is an index into values[]; value 0 is the list's own a/txt.
 */
#ifndef LOADER_ENTRIES_H
#define LOADER_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/name.h"

/* A closed range of addresses; specific is the prefix length, "most specific wins" compares it. */
struct range4 {
    uint32_t first, last;
    uint32_t value;
    uint8_t specific;
    bool exclude;
};

struct range6 {
    struct addr6 first, last;
    uint32_t value;
    uint8_t specific;
    bool exclude;
};

enum name_scope {
    NAME_SELF = 1,  /* example.com: the name itself */
    NAME_BELOW = 2, /* *.example.com: every name below it */
    NAME_TREE = 3,  /* .example.com: both */
};

/* Names are stored back to back in wire form, lower case, root octet included. */
struct name_entry {
    uint32_t off; /* into names.bytes */
    uint32_t value;
    uint8_t len;
    uint8_t scope; /* enum name_scope */
    bool exclude;
};

struct entries {
    uint32_t *addr4; /* single addresses with value 0, the bulk of most lists */
    size_t naddr4, addr4_cap;
    struct range4 *range4;
    size_t nrange4, range4_cap;
    struct range6 *range6;
    size_t nrange6, range6_cap;
    struct name_entry *name;
    size_t nname, name_cap;
    uint8_t *bytes;
    size_t nbytes, bytes_cap;
};

void entries_init(struct entries *e);
void entries_free(struct entries *e);

/* Number of entries of all kinds. */
static inline size_t entries_count(const struct entries *e)
{
    return e->naddr4 + e->nrange4 + e->nrange6 + e->nname;
}

__attribute__((warn_unused_result)) bool entries_add_addr4(struct entries *e, uint32_t addr);
/* Make sure that the next `more` addresses find room; for callers that store into addr4[] directly.
 */
__attribute__((warn_unused_result)) bool entries_reserve_addr4(struct entries *e, size_t more);
/* Any prefix of either family with value 0; single IPv4 addresses go to addr4[]. */
__attribute__((warn_unused_result)) bool entries_add_prefix(struct entries *e,
                                                            const struct prefix *p);
__attribute__((warn_unused_result)) bool entries_add_name(struct entries *e, const struct name *n,
                                                          enum name_scope scope, bool exclude);

#endif
