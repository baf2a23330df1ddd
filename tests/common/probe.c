/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/common/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/lookup.h"
#include "lib/names.h"
#include "lib/tree_many.h"
#include "tests/common/testzone.h"

#define SPANS 16 /* walked from each starting point */

/* Keeps results alive, so that no lookup is optimised away. */
static volatile uint64_t sink;

static void *copy(const void *bytes, size_t len)
{
    void *p = malloc(len ? len : 1);
    if (!p)
        abort();
    if (len)
        memcpy(p, bytes, len);
    return p;
}

static bool places_sections(const struct image_header *h, size_t len)
{
    static const size_t unit[IMAGE_NSECTIONS] = {sizeof(struct image_source),
                                                 sizeof(struct image_view),
                                                 8,
                                                 4,
                                                 1,
                                                 sizeof(struct image_set),
                                                 4,
                                                 1,
                                                 4};
    uint64_t at = sizeof(*h);
    if (h->header_len != sizeof(*h) || h->file_len != len || h->version != IMAGE_VERSION ||
        memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0)
        return false;
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++) {
        struct image_span s = h->section[i];
        if (s.off % IMAGE_ALIGN != 0 || s.off < at || s.off > len || s.len > len - s.off ||
            s.len % unit[i] != 0)
            return false;
        at = s.off + s.len;
    }
    return true;
}

struct image *probe_open(const uint8_t *bytes, size_t len)
{
    struct image_header *h;
    void *part[IMAGE_NSECTIONS];
    if (len < sizeof(*h))
        return NULL;
    h = copy(bytes, sizeof(*h));
    if (!places_sections(h, len) || h->checksum != image_checksum(bytes, len)) {
        free(h);
        return NULL;
    }
    for (unsigned i = 0; i < IMAGE_NSECTIONS; i++)
        part[i] = copy(bytes + h->section[i].off, h->section[i].len);
    struct image *img = calloc(1, sizeof(*img));
    if (!img)
        abort();
    *img = (struct image){
        .h = h,
        .sources = part[IMAGE_SOURCES],
        .views = part[IMAGE_VIEWS],
        .cells = part[IMAGE_CELLS],
        .buckets = part[IMAGE_BUCKETS],
        .records = part[IMAGE_RECORDS],
        .sets = part[IMAGE_SETS],
        .groups = part[IMAGE_GROUPS],
        .texts = part[IMAGE_TEXTS],
        .fixed = part[IMAGE_FIXED],
        .fixed_end = (const uint8_t *)part[IMAGE_FIXED] + h->section[IMAGE_FIXED].len,
        .nsources = (uint32_t)(h->section[IMAGE_SOURCES].len / sizeof(struct image_source)),
        .nviews = (uint32_t)(h->section[IMAGE_VIEWS].len / sizeof(struct image_view)),
        .nsets = (uint32_t)(h->section[IMAGE_SETS].len / sizeof(struct image_set)),
    };
    return img;
}

void probe_close(struct image *img)
{
    const void *part[] = {img->h,       img->sources, img->views,  img->cells, img->buckets,
                          img->records, img->sets,    img->groups, img->texts, img->fixed};
    for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
        free((void *)(uintptr_t)part[i]);
    free(img);
}

/* --- trees --- */

static struct addr6 draw_address(uint64_t *seed)
{
    struct addr6 a = {testzone_random(seed), testzone_random(seed)};
    struct addr6 keep = addr6_mask((unsigned)(testzone_random(seed) >> 32) % 129);
    if (testzone_random(seed) >> 63)
        return (struct addr6){a.hi & keep.hi, a.lo & keep.lo};
    return (struct addr6){a.hi & ~keep.hi, a.lo & ~keep.lo};
}

/* From span to span; what a span says, a lookup at its ends must say too. */
static void walk_spans(const struct image *img, uint32_t root, unsigned levels, struct addr6 at)
{
    struct addr6 first, last;
    for (unsigned i = 0; i < SPANS; i++) {
        uint32_t set = tree_span(img->cells, root, levels, at, &first, &last);
        bool four = levels == TREE_LEVELS4;
        uint32_t a = four ? tree_find4(img->cells, root, (uint32_t)first.lo)
                          : tree_find6(img->cells, root, first);
        uint32_t b = four ? tree_find4(img->cells, root, (uint32_t)last.lo)
                          : tree_find6(img->cells, root, last);
        if (a != set || b != set || set >= img->nsets)
            abort();
        at = (struct addr6){last.hi + (last.lo == UINT64_MAX), last.lo + 1};
        if ((four && at.lo > UINT32_MAX) || (at.hi == 0 && at.lo == 0))
            return;
    }
}

