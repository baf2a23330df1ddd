/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/loader/parsed.h"

/* All entries in the spelling of the format. */
static void show(const struct entries *e, char *buf, size_t size)
{
    size_t n = 0;
    char text[NAME_TEXT_MAX];
    buf[0] = '\0';
    for (size_t i = 0; i < e->nname; i++) {
        const struct name_entry *entry = &e->name[i];
        name_format(text, e->bytes + entry->off, entry->len);
        const char *mark = entry->scope == NAME_TREE ? "." : entry->scope == NAME_BELOW ? "*." : "";
        int added = snprintf(buf + n, size - n, "%s%s%s", i > 0 ? " " : "", mark, text);
        ck_assert_int_lt(added, (int)(size - n));
        n += (size_t)added;
        ck_assert(!entry->exclude);
        ck_assert_uint_eq(entry->value, 0);
    }
}

struct text_row {
    const char *text;
    const char *want;
    size_t lines;
};

static const struct text_row text_rows[] = {
    /* the three scopes */
    {"example.com\n*.example.net\n.example.org\n", "example.com *.example.net .example.org", 3},
    {".top\n*.zip\ntest\n", ".top *.zip test", 3},
    /* of filters and of dnsmasq */
    {"||a.example^\nlocal=/b.example/\nserver=/c.example/\naddress=/d.example/0.0.0.0\n",
     ".a.example .b.example .c.example .d.example", 4},
    /* UTF-8 */
    {"b\303\274cher.example\n*.B\303\234CHER.example\n",
     "xn--bcher-kva.example *.xn--bcher-kva.example", 2},
    /* root dot, case */
    {"example.com.\n*.Example.NET.\n.EXAMPLE.org.\n", "example.com *.example.net .example.org", 3},
    /* line ends, byte order mark, blanks */
    {"a.example\r\nb.example\rc.example", "a.example b.example c.example", 3},
    {"\xef\xbb\xbf"
     "a.example\n",
     "a.example", 1},
    {" \ta.example \t\n\n \n", "a.example", 1},
    /* comments */
    {"# a\n; b\n// c.example\n! Title: d\n", "", 0},
    {"a.example # x\nb.example ; x\nc.example // x\nd.example;x\ne.example#x\n",
     "a.example b.example c.example d.example e.example", 5},
    /* what labels may hold */
    {"_dmarc.example.com\nxn--bcher-kva.example\n1.2.3.4a\n-x-.example\n4.example\n",
     "_dmarc.example.com xn--bcher-kva.example 1.2.3.4a -x-.example 4.example", 5},
    {"0123456789abcdef0123456789abcdef\n", "0123456789abcdef0123456789abcdef", 1},
};

START_TEST(texts)
{
    const struct text_row *row = &text_rows[_i];
    struct parsed r;
    char got[1000];
    parse_text(&r, &format_domains, row->text);
    show(&r.e, got, sizeof(got));
    ck_assert_str_eq(got, row->want);
    ck_assert_uint_eq(r.p.lines, row->lines);
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(entries_count(&r.e), r.e.nname);
    entries_free(&r.e);
}
END_TEST

#define L10  "abcdefghij"
#define L60  L10 L10 L10 L10 L10 L10
#define WILD "'*' is accepted as the first label only, as in *.example.com"

