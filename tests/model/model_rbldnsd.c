/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random data sets of rbldnsd's types, compiled together and compared with the rules of each type
 * spelt out: every question walks every entry.
 *
 *   model_rbldnsd [SEED [ZONES [QUESTIONS]]]      also MODEL_SEED, MODEL_ZONES, MODEL_QUESTIONS
 *
 * The seed is fixed unless given; QUESTIONS are per zone.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "tests/common/testzone.h"

#define SETS_MAX    3
#define ENTRIES_MAX 60
#define TEXT_MAX    16384
#define SAID_MAX    128
#define STRING_MAX  300

enum type { IP4SET, IP4TRIE, IP4TSET, IP6TRIE, IP6TSET, DNSET, NTYPES };
static const char *const formats[NTYPES] = {"rbldnsd:ip4set",  "rbldnsd:ip4trie", "rbldnsd:ip4tset",
                                            "rbldnsd:ip6trie", "rbldnsd:ip6tset", "rbldnsd:dnset"};

static unsigned family_of(enum type t)
{
    return t == DNSET ? 0 : t == IP6TRIE || t == IP6TSET ? 6 : 4;
}

struct value {
    uint32_t a;
    const char *text;
};

/* IPv4 addresses lie in the low 32 bits; len is of prefixes, a range has none. */
struct entry {
    struct addr6 first, last;
    unsigned len;
    char name[NAME_TEXT_MAX];
    bool self, below, exclude;
    struct value v;
};

struct dataset {
    enum type type;
    struct entry entry[ENTRIES_MAX];
    size_t n;
    struct value dflt, first_dflt;
    bool has_dflt;
    char text[TEXT_MAX];
    size_t len;
};

struct run {
    uint64_t seed;
    uint32_t base4[2];
    struct addr6 base6[2];
    struct dataset set[SETS_MAX];
    size_t nsets;
};

static uint32_t below(struct run *r, uint32_t n)
{
    return (uint32_t)(testzone_random(&r->seed) >> 32) % n;
}

static bool chance(struct run *r, uint32_t percent)
{
    return below(r, 100) < percent;
}

__attribute__((format(printf, 2, 3))) static void put(struct dataset *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    d->len += (size_t)vsnprintf(d->text + d->len, TEXT_MAX - d->len, fmt, ap);
    va_end(ap);
    if (d->len >= TEXT_MAX)
        abort();
}

