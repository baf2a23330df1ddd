/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of one dotted quad, which nearly every line of a long list is, decoded without a branch per
 * digit: the places of all non-digits among 16 bytes come out of a few word operations, each octet
 * out of one load.  What is not exactly that, leading zeros included, is left to the caller.
 */
#ifndef LOADER_QUAD_H
#define LOADER_QUAD_H

#include <stddef.h>

#include "lib/octets.h"

/* Bytes read from the start of a line: the last octet starts at 12 at most and is read as four
 * bytes; a CRLF ends at 16. */
#define QUAD_WINDOW 17

static inline uint32_t quad_load32(const char *s)
{
    uint32_t v;
    memcpy(&v, s, sizeof(v));
    return le32toh(v);
}

/* Bit i is set when byte i of the word is not a digit. */
static inline unsigned quad_non_digits(uint64_t word)
{
    uint64_t value = word ^ '0' * OCTETS_EACH;
    /* Seven bits plus 0x76 reach bit 7 from ten up, and never the next byte. */
    return octets_marks(((value & ~OCTETS_HIGH) + 0x76 * OCTETS_EACH) | value);
}

/* The octet of 1 to 3 digits at s, or more than 255 when it is not in its shortest form. */
static inline uint32_t quad_octet(const char *s, unsigned digits)
{
    uint32_t value = quad_load32(s) ^ 0x30303030U;
    uint32_t padded = digits > 1 && (value & 255) == 0 ? 256 : 0;
    value <<= 32 - 8 * digits;
    return padded + (value >> 24) + (value >> 16 & 255) * 10 + (value >> 8 & 255) * 100;
}

/* The place of the lowest mark; takes the mark away. */
static inline unsigned quad_next_mark(unsigned *marks)
{
    unsigned at = (unsigned)__builtin_ctz(*marks);
    *marks &= *marks - 1;
    return at;
}

/* The dotted quad at s, QUAD_WINDOW bytes readable, whatever follows; its length, or 0. */
__attribute__((always_inline)) static inline size_t quad_read(const char *s, uint32_t *addr)
{
    /* Four marks beyond the window: there always is a next one. */
    unsigned marks =
        quad_non_digits(octets_load(s)) | quad_non_digits(octets_load(s + 8)) << 8 | 0xf0000;
    unsigned dot1 = quad_next_mark(&marks);
    unsigned dot2 = quad_next_mark(&marks);
    unsigned dot3 = quad_next_mark(&marks);
    unsigned end = quad_next_mark(&marks);
    unsigned len1 = dot1;
    unsigned len2 = dot2 - dot1 - 1;
    unsigned len3 = dot3 - dot2 - 1;
    unsigned len4 = end - dot3 - 1;
    /* Each length is 1, 2 or 3. */
    if (len1 - 1 > 2 || len2 - 1 > 2 || len3 - 1 > 2 || len4 - 1 > 2)
        return 0;
    if (s[dot1] != '.' || s[dot2] != '.' || s[dot3] != '.')
        return 0;
    uint32_t a = quad_octet(s, len1);
    uint32_t b = quad_octet(s + dot1 + 1, len2);
    uint32_t c = quad_octet(s + dot2 + 1, len3);
    uint32_t d = quad_octet(s + dot3 + 1, len4);
    *addr = a << 24 | b << 16 | c << 8 | d;
    return (a | b | c | d) > 255 ? 0 : (size_t)end;
}

/* The line at s, QUAD_WINDOW bytes readable; its length with the line end, or 0. */
__attribute__((always_inline)) static inline size_t quad_line(const char *s, uint32_t *addr)
{
    size_t end = quad_read(s, addr);
    if (end == 0)
        return 0;
    if (s[end] == '\r')
        end++;
    return s[end] == '\n' ? end + 1 : 0;
}

#endif
