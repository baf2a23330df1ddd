/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/loader/parsed.h"

/* All entries as text, in the order addresses, IPv4 prefixes, IPv6 prefixes. */
static void show(const struct entries *e, char *buf, size_t size)
{
    size_t n = 0;
    char text[PREFIX_TEXT_MAX];
    buf[0] = '\0';
    for (size_t i = 0; i < e->naddr4 + e->nrange4 + e->nrange6; i++) {
        struct prefix p = {.family = 4, .len = 32};
        if (i < e->naddr4) {
            p.addr.lo = e->addr4[i];
        } else if (i < e->naddr4 + e->nrange4) {
            p.addr.lo = e->range4[i - e->naddr4].first;
            p.len = e->range4[i - e->naddr4].specific;
        } else {
            const struct range6 *r = &e->range6[i - e->naddr4 - e->nrange4];
            p = (struct prefix){.addr = r->first, .len = r->specific, .family = 6};
        }
        prefix_format(text, &p);
        int added = snprintf(buf + n, size - n, "%s%s", i > 0 ? " " : "", text);
        ck_assert_int_lt(added, (int)(size - n));
        n += (size_t)added;
    }
}

struct text_row {
    const char *text;
    const char *want;
    size_t lines, noted;
};

static const struct text_row text_rows[] = {
    /* line ends */
    {"192.0.2.1\n192.0.2.2\n", "192.0.2.1 192.0.2.2", 2, 0},
    {"192.0.2.1\r\n192.0.2.2\r\n", "192.0.2.1 192.0.2.2", 2, 0},
    {"192.0.2.1\r192.0.2.2\r", "192.0.2.1 192.0.2.2", 2, 0},
    {"192.0.2.1\n\r192.0.2.2\r\r\n\n192.0.2.3", "192.0.2.1 192.0.2.2 192.0.2.3", 3, 0},
    {"", "", 0, 0},
    {"\n\n \t\n\r\r\n", "", 0, 0},
    /* byte order mark */
    {"\xef\xbb\xbf"
     "192.0.2.1\n",
     "192.0.2.1", 1, 0},
    {"\xef\xbb\xbf", "", 0, 0},
    /* blanks */
    {" 192.0.2.1\n\t192.0.2.2 \t\n", "192.0.2.1 192.0.2.2", 2, 0},
    {"192.0.2.1\t5\t2026-01-01\n192.0.2.2 3\n", "192.0.2.1 192.0.2.2", 2, 0},
    /* comments */
    {"# a\n; b\n// c\n! d\n  # e\n#\n;\n//\n!\n", "", 0, 0},
    {"#192.0.2.1\n;192.0.2.1\n//192.0.2.1\n!192.0.2.1\n", "", 0, 0},
    {"192.0.2.1 # x\n192.0.2.2 ; x\n192.0.2.3 // x\n", "192.0.2.1 192.0.2.2 192.0.2.3", 3, 0},
    {"192.0.2.1#x\n192.0.2.2;x\n192.0.2.3## x\n", "192.0.2.1 192.0.2.2 192.0.2.3", 3, 0},
    {"192.0.2.0/24 ; SBL100001\n198.51.100.0/25;SBL2\n", "192.0.2.0/24 198.51.100.0/25", 2, 0},
    /* oddities, noted */
    {"192.000.002.007\n", "192.0.2.7", 1, 1},
    {"192.0.2.77/24\n192.0.2.1/32\n", "192.0.2.1 192.0.2.0/24", 2, 1},
    {"::ffff:192.0.2.1\n::ffff:198.51.100.0/120\n", "192.0.2.1 198.51.100.0/24", 2, 2},
    {"::ffff:192.0.02.9/120\n", "192.0.2.0/24", 1, 1},
    /* both families */
    {"192.0.2.15\n2001:DB8:0004::1\n198.51.100.201\n2001:db8::/32\n",
     "192.0.2.15 198.51.100.201 2001:db8:4::1 2001:db8::/32", 4, 0},
    /* the widest allowed */
    {"11.0.0.0/8\n2001::/16\n", "11.0.0.0/8 2001::/16", 2, 0},
    /* duplicates stay: they are taken out later */
    {"192.0.2.1\n192.0.2.1\n", "192.0.2.1 192.0.2.1", 2, 0},
};

