/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32 octets of a line at once: folded to lower case, and which of them may not be part of a plain
 * name's label, that is are no letter, digit, hyphen or underscore.  Two ways to the same result:
 * by words, on any machine, and by vectors that every x86-64 has.
 */
#ifndef LOADER_NAME_CHARS_H
#define LOADER_NAME_CHARS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define NAME_CHARS 32
#define NAME_EACH  0x0101010101010101u

/* Each range is tested by two sums whose bit 7 says at least and more than, which seven bits never
 * carry over into the next octet. */
static inline uint32_t name_chars_words(const char *s, uint8_t folded[static NAME_CHARS])
{
    const uint64_t high = 0x80 * NAME_EACH;
    uint32_t marks = 0;
    for (unsigned i = 0; i < NAME_CHARS; i += 8) {
        uint64_t w;
        memcpy(&w, s + i, sizeof(w));
        w = le64toh(w);
        uint64_t low = w & ~high, lower = low | 0x20 * NAME_EACH;
        uint64_t letter = (lower + (0x80 - 'a') * NAME_EACH) & ~(lower + (0x7f - 'z') * NAME_EACH);
        uint64_t digit = (low + (0x80 - '0') * NAME_EACH) & ~(low + (0x7f - '9') * NAME_EACH);
        uint64_t hyphen = ~((low ^ '-' * NAME_EACH) + 0x7f * NAME_EACH);
        uint64_t line = ~((low ^ '_' * NAME_EACH) + 0x7f * NAME_EACH);
        letter &= ~w & high;
        uint64_t bad = ~(letter | ((digit | hyphen | line) & ~w)) & high;
        /* The product moves the flag of octet k to bit 56 + k. */
        marks |= (uint32_t)((bad >> 7) * 0x0102040810204080u >> 56) << i;
        w = htole64(w | letter >> 2);
        memcpy(folded + i, &w, sizeof(w));
    }
    return marks;
}

#if defined(__x86_64__)
#include <emmintrin.h>

/* A range is tested by one comparison: what is no further from its start than its end is. */
static inline __m128i name_in_range(__m128i v, char from, char to)
{
    __m128i off = _mm_sub_epi8(v, _mm_set1_epi8(from));
    return _mm_cmpeq_epi8(_mm_min_epu8(off, _mm_set1_epi8((char)(to - from))), off);
}

static inline uint32_t name_chars_vectors(const char *s, uint8_t folded[static NAME_CHARS])
{
    const __m128i bit = _mm_set1_epi8(0x20);
    uint32_t good = 0;
    for (unsigned i = 0; i < NAME_CHARS; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
        __m128i letter = name_in_range(_mm_or_si128(v, bit), 'a', 'z');
        __m128i other = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')),
                                     _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
        other = _mm_or_si128(other, name_in_range(v, '0', '9'));
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
