/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random lists and the index of where their entries stand, against looking through all entries:
 * which lines hold an address or name, and how each of them reads.
 *
 *   model_where [SEED [LISTS [QUESTIONS]]]      also MODEL_SEED, MODEL_ZONES, MODEL_QUESTIONS
 *
 * The seed is fixed unless given; QUESTIONS are per list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/common/indexed.h"
#include "tests/common/testzone.h"

#define LINES_MAX 600
#define LINE_MAX  160
#define KEY_MAX   100

static const struct format_row {
    const char *options;
    unsigned family; /* 0: names */
    bool prefixes, ranges, excludes, values, stars;
} formats[] = {
    {"format = plain", 4, true, false, false, false, false},
    {"format = plain", 6, true, false, false, false, false},
    {"format = ranges", 4, true, true, false, false, false},
    {"format = 'rbldnsd:ip4set'", 4, true, true, true, true, false},
    {"format = 'rbldnsd:ip4trie'", 4, true, false, true, true, false},
    {"format = 'rbldnsd:ip4tset'", 4, false, false, false, false, false},
    {"format = 'rbldnsd:ip6trie'", 6, true, false, true, true, false},
    {"format = domains", 0, false, false, false, false, true},
    {"format = 'rbldnsd:dnset'", 0, false, false, true, true, true},
};
#define NFORMATS (sizeof(formats) / sizeof(formats[0]))

struct line {
    bool entry, exclude;
    struct addr6 first, last;
    char name[32];
    bool self, below;
    char text[LINE_MAX];
};

struct list {
    const struct format_row *format;
    struct line line[LINES_MAX];
    size_t n;
};

static uint64_t seed;

static uint32_t pick(uint32_t n)
{
    return (uint32_t)(testzone_random(&seed) >> 32) % n;
}

/* Close together, so that entries meet. */
static struct addr6 random_address(unsigned family)
{
    static const uint32_t base4[] = {0x01020300, 0x0102ff00, 0x7f000000, 0xfffffe00};
    if (family == 4)
        return (struct addr6){0, base4[pick(4)] + pick(600) % (pick(2) ? 512 : 8)};
    return (struct addr6){0x20010db800000000 + pick(3), pick(2) ? pick(8) : testzone_random(&seed)};
}

static void random_name(char out[static 32])
{
    size_t n = 0, labels = 1 + pick(4);
    for (size_t i = 0; i < labels; i++)
        n += (size_t)snprintf(out + n, 32 - n, "%c.", 'a' + (char)pick(3));
    snprintf(out + n, 32 - n, "test");
}

static void write_address(char out[static ADDR6_TEXT_MAX], unsigned family, struct addr6 a)
{
    if (family == 4)
        addr4_format(out, (uint32_t)a.lo);
    else
        addr6_format(out, a);
}

static void make_prefix(struct line *l, unsigned family, char *text, size_t size)
{
    static const unsigned lens[2][4] = {{24, 28, 30, 31}, {32, 48, 64, 126}};
    unsigned len = lens[family == 6][pick(4)];
    struct addr6 mask = addr6_mask(family == 4 ? len + 96 : len);
    char first[ADDR6_TEXT_MAX];
    l->first = (struct addr6){l->first.hi & mask.hi, l->first.lo & mask.lo};
    l->last = (struct addr6){l->first.hi | ~mask.hi, l->first.lo | ~mask.lo};
    if (family == 4)
        l->last.hi = l->first.hi;
    write_address(first, family, l->first);
    snprintf(text, size, "%s/%u", first, len);
}

static void make_address(const struct format_row *f, struct line *l, char *text, size_t size)
{
    char first[ADDR6_TEXT_MAX], last[ADDR6_TEXT_MAX];
    l->first = l->last = random_address(f->family);
    write_address(first, f->family, l->first);
    snprintf(text, size, "%s", first);
    if (f->ranges && pick(3) == 0) {
        uint64_t room = UINT32_MAX - l->first.lo;
        l->last.lo += pick(400) % (room < 400 ? (uint32_t)room + 1 : 400);
        write_address(last, 4, l->last);
        snprintf(text, size, "%s-%s", first, last);
    } else if (f->prefixes && pick(3) == 0) {
        make_prefix(l, f->family, text, size);
    }
}

static void make_name(const struct format_row *f, struct line *l, char *text, size_t size)
{
    unsigned star = f->stars ? pick(3) : 0;
    random_name(l->name);
    l->self = star != 1;
    l->below = star != 0;
    snprintf(text, size, "%s%s", star == 1 ? "*." : star == 2 ? "." : "", l->name);
}

