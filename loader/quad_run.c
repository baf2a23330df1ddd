/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With vectors of 16 octets (SSE4.1): 64 octets are searched for line feeds at once, so that where
 * a line starts is known before the one in front of it is read; then
 *
 *     1 9 2 . 0 . 2 . 1 0 \n          marks: which of the 16 octets are no digits, up to the end
 *           ^   ^   ^      ^
 *     there are 81 ways to set them, a multiplication tells them apart, and each has a form:
 *
 *     1 9 2 -  0 - - -  2 - - -  ...  the digits, moved to four octets for each number
 *     hundred 100, 10, 1 times these, summed up: four numbers of 32 bits.
 *
 * A number is below 256 and not below what its length promises (10, 100), or the line is left to
 * quad_line(), as is all whose marks are none of the 81.
 */
#include "loader/quad_run.h"

#include <pthread.h>
#include <stdbool.h>

#include "loader/quad.h"

const char *quad_run_plain(const char *s, const char *stop, const char *end, uint32_t *out,
                           size_t *n)
{
    uint32_t *first = out;
    size_t len;
    while (s < stop && end - s >= QUAD_WINDOW && (len = quad_line(s, out)) > 0) {
        s += len;
        out++;
    }
    *n = (size_t)(out - first);
    return s;
}

#if defined(__x86_64__)
#include <smmintrin.h>

#define FORMS      256
#define MULTIPLIER 0x86e5b70dU /* no two of the 81 meet in the upper 8 of 32 bits */

struct form {
    uint8_t move[16]; /* for pshufb: from where, 0x80: nothing */
    uint8_t least[4]; /* of each number */
    uint32_t marks;   /* 0: no line looks so */
    uint8_t unused[8];
};

static struct form forms[FORMS];
static pthread_once_t forms_once = PTHREAD_ONCE_INIT;

static inline unsigned form_of(uint32_t marks)
{
    return marks * MULTIPLIER >> 24;
}

static void make_form(const unsigned digits[4])
{
    static const uint8_t least[] = {0, 0, 10, 100};
    struct form f = {.marks = 0};
    unsigned at = 0;
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++) /* ones stand third, whatever the length */
            f.move[4 * i + k] =
                k < 3 && k + digits[i] >= 3 ? (uint8_t)(at + k + digits[i] - 3) : 0x80;
        f.least[i] = least[digits[i]];
        at += digits[i];
        f.marks |= 1U << at++;
    }
    forms[form_of(f.marks)] = f;
}

static void make_forms(void)
{
    for (unsigned i = 0; i < 81; i++)
        make_form((const unsigned[]){i / 27 + 1, i / 9 % 3 + 1, i / 3 % 3 + 1, i % 3 + 1});
}

int quad_run_has_vectors(void)
{
    return __builtin_cpu_supports("sse4.1");
}

/* Bit i: octet i of the 64 is a line feed. */
__attribute__((target("sse4.1"))) static inline uint64_t line_feeds(const char *s)
{
    const __m128i lf = _mm_set1_epi8('\n');
    uint64_t found = 0;
    for (unsigned i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const void *)(s + 16 * i));
        found |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, lf)) << 16 * i;
    }
    return found;
}

/* The line of len octets at s, 16 octets readable, behind which a line feed stands; false: look
 * at it again. */
__attribute__((target("sse4.1"))) static inline bool read_line(const char *s, size_t len,
                                                               uint32_t *addr)
{
    __m128i v = _mm_loadu_si128((const void *)s);
    __m128i value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    __m128i dot = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));
    uint32_t upto = (2U << (len & 15)) - 1;
    uint32_t marks = ~(uint32_t)_mm_movemask_epi8(digit) & upto;
    uint32_t dots = (uint32_t)_mm_movemask_epi8(dot) & upto;
    const struct form *f = &forms[form_of(marks)];
    /* All marks but the line feed are dots. */
    if (len > 15 || f->marks != marks || (dots | 1U << (len & 15)) != marks)
        return false;
    const __m128i weights = _mm_set1_epi32(0x00010a64);
    __m128i digits = _mm_shuffle_epi8(value, _mm_loadu_si128((const void *)f->move));
    __m128i pairs = _mm_maddubs_epi16(digits, weights);
    __m128i number = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
    int32_t packed;
    memcpy(&packed, f->least, sizeof(packed));
    __m128i least = _mm_cvtepu8_epi32(_mm_cvtsi32_si128(packed));
    __m128i bad =
        _mm_or_si128(_mm_cmpgt_epi32(least, number), _mm_cmpgt_epi32(number, _mm_set1_epi32(255)));
    /* Octet 0 of each number, the last number lowest. */
    *addr = (uint32_t)_mm_cvtsi128_si32(_mm_shuffle_epi8(number, _mm_set1_epi32(0x0004080c)));
    return _mm_movemask_epi8(bad) == 0;
}

__attribute__((target("sse4.1"))) const char *
quad_run_vectors(const char *s, const char *stop, const char *end, uint32_t *out, size_t *n)
{
    uint32_t *first = out;
    size_t len, rest = 0;
    pthread_once(&forms_once, make_forms);
    for (const char *block = s; end - block >= QUAD_RUN_WINDOW && s < stop; block += 64) {
        for (uint64_t lf = line_feeds(block); lf != 0 && s < stop; lf &= lf - 1, out++) {
            const char *feed = block + __builtin_ctzll(lf);
            if (read_line(s, (size_t)(feed - s), out)) {
                s = feed + 1;
                continue;
            }
            if ((len = quad_line(s, out)) == 0)
                goto out;
            s += len;
        }
    }
    s = quad_run_plain(s, stop, end, out, &rest);
out:
    *n = (size_t)(out - first) + rest;
    return s;
}
#else
int quad_run_has_vectors(void)
{
    return 0;
}

const char *quad_run_vectors(const char *s, const char *stop, const char *end, uint32_t *out,
                             size_t *n)
{
    return quad_run_plain(s, stop, end, out, n);
}
#endif

const char *quad_run(const char *s, const char *stop, const char *end, uint32_t *out, size_t *n)
{
    return quad_run_has_vectors() ? quad_run_vectors(s, stop, end, out, n)
                                  : quad_run_plain(s, stop, end, out, n);
}
