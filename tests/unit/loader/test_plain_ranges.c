/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long texts, which are read in runs and by threads, against the same lines one by one: a text that
 * is shorter than any line that could be looked at goes to the reader of all lines.
 */
#include <ctype.h>

#include "loader/hex_chars.h"
#include "tests/unit/loader/parsed.h"

extern const struct format format_rbldnsd_ip4trie, format_rbldnsd_ip6trie;

#define LINES    60000
#define LINE_MAX 60

static uint64_t state;

static unsigned draw(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

/* A line in odd has some octet changed, or is written in another way. */
static size_t line4(char *s, unsigned odd)
{
    bool strange = odd != 0 && draw(odd) == 0;
    unsigned bits = strange ? draw(36) : 1 + draw(32);
    uint32_t a = (uint32_t)(state >> 20);
    if (bits > 0 && bits <= 32 && draw(strange ? 2 : 1) == 0)
        a &= ~0u << (32 - bits);
    int width = strange && draw(4) == 0 ? 3 : 1;
    int n = snprintf(s, LINE_MAX, "%.*u.%u.%u.%u", width, a >> 24, a >> 16 & 255, a >> 8 & 255,
                     a & 255);
    if (strange && draw(4) == 0)
        n -= (int)draw(3);
    if (bits != 32 || draw(2))
        n += snprintf(s + n, LINE_MAX - (size_t)n, "/%.*u", draw(strange ? 4 : 1) ? 2 : 1, bits);
    return (size_t)n;
}

static size_t line6(char *s, unsigned odd)
{
    bool strange = odd != 0 && draw(odd) == 0, mapped = draw(50) == 0;
    unsigned bits = mapped ? 90 + draw(39) : strange ? draw(132) : 1 + draw(128);
    unsigned gap = draw(3) == 0 ? draw(8) : 8, zeros = gap < 8 ? 1 + draw(8 - gap) : 0;
    unsigned n = strange ? draw(10) : 8;
    size_t len = 0;
    if (mapped)
        gap = 0, zeros = 5;
    for (unsigned i = 0; i < n; i++) {
        unsigned keep = bits <= 16 * i ? 0 : bits - 16 * i > 16 ? 16 : bits - 16 * i;
        unsigned value = draw(65536) & (0xffff0000u >> keep) & 0xffff;
        if (mapped && i == 5)
            value = 0xffff;
        if (strange && draw(20) == 0)
            value = draw(65536);
        if (i > gap && i < gap + zeros)
            continue;
        if (i == gap)
            len += (size_t)snprintf(s + len, 4, "%s", i == 0 ? "::" : ":");
        else
            len += (size_t)snprintf(s + len, 8, "%x%s", value, i < 7 ? ":" : "");
    }
    if (!strange || draw(2))
        len += (size_t)snprintf(s + len, 6, "/%u", bits);
    return len;
}

static size_t make_line(char *s, bool v6, unsigned odd)
{
    /* None that gives an IPv4 address a value of its own, all others would then be ranges, and no
     * colon at the start of a line, which would be of a value for all others. */
    static const char others4[] = "\r\n./-#gG@`\x80\xba\xb0", others6[] = " \t:./-!#gG@`\xba\xb0";
    static const char *const end[] = {"\n", "\n", "\r\n", "\r", " \n", " # x\n"};
    size_t n = v6 ? line6(s, odd) : line4(s, odd);
    bool strange = odd != 0 && draw(odd) == 0;
    if (strange && n > 1)
        s[1 + draw((unsigned)n - 1)] =
            v6 ? others6[draw(sizeof(others6) - 1)] : others4[draw(sizeof(others4) - 1)];
    for (size_t i = 0; i < n && draw(3) == 0; i++)
        s[i] = (char)toupper(s[i]);
    const char *e = end[draw(strange ? 6 : 3)];
    memcpy(s + n, e, strlen(e));
    return n + strlen(e);
}

static void parse_with(struct parsed *r, const struct format *f, const char *s, size_t len)
{
    memset(r, 0, sizeof(*r));
    entries_init(&r->e);
    r->p = (struct parse){.out = &r->e, .report = parsed_report, .report_arg = r};
    ck_assert(f->parse(&r->p, s, len));
}

/* What one line alone came to is the next of what all came to. */
static void compare(const struct parsed *all, struct parsed *sum, const struct parsed *one)
{
    struct entries *s = &sum->e;
    const struct entries *e = &all->e, *o = &one->e;
    ck_assert_uint_le(s->naddr4 + o->naddr4, e->naddr4);
    ck_assert_uint_le(s->nrange4 + o->nrange4, e->nrange4);
    ck_assert_uint_le(s->nrange6 + o->nrange6, e->nrange6);
    if (o->naddr4 > 0 && memcmp(e->addr4 + s->naddr4, o->addr4, o->naddr4 * sizeof(*o->addr4)) != 0)
        ck_abort_msg("address %zu", s->naddr4);
    for (size_t i = 0; i < o->nrange4; i++) {
        const struct range4 *a = &e->range4[s->nrange4 + i], *b = &o->range4[i];
        if (a->first != b->first || a->last != b->last || a->specific != b->specific ||
            (a->value == 0) != (b->value == 0) || a->exclude != b->exclude)
            ck_abort_msg("range %zu", s->nrange4);
    }
    for (size_t i = 0; i < o->nrange6; i++) {
        const struct range6 *a = &e->range6[s->nrange6 + i], *b = &o->range6[i];
        if (memcmp(&a->first, &b->first, sizeof(a->first)) != 0 ||
            memcmp(&a->last, &b->last, sizeof(a->last)) != 0 || a->specific != b->specific ||
            (a->value == 0) != (b->value == 0) || a->exclude != b->exclude)
            ck_abort_msg("range6 %zu", s->nrange6);
    }
    s->naddr4 += o->naddr4;
    s->nrange4 += o->nrange4;
    s->nrange6 += o->nrange6;
    sum->p.lines += one->p.lines;
    sum->p.bad += one->p.bad;
}

static const unsigned rows[] = {0, 20000, 300, 3};

/* The last row's lines are all odd in some way often enough to leave runs at once. */
START_TEST(like_line_by_line)
{
    const bool v6 = _i % 2 == 1;
    const unsigned odd = rows[_i / 2];
    const struct format *f = v6 ? &format_rbldnsd_ip6trie : &format_rbldnsd_ip4trie;
    char *text = malloc((size_t)LINES * LINE_MAX);
    uint32_t *start = malloc((LINES + 1) * sizeof(*start));
    struct parsed all, sum = {0};
    size_t len = 0;
    ck_assert(text != NULL && start != NULL);
    state = (uint64_t)_i;
    for (size_t i = 0; i < LINES; i++) {
        start[i] = (uint32_t)len;
        len += make_line(text + len, v6, odd);
    }
    start[LINES] = (uint32_t)len;
    text = realloc(text, len); /* exact, so that a read behind it is seen */
    ck_assert_ptr_nonnull(text);
    parse_with(&all, f, text, len);
    for (size_t i = 0; i < LINES; i++) {
        struct parsed one;
        ck_assert_uint_le(start[i + 1] - start[i], LINE_MAX);
        parse_with(&one, f, text + start[i], start[i + 1] - start[i]);
        compare(&all, &sum, &one);
        entries_free(&one.e);
    }
    ck_assert_uint_eq(sum.e.naddr4, all.e.naddr4);
    ck_assert_uint_eq(sum.e.nrange4, all.e.nrange4);
    ck_assert_uint_eq(sum.e.nrange6, all.e.nrange6);
    ck_assert_uint_eq(sum.p.lines, all.p.lines);
    ck_assert_uint_eq(sum.p.bad, all.p.bad);
    ck_assert_uint_gt(entries_count(&all.e), LINES / 3);
    entries_free(&all.e);
    free(text);
    free(start);
}
END_TEST

/* A line by its number, in the middle of a run of many. */
static const struct {
    const char *line, *reason;
    bool v6;
} bad[] = {{"10.1.2.3/8", "invalid range (non-zero host part)", false},
           {"10.1.2.3/33", "invalid address", false},
           {"10.1.2.256/32", "invalid address", false},
           {"2001:db8::1/64", "invalid range (non-zero host part)", true},
           {"2001:db8:::/64", "invalid address", true},
           {"1:2:3:4:5:6:7:8:9/64", "invalid address", true}};

START_TEST(reported)
{
    const struct format *f = bad[_i].v6 ? &format_rbldnsd_ip6trie : &format_rbldnsd_ip4trie;
    char *text = malloc((size_t)LINES * LINE_MAX);
    size_t len = 0;
    struct parsed r;
    ck_assert_ptr_nonnull(text);
    for (unsigned i = 0; i < LINES; i++)
        len += (size_t)snprintf(text + len, LINE_MAX, "%s\n",
                                i == LINES / 2   ? bad[_i].line
                                : bad[_i].v6     ? "2001:db8::/32"
                                : i == LINES / 3 ? "10.0.0.0/8"
                                                 : "192.0.2.128/25");
    /* The same prefix again and again: noted, and the first ten are reported behind the line. */
    parse_with(&r, f, text, len);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_uint_eq(r.p.lines, LINES);
    ck_assert_uint_eq(r.p.noted, LINES - (bad[_i].v6 ? 2 : 3));
    ck_assert_uint_eq(r.reports, 1 + PARSE_REPORTS_MAX);
    ck_assert_uint_eq(r.line, PARSE_REPORTS_MAX + 1);
    entries_free(&r.e);
    free(text);
}
END_TEST

/* The two ways against each other and against what is meant, every octet in every place. */
START_TEST(digits)
{
    char s[HEX_CHARS];
    uint8_t words[HEX_CHARS], used[HEX_CHARS];
    for (unsigned i = 0; i < 256 * HEX_CHARS; i++) {
        uint64_t is = 0;
        for (unsigned k = 0; k < HEX_CHARS; k++)
            s[k] = (char)(k == i / 256 ? i : draw(2) ? 'a' + draw(6) : draw(256));
        for (unsigned k = 0; k < HEX_CHARS; k++)
            is |= (uint64_t)((s[k] & 0x80) == 0 && isxdigit(s[k])) << k;
        ck_assert_uint_eq(hex_chars_words(s, words), is);
        ck_assert_uint_eq(hex_chars(s, used), is);
        for (unsigned k = 0; k < HEX_CHARS; k++)
            if (is >> k & 1) {
                int value = isdigit(s[k]) ? s[k] - '0' : tolower(s[k]) - 'a' + 10;
                ck_assert_int_eq(words[k], value);
                ck_assert_int_eq(used[k], value);
            }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("plain_ranges");
    TCase *c = tcase_create("plain_ranges");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, like_line_by_line, 0, 2 * sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(c, digits);
    tcase_add_loop_test(c, reported, 0, sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
