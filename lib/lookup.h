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

/* For the tool: the addresses around addr that share its answer, family 4 or 6, closed range. */
struct lookup_range {
    struct addr6 first, last;
};
void lookup_range(const struct image *img, const struct image_view *view, unsigned family,
                  struct addr6 addr, struct lookup_range *out);

#endif
