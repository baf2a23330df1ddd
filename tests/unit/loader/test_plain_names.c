/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/name_chars.h"
#include "loader/plain_names.h"

/* Long enough for several rounds on several threads. */
#define LINES 200000
#define VALUE 7

struct text {
    char *s;
    size_t len;
};

static uint64_t state;

static unsigned draw(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

static void put(struct text *t, const char *s)
{
    size_t n = strlen(s);
    memcpy(t->s + t->len, s, n);
    t->len += n;
}

/* Mostly names; one line in odd has something that is none, or that is too long for one. */
static void put_line(struct text *t, unsigned odd)
{
    static const char octets[] = "abcdefghijklmnopqrstuvwxyzABCXYZ0189-_";
    static const char *const front[] = {"", "", "", ".", "*.", "!", "..", "*", ":", " "};
    static const char *const end[] = {"\n", "\n", "\r\n", ".\n", " \n", "\r", "\r\r\n", " x\n"};
    static const char others[] = "\\@[`{/:;,^.* \t\r\x80\xad\xe1\xff";
    bool strange = odd != 0 && draw(odd) == 0;
    put(t, front[draw(strange ? 10 : 5)]);
    unsigned labels = 1 + draw(strange && draw(4) == 0 ? 40 : 4);
    for (unsigned i = 0; i < labels; i++) {
        unsigned n = (draw(5000) == 0 ? 55 : 1) + draw(strange && draw(4) == 0 ? 70 : 12);
        if (i > 0)
            put(t, ".");
        for (; n > 0; n--)
            t->s[t->len++] = octets[draw(sizeof(octets) - 1)];
        if (strange && draw(4) == 0)
            t->s[t->len++] = others[draw(sizeof(others) - 1)];
    }
    put(t, end[draw(strange ? 8 : 3)]);
}

static struct text make_text(unsigned odd)
{
    struct text t = {malloc((size_t)LINES * 400 + 65536), 0};
    ck_assert_ptr_nonnull(t.s);
    for (unsigned i = 0; i < LINES; i++)
        put_line(&t, odd);
    if (odd != 0)
        put(&t, "last.one");
    t.s = realloc(t.s, t.len); /* exact, so that a read behind it is seen */
    ck_assert_ptr_nonnull(t.s);
    return t;
}

/* Is the line, with its end from line + len on, to be passed?  As what then? */
static bool is_plain(const struct text *t, const char *line, size_t len, struct name *name,
                     uint8_t *scope)
{
    const char *end = line + len, *stop = t->s + t->len, *lf = end;
    size_t skip = len > 1 && line[0] == '*' && line[1] == '.' ? 2 : len > 0 && *line == '.';
    *scope = skip == 2 ? NAME_BELOW : skip == 1 ? NAME_TREE : NAME_SELF;
    if (lf < stop && *lf == '\r')
        lf++;
    if (lf == stop || *lf != '\n' || lf + 1 - line > 254 || len == skip || end[-1] == '.')
        return false;
    for (const char *p = line + skip; p < end; p++)
        if ((*p & 0x80) != 0 || (!isalnum(*p) && strchr("-_.", *p) == NULL))
            return false;
    return name_parse(line + skip, len - skip, name) == NULL;
}

static void check_name(const struct entries *e, const struct name_entry *n,
                       const struct name *expected, uint8_t scope)
{
    if (n->len != expected->len || memcmp(e->bytes + n->off, expected->wire, n->len) != 0 ||
        n->scope != scope || n->value != VALUE || n->exclude)
        ck_abort_msg("entry %zu", (size_t)(n - e->name));
}

static const unsigned rows[] = {0, 100000, 5000, 300, 3};

/* All lines in order, each once, whether passed or left to the caller. */
START_TEST(every_line_once)
{
    state = (uint64_t)_i;
    struct text t = make_text(rows[_i]);
    struct lines passed, all;
    struct entries e;
    struct name name;
    const char *line, *left;
    size_t len, n = 0;
    uint8_t scope;
    entries_init(&e);
    e.bytes_hint = _i % 2 ? t.len : 0;
    lines_start(&passed, t.s, t.len);
    lines_start(&all, t.s, t.len);
    do {
        ck_assert(plain_names_pass(&passed, &e, VALUE));
        for (; n < e.nname; n++) {
            ck_assert(lines_next(&all, &line, &len));
            if (!is_plain(&t, line, len, &name, &scope))
                ck_abort_msg("passed: %.*s", (int)len, line);
            check_name(&e, &e.name[n], &name, scope);
        }
        ck_assert_ptr_eq(passed.pos, all.pos);
        ck_assert_uint_eq(passed.number, all.number);
        if (!lines_next(&passed, &left, &len))
            break;
        ck_assert(lines_next(&all, &line, &len));
        if (is_plain(&t, line, len, &name, &scope))
            ck_abort_msg("left: %.*s", (int)len, line);
    } while (true);
    ck_assert_uint_gt(e.nname, rows[_i] == 3 ? LINES / 2 : LINES / 10 * 9);
    entries_free(&e);
    free(t.s);
}
END_TEST

/* Lines so short that the room of a part ends before the part does. */
START_TEST(short_lines)
{
    struct text t = {malloc(LINES * 2), LINES * 2};
    struct lines l;
    struct entries e;
    const char *line;
    size_t len, left = 0;
    ck_assert_ptr_nonnull(t.s);
    for (size_t i = 0; i < LINES; i++)
        memcpy(t.s + 2 * i, (const char[]){(char)('a' + i % 26), '\n'}, 2);
    entries_init(&e);
    lines_start(&l, t.s, t.len);
    do
        ck_assert(plain_names_pass(&l, &e, VALUE));
    while (lines_next(&l, &line, &len) && ++left);
    ck_assert_uint_eq(e.nname + left, LINES);
    ck_assert_uint_lt(left, LINES / 1000);
    entries_free(&e);
    free(t.s);
}
END_TEST

/* The two ways against each other and against what is meant, every octet in every place. */
START_TEST(chars)
{
    char s[NAME_CHARS];
    uint8_t words[NAME_CHARS], used[NAME_CHARS];
    for (unsigned i = 0; i < 256 * NAME_CHARS; i++) {
        uint32_t marks = 0;
        for (unsigned k = 0; k < NAME_CHARS; k++)
            s[k] = (char)(k == i / 256 ? i : draw(2) ? 'a' + draw(26) : draw(256));
        for (unsigned k = 0; k < NAME_CHARS; k++)
            if ((s[k] & 0x80) != 0 || (!isalnum(s[k]) && s[k] != '-' && s[k] != '_'))
                marks |= 1u << k;
        ck_assert_uint_eq(name_chars_words(s, words), marks);
        ck_assert_uint_eq(name_chars(s, used), marks);
        ck_assert_int_eq(memcmp(words, used, sizeof(words)), 0);
        for (unsigned k = 0; k < NAME_CHARS; k++)
            if (!(marks >> k & 1))
                ck_assert_int_eq(words[k], tolower(s[k]));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("plain_names");
    TCase *c = tcase_create("plain_names");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, every_line_once, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(c, short_lines);
    tcase_add_test(c, chars);
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
