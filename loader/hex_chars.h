/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 48 octets of a line as hexadecimal digits, in two ways as loader/name_chars.h does it.  The value
 * of what is no digit means nothing.
 */
#ifndef LOADER_HEX_CHARS_H
#define LOADER_HEX_CHARS_H

#include "lib/octets.h"

#define HEX_CHARS 48

/* Bit i of the result: octet i is a digit. */
static inline uint64_t hex_chars_words(const char *s, uint8_t value[static HEX_CHARS])
{
    uint64_t digits = 0;
    for (unsigned i = 0; i < HEX_CHARS; i += 8) {
        uint64_t w = octets_load(s + i);
        uint64_t letter = octets_between(w | 0x20 * OCTETS_EACH, 'a', 'f');
        uint64_t digit = octets_between(w, '0', '9');
        digits |= (uint64_t)octets_marks(letter | digit) << i;
        w = htole64(octets_hex(w, letter));
        memcpy(value + i, &w, sizeof(w));
    }
    return digits;
}

#if defined(__x86_64__)
static inline uint64_t hex_chars_vectors(const char *s, uint8_t value[static HEX_CHARS])
{
    const __m128i nine = _mm_set1_epi8(9), low = _mm_set1_epi8(15);
    uint64_t digits = 0;
    for (unsigned i = 0; i < HEX_CHARS; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
        __m128i letter = octets_between_vector(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'f');
        __m128i digit = octets_between_vector(v, '0', '9');
        digits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(letter, digit)) << i;
        v = _mm_add_epi8(_mm_and_si128(v, low), _mm_and_si128(letter, nine));
        _mm_storeu_si128((__m128i *)(void *)(value + i), v);
    }
    return digits;
}

#define hex_chars hex_chars_vectors
#else
#define hex_chars hex_chars_words
#endif

#endif
