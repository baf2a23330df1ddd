/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random zones compiled and compared with tests/common/zonemodel.c on a million questions.
 *
 * Entries are drawn close together, so that they nest, touch and overlap; questions are drawn from
 * entries, one step beside their borders, and from the names above and below them.
 *
 *   model_zone [SEED [ZONES [QUESTIONS]]]      also MODEL_SEED, MODEL_ZONES, MODEL_QUESTIONS
 *
 * The seed is fixed unless given ("time" is one): a failure repeats.  QUESTIONS are per zone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/common/zonemodel.h"

#define TEXT_MAX 65536
#define BASES    3

struct run {
    uint64_t seed;
    struct addr6 base6[BASES];
    uint32_t base4[BASES];
    char text[TESTZONE_LISTS][TEXT_MAX];
    char name[TESTZONE_LISTS][16];
};

static uint32_t below(struct run *r, uint32_t n)
{
    return (uint32_t)(testzone_random(&r->seed) >> 32) % n;
}

static bool chance(struct run *r, uint32_t percent)
{
    return below(r, 100) < percent;
}

/* --- addresses --- */

/* Near one of few bases: some low bits differ. */
static uint32_t near4(struct run *r)
{
    uint32_t noise = (uint32_t)testzone_random(&r->seed);
    return r->base4[below(r, BASES)] ^ (noise & ~addr4_mask(below(r, 33)));
}

static struct addr6 near6(struct run *r)
{
    struct addr6 keep = addr6_mask(below(r, 129)), a = r->base6[below(r, BASES)];
    a.hi ^= testzone_random(&r->seed) & ~keep.hi;
    a.lo ^= testzone_random(&r->seed) & ~keep.lo;
    return a;
}

static void draw_bases(struct run *r)
{
    for (unsigned i = 0; i < BASES; i++) {
        r->base4[i] = (uint32_t)testzone_random(&r->seed);
        r->base6[i] = (struct addr6){testzone_random(&r->seed), testzone_random(&r->seed)};
    }
    if (chance(r, 30)) /* the ends of the address spaces, test points, mapped addresses */
        r->base4[0] = chance(r, 50) ? 0 : UINT32_MAX;
    if (chance(r, 30))
        r->base4[1] = 0x7f000000 | below(r, 4);
    if (chance(r, 30))
        r->base6[0] = chance(r, 50) ? (struct addr6){0, 0} : (struct addr6){~0ull, ~0ull};
    if (chance(r, 30))
        r->base6[1] = (struct addr6){0, 0xffff00000000u | r->base4[1]};
}

/* Mostly long prefixes; now and then any length at all. */
static unsigned draw_len(struct run *r, unsigned max)
{
    uint32_t kind = below(r, 10);
    if (kind < 5)
        return max;
    return kind < 9 ? max - below(r, max / 2) : below(r, max + 1);
}

static void draw_address(struct run *r, char *out, size_t cap)
{
    struct prefix p = {.family = chance(r, 55) ? 4 : 6};
    unsigned max = p.family == 4 ? 32 : 128;
    p.addr = p.family == 4 ? (struct addr6){0, near4(r)} : near6(r);
    p.len = (uint8_t)draw_len(r, max);
    if (p.len == 0 && chance(r, 90))
        p.len = 1; /* 0/0 hides all else */
    char text[PREFIX_TEXT_MAX];
    prefix_format(text, &p);
    snprintf(out, cap, "%s\n", text);
}

/* --- names --- */

static const char *draw_label(struct run *r)
{
    static const char *const labels[] = {"a",   "b",    "c",    "0",       "1",  "25",
                                         "foo", "mail", "test", "invalid", "ns1"};
    return labels[below(r, sizeof(labels) / sizeof(*labels))];
}

static void draw_name(struct run *r, char *out, size_t cap)
{
    static const char *const scope[] = {"", "", ".", "*."};
    static const char *const top[] = {"example", "net", "x", "a", "test"};
    size_t n = (size_t)snprintf(out, cap, "%s", scope[below(r, 4)]);
    for (uint32_t i = below(r, 4); i > 0; i--)
        n += (size_t)snprintf(out + n, cap - n, "%s.", draw_label(r));
    snprintf(out + n, cap - n, "%s\n", top[below(r, sizeof(top) / sizeof(*top))]);
}

/* --- zones --- */

