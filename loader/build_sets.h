/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answer sets while a zone is compiled: values of lists, their unions, and the encoding of all of
 * it into the IMAGE_SETS, IMAGE_GROUPS and IMAGE_TEXTS sections.
 *
 * A set is an ordered list of distinct values; set 0 is empty, "not listed".  Numbers are given in
 * order of first use, so that addresses close together have close numbers.  Errors stick (oom).
 */
#ifndef LOADER_BUILD_SETS_H
#define LOADER_BUILD_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "loader/buf.h"
#include "loader/intern.h"

#define SETS_NONE UINT32_MAX /* no text, no source, no other record */

/* What one entry (or the zone itself) answers.  Compared bytewise: no padding. */
struct set_value {
    uint32_t has_a;  /* 1: a counts */
    uint32_t a;      /* host order */
    uint32_t ttl;    /* seconds, for all records of the value */
    uint32_t text;   /* from sets_template() or sets_segments(), or SETS_NONE */
    uint32_t other;  /* from sets_other(), or SETS_NONE */
    uint32_t source; /* index of the list among the image's sources, or SETS_NONE */
    uint32_t action; /* enum image_action: of a client, or IMAGE_RECORD */
};

struct sets {
    struct intern values, sets, templates, others;
    struct buf scratch; /* a template being put together */
    struct buf single;  /* uint32_t: the set of each value alone, 0: none yet */
    uint64_t *memo_key; /* union memo: a << 32 | b, open addressing */
    uint32_t *memo_set;
    size_t nmemo, memo_used;
    bool bitmask; /* one A record per set: the bitwise or of all (SURBL, URIBL) */
    bool oom;
};

void sets_init(struct sets *s, bool bitmask);
void sets_free(struct sets *s);

/* So many values will follow, most with a text of its own, which are of so many octets in all: room
 * for them is made at once. */
void sets_expect(struct sets *s, size_t values, size_t octets);

/* A TXT template: "$" is the queried address or name, "$$" a dollar.  Empty text: SETS_NONE. */
uint32_t sets_template(struct sets *s, const char *text);

/* The same from template segments (lib/answerset.h) that are already made. */
uint32_t sets_segments(struct sets *s, const uint8_t *segments, size_t len);

/* The same will be asked for soon: begin to load what that needs.  Changes nothing. */
void sets_segments_ahead(const struct sets *s, const uint8_t *segments, size_t len);

/* A record that is answered as it is; len at most 16384. */
uint32_t sets_other(struct sets *s, uint16_t type, const uint8_t *rdata, uint16_t len);

/* The number of templates so far: a text that gets it or a higher one was not known before. */
static inline uint32_t sets_ntexts(const struct sets *s)
{
    return s->templates.n;
}

uint32_t sets_single(struct sets *s, const struct set_value *v);

/* The same for a value that no other equals, as one whose text is new: it is not looked for. */
uint32_t sets_single_new(struct sets *s, const struct set_value *v);

/* Values of a, then those of b that a has not. */
uint32_t sets_union(struct sets *s, uint32_t a, uint32_t b);

/*
 * The set with "the name that matched" spelt out in its texts: for a set that comes to a name from
 * another one and is answered together with the name's own.
 */
uint32_t sets_bind(struct sets *s, uint32_t set, const char *name, size_t len);

/* Does a text of the set say which entry matched? */
bool sets_name_match(const struct sets *s, uint32_t set);

/*
 * Fill the three sections, which are empty buffers; what they hold means nothing after memory ran
 * out (s->oom or a buffer's).  The templates move into the last: no text can be asked for or added
 * afterwards.
 */
void sets_encode(struct sets *s, struct buf *sets, struct buf *groups, struct buf *texts);

#endif
