/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answerset.h"
#include "loader/diff.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Blank-separated entries: "!" excludes, "A-B" is an IPv4 range, "=NAME" a record at it. */
static void add_word(struct entries *e, const char *word)
{
    bool exclude = *word == '!';
    const char *dash = strchr(word, '-'), *text = word + exclude;
    struct prefix p;
    if (strchr(text, ':') != NULL || (*text >= '0' && *text <= '9')) {
        size_t len = dash != NULL ? (size_t)(dash - text) : strlen(text);
        ck_assert_ptr_null(prefix_parse(text, len, &p, &(unsigned){0}));
        if (!exclude && dash == NULL) {
            ck_assert(entries_add_prefix(e, &p));
            return;
        }
        ck_assert_uint_eq(p.family, 4);
        struct range4 r = {.first = (uint32_t)p.addr.lo,
                           .last = (uint32_t)p.addr.lo | ~addr4_mask(p.len),
                           .exclude = exclude};
        if (dash != NULL) {
            ck_assert_ptr_null(prefix_parse(dash + 1, strlen(dash + 1), &p, &(unsigned){0}));
            r.last = (uint32_t)p.addr.lo;
        }
        ck_assert(entries_add_range4(e, &r));
        return;
    }
    bool record = *text == '=', below = strncmp(text, "*.", 2) == 0, tree = *text == '.';
    struct name name;
    text += record || tree ? 1 : below ? 2 : 0;
    ck_assert_ptr_null(name_parse(text, strlen(text), &name));
    if (record) {
        const uint8_t mx[] = {0, 10, 0};
        struct entry_record r = {.type = 15, .rdata_len = sizeof(mx)};
        ck_assert(entries_add_record(e, &name, &r, mx));
        return;
    }
    ck_assert(entries_add_name(e, &name,
                               tree    ? NAME_TREE
                               : below ? NAME_BELOW
                                       : NAME_SELF,
                               exclude));
}

/* "|" starts a further data set. */
static void make(struct entries *first, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    struct entries *e = first;
    entries_init(e);
    for (const char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        if (strcmp(w, "|") == 0)
            e = entries_append(first);
        else
            add_word(e, w);
        ck_assert_ptr_nonnull(e);
    }
    free(copy);
}

struct row {
    const char *before, *after, *added, *removed;
    uint64_t covered4, covered6; /* of after */
};

static const struct row rows[] = {
    {"", "", "", "", 0, 0},
    {"", "192.0.2.1", "192.0.2.1", "", 1, 0},
    {"192.0.2.1", "", "", "192.0.2.1", 0, 0},
    {"192.0.2.9 192.0.2.1", "192.0.2.1 192.0.2.9 192.0.2.1", "", "", 2, 0},
    {"192.0.2.1 192.0.2.1", "192.0.2.2 192.0.2.2", "192.0.2.2", "192.0.2.1", 1, 0},
    /* an address and the range of it alone are the same */
    {"192.0.2.1", "192.0.2.1-192.0.2.1", "", "", 1, 0},
    {"10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/9", "10.0.0.0/8", 1 << 23, 0},
    {"", "10.0.0.0/8 10.1.0.0/16 10.1.2.3 11.0.0.0", "10.0.0.0/8 10.1.0.0/16 10.1.2.3 11.0.0.0", "",
     (1 << 24) + 1, 0},
    {"", "10.0.0.1-10.0.0.4 10.0.0.3-10.0.0.8", "10.0.0.1-10.0.0.4 10.0.0.3-10.0.0.8", "", 8, 0},
    {"", "0.0.0.0/0", "0.0.0.0/0", "", 1ull << 32, 0},
    {"", "!10.0.0.0/8", "!10.0.0.0/8", "", 0, 0},
    {"10.0.0.0/8", "!10.0.0.0/8", "!10.0.0.0/8", "10.0.0.0/8", 0, 0},
    {"", "255.255.255.255", "255.255.255.255", "", 1, 0},
    /* IPv6 */
    {"", "2001:db8::1 2001:db8::2", "2001:db8::1 2001:db8::2", "", 0, 1},
    {"2001:db8::/48", "2001:db8::/47", "2001:db8::/47", "2001:db8::/48", 0, 1 << 17},
    {"", "::/0", "::/0", "", 0, UINT64_MAX},
    {"", "ffff:ffff:ffff:ffff::/64", "ffff:ffff:ffff:ffff::/64", "", 0, 1},
    /* names */
    {"a.test b.test", "b.test c.test", "c.test", "a.test", 0, 0},
    {"a.test", "*.a.test .a.test !a.test", "!a.test *.a.test .a.test", "a.test", 0, 0},
    {"", "=a.test a.test", "=a.test a.test", "", 0, 0},
    {"=a.test", "=a.test", "", "", 0, 0},
    /* several data sets are one list */
    {"192.0.2.1 | 192.0.2.2 | a.test", "a.test 192.0.2.2 | 192.0.2.1", "", "", 2, 0},
};

