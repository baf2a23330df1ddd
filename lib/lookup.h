/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a zone say about a name?  The one place that knows how query names spell addresses
 * (RFC 5782 sections 2.1 and 2.4: octets or nibbles reversed) and how trees combine.
 *
 * Pure and bounded; reads the image only.
 */
#ifndef LIB_LOOKUP_H
#define LIB_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/image.h"
#include "lib/names.h"
#include "lib/tree_many.h"

/* A name below (or at) a zone's apex, already lower case. */
struct lookup_name {
    const uint8_t *wire;   /* the whole name */
    const uint8_t *labels; /* offset of each label in wire */
    unsigned nlabels;      /* of the whole name, root not counted */
    unsigned zone_labels;  /* of these, the zone's */
};

enum lookup_kind { LOOKUP_NAME, LOOKUP_ADDR4, LOOKUP_ADDR6 };

#define LOOKUP_SETS_MAX 3 /* IPv4 tree, IPv6 tree, name tree may each have one */

struct lookup_result {
    uint32_t set[LOOKUP_SETS_MAX]; /* answer sets, in the order in which they are answered */
    unsigned nset;                 /* 0: not listed */
    bool exists;                   /* listed, or something listed below (RFC 8020) */
    bool apex;                     /* the name is the zone itself */
    enum lookup_kind kind;         /* how the name reads: LOOKUP_NAME unless a whole address */
    struct addr6 addr;             /* LOOKUP_ADDR4 (in lo) and LOOKUP_ADDR6 */
    const struct image_view *view; /* the sub-name that decided */
    unsigned match_label;          /* names: index of the first label of the matching entry */
    unsigned name_labels;          /* labels in front of the view */
};

void lookup_find(const struct image *img, const struct lookup_name *n, struct lookup_result *r);

/*
 * The same for many at once, in steps.  A step uses memory that the one before asked for and asks
 * for what the next will use; with the others of a batch between them the misses overlap.
 * lookup_start() wants the name filled in, and returns true when there are steps to take, false
 * when the result is complete; lookup_run() takes those of all n, whose list it uses up.  There are
 * three for addresses (lib/tree_many.h) and at most two per label for names.  The image and what
 * the name points to must stay until then.
 */
enum lookup_stage { LOOKUP_PROBE, LOOKUP_VALUE, LOOKUP_BUCKET, LOOKUP_RECORD };

struct lookup {
    const struct image *img;
    struct lookup_name name;
    enum lookup_stage stage;
    unsigned octets;  /* labels that are an IPv4 address or the start of one, 0 if not */
    unsigned nibbles; /* the same for IPv6 */
    uint32_t addr4;   /* high octets first, the rest zero */
    struct addr6 addr6;
    struct tree_probe probe; /* of a whole address */
    struct names_probe names;
    struct lookup_result r;
};
bool lookup_start(struct lookup *l, const struct image *img);
void lookup_run(struct lookup **l, unsigned n);

/*
 * The address that the labels at wire spell, octets reversed, and how many octets they take; 0 when
 * they spell none.  LOOKUP_READ4 octets may be read.
 */
#define LOOKUP_READ4 16
size_t lookup_read4(const uint8_t *wire, uint32_t *addr);

/* The labels that an address is asked by, root octet included; family 4 (in addr.lo) or 6. */
void lookup_spell(unsigned family, struct addr6 addr, struct name *out);

/* For the tool: the addresses around addr that share its answer, family 4 or 6, closed range. */
struct lookup_range {
    struct addr6 first, last;
};
void lookup_range(const struct image *img, const struct image_view *view, unsigned family,
                  struct addr6 addr, struct lookup_range *out);

#endif