static void make_line(const struct format_row *f, struct line *l)
{
    char key[KEY_MAX];
    *l = (struct line){.entry = pick(8) != 0};
    if (!l->entry) {
        snprintf(l->text, sizeof(l->text), "%s", pick(2) ? "" : "# none");
        return;
    }
    if (f->family == 0)
        make_name(f, l, key, sizeof(key));
    else
        make_address(f, l, key, sizeof(key));
    l->exclude = f->excludes && pick(5) == 0;
    bool value = f->values && !l->exclude && pick(3) == 0;
    snprintf(l->text, sizeof(l->text), "%s%s%s", l->exclude ? "!" : "", key, value ? " :3:x" : "");
}

static char *make_text(struct list *list, size_t *len)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r"};
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    list->format = &formats[pick(NFORMATS)];
    list->n = 1 + pick(pick(2) ? 20 : LINES_MAX);
    bool mixed = pick(2);
    for (size_t i = 0; i < list->n; i++)
        make_line(list->format, &list->line[i]);
    for (size_t i = 0; i < list->n; i++) {
        /* The end of an empty line behind a CR would be the LF of that. */
        bool last = i + 1 == list->n || list->line[i + 1].text[0] == '\0';
        fprintf(f, "%s%s", list->line[i].text, mixed ? ends[pick(last ? 4 : 5)] : "\n");
    }
    fclose(f);
    return text;
}

/* --- the dumbest search --- */

static bool not_before(struct addr6 a, struct addr6 b)
{
    return a.hi > b.hi || (a.hi == b.hi && a.lo >= b.lo);
}

static bool holds_name(const struct line *l, const char *name)
{
    size_t n = strlen(name), own = strlen(l->name);
    if (n == own)
        return l->self && strcmp(name, l->name) == 0;
    return l->below && n > own && name[n - own - 1] == '.' && strcmp(name + n - own, l->name) == 0;
}

static bool holds(const struct list *list, const struct line *l, struct addr6 a, const char *name)
{
    if (!l->entry)
        return false;
    if (list->format->family == 0)
        return holds_name(l, name);
    return not_before(a, l->first) && not_before(l->last, a);
}

static void fail(const struct list *list, const char *what, const char *how, uint64_t started)
{
    fprintf(stderr, "model_where: seed %llu: %s: %s: %s\n", (unsigned long long)started,
            list->format->options, what, how);
    exit(1);
}

static void check_hit(const struct list *list, const struct indexed *x, const struct where_hit *hit,
                      const char *what, uint64_t started)
{
    struct where_line line;
    const struct line *l = &list->line[hit->line - 1];
    if (hit->exclude != l->exclude)
        fail(list, what, "exclusion", started);
    if (where_text(x->where, x->data, hit->line, &line) != NULL || strcmp(line.text, l->text) != 0)
        fail(list, what, "text", started);
}

static void question(const struct list *list, const struct indexed *x, uint64_t started)
{
    struct where_hits hits = {.n = 0};
    char what[ADDR6_TEXT_MAX];
    struct addr6 a = random_address(list->format->family == 6 ? 6 : 4);
    uint64_t want = 0;
    struct name name;
    random_name(what);
    const char *why = name_parse(what, strlen(what), &name);
    if (list->format->family == 0)
        why = where_name(x->where, &name, &hits);
    else
        why = where_address(x->where, list->format->family, a, &hits);
    if (list->format->family != 0)
        write_address(what, list->format->family, a);
    if (why != NULL)
        fail(list, what, why, started);
    for (size_t i = 0; i < list->n; i++)
        want += holds(list, &list->line[i], a, what);
    if (hits.all != want || hits.n != (want < WHERE_HITS_MAX ? want : WHERE_HITS_MAX))
        fail(list, what, "number of lines", started);
    for (size_t i = 0; i < hits.n; i++) {
        if (hits.hit[i].line > list->n || !holds(list, &list->line[hits.hit[i].line - 1], a, what))
            fail(list, what, "a line that does not hold it", started);
        for (size_t k = 0; k < i; k++)
            if (hits.hit[k].line == hits.hit[i].line)
                fail(list, what, "a line twice", started);
        check_hit(list, x, &hits.hit[i], what, started);
    }
}

static uint64_t setting(int argc, char **argv, int i, const char *name, uint64_t dflt)
{
    const char *s = argc > i ? argv[i] : getenv(name);
    return s != NULL ? strtoull(s, NULL, 10) : dflt;
}

int main(int argc, char **argv)
{
    static struct list list;
    seed = setting(argc, argv, 1, "MODEL_SEED", 20240229);
    uint64_t lists = setting(argc, argv, 2, "MODEL_ZONES", 150);
    uint64_t questions = setting(argc, argv, 3, "MODEL_QUESTIONS", 300);
    for (uint64_t i = 0; i < lists; i++) {
        uint64_t started = seed;
        struct indexed x;
        size_t len;
        char *text = make_text(&list, &len);
        indexed_make(&x, list.format->options, text, len, (int)pick(2));
        for (uint64_t k = 0; k < questions; k++)
            question(&list, &x, started);
        indexed_free(&x);
        free(text);
    }
    return 0;
}