/* Are these the words, in any order? */
static void check_words(const struct diff_side *side, const char *words)
{
    char *copy = strdup(words), *save = NULL, shown[DIFF_TEXT_MAX];
    size_t n = 0;
    for (const char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        bool found = false;
        (void)snprintf(shown, sizeof(shown), "%s%s", w + (*w == '='), *w == '=' ? " TYPE15" : "");
        for (size_t i = 0; i < side->nshown; i++)
            found = found || strcmp(side->shown[i], shown) == 0;
        ck_assert_msg(found, "%s is not shown", shown);
        n++;
    }
    ck_assert_uint_eq(side->only, n);
    ck_assert_uint_eq(side->nshown, n);
    free(copy);
}

START_TEST(table)
{
    const struct row *r = &rows[_i];
    struct entries before, after;
    struct diff *d = malloc(sizeof(*d));
    make(&before, r->before);
    make(&after, r->after);
    ck_assert(diff_entries(&before, &after, d));
    check_words(&d->after, r->added);
    check_words(&d->before, r->removed);
    ck_assert_uint_eq(d->after.covered[0], r->covered4);
    ck_assert_uint_eq(d->after.covered[1], r->covered6);
    ck_assert_uint_eq(d->before.entries, entries_count(&before));
    ck_assert_uint_eq(d->after.entries, entries_count(&after));
    entries_free(&before);
    entries_free(&after);
    free(d);
}
END_TEST

/* --- What entries answer --- */

/* Words KEY=ANSWER, the answer an address of 127.0.0.0/24 and a text of one letter. */
static void make_valued(struct entries *e, const char *text)
{
    char *copy = strdup(text), *save = NULL;
    entries_init(e);
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        char *answer = strchr(w, '=');
        uint8_t txt[] = {TEXT_LITERAL, 1, 0, 0, TEXT_END};
        uint32_t number = 0;
        *answer++ = '\0';
        if (*answer != '\0') {
            txt[3] = (uint8_t)answer[1];
            ck_assert(entries_add_value(e, true, 0x7f000000 + (uint32_t)(*answer - '0'), txt,
                                        sizeof(txt), &number));
        }
        struct prefix p;
        if (prefix_parse(w, strlen(w), &p, &(unsigned){0}) == NULL && p.family == 4) {
            struct range4 r = {.first = (uint32_t)p.addr.lo, .value = number};
            r.last = r.first | ~addr4_mask(p.len);
            ck_assert(entries_add_range4(e, &r));
            continue;
        }
        if (strchr(w, ':') != NULL) {
            struct addr6 mask = addr6_mask(p.len);
            struct range6 r = {.first = p.addr, .value = number};
            r.last = (struct addr6){p.addr.hi | ~mask.hi, p.addr.lo | ~mask.lo};
            ck_assert(entries_add_range6(e, &r));
            continue;
        }
        struct name name;
        ck_assert_ptr_null(name_parse(w, strlen(w), &name));
        ck_assert(
            entries_put_name(e, &name, &(struct name_entry){.scope = NAME_SELF, .value = number}));
    }
    free(copy);
}

