/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of any text, compiled: the image must open, and answer as the linear model does.
 *
 * Lines go to lists by their first octet: letters A to F name list and format, anything else
 * continues with the list before.  The octet before the first line sets options of the zone.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/format.h"
#include "tests/common/zonemodel.h"

#define LISTS     6
#define ASK       40
#define SIZE_MOST 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct testzone shape = {
    .name = "f",
    .list =
        {
            {.name = "a", .entries = "", .a = "127.0.0.2", .txt = "$"},
            {.name = "b", .entries = "", .a = "127.0.0.4", .txt = "b"},
            {.name = "c", .entries = "", .format = "domains", .a = "127.0.0.2", .txt = "b"},
            {.name = "d", .entries = "", .format = "domains", .a = "127.0.0.8"},
            {.name = "e", .entries = "", .exclude = true},
            {.name = "f", .entries = "", .format = "domains", .exclude = true},
        },
    .ns = {{.name = "ns.f", .a = "127.0.0.1", .aaaa = "::1"}},
};

static void parse_lines_into(struct testjob *j, const uint8_t *data, size_t size)
{
    unsigned list = 0;
    for (size_t n; size > 0; data += n, size -= n) {
        const uint8_t *lf = memchr(data, '\n', size);
        n = lf ? (size_t)(lf - data) + 1 : size;
        size_t skip = data[0] >= 'A' && data[0] < 'A' + LISTS;
        if (skip)
            list = data[0] - (unsigned)'A';
        struct parse p = {.out = &j->data[list].entries};
        if (!format_find(j->list[list].format)->parse(&p, (const char *)data + skip, n - skip))
            abort();
    }
}

/* A name near an entry of the model. */
static void ask(const struct model *m, uint64_t *seed, struct name *out)
{
    char text[TESTZONE_REVERSED6] = "";
    uint64_t draw = testzone_random(seed) >> 8;
    const struct model_entry *e = &m->entry[draw % m->n];
    struct name rel = {.len = 1};
    struct addr6 a = draw & 1 << 20 ? e->first : e->last;
    a.lo += (draw >> 21) % 3 - 1;
    if (e->kind == MODEL_NAME)
        rel = e->name;
    else if (e->kind == MODEL_ADDR4)
        testzone_reverse4(text, (uint32_t)a.lo);
    else
        testzone_reverse6(text, a);
    const char *at = text;
    for (uint64_t cut = (draw >> 24) % 3; cut > 0 && strchr(at, '.'); cut--)
        at = strchr(at, '.') + 1;
    if (*at && name_parse(at, strlen(at), &rel) != NULL)
        abort();
    if (!name_join(&rel, &m->job->zone.name, out))
        *out = m->job->zone.name;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SIZE_MOST)
        return 0;
    struct testzone z = shape;
    z.bitmask = data[0] & 1;
    z.no_test_points = data[0] & 2;
    for (unsigned i = 0; data[0] & 4 && i < 4; i += 2)
        z.list[i + 1].sub = i ? "b.sub" : "sub";
    struct testjob *j = testjob_new(&z);
    parse_lines_into(j, data + 1, size - 1);
    struct model *m = model_new(j);
    size_t len;
    uint64_t seed = size;
    uint8_t *bytes = testjob_compile(j, &len);
    struct image *img = testzone_open(bytes, len);
    for (unsigned i = 0; m->n > 0 && i < ASK; i++) {
        struct name name;
        ask(m, &seed, &name);
        if (!model_agrees(m, img, &name))
            abort();
    }
    image_close(img);
    free(bytes);
    model_free(m);
    testjob_free(j);
    return 0;
}
