/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random zones are dumped and compiled again: both images must answer alike.
 *
 *   dump_roundtrip [SEED [ZONES [QUESTIONS]]]      also MODEL_SEED, MODEL_ZONES, MODEL_QUESTIONS
 *
 * The seed is fixed unless given; QUESTIONS are per zone and form.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "lib/dump.h"
#include "tests/common/testzone.h"

#define TEXT_MAX  (1u << 18)
#define NAMES_MAX 4000

struct run {
    uint64_t seed;
    uint32_t base4[3];
    struct addr6 base6[3];
    char text[2][TEXT_MAX]; /* of the two lists */
    size_t len;             /* of the one being written */
    unsigned list;
    char *name[NAMES_MAX]; /* listed names and addresses, relative to the zone */
    size_t nnames;
};

static uint32_t below(struct run *r, uint32_t n)
{
    return (uint32_t)(testzone_random(&r->seed) >> 32) % n;
}

static bool chance(struct run *r, uint32_t percent)
{
    return below(r, 100) < percent;
}

__attribute__((format(printf, 2, 3))) static void line(struct run *r, const char *fmt, ...)
{
    va_list ap;
    char *at = r->text[r->list] + r->len;

    va_start(ap, fmt);
    r->len += (size_t)vsnprintf(at, TEXT_MAX - r->len, fmt, ap);
    va_end(ap);
    if (r->len >= TEXT_MAX)
        abort();
}

static void remember(struct run *r, const char *name)
{
    if (r->nnames < NAMES_MAX)
        r->name[r->nnames++] = strdup(name);
}

/* --- entries --- */

static uint32_t near4(struct run *r)
{
    uint32_t noise = (uint32_t)testzone_random(&r->seed);

    return r->base4[below(r, 3)] ^ (noise & ~addr4_mask(below(r, 33)));
}

static struct addr6 near6(struct run *r)
{
    struct addr6 keep = addr6_mask(below(r, 129)), a = r->base6[below(r, 3)];

    a.hi ^= testzone_random(&r->seed) & ~keep.hi;
    a.lo ^= testzone_random(&r->seed) & ~keep.lo;
    return a;
}

/* The border addresses of what was written, and their neighbours. */
static void remember_prefix(struct run *r, const struct prefix *p)
{
    char text[TESTZONE_REVERSED6];
    struct addr6 m = addr6_mask(p->family == 4 ? p->len + 96u : p->len);
    uint64_t last = p->addr.lo | ~m.lo;

    for (unsigned i = 0; i < 4; i++) {
        uint64_t lo = i < 2 ? p->addr.lo - (i == 1) : last + (i == 3);
        if (p->family == 4)
            testzone_reverse4(text, (uint32_t)lo);
        else
            testzone_reverse6(text, (struct addr6){i < 2 ? p->addr.hi : p->addr.hi | ~m.hi, lo});
        remember(r, text);
    }
}

static void put_prefix(struct run *r, unsigned family, bool plain)
{
    struct prefix p = {.family = (uint8_t)family};
    unsigned max = family == 4 ? 32 : 128, least = plain ? max / 4 : 1;
    char text[PREFIX_TEXT_MAX];

    p.len = (uint8_t)(chance(r, 50) ? max : max - below(r, max - least));
    p.addr = family == 4 ? (struct addr6){0, near4(r)} : near6(r);
    struct addr6 m = addr6_mask(family == 4 ? p.len + 96u : p.len);
    p.addr.hi &= m.hi;
    p.addr.lo &= m.lo;
    prefix_format(text, &p);
    remember_prefix(r, &p);
    line(r, "%s%s", !plain && chance(r, 15) ? "!" : "", text);
}

static void put_value(struct run *r)
{
    static const char *const value[] = {"",           "",
                                        " :3:three",  " :4:",
                                        " :5",        " own $ text",
                                        " :3:  $$ $", " :127.1.2.3:= =x\"\\",
                                        " :6:a;b #c$"};

    line(r, "%s\n", value[below(r, sizeof(value) / sizeof(*value))]);
}

static void draw_name(struct run *r, char *out, size_t cap)
{
    static const char *const label[] = {"a",    "b",    "c", "0",       "1",
                                        "mail", "test", "*", "invalid", "x\\.y\\032z\\255"};
    static const char *const top[] = {"example", "net", "x", "a", "test"};
    size_t n = 0;

    for (uint32_t i = below(r, 4); i > 0; i--)
        n += (size_t)snprintf(out + n, cap - n, "%s.", label[below(r, 10)]);
    snprintf(out + n, cap - n, "%s", top[below(r, 5)]);
}