static const struct {
    const char *before, *after, *changed;
} valued[] = {
    {"192.0.2.1=2a 192.0.2.2=2a", "192.0.2.2=2a 192.0.2.1=2a", ""},
    {"192.0.2.1=2a 192.0.2.2=2a", "192.0.2.1=2b 192.0.2.2=3a", "192.0.2.1 192.0.2.2"},
    {"192.0.2.1=", "192.0.2.1=2a", "192.0.2.1"},
    {"192.0.2.0/24=2a", "192.0.2.0/25=2b", ""}, /* removed and added */
    {"2001:db8::/32=2a 2001:db8::1=4x", "2001:db8::/32=2c 2001:db8::1=4x", "2001:db8::/32"},
    {"a.test=2a b.test=2a", "a.test=2a b.test=2b c.test=9z", "b.test"},
    /* several answers of one entry, in any order, said once or twice */
    {"192.0.2.1=2a 192.0.2.1=3b", "192.0.2.1=3b 192.0.2.1=2a 192.0.2.1=3b", ""},
    {"192.0.2.1=2a 192.0.2.1=3b", "192.0.2.1=2a", "192.0.2.1"},
    {"192.0.2.1=2a 192.0.2.1=3b", "192.0.2.1=2a 192.0.2.1=3c", "192.0.2.1"},
};

START_TEST(answers)
{
    struct entries before, after;
    static struct diff d;
    make_valued(&before, valued[_i].before);
    make_valued(&after, valued[_i].after);
    ck_assert(diff_entries(&before, &after, &d));
    check_words(&d.changed, valued[_i].changed);
    entries_free(&before);
    entries_free(&after);
}
END_TEST

/* --- Against an array of what is covered --- */

#define SPACE  64
#define RANGES 8

struct model {
    bool listed[SPACE][SPACE]; /* by first and last */
    bool covered[SPACE];
};

static void random_version(struct entries *e, struct model *m)
{
    entries_init(e);
    memset(m, 0, sizeof(*m));
    for (int k = rand() % RANGES; k > 0; k--) {
        unsigned first = (unsigned)rand() % SPACE,
                 last = rand() % 2 ? first : first + (unsigned)rand() % (SPACE - first);
        m->listed[first][last] = true;
        memset(m->covered + first, true, last - first + 1);
        struct range4 r = {.first = first, .last = last};
        ck_assert(first == last && rand() % 2 ? entries_add_addr4(e, first)
                                              : entries_add_range4(e, &r));
    }
}

static uint64_t only(const struct model *a, const struct model *b)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < SPACE; i++)
        for (unsigned k = 0; k < SPACE; k++)
            n += a->listed[i][k] && !b->listed[i][k];
    return n;
}

static uint64_t covered(const struct model *m)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < SPACE; i++)
        n += m->covered[i];
    return n;
}

START_TEST(model)
{
    static struct model left, right;
    static struct diff d;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        struct entries before, after;
        random_version(&before, &left);
        random_version(&after, &right);
        ck_assert(diff_entries(&before, &after, &d));
        ck_assert_uint_eq(d.before.only, only(&left, &right));
        ck_assert_uint_eq(d.after.only, only(&right, &left));
        ck_assert_uint_eq(d.before.covered[0], covered(&left));
        ck_assert_uint_eq(d.after.covered[0], covered(&right));
        entries_free(&before);
        entries_free(&after);
    }
}
END_TEST

START_TEST(ten_are_shown)
{
    struct entries before, after;
    static struct diff d;
    entries_init(&before);
    entries_init(&after);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert(entries_add_addr4(&after, 0xc0000200 + i));
    ck_assert(diff_entries(&before, &after, &d));
    ck_assert_uint_eq(d.after.only, 1000);
    ck_assert_uint_eq(d.after.nshown, DIFF_SHOWN);
    ck_assert_str_eq(d.after.shown[0], "192.0.2.0");
    ck_assert_str_eq(d.after.shown[9], "192.0.2.9");
    entries_free(&before);
    entries_free(&after);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("diff");
    TCase *tc = tcase_create("diff");
    tcase_add_loop_test(tc, table, 0, ROWS(rows));
    tcase_add_loop_test(tc, answers, 0, ROWS(valued));
    tcase_add_test(tc, model);
    tcase_add_test(tc, ten_are_shown);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