static void probe_trees(const struct image *img, const struct image_view *v, uint64_t *seed)
{
    struct addr6 a = draw_address(seed);
    uint32_t a4 = (uint32_t)a.lo;
    struct tree_probe four, six, *both[] = {&four, &six};
    tree_probe_start(&four, img->cells, v->tree4, a4);
    tree_probe_start(&six, img->cells, v->tree6, (uint32_t)(a.hi >> 32));
    tree_find_many(both, 2);
    uint32_t set = four.set;
    tree_find_many_plain(both, 2);
    if (set != four.set || set != tree_find4(img->cells, v->tree4, a4))
        abort();
    for (unsigned len = 0; len <= 128; len += 1 + (unsigned)(*seed % 5)) {
        sink += tree_any6(img->cells, v->tree6, a, len);
        if (len <= 32)
            sink += tree_any4(img->cells, v->tree4, a4, len);
    }
    walk_spans(img, v->tree4, TREE_LEVELS4, (struct addr6){0, a4});
    walk_spans(img, v->tree6, TREE_LEVELS6, a);
}

/* --- names --- */

/* A label that some record has, or any octets; returns what was written. */
static size_t draw_label(const struct image *img, const struct image_view *v, uint64_t *seed,
                         uint8_t *out)
{
    static const char *const common[] = {"\1a",
                                         "\4test",
                                         "\7invalid",
                                         "\3"
                                         "127",
                                         "\1"
                                         "0",
                                         "\3ns1"};
    uint64_t draw = testzone_random(seed) >> 16;
    if (v->nbuckets > 0 && draw % 8 != 0) {
        const uint32_t *offs = img->buckets + v->bucket0 + draw / 8 % v->nbuckets;
        const uint8_t *p = img->records + offs[0];
        if (offs[0] < offs[1]) {
            names_varint(&p);
            size_t n = *p++ & 63;
            out[0] = (uint8_t)n;
            memcpy(out + 1, p, n);
            return n + 1;
        }
    }
    const char *label = common[draw / 8 % (sizeof(common) / sizeof(*common))];
    memcpy(out, label, (size_t)label[0] + 1);
    return (size_t)label[0] + 1;
}

static void draw_name(const struct image *img, const struct image_view *v, uint64_t *seed,
                      struct name *out)
{
    uint8_t front[6 * 64];
    struct name zone = {.len = img->h->zone_len}, sub = {.len = v->sub_len}, rel;
    size_t len = 0;
    memcpy(zone.wire, img->h->zone, zone.len);
    memcpy(sub.wire, v->sub, sub.len);
    for (uint64_t i = testzone_random(seed) >> 32; i % 5 != 0; i++)
        len += draw_label(img, v, seed, front + len);
    front[len++] = 0;
    *out = zone;
    if (len > NAME_WIRE_MAX)
        return;
    struct name all = {.len = (uint8_t)len};
    memcpy(all.wire, front, len);
    if (!name_join(&all, &sub, &rel) || !name_join(&rel, &zone, out))
        *out = zone;
}

/* --- answers --- */

static void probe_set(const struct image *img, uint32_t set)
{
    static const struct text_subject subject = {"192.0.2.1", "example.com", 9, 11};
    const struct image_group *g = answerset_group(img, set);
    uint8_t *text = malloc(300);
    if (!text)
        abort();
    for (unsigned i = 0; i < answerset_na(img, set); i++)
        sink += answerset_a(img, set, i);
    for (unsigned i = 0; i < answerset_ntexts(img, set); i++)
        sink += answerset_text(img, set, i, &subject, text, 300);
    for (unsigned i = 0; i < answerset_nsources(img, set); i++)
        sink += strlen(img->sources[answerset_source(img, set, i)].name);
    const uint8_t *rr = g->rr + g->a_len;
    for (unsigned i = 0; i < g->nother; i++) {
        size_t n = 12u + (size_t)(rr[10] << 8 | rr[11]);
        sink += image_checksum(rr, n) + rr[n - 1];
        rr += n;
    }
    free(text);
}

static void probe_fixed(const struct image *img)
{
    for (const uint8_t *p = img->fixed; p < img->fixed_end;) {
        const struct image_rr *rr = (const struct image_rr *)(const void *)p;
        uint8_t *copied = copy(rr->data, (size_t)rr->owner_len + rr->rdlen);
        for (unsigned i = 0; i < 2; i++)
            if (rr->hole[i] != IMAGE_NO_HOLE)
                memset(copied + rr->owner_len + rr->hole[i], 0xc0, 2);
        free(copied);
        p += image_rr_size(rr);
    }
}