static void put_name(struct run *r, bool plain)
{
    static const char *const scope[] = {"", "", ".", "*."};
    char name[128];

    do
        draw_name(r, name, sizeof(name));
    while (plain && strpbrk(name, "*\\"));
    remember(r, name);
    line(r, "%s%s%s", !plain && chance(r, 20) ? "!" : "", scope[below(r, 4)], name);
}

static void put_record(struct run *r)
{
    static const char *const data[] = {"A 192.0.2.1", "A 192.0.2.2",        "TXT \"a \"q\" $ \\\"",
                                       "TXT \"\"",    "MX 10 mail.example", "A 127.0.0.2"};
    char name[128] = "@";

    if (chance(r, 80))
        draw_name(r, name, sizeof(name));
    if (name[0] != '@')
        remember(r, name);
    line(r, "%s ", name);
    if (chance(r, 50))
        line(r, "%u ", 10 * (1 + below(r, 3)));
    line(r, "%s\n", data[below(r, sizeof(data) / sizeof(*data))]);
}

/* --- zones --- */

static void put_section(struct run *r)
{
    static const char *const type[] = {"ip4set", "ip4trie", "ip6trie", "dnset", "dnset", "generic"};
    static const char *const sub[] = {"@", "@", "@", "@ usa", "usa", "b.a"};
    unsigned t = below(r, 6);

    line(r, "$DATASET %s %s\n", type[t], sub[below(r, 6)]);
    if (chance(r, 60))
        line(r, "$TTL %u\n", 100 * (1 + below(r, 3)));
    if (t < 5 && chance(r, 60))
        line(r, ":%u:default $\n", 2 + below(r, 3));
    for (uint32_t i = below(r, 25); i > 0; i--) {
        if (t == 5) {
            put_record(r);
            continue;
        }
        if (t < 3)
            put_prefix(r, t == 2 ? 6 : 4, false);
        else
            put_name(r, false);
        put_value(r);
    }
}

static void draw_combined(struct run *r)
{
    r->len = 0;
    line(r, "$SOA 0 ns1.example.net hostmaster.example.net 0 1h 1h 2d 10m\n"
            "$NS 1d ns1.example.net ns2.example.net\n");
    for (uint32_t i = 1 + below(r, 6); i > 0; i--)
        put_section(r);
}

static void draw_plain(struct run *r, bool names)
{
    r->len = 0;
    for (uint32_t i = 1 + below(r, 60); i > 0; i--) {
        if (names)
            put_name(r, true);
        else
            put_prefix(r, chance(r, 60) ? 4 : 6, true);
        line(r, "\n");
    }
}

static void draw_bases(struct run *r)
{
    for (unsigned i = 0; i < 3; i++) {
        r->base4[i] = (uint32_t)testzone_random(&r->seed);
        r->base6[i] = (struct addr6){testzone_random(&r->seed), testzone_random(&r->seed)};
    }
    if (chance(r, 30)) /* the ends of the address spaces, test points, mapped addresses */
        r->base4[0] = chance(r, 50) ? 0 : UINT32_MAX;
    if (chance(r, 30))
        r->base4[1] = 0x7f000000 | below(r, 4);
    if (chance(r, 30))
        r->base6[0] = chance(r, 50) ? (struct addr6){0, 0} : (struct addr6){~0ull, ~0ull};
}

/* --- comparison --- */

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* What one set says, in an order of its own: records of one type have none. */
struct said {
    unsigned na, nt;
    uint32_t a[64], a_ttl, txt_ttl;
    char text[64][256];
    uint8_t others[1024]; /* MX, in the order of the data */
    size_t nothers;
    const struct image_group *g;
};

/* Records that came as they are; those of type TXT are texts like others. */
static void say_others(struct said *out)
{
    const uint8_t *p = out->g->rr + out->g->a_len;

    for (unsigned i = 0; i < out->g->nother; i++) {
        size_t len = (size_t)(p[10] << 8 | p[11]);
        if (p[3] == 16 && len <= 256 && out->nt < 64) {
            memcpy(out->text[out->nt++], p + 13, p[12]);
            memcpy(&out->txt_ttl, p + 6, 4);
            out->txt_ttl = ntohl(out->txt_ttl);
        } else {
            memcpy(out->others + out->nothers, p, 12 + len);
            out->nothers += 12 + len;
        }
        p += 12 + len;
    }
}

