/* SPDX-License-Identifier: BSD-2-Clause */
/* What the forms of a dump share; for lib/dump*.c only. */
#ifndef LIB_DUMP_INTERNAL_H
#define LIB_DUMP_INTERNAL_H

#include "lib/addr.h"
#include "lib/dump.h"
#include "lib/name.h"
#include "lib/names_walk.h"

struct dumper {
    const struct image *img;
    FILE *out;
    char *why;         /* empty until something fails */
    bool dry;          /* look for what cannot be said, write nothing */
    unsigned sections; /* data sets begun; for DUMP_RBLDNSD */
};

/* One form: called twice with a view after the other, dry first. */
struct dump_writer {
    bool (*begin)(struct dumper *d);
    bool (*view)(struct dumper *d, const struct image_view *view);
};
extern const struct dump_writer dump_plain, dump_rbldnsd, dump_bind, dump_rpz;

/* Keep the first reason; always false. */
__attribute__((format(printf, 2, 3))) bool dump_fail(struct dumper *d, const char *fmt, ...);

/* --- what is in a view; the server's own entries are passed over --- */

/* A closed range of addresses; family 4 (in lo) or 6.  False stops. */
typedef bool (*dump_range_fn)(struct dumper *d, void *arg, struct addr6 first, struct addr6 last,
                              uint32_t set);
bool dump_ranges(struct dumper *d, const struct image_view *v, unsigned family, dump_range_fn fn,
                 void *arg);

typedef bool (*dump_name_fn)(struct dumper *d, void *arg, const struct names_item *item);
bool dump_names(struct dumper *d, const struct image_view *v, dump_name_fn fn, void *arg);

/*
 * Does an entry stand at the name, for itself or for what is below?  One that repeats what is
 * inherited counts: "$" is its name then.
 */
static inline bool dump_states_self(const struct names_item *i)
{
    return i->self != i->inherited || (i->self != 0 && i->self_from == 0);
}

static inline bool dump_states_below(const struct names_item *i)
{
    return i->below != i->inherited || (i->below != 0 && i->below_from == 0);
}

/* Cut a range into prefixes whose lengths are multiples of step, none shorter than widest. */
struct dump_cut {
    unsigned family, step, widest;
};
typedef bool (*dump_prefix_fn)(struct dumper *d, void *arg, const struct prefix *p);
bool dump_split(struct dumper *d, const struct dump_cut *cut, struct addr6 first, struct addr6 last,
                dump_prefix_fn fn, void *arg);

/* Its text for a list; false when that would mean something else there. */
bool dump_prefix_text(struct dumper *d, const struct prefix *p, char text[static PREFIX_TEXT_MAX]);

/* --- what a set says --- */

/* Is it made of A records with texts, as a list's values are, and of nothing else? */
bool dump_has_values(const struct image *img, uint32_t set);

/*
 * The values that make up such a set: an A record and a text each, where an A may be repeated.
 * Values with one TTL are numbered by slot.
 */
struct dump_value {
    uint32_t ttl;
    unsigned slot;
    uint32_t a;
    const uint8_t *text; /* segments, see lib/answerset.h; NULL: none */
};
unsigned dump_nvalues(const struct image *img, uint32_t set);
struct dump_value dump_value(const struct image *img, uint32_t set, unsigned i);

uint32_t dump_a_ttl(const struct image *img, uint32_t set);

/* Records that are no A and no TXT; at starts at 0 and is moved on.  False: no more. */
struct dump_rr {
    uint16_t type;
    uint32_t ttl;
    const uint8_t *rdata;
    uint16_t rdlen;
};
bool dump_other(const struct image *img, uint32_t set, size_t *at, struct dump_rr *out);

/* --- SOA, NS and addresses of name servers --- */

enum { DUMP_A = 1, DUMP_NS = 2, DUMP_SOA = 6, DUMP_MX = 15, DUMP_TXT = 16, DUMP_AAAA = 28 };

/* Names whole, pointers to the apex filled in. */
struct dump_fixed {
    uint16_t type;
    uint32_t ttl;
    struct name owner;   /* relative to the apex */
    struct name name[2]; /* SOA: mname, rname; NS: the server */
    const uint8_t *rest; /* SOA: five big-endian numbers; addresses: the octets */
};
/* The item at p, which is moved on; false: none there. */
bool dump_fixed_next(const struct image *img, const uint8_t **p, struct dump_fixed *out);

uint32_t dump_be32(const uint8_t *p);

/* Text of a name for a file: as name_format(), the first octet escaped unless harmless there. */
void dump_name_text(char out[static NAME_TEXT_MAX + 4], const struct name *n);

/* The view's name below the zone, "@" for the zone itself. */
void dump_view_text(char out[static NAME_TEXT_MAX], const struct image_view *v);

#endif
