/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged images: refused, or harmless to every kind of lookup.
 *
 * Each kind of damage is done twice: with the checksum as it was, where everything must be refused,
 * and with a checksum made to fit, where the verification of each index and count stands alone.
 *
 *   image_damage [SEED [FLIPS]]      also DAMAGE_SEED, DAMAGE_FLIPS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/probe.h"
#include "tests/common/testzone.h"

#define LOOKUPS 1000

struct tally {
    unsigned refused, harmless;
};

static void fail(unsigned image, const char *what, size_t at)
{
    fprintf(stderr, "image %u accepted after %s at octet %zu\n", image, what, at);
    exit(EXIT_FAILURE);
}

/* The bytes as damaged, then sealed; they are left sealed. */
static void try(uint8_t *bytes, size_t len, unsigned image, size_t at, struct tally *t)
{
    char why[IMAGE_WHY_MAX];
    struct image *img = image_from_bytes(bytes, len, why);
    if (img)
        fail(image, "damage", at);
    if (len >= sizeof(struct image_header))
        probe_seal(bytes, len);
    if (probe_bytes(bytes, len, at, LOOKUPS))
        t->harmless++;
    else
        t->refused++;
}

/* Every bit of the header; a flip of the checksum itself is undone by sealing. */
static void flip_header(const uint8_t *good, size_t len, unsigned image, struct tally *t)
{
    uint8_t *bytes = malloc(len);
    if (!bytes)
        abort();
    for (size_t at = 0; at < sizeof(struct image_header); at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bytes, good, len);
            bytes[at] ^= (uint8_t)(1u << bit);
            try(bytes, len, image, at, t);
        }
    free(bytes);
}

/* One to four octets anywhere. */
static void flip_any(const uint8_t *good, size_t len, unsigned image, uint64_t *seed,
                     unsigned flips, struct tally *t)
{
    uint8_t *bytes = malloc(len);
    if (!bytes)
        abort();
    for (unsigned i = 0; i < flips; i++) {
        size_t at = 0;
        memcpy(bytes, good, len);
        for (uint64_t n = 1 + testzone_random(seed) % 4; n > 0; n--) {
            at = (testzone_random(seed) >> 16) % len;
            bytes[at] ^= (uint8_t)(1 + (testzone_random(seed) >> 32) % 255);
        }
        if (memcmp(bytes, good, len) != 0)
            try(bytes, len, image, at, t);
    }
    free(bytes);
}

/*
 * Every length.  Sealed, the header also claims the new length, and the last section ends there, or
 * nothing behind the check of the length would be reached.
 */
static void claim_length(struct image_header *h, size_t n)
{
    struct image_span *last = &h->section[IMAGE_NSECTIONS - 1];
    h->file_len = n;
    if (last->off <= n)
        last->len = (n - last->off) & ~(uint64_t)3;
}

static void truncate_all(const uint8_t *good, size_t len, unsigned image, struct tally *t)
{
    for (size_t n = 0; n < len; n++) {
        char why[IMAGE_WHY_MAX];
        uint8_t *bytes = malloc(n ? n : 1);
        if (!bytes)
            abort();
        memcpy(bytes, good, n);
        struct image *img = image_from_bytes(bytes, n, why);
        if (img)
            fail(image, "truncation", n);
        if (n >= sizeof(struct image_header))
            claim_length((struct image_header *)(void *)bytes, n);
        try(bytes, n, image, n, t);
        free(bytes);
    }
}

static uint64_t setting(int argc, char **argv, int i, const char *env, uint64_t dflt)
{
    const char *s = argc > i ? argv[i] : getenv(env);
    return s && *s ? strtoull(s, NULL, 0) : dflt;
}

int main(int argc, char **argv)
{
    uint64_t seed = setting(argc, argv, 1, "DAMAGE_SEED", 20240229);
    unsigned flips = (unsigned)setting(argc, argv, 2, "DAMAGE_FLIPS", 10000);
    uint64_t state = seed | 1;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (unsigned i = 0; i < PROBE_IMAGES; i++) {
        struct tally header = {0}, any = {0}, cut = {0};
        size_t len;
        uint8_t *good = probe_image(i, &len);
        bool small = i + 1 < PROBE_IMAGES;
        if (!probe_bytes(good, len, seed, LOOKUPS)) {
            fprintf(stderr, "image %u is refused undamaged\n", i);
            return EXIT_FAILURE;
        }
        if (i == 0) /* all headers are alike */
            flip_header(good, len, i, &header);
        if (small)
            truncate_all(good, len, i, &cut);
        flip_any(good, len, i, &state, small ? flips / 4 : flips / 10, &any);
        printf("image %u, %zu octets: header bits %u refused %u harmless, octets %u %u, "
               "truncated %u %u\n",
               i, len, header.refused, header.harmless, any.refused, any.harmless, cut.refused,
               cut.harmless);
        free(good);
    }
    printf("seed %llu\n", (unsigned long long)seed);
    return EXIT_SUCCESS;
}