START_TEST(texts)
{
    const struct text_row *row = &text_rows[_i];
    struct parsed r;
    char got[400];
    parse_text(&r, &format_plain, row->text);
    show(&r.e, got, sizeof(got));
    ck_assert_str_eq(got, row->want);
    ck_assert_uint_eq(r.p.lines, row->lines);
    ck_assert_uint_eq(r.p.noted, row->noted);
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.reports, 0);
    entries_free(&r.e);
}
END_TEST

static const char *const bad_rows[][2] = {
    {"10/8", "IPv4 address with fewer than four octets"},
    {"1.2.3", "IPv4 address with fewer than four octets"},
    {"1.2.3.4/", "prefix length missing after the slash"},
    {"1.2.3.4/33", "prefix length above 32"},
    {"1.2.3.4/024", "prefix length with a leading zero"},
    {"1.2.3.4//x", "invalid prefix length"},
    {"300.1.1.1", "octet above 255"},
    {"192.0002.0.1", "octet of more than three digits"},
    {"1.2.3.4:25", "address with a port or brackets"},
    {"[2001:db8::1]:25", "address with a port or brackets"},
    {"1.2.3.4-1.2.3.9", "address range; only ADDRESS or ADDRESS/LENGTH is accepted"},
    {"1.2.3.4,5", "text directly after the address"},
    {"fe80::1%eth0", "IPv6 zone identifier not accepted"},
    {"2001:db8:::1", "invalid IPv6 address"},
    {"0.0.0.0/0", "IPv4 prefix wider than widest4 allows"},
    {"10.0.0.0/7", "IPv4 prefix wider than widest4 allows"},
    {"::/0", "IPv6 prefix wider than widest6 allows"},
    {"2000::/15", "IPv6 prefix wider than widest6 allows"},
    {"::ffff:0:0/96", "IPv4 prefix wider than widest4 allows"},
    {"Too many requests, try again later", "not an IP address"},
    {"example.com", "not an IP address"},
    {"<html>", "not an IP address"},
    {"$SOA 3600 ns1.example.net", "not an IP address"},
    {":127.0.0.2:text", "invalid IPv6 address"},
    {"\xc2\xa0"
     "192.0.2.1",
     "not an IP address"},
    {"\v192.0.2.1", "not an IP address"},
};

/* Alone, before a good line (with room for the straight path) and after one: the same verdict. */
START_TEST(bad)
{
    static const char good[] = "203.0.113.200\n";
    for (int i = 0; i < 4; i++) {
        struct parsed r;
        char text[200];
        snprintf(text, sizeof(text), "%s%s%s%s%s", i == 3 ? good : "", bad_rows[_i][0],
                 i > 0 ? "\n" : "", i > 1 ? good : "", i == 2 ? good : "");
        parse_text(&r, &format_plain, text);
        ck_assert_uint_eq(r.p.bad, 1);
        ck_assert_uint_eq(r.p.lines, i < 2 ? 1 : 3);
        ck_assert_uint_eq(entries_count(&r.e), i < 2 ? 0 : 2);
        ck_assert_uint_eq(r.reports, 1);
        ck_assert_uint_eq(r.line, i == 3 ? 2 : 1);
        ck_assert_str_eq(r.reason, bad_rows[_i][1]);
        entries_free(&r.e);
    }
}
END_TEST

START_TEST(reports)
{
    struct parsed r;
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "# c\n192.0.2.%d\nbad %d\n", i, i);
    parse_bytes(&r, &format_plain, text, n);
    ck_assert_uint_eq(r.p.lines, 200);
    ck_assert_uint_eq(r.p.bad, 100);
    ck_assert_uint_eq(r.e.naddr4, 100);
    ck_assert_uint_eq(r.reports, PARSE_REPORTS_MAX);
    ck_assert_uint_eq(r.line, 30);
    ck_assert_str_eq(r.text, "bad 9");
    entries_free(&r.e);
}
END_TEST

/* Line numbers are right behind lines that took the straight path, whatever their ends. */
START_TEST(report_line_number)
{
    struct parsed r;
    parse_text(&r, &format_plain,
               "192.0.2.1\n192.0.2.2\r\n\n# x\r192.0.2.3\n192.0.2.4\nbad\n192.0.2.5\n");
    ck_assert_uint_eq(r.line, 7);
    ck_assert_uint_eq(r.e.naddr4, 5);
    entries_free(&r.e);
}
END_TEST