static void say(const struct image *img, uint32_t set, const struct text_subject *s,
                struct said *out)
{
    *out = (struct said){.g = answerset_group(img, set)};
    out->na = answerset_na(img, set);
    out->nt = answerset_ntexts(img, set);
    if (out->na > 64 || out->nt > 64)
        abort();
    for (unsigned i = 0; i < out->na; i++) {
        out->a[i] = answerset_a(img, set, i);
        memcpy(&out->a_ttl, out->g->rr + 6, 4);
    }
    for (unsigned i = 0; i < out->nt; i++)
        answerset_text(img, set, i, s, (uint8_t *)out->text[i], 255);
    out->txt_ttl = out->nt ? out->g->txt_ttl : 0;
    say_others(out);
    qsort(out->a, out->na, sizeof(out->a[0]), compare_u32);
    qsort(out->text, out->nt, sizeof(out->text[0]), compare_text);
}

static bool same_said(const struct said *a, const struct said *b)
{
    return a->na == b->na && a->nt == b->nt && a->a_ttl == b->a_ttl && a->txt_ttl == b->txt_ttl &&
           memcmp(a->a, b->a, sizeof(a->a)) == 0 &&
           memcmp(a->text, b->text, sizeof(a->text)) == 0 && a->nothers == b->nothers &&
           memcmp(a->others, b->others, a->nothers) == 0;
}

/* What "$" is: the listed name that matched, without the view. */
static void matched(const struct name *n, const struct lookup_result *r, char *out)
{
    struct name part = {.len = 0};
    size_t at = 0;

    for (unsigned i = 0; i < r->name_labels; i++) {
        if (i >= r->match_label) {
            memcpy(part.wire + part.len, n->wire + at, n->wire[at] + 1u);
            part.len = (uint8_t)(part.len + n->wire[at] + 1u);
        }
        at += n->wire[at] + 1u;
    }
    part.wire[part.len++] = 0;
    name_format(out, part.wire, part.len);
}

static void answer(const struct image *img, const char *name, struct lookup_result *r, char *dollar)
{
    struct name n;

    testzone_lookup(img, name, r);
    if (name_parse(name, strlen(name), &n))
        abort();
    matched(&n, r, dollar);
}

static bool same_answer(const struct image *x, const struct image *y, const char *name)
{
    static struct said a, b;
    struct lookup_result rx, ry;
    char dx[NAME_TEXT_MAX], dy[NAME_TEXT_MAX];

    answer(x, name, &rx, dx);
    answer(y, name, &ry, dy);
    if (rx.nset != ry.nset || rx.exists != ry.exists)
        return false;
    for (unsigned i = 0; i < rx.nset; i++) {
        say(x, rx.set[i], &(struct text_subject){"[asked]", dx, 7, strlen(dx)}, &a);
        say(y, ry.set[i], &(struct text_subject){"[asked]", dy, 7, strlen(dy)}, &b);
        if (!same_said(&a, &b))
            return false;
    }
    return true;
}

static void print_answer(const char *when, const struct image *img, const char *name)
{
    static struct said s;
    struct lookup_result r;
    char dollar[NAME_TEXT_MAX];

    answer(img, name, &r, dollar);
    fprintf(stderr, "%s:%s", when, r.exists ? " exists" : "");
    for (unsigned i = 0; i < r.nset; i++) {
        say(img, r.set[i], &(struct text_subject){"[asked]", dollar, 7, strlen(dollar)}, &s);
        fprintf(stderr, " set %u (ttl %u and %u, %zu octets):", r.set[i], ntohl(s.a_ttl), s.txt_ttl,
                s.nothers);
        for (unsigned k = 0; k < s.na; k++)
            fprintf(stderr, " %x", s.a[k]);
        for (unsigned k = 0; k < s.nt; k++)
            fprintf(stderr, " \"%s\"", s.text[k]);
    }
    fputc('\n', stderr);
}

/* A listed name or something close to it; the whole name. */
static void ask(struct run *r, char *out, size_t cap)
{
    static const char *const sub[] = {"", "", "", "usa.", "b.a.", "a."};
    char text[NAME_TEXT_MAX];
    const char *name = text;
    struct name wire;

    if (r->nnames > 0 && chance(r, 80))
        name = r->name[below(r, (uint32_t)r->nnames)];
    else if (chance(r, 40))
        testzone_reverse4(text, near4(r));
    else if (chance(r, 40))
        testzone_reverse6(text, near6(r));
    else
        draw_name(r, text, sizeof(text));
    for (uint32_t i = chance(r, 30) ? below(r, 32) : 0; i > 0; i--) {
        const char *dot = strchr(name, '.');
        if (!dot || (dot > name && dot[-1] == '\\'))
            break;
        name = dot + 1;
    }
    snprintf(out, cap, "%s%s.%sbl.test",
             chance(r, 15)   ? "q."
             : chance(r, 10) ? "a."
                             : "",
             name, sub[below(r, 6)]);
    if (name_parse(out, strlen(out), &wire)) /* too long */
        snprintf(out, cap, "bl.test");
}