static void draw_list(struct run *r, unsigned i, struct testlist *out)
{
    static const char *const txt[] = {"", "one $", "one $", "$$ and $", "three"};
    static const char *const a[] = {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.8"};
    bool names = chance(r, 40);
    unsigned n = chance(r, 10) ? 0 : chance(r, 5) ? 400 : below(r, 40);
    size_t len = 0;
    for (; n > 0; n--) {
        char *at = r->text[i] + len;
        if (names)
            draw_name(r, at, TEXT_MAX - len);
        else
            draw_address(r, at, TEXT_MAX - len);
        len += strlen(at);
    }
    r->text[i][len] = 0;
    snprintf(r->name[i], sizeof(r->name[i]), "list%u", i);
    *out = (struct testlist){.name = r->name[i],
                             .format = names ? "domains" : "plain",
                             .entries = chance(r, 3) ? NULL
                                        : names      ? r->text[i]
                                                     : "",
                             .txt = txt[below(r, 5)],
                             .a = a[below(r, 4)]};
}

static void draw_zone(struct run *r, struct testzone *z)
{
    static const char *const sub[] = {"usa", "a", "b.a", "7"};
    unsigned n = 1 + below(r, 7);
    *z = (struct testzone){.name = chance(r, 90) ? "bl.test" : "z", .bitmask = chance(r, 20)};
    z->no_test_points = chance(r, 15);
    draw_bases(r);
    for (unsigned i = 0; i < n; i++) {
        draw_list(r, i, &z->list[i]);
        z->list[i].exclude = chance(r, 20);
    }
    if (chance(r, 30)) /* the last lists stand under sub-names */
        for (unsigned i = n / 2; i < n; i++)
            if (!z->list[i].exclude)
                z->list[i].sub = sub[i % 4];
    if (chance(r, 50))
        z->ns[0] = (struct testns){.name = z->name[0] == 'z' ? "ns1.z" : "ns1.bl.test",
                                   .a = "192.0.2.53",
                                   .aaaa = "2001:db8::53"};
}

/* --- questions --- */

static const struct model_entry *draw_entry(struct run *r, const struct model *m,
                                            enum model_kind kind)
{
    for (unsigned i = 0; m->n > 0 && i < 20; i++) {
        const struct model_entry *e = &m->entry[below(r, (uint32_t)m->n)];
        if (e->kind == kind)
            return e;
    }
    return NULL;
}

static struct addr6 beside(struct addr6 a, bool up)
{
    if (up)
        return (struct addr6){a.hi + (a.lo == UINT64_MAX), a.lo + 1};
    return (struct addr6){a.hi - (a.lo == 0), a.lo - 1};
}

/* On a border of an entry, one beside it, or anywhere near. */
static struct addr6 ask_address(struct run *r, const struct model *m, enum model_kind kind)
{
    const struct model_entry *e = chance(r, 75) ? draw_entry(r, m, kind) : NULL;
    if (!e && kind == MODEL_ADDR4)
        return (struct addr6){0, chance(r, 5) ? 0x7f000000 | below(r, 4) : near4(r)};
    if (!e)
        return near6(r);
    switch (below(r, 4)) {
    case 0:
        return e->first;
    case 1:
        return e->last;
    case 2:
        return beside(e->first, false);
    default:
        return beside(e->last, true);
    }
}

/* The last n labels of dotted text. */
static const char *last_labels(const char *text, unsigned labels, unsigned n)
{
    for (; labels > n; labels--)
        text = strchr(text, '.') + 1;
    return text;
}

static void ask4(struct run *r, const struct model *m, char *out, size_t cap)
{
    char text[TESTZONE_REVERSED6];
    uint32_t a = (uint32_t)ask_address(r, m, MODEL_ADDR4).lo;
    uint32_t form = below(r, 100);
    if (form < 15) { /* as a mapped address */
        testzone_reverse6(text, (struct addr6){0, 0xffff00000000u | a});
        snprintf(out, cap, "%s", last_labels(text, 32, form < 8 ? 32 : 1 + below(r, 31)));
        return;
    }
    testzone_reverse4(text, a);
    if (form < 75)
        snprintf(out, cap, "%s", text);
    else if (form < 93)
        snprintf(out, cap, "%s", last_labels(text, 4, 1 + below(r, 3)));
    else
        snprintf(out, cap, "%s%s", form < 96 ? "0" : form < 98 ? "x." : "7.", text);
}

static void ask6(struct run *r, const struct model *m, char *out, size_t cap)
{
    char text[TESTZONE_REVERSED6];
    testzone_reverse6(text, ask_address(r, m, MODEL_ADDR6));
    uint32_t form = below(r, 100);
    if (form < 60)
        snprintf(out, cap, "%s", text);
    else if (form < 96)
        snprintf(out, cap, "%s", last_labels(text, 32, 1 + below(r, 31)));
    else
        snprintf(out, cap, "%s%s", form < 98 ? "f." : "xy.", text);
}

static void ask_name(struct run *r, const struct model *m, char *out, size_t cap)
{
    const struct model_entry *e = chance(r, 70) ? draw_entry(r, m, MODEL_NAME) : NULL;
    char text[NAME_TEXT_MAX];
    if (!e) {
        draw_name(r, text, sizeof(text));
        text[strcspn(text, "\n")] = 0;
        snprintf(out, cap, "%s", text + strspn(text, ".*"));
        return;
    }
    name_format(text, e->name.wire, e->name.len);
    const char *rest = text;
    size_t n = 0;
    for (unsigned i = below(r, 3); i > 0 && strchr(rest, '.'); i--)
        rest = strchr(rest, '.') + 1;
    for (unsigned i = below(r, 3); i > 0; i--)
        n += (size_t)snprintf(out + n, cap - n, "%s.", draw_label(r));
    snprintf(out + n, cap - n, "%s", rest);
}

static void ask(struct run *r, const struct model *m, struct name *out)
{
    const struct conf_zone *z = &m->job->zone;
    char text[2 * NAME_TEXT_MAX] = "";
    uint32_t kind = below(r, 100);
    if (kind < 40)
        ask4(r, m, text, sizeof(text));
    else if (kind < 70)
        ask6(r, m, text, sizeof(text));
    else if (kind < 99)
        ask_name(r, m, text, sizeof(text));
    struct name rel = {.len = 1}, under = rel, whole;
    if (text[0] && name_parse(text, strlen(text), &rel) != NULL)
        abort();
    if (z->nsub > 0 && chance(r, 50))
        under = z->sub[below(r, (uint32_t)z->nsub)].name;
    if (!name_join(&rel, &under, &whole) || !name_join(&whole, &z->name, out))
        *out = z->name;
}

/* --- runs --- */

/* Around the parser, which refuses prefixes that no list should have. */
static void add_addresses(const char *text, struct entries *e)
{
    for (size_t n; *text; text += n + 1) {
        struct prefix p;
        unsigned notes = 0;
        n = strcspn(text, "\n");
        if (prefix_parse(text, n, &p, &notes) != NULL || !entries_add_prefix(e, &p))
            abort();
    }
}

static bool run_zone(struct run *r, unsigned questions)
{
    struct testzone z;
    draw_zone(r, &z);
    struct testjob *job = testjob_new(&z);
    for (unsigned i = 0; z.list[i].name; i++)
        if (z.list[i].entries && z.list[i].entries[0] == 0)
            add_addresses(r->text[i], &job->data[i].entries);
    struct model *m = model_new(job);
    size_t len;
    uint8_t *bytes = testjob_compile(job, &len);
    struct image *img = testzone_open(bytes, len);
    bool good = true;
    for (unsigned i = 0; good && i < questions; i++) {
        struct name name;
        ask(r, m, &name);
        good = model_agrees(m, img, &name);
    }
    for (unsigned i = 0; !good && z.list[i].name; i++)
        fprintf(stderr, "%s%s%s%s:\n%s", z.list[i].name, z.list[i].exclude ? " exclude" : "",
                z.list[i].sub ? " under " : "", z.list[i].sub ? z.list[i].sub : "",
                z.list[i].entries ? r->text[i] : "no data\n");
    image_close(img);
    free(bytes);
    model_free(m);
    testjob_free(job);
    return good;
}

/* argv[i], else the environment, else a default. */
static uint64_t setting(int argc, char **argv, int i, const char *env, uint64_t dflt)
{
    const char *s = argc > i ? argv[i] : getenv(env);
    if (!s || *s == 0)
        return dflt;
    return strcmp(s, "time") == 0 ? (uint64_t)time(NULL) : strtoull(s, NULL, 0);
}

int main(int argc, char **argv)
{
    uint64_t seed = setting(argc, argv, 1, "MODEL_SEED", 20240229);
    unsigned zones = (unsigned)setting(argc, argv, 2, "MODEL_ZONES", 200);
    unsigned questions = (unsigned)setting(argc, argv, 3, "MODEL_QUESTIONS", 5000);
    struct run *r = calloc(1, sizeof(*r));
    bool good = r != NULL;
    for (unsigned i = 0; good && i < zones; i++) {
        /* Each zone has its own seed, so that one alone can be run again. */
        r->seed = (seed + i) * 0x9e3779b97f4a7c15u | 1;
        good = run_zone(r, questions);
        if (!good)
            fprintf(stderr, "repeat with: model_zone %llu 1 %u\n", (unsigned long long)(seed + i),
                    questions);
    }
    printf("seed %llu: %u zones, %u questions each: %s\n", (unsigned long long)seed, zones,
           questions, good ? "image and model agree" : "FAILED");
    free(r);
    return good ? 0 : 1;
}