START_TEST(report_excerpt)
{
    struct parsed r;
    char line[300];
    memset(line, 'x', sizeof(line));
    memcpy(line, "a\x1b[31m\xff\x7f", 8);
    parse_bytes(&r, &format_plain, line, sizeof(line));
    ck_assert_uint_eq(strlen(r.text), 83);
    ck_assert_int_eq(strncmp(r.text, "a?[31m??xxx", 11), 0);
    ck_assert_str_eq(r.text + 78, "xx...");
    entries_free(&r.e);
    /* Exactly at the limit nothing is cut. */
    memset(line, 'y', sizeof(line));
    parse_bytes(&r, &format_plain, line, 80);
    ck_assert_uint_eq(strlen(r.text), 80);
    ck_assert_str_eq(r.text + 78, "yy");
    entries_free(&r.e);
}
END_TEST

START_TEST(no_report_function)
{
    struct entries e;
    entries_init(&e);
    struct parse p = {.out = &e};
    ck_assert(format_plain.parse(&p, "bad\n", 4));
    ck_assert_uint_eq(p.bad, 1);
    entries_free(&e);
}
END_TEST

START_TEST(nul_bytes)
{
    static const char text[] = "192.0.2.1\n192.0.2.2\0\n# c\0mment\n\0\n192.0.2.3 \0x\n192.0.2.4\n";
    struct parsed r;
    parse_bytes(&r, &format_plain, text, sizeof(text) - 1);
    ck_assert_uint_eq(r.e.naddr4, 2);
    ck_assert_uint_eq(r.p.bad, 4);
    ck_assert_uint_eq(r.p.lines, 6);
    ck_assert_str_eq(r.reason, "NUL byte in the line");
    entries_free(&r.e);
}
END_TEST

START_TEST(unterminated)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"192.0.2.1\n192.0.2.2", true},
        {"192.0.2.1\n", false},
        {"192.0.2.1\r", false},
        {"192.0.2.1\r\n", false},
        {"", false},
        {"192.0.2.1\n ", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parsed r;
        parse_text(&r, &format_plain, rows[i].text);
        ck_assert_msg(r.p.unterminated == rows[i].want, "row %zu", i);
        ck_assert_uint_eq(r.e.naddr4, i == 0 ? 2 : i == 4 ? 0 : 1);
        entries_free(&r.e);
    }
}
END_TEST

/* A comment of a mebibyte, a blank run of a mebibyte, a line of a mebibyte of rubbish. */
START_TEST(long_lines)
{
    enum { MIB = 1 << 20 };
    char *text = malloc(3 * MIB + 100);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', 3 * MIB + 100);
    memcpy(text, "192.0.2.1 #", 11);
    text[MIB] = '\n';
    memset(text + MIB + 1, ' ', MIB);
    memcpy(text + 2 * MIB, "192.0.2.2\n", 10);
    text[3 * MIB] = '\n';
    memcpy(text + 3 * MIB + 1, "192.0.2.3\n", 10);
    struct parsed r;
    parse_bytes(&r, &format_plain, text, 3 * MIB + 11);
    ck_assert_uint_eq(r.e.naddr4, 3);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_uint_eq(r.p.lines, 4);
    entries_free(&r.e);
    free(text);
}
END_TEST

/* A million lines that end in CR are not searched for LF again and again. */
START_TEST(many_cr_lines)
{
    enum { MANY = 1000000 };
    char *text = malloc(MANY * 10);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < MANY; i++)
        memcpy(text + i * 10, "192.0.2.1\r", 10);
    struct parsed r;
    parse_bytes(&r, &format_plain, text, MANY * 10);
    ck_assert_uint_eq(r.e.naddr4, MANY);
    entries_free(&r.e);
    free(text);
}
END_TEST

static uint64_t random_state;

static unsigned rnd(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 33) % below);
}