/* --- runs --- */

static char *dump(const struct image *img, enum dump_form form)
{
    char why[DUMP_WHY_MAX], *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        abort();
    bool good = dump_zone(img, form, out, why);
    fclose(out);
    if (good)
        return text;
    fprintf(stderr, "dump: %s\n", why);
    free(text);
    return NULL;
}

static bool compare(struct run *r, const struct image *x, const struct image *y, unsigned questions)
{
    char name[2 * NAME_TEXT_MAX];

    for (unsigned i = 0; i < questions; i++) {
        ask(r, name, sizeof(name));
        if (!same_answer(x, y, name)) {
            fprintf(stderr, "%s: different answers\n", name);
            print_answer("before", x, name);
            print_answer("after", y, name);
            return false;
        }
    }
    return true;
}

/* The zone again from its dump, with lists of the format and value given. */
static bool round_trip(struct run *r, const struct testzone *z, enum dump_form form,
                       unsigned questions)
{
    struct testzone again = {.name = z->name, .list = {z->list[0]}};
    struct image *first = testzone_build(z), *second = NULL;
    char *text = dump(first, form);
    bool good = text != NULL;

    if (good) {
        again.list[0].entries = text;
        if (form == DUMP_RBLDNSD)
            again.list[0].format = "rbldnsd:combined";
        second = testzone_build(&again);
        good = compare(r, first, second, questions);
    }
    if (!good)
        fprintf(stderr, "zone:\n%s%s\ndump:\n%s\n", z->list[0].entries,
                z->list[1].entries ? z->list[1].entries : "", text ? text : "");
    image_close(first);
    image_close(second);
    free(text);
    return good;
}

static void forget(struct run *r)
{
    while (r->nnames > 0)
        free(r->name[--r->nnames]);
}

static bool run_zone(struct run *r, unsigned questions)
{
    struct testzone z = {.name = "bl.test"};
    bool names = chance(r, 50), good;

    draw_bases(r);
    r->list = 0;
    draw_combined(r);
    z.list[0] = (struct testlist){.name = "one", .format = "rbldnsd:combined"};
    z.list[0].entries = r->text[0];
    r->list = 1;
    draw_plain(r, names);
    if (chance(r, 50))
        z.list[1] = (struct testlist){.name = "two",
                                      .format = names ? "domains" : "plain",
                                      .a = "127.0.0.9",
                                      .txt = "two $$",
                                      .entries = r->text[1]};
    good = round_trip(r, &z, DUMP_RBLDNSD, questions);
    if (good) {
        z = (struct testzone){.name = "bl.test"};
        z.list[0] = (struct testlist){.name = "two",
                                      .format = names ? "domains" : "plain",
                                      .txt = "$",
                                      .entries = r->text[1]};
        good = round_trip(r, &z, DUMP_PLAIN, questions);
    }
    forget(r);
    return good;
}

static uint64_t setting(int argc, char **argv, int i, const char *env, uint64_t dflt)
{
    const char *s = argc > i ? argv[i] : getenv(env);

    return s && *s ? strtoull(s, NULL, 0) : dflt;
}

int main(int argc, char **argv)
{
    uint64_t seed = setting(argc, argv, 1, "MODEL_SEED", 20240301);
    unsigned zones = (unsigned)setting(argc, argv, 2, "MODEL_ZONES", 100);
    unsigned questions = (unsigned)setting(argc, argv, 3, "MODEL_QUESTIONS", 1000);
    struct run *r = calloc(1, sizeof(*r));
    bool good = r != NULL;

    for (unsigned i = 0; good && i < zones; i++) {
        r->seed = (seed + i) * 0x9e3779b97f4a7c15u | 1;
        good = run_zone(r, questions);
        if (!good)
            fprintf(stderr, "repeat with: dump_roundtrip %llu 1 %u\n",
                    (unsigned long long)(seed + i), questions);
    }
    printf("seed %llu: %u zones dumped and compiled again: %s\n", (unsigned long long)seed, zones,
           good ? "same answers" : "FAILED");
    free(r);
    return good ? 0 : 1;
}
