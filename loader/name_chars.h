/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32 octets of a line at once: folded to lower case, and which of them may not be part of a plain
 * name's label, that is are no letter, digit, hyphen or underscore.  Two ways to the same result:
 * by words, on any machine, and by vectors that every x86-64 has.
 */
#ifndef LOADER_NAME_CHARS_H
#define LOADER_NAME_CHARS_H

#include "lib/octets.h"

#define NAME_CHARS 32

static inline uint32_t name_chars_words(const char *s, uint8_t folded[static NAME_CHARS])
{
    uint32_t marks = 0;
    for (unsigned i = 0; i < NAME_CHARS; i += 8) {
        uint64_t w = octets_load(s + i);
        uint64_t letter = octets_between(w | 0x20 * OCTETS_EACH, 'a', 'z');
        uint64_t other =
            octets_between(w, '0', '9') | octets_between(w, '-', '-') | octets_between(w, '_', '_');
        marks |= octets_marks(~(letter | other)) << i;
        w = htole64(w | letter >> 2);
        memcpy(folded + i, &w, sizeof(w));
    }
    return marks;
}

#if defined(__x86_64__)
static inline uint32_t name_chars_vectors(const char *s, uint8_t folded[static NAME_CHARS])
{
    const __m128i bit = _mm_set1_epi8(0x20);
    uint32_t good = 0;
    for (unsigned i = 0; i < NAME_CHARS; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
        __m128i letter = octets_between_vector(_mm_or_si128(v, bit), 'a', 'z');
        __m128i other = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')),
                                     _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
        other = _mm_or_si128(other, octets_between_vector(v, '0', '9'));
        good |= (uint32_t)_mm_movemask_epi8(_mm_or_si128(letter, other)) << i;
        v = _mm_or_si128(v, _mm_and_si128(letter, bit));
        _mm_storeu_si128((__m128i *)(void *)(folded + i), v);
    }
    return ~good;
}

#define name_chars name_chars_vectors
#else
#define name_chars name_chars_words
#endif

#endif