static const char *const bad_rows[][2] = {
    /* wildcards in other places */
    {"*example.com", WILD},
    {"*.*.example.com", WILD},
    {"a.*.example.com", WILD},
    {"example.*", WILD},
    {"*", WILD},
    {".*.example.com", WILD},
    /* nothing left */
    {".", "no name"},
    {"*.", WILD},
    {"..", "no name"},
    {"*..", "no name"},
    {"..example.com", "no name"},
    {"*..example.com", "no name"},
    {"a..example.com", "empty label in the name"},
    {"example.com..", "empty label in the name"},
    /* addresses and numbers */
    {"192.0.2.1", "IP address or number instead of a name"},
    {"192.0.2.1.", "IP address or number instead of a name"},
    {"*.2.0.192", "IP address or number instead of a name"},
    {"404", "IP address or number instead of a name"},
    {"example.123", "IP address or number instead of a name"},
    {"192.0.2.0/24", "URL or path instead of a name"},
    {"2001:db8::1", "IPv6 address or port instead of a name"},
    {"example.com:80", "IPv6 address or port instead of a name"},
    /* URLs */
    {"http://example.com", "URL or path instead of a name"},
    {"http://example.com/", "URL or path instead of a name"},
    {"example.com/path", "URL or path instead of a name"},
    {"https://user@example.com/#x", "URL or path instead of a name"},
    {"user@example.com", "mail address instead of a name"},
    /* characters */
    {"b\374cher.example", "no internationalised domain name (RFC 5891)"},
    {"||example.com", "character that no domain name has"},
    {"||example.com^$third-party", "character that no domain name has"},
    {"exam\\112le.com", "character that no domain name has"},
    {"example.com,1", "character that no domain name has"},
    {"<html>", "character that no domain name has"},
    {"\"example.com\"", "character that no domain name has"},
    {"exam\ape.com", "character that no domain name has"},
    /* more than one field */
    {"127.0.0.1 example.com", "text after the name; one name per line"},
    {"Too many requests", "text after the name; one name per line"},
    {"example.com CNAME .", "text after the name; one name per line"},
    {"example.com / x", "text after the name; one name per line"},
    /* sizes */
    {L60 "1234.example", "label longer than 63 octets"},
    {L60 "." L60 "." L60 "." L60 "." L10, "name longer than 255 octets"},
};

START_TEST(bad)
{
    struct parsed r;
    char text[400];
    snprintf(text, sizeof(text), "a.example\n%s\nb.example\n", bad_rows[_i][0]);
    parse_text(&r, &format_domains, text);
    ck_assert_uint_eq(r.p.lines, 3);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_uint_eq(r.e.nname, 2);
    ck_assert_uint_eq(r.line, 2);
    ck_assert_str_eq(r.reason, bad_rows[_i][1]);
    entries_free(&r.e);
}
END_TEST

START_TEST(longest)
{
    struct parsed r;
    /* 63 octets of label, 253 octets of name: both just fit. */
    parse_text(&r, &format_domains,
               L60 "123.example\n.x" L60 "." L60 "." L60 "." L60 ".abcdefgh\n");
    ck_assert_uint_eq(r.p.bad, 0);
    ck_assert_uint_eq(r.e.nname, 2);
    ck_assert_uint_eq(r.e.name[1].len, 255);
    entries_free(&r.e);
}
END_TEST

START_TEST(nul_and_end)
{
    static const char text[] = "a.example\0\nb.example\nc.example";
    struct parsed r;
    parse_bytes(&r, &format_domains, text, sizeof(text) - 1);
    ck_assert_uint_eq(r.p.bad, 1);
    ck_assert_str_eq(r.reason, "NUL byte in the line");
    ck_assert_uint_eq(r.e.nname, 2);
    ck_assert(r.p.unterminated);
    entries_free(&r.e);
}
END_TEST

START_TEST(table)
{
    ck_assert_uint_gt(nformats, 2);
    ck_assert_ptr_eq(format_find("plain"), &format_plain);
    ck_assert_ptr_eq(format_find("domains"), &format_domains);
    ck_assert_ptr_null(format_find("plai"));
    ck_assert(format_known("domains"));
    ck_assert(!format_known(""));
    for (size_t i = 0; i < nformats; i++)
        ck_assert_ptr_eq(format_find(formats[i]->name), formats[i]);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
    Suite *s = suite_create("format_domains");
    TCase *tc = tcase_create("format_domains");
    tcase_add_loop_test(tc, texts, 0, ROWS(text_rows));
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_test(tc, longest);
    tcase_add_test(tc, nul_and_end);
    tcase_add_test(tc, table);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
