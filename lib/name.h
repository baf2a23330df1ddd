/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain names in wire form (RFC 1035 section 3.1): labels with a length octet each, ended by the
 * zero octet, at most 255 octets, never compressed.  Names here are lower case (RFC 4343: only
 * ASCII A-Z fold); any other octet is kept as it is.  No allocation; all functions are pure.
 */
#ifndef LIB_NAME_H
#define LIB_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NAME_WIRE_MAX   255  /* RFC 1035 section 3.1, with the root octet */
#define NAME_LABEL_MAX  63   /* RFC 1035 section 2.3.4 */
#define NAME_LABELS_MAX 127  /* 255 octets of one-octet labels */
#define NAME_TEXT_MAX   1025 /* every octet as \DDD, the dots, NUL */

struct name {
    uint8_t len; /* octets used in wire, root octet included; 1 is the root itself */
    uint8_t wire[NAME_WIRE_MAX];
};

/*
 * Master-file text of one name: dots separate, "\." and "\DDD" escape (RFC 1035 section 5.1), a
 * trailing dot is allowed and means nothing here (every name is absolute), "." is the root.
 * Folds to lower case.  Returns NULL when good, else a static message.
 */
const char *name_parse(const char *s, size_t len, struct name *out);

/* Text with escapes and without the trailing dot ("." for the root); returns its length. */
size_t name_format(char buf[static NAME_TEXT_MAX], const uint8_t *wire, size_t len);

/* Number of labels without the root. */
unsigned name_labels(const uint8_t *wire);

/* Is child equal to or below parent?  Both lower case. */
bool name_is_under(const struct name *child, const struct name *parent);

bool name_equal(const struct name *a, const struct name *b);

/* Append suffix to the labels of prefix; false when longer than 255 octets. */
bool name_join(const struct name *prefix, const struct name *suffix, struct name *out);

/* ASCII fold of one octet (RFC 4343 section 3). */
static inline uint8_t name_fold(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

/* Of sixteen at once, in a vector: gcc and clang spell it out where there is none. */
#define NAME_FOLD_STEP 16
static inline void name_fold_step(uint8_t *out, const uint8_t *in)
{
    uint8_t __attribute__((vector_size(NAME_FOLD_STEP))) v;
    memcpy(&v, in, NAME_FOLD_STEP);
    v |= (__typeof__(v))(v - 'A' < 26) & 0x20;
    memcpy(out, &v, NAME_FOLD_STEP);
}

#endif
