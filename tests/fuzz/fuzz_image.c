/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images of any bytes: refused, or harmless to lookups and to answering.
 *
 * The first octet chooses.  0 to PROBE_IMAGES - 1: a good image of that number, changed by patches
 * of four octets (offset, little-endian, in units of the third: 1 octet, or 4 of the little-endian
 * form of the fourth).  So the corpus survives changes of the file format.  Any other: the rest is
 * the image.  The checksum is always made to fit.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsd/query.h"
#include "tests/common/probe.h"

#define LOOKUPS 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void patch(uint8_t *bytes, size_t len, const uint8_t *data, size_t size)
{
    for (; size >= 4; data += 4, size -= 4) {
        size_t at = (size_t)(data[0] | data[1] << 8);
        if (data[2] % 2 == 0) {
            bytes[at % len] = data[3];
        } else {
            uint32_t v = (uint32_t)((int8_t)data[3] >> (data[2] >> 1) % 4);
            memcpy(bytes + at * 4 % (len - 3), &v, sizeof(v));
        }
    }
}

/* One good image per number, made once. */
static const uint8_t *base(unsigned i, size_t *len)
{
    static uint8_t *made[PROBE_IMAGES];
    static size_t made_len[PROBE_IMAGES];
    if (!made[i])
        made[i] = probe_image(i, &made_len[i]);
    *len = made_len[i];
    return made[i];
}

/* ANY for a few names of the zone: all records that there are. */
static void answer(const struct image *img)
{
    static const char *const front[] = {"",
                                        "\1"
                                        "2\1"
                                        "0\1"
                                        "0\3"
                                        "127",
                                        "\1"
                                        "5\1"
                                        "0\1"
                                        "0\3"
                                        "127",
                                        "\1a\7example",
                                        "\1q\3usa",
                                        "\2ns"};
    struct zonetab_zone zone = {.image = img};
    struct query_options opt = {.tcp = false};
    uint8_t reply[QUERY_TCP_MAX];
    enum query_result result;
    zone.name.len = img->h->zone_len;
    memcpy(zone.name.wire, img->h->zone, zone.name.len);
    struct zonetab *t = zonetab_build(&zone, 1);
    for (size_t i = 0; t && i < sizeof(front) / sizeof(*front); i++) {
        static const uint8_t types[] = {255, 6, 2, 1, 16, 28};
        for (size_t k = 0; k < sizeof(types); k++) {
            uint8_t msg[12 + 32 + NAME_WIRE_MAX + 4] = {1, 2, 0, 0, 0, 1};
            size_t n = 12;
            memcpy(msg + n, front[i], strlen(front[i]));
            n += strlen(front[i]);
            memcpy(msg + n, img->h->zone, img->h->zone_len);
            n += img->h->zone_len;
            memcpy(msg + n, (uint8_t[]){0, types[k], 0, 1}, 4);
            opt.tcp = (i + k) % 2;
            if (query_answer(t, &opt, msg, n + 4, reply, &result) > QUERY_TCP_MAX)
                abort();
        }
    }
    zonetab_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[IMAGE_WHY_MAX];
    if (size == 0)
        return 0;
    size_t len = size - 1;
    const uint8_t *from = data[0] < PROBE_IMAGES ? base(data[0], &len) : data + 1;
    uint8_t *bytes = malloc(len ? len : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, from, len);
    if (data[0] < PROBE_IMAGES)
        patch(bytes, len, data + 1, size - 1);
    if (len >= sizeof(struct image_header))
        probe_seal(bytes, len);
    if (probe_bytes(bytes, len, size, LOOKUPS)) {
        struct image *img = image_from_bytes(bytes, len, why);
        if (!img)
            abort();
        answer(img);
        image_close(img);
    }
    free(bytes);
    return 0;
}