static int compare6(struct addr6 a, struct addr6 b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

/* --- data sets --- */

static struct value draw_value(struct run *r)
{
    static const char *const text[] = {"", "one", "see $", "two"};
    return (struct value){0x7f000002 + below(r, 4), text[below(r, 4)]};
}

/* What stands behind a key; a text alone takes the default's address. */
static void put_value(struct run *r, struct dataset *d, struct entry *e)
{
    e->v = d->dflt;
    struct value own = draw_value(r);
    if (e->exclude || chance(r, 40)) {
        put(d, "\n");
    } else if (*own.text && chance(r, 30)) {
        e->v.text = own.text;
        put(d, " %s\n", own.text);
    } else {
        e->v = own;
        put(d, " :%u:%s\n", own.a & 255, own.text);
    }
}

static void put_default(struct run *r, struct dataset *d)
{
    d->dflt = draw_value(r);
    if (!d->has_dflt)
        d->first_dflt = d->dflt;
    d->has_dflt = true;
    put(d, ":%u:%s\n", d->dflt.a & 255, d->dflt.text);
}

static uint32_t near4(struct run *r)
{
    return r->base4[below(r, 2)] ^
           ((uint32_t)testzone_random(&r->seed) & ~addr4_mask(8 + below(r, 25)));
}

static struct addr6 near6(struct run *r)
{
    struct addr6 keep = addr6_mask(16 + below(r, 113)), a = r->base6[below(r, 2)];
    a.hi ^= testzone_random(&r->seed) & ~keep.hi;
    a.lo ^= testzone_random(&r->seed) & ~keep.lo;
    return a;
}

static void put_address(struct dataset *d, const struct entry *e, unsigned family)
{
    char text[PREFIX_TEXT_MAX];
    struct prefix p = {.family = (uint8_t)family, .addr = e->first, .len = (uint8_t)e->len};
    prefix_format(text, &p);
    put(d, "%s", text);
}

static void draw_prefix(struct run *r, struct entry *e, unsigned family)
{
    unsigned max = family == 4 ? 32 : 128;
    e->len = chance(r, 50) ? max : max - below(r, max - 7);
    struct addr6 mask = addr6_mask(family == 4 ? 96 + e->len : e->len);
    struct addr6 a = family == 4 ? (struct addr6){0, near4(r)} : near6(r);
    e->first = (struct addr6){a.hi & mask.hi, a.lo & mask.lo};
    e->last = (struct addr6){e->first.hi | ~mask.hi, e->first.lo | ~mask.lo};
}

static void draw_range(struct run *r, struct dataset *d, struct entry *e)
{
    uint32_t first = near4(r), more = below(r, chance(r, 50) ? 300 : 70000);
    if (more > UINT32_MAX - first)
        more = UINT32_MAX - first;
    e->first.lo = first;
    e->last.lo = first + more;
    put(d, "%u.%u.%u.%u-", first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255);
    first += more;
    put(d, "%u.%u.%u.%u", first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255);
}

static void draw_name(struct run *r, char *out, size_t cap)
{
    static const char *const label[] = {"a", "b", "foo", "x-y"};
    size_t n = 0;
    for (uint32_t i = below(r, 4); i > 0; i--)
        n += (size_t)snprintf(out + n, cap - n, "%s.", label[below(r, 4)]);
    snprintf(out + n, cap - n, "%s", label[below(r, 3)]);
}

static void draw_entry(struct run *r, struct dataset *d)
{
    struct entry *e = &d->entry[d->n++];
    *e = (struct entry){.exclude = chance(r, 25) && d->type != IP4TSET};
    if (e->exclude)
        put(d, "!");
    if (d->type == DNSET) {
        static const char *const scope[] = {"", ".", "*."};
        uint32_t s = below(r, 3);
        draw_name(r, e->name, sizeof(e->name));
        e->self = s != 2;
        e->below = s != 0;
        put(d, "%s%s", scope[s], e->name);
    } else if (d->type == IP4SET && chance(r, 30)) {
        draw_range(r, d, e);
    } else {
        unsigned family = family_of(d->type);
        draw_prefix(r, e, family);
        if (d->type == IP4TSET)
            e->len = 32, e->last = e->first;
        if (d->type == IP6TSET && e->exclude)
            e->len = 128, e->last = e->first;
        if (d->type == IP6TSET && !e->exclude) {
            e->len = 64;
            e->first.lo = 0;
            e->last = (struct addr6){e->first.hi, UINT64_MAX};
            uint64_t h = e->first.hi;
            put(d, "%x:%x:%x:%x", (unsigned)(h >> 48), (unsigned)(h >> 32 & 0xffff),
                (unsigned)(h >> 16 & 0xffff), (unsigned)(h & 0xffff));
        } else {
            put_address(d, e, family);
        }
    }
    put_value(r, d, e);
}

static void draw_dataset(struct run *r, struct dataset *d)
{
    *d = (struct dataset){.type = (enum type)below(r, NTYPES), .dflt = {0x7f000002, ""}};
    d->first_dflt = d->dflt;
    for (uint32_t i = 1 + below(r, ENTRIES_MAX - 1); i > 0; i--) {
        if (chance(r, 10))
            put_default(r, d);
        draw_entry(r, d);
    }
}

/* --- the rules --- */

/* What is asked for: an address of a family, which is a name too, or another name. */
struct question {
    unsigned family; /* 0: a name */
    struct addr6 addr;
    char name[NAME_TEXT_MAX];
};

/* Values found, each as "A" or "text". */
struct said {
    char s[SAID_MAX][STRING_MAX];
    size_t n;
};

static void say(struct said *out, const char *s)
{
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->s[i], s) == 0)
            return;
    if (out->n == SAID_MAX)
        abort();
    snprintf(out->s[out->n++], STRING_MAX, "%s", s);
}

static void say_value(struct said *out, const struct value *v, const char *subject)
{
    char text[STRING_MAX];
    snprintf(text, sizeof(text), "A %08x", v->a);
    say(out, text);
    const char *dollar = strchr(v->text, '$');
    if (dollar)
        snprintf(text, sizeof(text), "\"%.*s%.200s", (int)(dollar - v->text), v->text, subject);
    else
        snprintf(text, sizeof(text), "\"%s", v->text);
    if (*v->text)
        say(out, text);
}

static bool covers(const struct entry *e, struct addr6 a)
{
    return compare6(e->first, a) <= 0 && compare6(a, e->last) <= 0;
}