void probe_lookups(const struct image *img, uint64_t seed, unsigned count)
{
    struct lookup_result r;
    struct name name;
    struct lookup_range range;
    if (seed % 64 == 0) { /* slow: up to 65536 steps each */
        lookup_range(img, img->views, 4, (struct addr6){0, (uint32_t)seed}, &range);
        lookup_range(img, img->views, 6, (struct addr6){seed, seed}, &range);
    }
    seed |= 1;
    for (uint32_t i = 1; i < img->nsets; i++)
        probe_set(img, i);
    probe_fixed(img);
    for (unsigned i = 0; i < count; i++) {
        const struct image_view *v = &img->views[testzone_random(&seed) % img->nviews];
        if (i % 16 == 0)
            probe_trees(img, v, &seed);
        draw_name(img, v, &seed, &name);
        struct name *exact = copy(&name, offsetof(struct name, wire) + name.len);
        testzone_lookup_wire(img, exact, &r);
        for (unsigned k = 0; k < r.nset; k++)
            if (r.set[k] == 0 || r.set[k] >= img->nsets)
                abort();
        free(exact);
    }
}

bool probe_bytes(const uint8_t *bytes, size_t len, uint64_t seed, unsigned count)
{
    char why[IMAGE_WHY_MAX] = "";
    struct image *img = image_from_bytes(bytes, len, why);
    struct image *parts = probe_open(bytes, len);
    const char *reason = parts ? image_verify(parts) : "sections";
    bool good = img != NULL;
    if (good != (reason == NULL) || (!good && why[0] == 0))
        abort();
    if (good)
        probe_lookups(parts, seed, count);
    if (parts)
        probe_close(parts);
    image_close(img);
    return good;
}

void probe_seal(uint8_t *bytes, size_t len)
{
    uint64_t sum = image_checksum(bytes, len);
    memcpy(bytes + offsetof(struct image_header, checksum), &sum, sizeof(sum));
}

/* --- images --- */

static const struct testzone zones[PROBE_IMAGES] = {
    {.name = "bl.test",
     .list =
         {{.name = "one", .a = "127.0.0.3", .txt = "see $", .entries = "127.0.0.4/30\n127.9.0.7\n"},
          {.name = "two", .a = "127.0.0.4", .txt = "$$$", .entries = "127.0.0.5\n127.9.0.0/16\n"},
          {.name = "out", .exclude = true, .entries = "127.9.1.0/24\n"}},
     .ns = {{.name = "ns.bl.test", .a = "127.0.0.1", .aaaa = "::1"}}},
    {.name = "six.test",
     .no_test_points = true,
     .list = {{.name = "one", .entries = "2001:db8::/40\n2001:db8:100::1\n2001:db8:100::3\n"},
              {.name = "two", .a = "127.0.0.9", .entries = "2001:db8:80::/41\n2001:db9::/32\n"}}},
    {.name = "dbl.test",
     .no_test_points = true,
     .list =
         {{.name = "one", .format = "domains", .entries = "a.example\n.b.example\n*.c.net\n"},
          {.name = "two", .format = "domains", .a = "127.0.0.9", .entries = "x.b.example\nnet\n"},
          {.name = "out", .format = "domains", .exclude = true, .entries = ".y.c.net\n"}},
     .ns = {{.name = "ns.dbl.test", .a = "127.0.0.1"}}},
    {.name = "s",
     .no_test_points = true,
     .bitmask = true,
     .list = {{.name = "one", .format = "domains", .entries = ".uniform.example\nother\n"},
              {.name = "two", .sub = "usa", .a = "127.0.0.4", .entries = "10.0.0.0/15\n"},
              {.name = "three", .sub = "usa", .a = "127.0.0.8", .entries = "10.1.2.3\n"},
              {.name = "four", .sub = "b.usa", .format = "domains", .entries = "n\n"}}},
    {.name = "dense.test",
     .list = {{.name = "one", .entries = ""},
              {.name = "two", .a = "127.0.0.3", .entries = "10.0.0.0/17\n"}}},
};

/* Addresses 10.N.0.0 + k: more of them in each /16, so that all encodings come to be used. */
static void add_dense(struct entries *e)
{
    static const uint32_t every[] = {2, 150, 900, 3};
    for (uint32_t block = 0; block < 4; block++)
        for (uint32_t k = 0; k < 65536; k += every[block] + (k & 1))
            if (!entries_add_addr4(e, 10u << 24 | block << 16 | k))
                abort();
}

uint8_t *probe_image(unsigned i, size_t *len)
{
    struct testjob *job = testjob_new(&zones[i]);
    if (i + 1 == PROBE_IMAGES)
        add_dense(&job->data[0].entries);
    uint8_t *bytes = testjob_compile(job, len);
    testjob_free(job);
    return bytes;
}
