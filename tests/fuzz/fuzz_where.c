/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Indexes of any bytes: refused, or harmless to whoever asks.
 *
 * The first octet chooses.  0 to 3: a good index, changed by patches of four octets (offset,
 * little-endian; what: 1 octet, or 4 of the little-endian form of the fourth).  Any other: the rest
 * is the index.  Checksums are made to fit wherever there is room for what they are of.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "tests/common/indexed.h"

#define BASES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *options, *text;
    int packed;
} bases[BASES] = {
    {"", "192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n", 0},
    {"format = domains", "a.test\n.b.test\n*.c.test\n", 1},
    {"format = 'rbldnsd:combined'", "$DATASET ip4set @ usa\n192.0.2.1\n$DATASET dnset @\n.a.test\n",
     0},
    {"format = 'rbldnsd:ip4set'", "$FILE 10 one\n192.0.2.1\n\n$FILE 14 two\n!192.0.2.0/24\n\n", 1},
};

static void patch(uint8_t *bytes, size_t len, const uint8_t *data, size_t size)
{
    for (; size >= 4; data += 4, size -= 4) {
        size_t at = (size_t)(data[0] | data[1] << 8);
        uint32_t v = (uint32_t)((int8_t)data[3] >> (data[2] >> 1) % 4);
        if (data[2] % 2 == 0)
            bytes[at % len] = data[3];
        else
            memcpy(bytes + at * 4 % (len - 3), &v, sizeof(v));
    }
}

static void seal_table(uint8_t *bytes, size_t len, struct where_place *p, enum where_table t)
{
    size_t width = where_width(t), per = where_per_block(t);
    if (p->count > len || p->off > len || p->count * width > len - p->off)
        return;
    size_t n = (size_t)((p->count + per - 1) / per), at = (size_t)(p->off + p->count * width);
    if (n > (len - at) / sizeof(struct where_fence))
        return;
    for (size_t i = 0; i < n; i++) {
        size_t count = (size_t)p->count - i * per < per ? (size_t)p->count - i * per : per;
        uint64_t sum = XXH3_64bits(bytes + p->off + i * per * width, count * width);
        memcpy(bytes + at + i * sizeof(struct where_fence) + offsetof(struct where_fence, sum),
               &sum, sizeof(sum));
    }
    p->fences = XXH3_64bits(bytes + at, n * sizeof(struct where_fence));
}

static void seal(uint8_t *bytes, size_t len)
{
    struct where_header h;
    if (len < sizeof(h))
        return;
    memcpy(&h, bytes, sizeof(h));
    h.file_len = len;
    for (unsigned t = 0; t < WHERE_NTABLES; t++)
        seal_table(bytes, len, &h.table[t], (enum where_table)t);
    h.checksum = where_checksum(&h);
    memcpy(bytes, &h, sizeof(h));
}

static void ask(const uint8_t *bytes, size_t len)
{
    static const char *const what[] = {"192.0.2.1", "2001:db8::1", "x.c.test", "a.test"};
    static const char text[] = "192.0.2.1\n192.0.2.0/24\n2001:db8::/32\n";
    char why[WHERE_WHY_MAX], got[256];
    struct name sub = {.len = 1};
    struct where_line line;
    bool under;
    struct where *w = where_read(indexed_file(bytes, len), why);
    if (w == NULL)
        return;
    int list = indexed_file(text, sizeof(text) - 1);
    for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
        indexed_ask(w, what[i], got);
    for (uint32_t i = 0; i < 6; i++) {
        (void)where_text(w, list, i, &line);
        (void)where_under(w, i, &sub, &under);
    }
    (void)close(list);
    where_close(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct indexed made[BASES];
    if (size == 0)
        return 0;
    unsigned base = data[0];
    if (base < BASES && made[base].where == NULL)
        indexed_make(&made[base], bases[base].options, bases[base].text, strlen(bases[base].text),
                     bases[base].packed);
    size_t len = base < BASES ? made[base].len : size - 1;
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    if (bytes == NULL)
        return 0;
    memcpy(bytes, base < BASES ? made[base].bytes : data + 1, len);
    if (base < BASES)
        patch(bytes, len, data + 1, size - 1);
    seal(bytes, len);
    ask(bytes, len);
    free(bytes);
    return 0;
}