/* An address with shortest octets, then perhaps up to three mutations. */
static size_t random_line(char *buf)
{
    static const char odd[] = "0123456789..//:#; \t\r\nx\0\xff-";
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r", "\n\n", " \n", "#c\n"};
    uint32_t addr = rnd(1U << 31) << 1 | rnd(2);
    /* Small octets are as frequent as large ones in half of the lines. */
    if (rnd(2) == 0)
        for (int shift = 0; shift < 32; shift += 8)
            addr ^= rnd(2) == 0 ? 0 : (addr & 255U << shift) ^ rnd(12) << shift;
    size_t len = addr4_format(buf, addr);
    for (unsigned i = rnd(4); i > 0 && rnd(2) == 0; i--) {
        char c = odd[rnd(sizeof(odd) - 1)];
        size_t at = rnd((unsigned)len);
        if (rnd(2) == 0) {
            memmove(buf + at + 1, buf + at, len - at);
            len++;
        }
        buf[at] = c;
    }
    const char *end = ends[rnd(8)];
    memcpy(buf + len, end, strlen(end));
    return len + strlen(end);
}

/*
 * The straight path and the careful path agree: a blank before each line, which means nothing,
 * keeps every line off the straight path.
 */
START_TEST(paths_agree)
{
    char *text = malloc(1000 * 32);
    char *slow = malloc(1000 * 33);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(slow);
    for (unsigned seed = 1; seed <= 300; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15U;
        size_t len = 0;
        size_t slow_len = 0;
        for (int i = 0; i < 1000; i++) {
            size_t n = random_line(text + len);
            slow[slow_len] = ' ';
            memcpy(slow + slow_len + 1, text + len, n);
            slow_len += n + 1;
            len += n;
        }
        struct parsed a, b;
        parse_bytes(&a, &format_plain, text, len);
        parse_bytes(&b, &format_plain, slow, slow_len);
        ck_assert_msg(a.p.lines == b.p.lines && a.p.bad == b.p.bad && a.p.noted == b.p.noted,
                      "seed %u: %zu %zu %zu, %zu %zu %zu", seed, a.p.lines, a.p.bad, a.p.noted,
                      b.p.lines, b.p.bad, b.p.noted);
        ck_assert_msg(a.e.naddr4 == b.e.naddr4 && a.e.nrange4 == b.e.nrange4, "seed %u", seed);
        ck_assert_msg(memcmp(a.e.addr4, b.e.addr4, a.e.naddr4 * sizeof(uint32_t)) == 0, "seed %u",
                      seed);
        ck_assert_msg(a.line == b.line, "seed %u", seed);
        ck_assert_uint_gt(a.e.naddr4, 500);
        ck_assert_uint_gt(a.p.bad, 50);
        entries_free(&a.e);
        entries_free(&b.e);
    }
    free(slow);
    free(text);
}
END_TEST

/* Every combination of octet lengths, and the first value that is too large, on the straight path.
 */
START_TEST(straight_path_values)
{
    static const unsigned values[] = {0, 1, 9, 10, 99, 100, 199, 200, 249, 250, 255, 256, 260, 999};
    enum { N = sizeof(values) / sizeof(values[0]) };
    for (unsigned i = 0; i < N * N * N * N; i++) {
        const unsigned o[4] = {values[i % N], values[i / N % N], values[i / N / N % N],
                               values[i / N / N / N]};
        char text[64];
        int n = snprintf(text, sizeof(text), "%u.%u.%u.%u\n", o[0], o[1], o[2], o[3]);
        memcpy(text + n, "                   #\n", 21);
        struct entries e;
        entries_init(&e);
        struct parse p = {.out = &e};
        ck_assert(format_plain.parse(&p, text, (size_t)n + 21));
        bool fits = o[0] < 256 && o[1] < 256 && o[2] < 256 && o[3] < 256;
        ck_assert_uint_eq(p.bad, fits ? 0 : 1);
        ck_assert_uint_eq(p.lines, 1);
        ck_assert_uint_eq(e.naddr4, fits ? 1 : 0);
        if (fits)
            ck_assert_uint_eq(e.addr4[0], o[0] << 24 | o[1] << 16 | o[2] << 8 | o[3]);
        entries_free(&e);
    }
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("format_plain");
    TCase *tc = tcase_create("format_plain");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, texts, 0, ROWS(text_rows));
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_test(tc, reports);
    tcase_add_test(tc, report_line_number);
    tcase_add_test(tc, report_excerpt);
    tcase_add_test(tc, no_report_function);
    tcase_add_test(tc, nul_bytes);
    tcase_add_test(tc, unterminated);
    tcase_add_test(tc, long_lines);
    tcase_add_test(tc, many_cr_lines);
    tcase_add_test(tc, paths_agree);
    tcase_add_test(tc, straight_path_values);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
