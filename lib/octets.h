/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What octets of text are, many at once: eight in a word on any machine, sixteen in a vector that
 * every x86-64 has.
 */
#ifndef LIB_OCTETS_H
#define LIB_OCTETS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define OCTETS_EACH 0x0101010101010101u
#define OCTETS_HIGH (0x80 * OCTETS_EACH)

/* The octet at s lowest. */
static inline uint64_t octets_load(const void *s)
{
    uint64_t w;
    memcpy(&w, s, sizeof(w));
    return le64toh(w);
}

/*
 * Bit 7 of each octet that is from..to, both ASCII: two sums say at least and more than, which
 * seven bits never carry over into the next octet.
 */
static inline uint64_t octets_between(uint64_t w, unsigned from, unsigned to)
{
    uint64_t low = w & ~OCTETS_HIGH;
    return (low + (0x80 - from) * OCTETS_EACH) & ~(low + (0x7f - to) * OCTETS_EACH) & ~w &
           OCTETS_HIGH;
}

/* What hexadecimal digits are worth; letter: bit 7 of each that is a letter of either case. */
static inline uint64_t octets_hex(uint64_t w, uint64_t letter)
{
    /* 1 + 8 more for a letter, whose low bits count from 1 */
    return (w & 0x0f * OCTETS_EACH) + (letter >> 7 | letter >> 4);
}

/* Bit i: bit 7 of octet i. */
static inline unsigned octets_marks(uint64_t w)
{
    /* The product moves the flag of octet i to bit 56 + i. */
    return (unsigned)(((w & OCTETS_HIGH) >> 7) * 0x0102040810204080u >> 56);
}

#if defined(__x86_64__)
#include <emmintrin.h>

/* All bits of each octet that is from..to: it is no further from the start than the end is. */
static inline __m128i octets_between_vector(__m128i v, char from, char to)
{
    __m128i off = _mm_sub_epi8(v, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(off, _mm_set1_epi8((char)(to - from))), off);
}
#endif

#endif