/* The level of the block of a cut range that holds the address: the largest that fits, in turn. */
static unsigned level_of(const struct entry *e, uint64_t a)
{
    uint64_t at = e->first.lo, size;
    unsigned level;
    do {
        for (level = 8; level < 32; level += 8) {
            size = 1ull << (32 - level);
            if (at % size == 0 && at + size - 1 <= e->last.lo)
                break;
        }
        size = 1ull << (32 - level);
        at += size;
    } while (at <= a);
    return level;
}

static void by_level(const struct dataset *d, struct addr6 a, struct said *out)
{
    for (unsigned level = 32; level > 0; level -= 8) {
        bool any = false, exclude = false;
        for (size_t i = 0; i < d->n; i++) {
            if (!covers(&d->entry[i], a) || level_of(&d->entry[i], a.lo) != level)
                continue;
            any = true;
            exclude |= d->entry[i].exclude;
        }
        for (size_t i = 0; any && !exclude && i < d->n; i++)
            if (covers(&d->entry[i], a) && level_of(&d->entry[i], a.lo) == level)
                say_value(out, &d->entry[i].v, "[asked]");
        if (any)
            return;
    }
}

static void by_length(const struct dataset *d, struct addr6 a, bool one_value, struct said *out)
{
    const struct entry *best = NULL;
    for (size_t i = 0; i < d->n; i++)
        if (covers(&d->entry[i], a) && (!best || d->entry[i].len > best->len))
            best = &d->entry[i];
    if (best && !best->exclude)
        say_value(out, one_value ? &d->first_dflt : &best->v, "[asked]");
}

/* All entries for one key; true when there are any, which then decide. */
static bool by_key(const struct dataset *d, const char *key, bool itself, struct said *out)
{
    bool any = false, exclude = false;
    for (size_t i = 0; i < d->n; i++) {
        const struct entry *e = &d->entry[i];
        if ((itself ? e->self : e->below) && strcmp(e->name, key) == 0) {
            any = true;
            exclude |= e->exclude;
        }
    }
    for (size_t i = 0; any && !exclude && i < d->n; i++) {
        const struct entry *e = &d->entry[i];
        if ((itself ? e->self : e->below) && strcmp(e->name, key) == 0)
            say_value(out, &e->v, key);
    }
    return any;
}

static void expect(const struct dataset *d, const struct question *q, struct said *out)
{
    if (d->type != DNSET && family_of(d->type) != q->family)
        return;
    if (d->type == IP4SET) {
        by_level(d, q->addr, out);
    } else if (d->type != DNSET) {
        by_length(d, q->addr, d->type == IP4TSET || d->type == IP6TSET, out);
    } else if (!by_key(d, q->name, true, out)) {
        const char *key = q->name;
        while ((key = strchr(key, '.')) && !by_key(d, ++key, false, out))
            ;
    }
}

/* --- the image --- */

/* The listed name that matched, of a name without escapes. */
static const char *matched(const char *name, const struct lookup_result *r)
{
    for (unsigned i = 0; i < r->match_label && strchr(name, '.'); i++)
        name = strchr(name, '.') + 1;
    return name;
}

static bool find(const struct image *img, const struct question *q, struct said *out)
{
    char name[NAME_TEXT_MAX + 8], text[STRING_MAX] = "\"";
    struct lookup_result r;
    snprintf(name, sizeof(name), "%s.z.t", q->name);
    testzone_lookup(img, name, &r);
    const char *entry = matched(q->name, &r);
    size_t len = strlen(entry);
    if (len > 4 && strcmp(entry + len - 4, ".z.t") == 0)
        len -= 4;
    const struct text_subject s = {"[asked]", entry, 7, len};
    out->n = 0;
    for (unsigned i = 0; i < r.nset; i++) {
        for (unsigned k = 0; k < answerset_na(img, r.set[i]); k++) {
            char a[16];
            snprintf(a, sizeof(a), "A %08x", answerset_a(img, r.set[i], k));
            say(out, a);
        }
        for (unsigned k = 0; k < answerset_ntexts(img, r.set[i]); k++) {
            size_t n = answerset_text(img, r.set[i], k, &s, (uint8_t *)text + 1, STRING_MAX - 2);
            text[n + 1] = '\0';
            say(out, text);
        }
    }
    return r.exists;
}

/* --- questions --- */

