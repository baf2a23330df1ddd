/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one list says, as its format decoded it: IPv4 addresses and ranges, IPv6 ranges, names,
 * records.  In file order, not sorted, duplicates and overlaps included; loader/resolve.c gives
 * them meaning.
 *
 * Most formats fill one struct entries.  One that holds several data sets (rbldnsd's combined)
 * links them by next, each with its own rule, TTL and sub-names; the first owns the others.
 *
 * Owned by one thread.  The add functions return false only when memory is exhausted (nothing is
 * added then).  A value is the number of an entry of values[] counted from 1; value 0 is the list's
 * own a/txt of the configuration.
 */
#ifndef LOADER_ENTRIES_H
#define LOADER_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/name.h"

/* How entries of one data set that cover the same address decide. */
enum entries_rule {
    RULE_UNION,   /* all say the same */
    RULE_LEVELS,  /* the finest of /32, /24, /16, /8 with an entry: all its values, or nothing when
                     one of them excludes (rbldnsd's ip4set) */
    RULE_LONGEST, /* the longest prefix; of several entries for it the first */
};

/* What an entry answers.  The text is template segments as in lib/answerset.h, in bytes[]. */
struct entry_value {
    uint32_t a; /* host order */
    uint32_t text;
    uint16_t text_len; /* octets, TEXT_END included; 0: no TXT */
    bool has_a;
    uint8_t action; /* enum image_action, of an access list */
};

/* A record at a name, answered as it is; name_len 1 is the zone's (or sub-name's) own name. */
struct entry_record {
    uint32_t name, rdata; /* into bytes[] */
    uint32_t ttl;         /* 0: as the data set */
    uint16_t type;
    uint16_t rdata_len;
    uint8_t name_len;
};

/* What a file says of its zone ($SOA, $NS, $TIMESTAMP). */
struct entries_meta {
    bool has_soa;
    uint32_t soa_ttl; /* 0: the data set's */
    struct name mname, rname;
    uint32_t serial; /* 0: time of the data */
    uint32_t refresh, retry, expire, minimum;
    uint32_t ns_ttl;
    struct name *ns;
    size_t nns;
    int64_t made, expires; /* unix times, 0: not said */
};

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
    uint32_t *addr4; /* single addresses with one value, the bulk of most lists; they stand in front
                        of all ranges */
    size_t naddr4, addr4_cap;
    uint32_t addr4_value; /* what all of addr4[] answer */
    struct range4 *range4;
    size_t nrange4, range4_cap;
    struct range6 *range6;
    size_t nrange6, range6_cap;
    struct name_entry *name;
    size_t nname, name_cap;
    uint8_t *bytes;
    size_t nbytes, bytes_cap;
    size_t bytes_hint; /* about so many octets will be needed, should any be */
    struct entry_value *value;
    size_t nvalue, value_cap;
    struct entry_record *record;
    size_t nrecord, record_cap;
    enum entries_rule rule;
    uint32_t kinds;   /* enum image_kind: what it could list, though it may not do so now */
    uint32_t ttl;     /* of answers; 0: the zone's */
    struct name *sub; /* sub-names of the zone that it stands under; none: the zone itself */
    size_t nsub, sub_cap;
    struct entries_meta *meta; /* of the first data set only; NULL: nothing said */
    struct entries *next;
};

void entries_init(struct entries *e);
void entries_free(struct entries *e);

/* Number of entries of all kinds in all data sets. */
static inline size_t entries_count(const struct entries *e)
{
    size_t n = 0;
    for (; e; e = e->next)
        n += e->naddr4 + e->nrange4 + e->nrange6 + e->nname + e->nrecord;
    return n;
}

__attribute__((warn_unused_result)) bool entries_add_addr4(struct entries *e, uint32_t addr);
/* Make sure that the next `more` elements find room; for callers that store into the array. */
__attribute__((warn_unused_result)) bool entries_reserve_addr4(struct entries *e, size_t more);
__attribute__((warn_unused_result)) bool entries_reserve_range4(struct entries *e, size_t more);
__attribute__((warn_unused_result)) bool entries_reserve_range6(struct entries *e, size_t more);
/* Any prefix of either family with value 0; single IPv4 addresses go to addr4[]. */
__attribute__((warn_unused_result)) bool entries_add_prefix(struct entries *e,
                                                            const struct prefix *p);
__attribute__((warn_unused_result)) bool entries_add_name(struct entries *e, const struct name *n,
                                                          enum name_scope scope, bool exclude);

/* The same with everything said; for RULE_LEVELS the range is cut at octet borders. */
__attribute__((warn_unused_result)) bool entries_add_range4(struct entries *e,
                                                            const struct range4 *r);
__attribute__((warn_unused_result)) bool entries_add_levels4(struct entries *e,
                                                             const struct range4 *r);
__attribute__((warn_unused_result)) bool entries_add_range6(struct entries *e,
                                                            const struct range6 *r);
/* n->off and n->len are filled in from the name. */
__attribute__((warn_unused_result)) bool
entries_put_name(struct entries *e, const struct name *name, const struct name_entry *n);
/* Make sure that so many more names of so many octets in all find room; for callers that store into
 * name[] and bytes[] directly. */
__attribute__((warn_unused_result)) bool entries_reserve_names(struct entries *e, size_t names,
                                                               size_t octets);
/* text: template segments; *number is what entries name it by.  A value equal to the one added just
 * before is not added again. */
__attribute__((warn_unused_result)) bool entries_add_value(struct entries *e, bool has_a,
                                                           uint32_t a, const uint8_t *text,
                                                           size_t text_len, uint32_t *number);
/* What an access list does with a client that it answers nothing of its own. */
__attribute__((warn_unused_result)) bool entries_add_action(struct entries *e, uint8_t action,
                                                            uint32_t *number);
/* Another text for value[i]; the old one stays in bytes[], unused. */
__attribute__((warn_unused_result)) bool entries_set_text(struct entries *e, size_t i,
                                                          const uint8_t *text, size_t len);
__attribute__((warn_unused_result)) bool entries_add_record(struct entries *e,
                                                            const struct name *name,
                                                            const struct entry_record *r,
                                                            const uint8_t *rdata);
__attribute__((warn_unused_result)) bool entries_add_sub(struct entries *e, const struct name *sub);
/* A further data set behind the last; NULL: no memory. */
struct entries *entries_append(struct entries *first);
/* The meta of a list, made when it is not there yet; NULL: no memory. */
struct entries_meta *entries_meta_of(struct entries *first);

#endif