/* Borders of entries and their neighbours, names listed and below; else something near. */
static void draw_question(struct run *r, struct question *q)
{
    const struct dataset *d = &r->set[below(r, (uint32_t)r->nsets)];
    const struct entry *e = &d->entry[below(r, (uint32_t)d->n)];
    *q = (struct question){.family = family_of(d->type)};
    if (q->family == 0) {
        static const char *const front[] = {"", "", "a.", "b.foo.", "q."};
        char name[NAME_TEXT_MAX - 8];
        draw_name(r, name, sizeof(name));
        snprintf(q->name, sizeof(q->name), "%s%.200s", front[below(r, 5)],
                 chance(r, 80) ? e->name : name);
        return;
    }
    q->addr = chance(r, 50) ? e->first : e->last;
    q->addr.lo += below(r, 3) - 1ull;
    if (chance(r, 20))
        q->addr = q->family == 4 ? (struct addr6){0, near4(r)} : near6(r);
    if (q->family == 4) {
        q->addr = (struct addr6){0, q->addr.lo & UINT32_MAX};
        testzone_reverse4(q->name, (uint32_t)q->addr.lo);
    } else {
        testzone_reverse6(q->name, q->addr);
    }
}

static bool same(const struct said *a, const struct said *b)
{
    for (size_t i = 0; i < a->n; i++) {
        size_t k = 0;
        while (k < b->n && strcmp(a->s[i], b->s[k]) != 0)
            k++;
        if (k == b->n)
            return false;
    }
    return a->n == b->n;
}

static void show(const char *who, const struct said *s)
{
    fprintf(stderr, "  %s:", who);
    for (size_t i = 0; i < s->n; i++)
        fprintf(stderr, " %s", s->s[i]);
    fputc('\n', stderr);
}

static bool ask(struct run *r, const struct image *img)
{
    static struct said want, have;
    struct question q;
    draw_question(r, &q);
    want.n = 0;
    for (size_t i = 0; i < r->nsets; i++)
        expect(&r->set[i], &q, &want);
    bool exists = find(img, &q, &have);
    if (same(&want, &have) && (exists || want.n == 0))
        return true;
    fprintf(stderr, "%s\n", q.name);
    show("model", &want);
    show("image", &have);
    for (size_t i = 0; i < r->nsets; i++)
        fprintf(stderr, "%s\n%s", formats[r->set[i].type], r->set[i].text);
    return false;
}

static bool run_zone(struct run *r, unsigned questions)
{
    static const char *const names[SETS_MAX] = {"one", "two", "three"};
    struct testzone z = {.name = "z.t", .no_test_points = true};
    for (unsigned i = 0; i < 2; i++) {
        r->base4[i] = (uint32_t)testzone_random(&r->seed);
        r->base6[i] =
            (struct addr6){testzone_random(&r->seed) | 1ull << 63, testzone_random(&r->seed)};
    }
    r->nsets = 1 + below(r, SETS_MAX);
    for (size_t i = 0; i < r->nsets; i++) {
        struct dataset *d = &r->set[i];
        draw_dataset(r, d);
        z.list[i] =
            (struct testlist){.name = names[i], .format = formats[d->type], .entries = d->text};
    }
    struct image *img = testzone_build(&z);
    bool good = true;
    for (unsigned i = 0; good && i < questions; i++)
        good = ask(r, img);
    image_close(img);
    return good;
}

static uint64_t setting(int argc, char **argv, int i, const char *env, uint64_t dflt)
{
    const char *s = argc > i ? argv[i] : getenv(env);
    return s && *s ? strtoull(s, NULL, 0) : dflt;
}

int main(int argc, char **argv)
{
    uint64_t seed = setting(argc, argv, 1, "MODEL_SEED", 20240302);
    unsigned zones = (unsigned)setting(argc, argv, 2, "MODEL_ZONES", 300);
    unsigned questions = (unsigned)setting(argc, argv, 3, "MODEL_QUESTIONS", 1000);
    struct run *r = calloc(1, sizeof(*r));
    bool good = r != NULL;
    for (unsigned i = 0; good && i < zones; i++) {
        r->seed = (seed + i) * 0x9e3779b97f4a7c15u | 1;
        good = run_zone(r, questions);
        if (!good)
            fprintf(stderr, "repeat with: model_rbldnsd %llu 1 %u\n",
                    (unsigned long long)(seed + i), questions);
    }
    printf("seed %llu: %u zones, %u questions each: image and model %s\n", (unsigned long long)seed,
           zones, questions, good ? "agree" : "DIFFER");
    free(r);
    return good ? 0 : 1;
}
