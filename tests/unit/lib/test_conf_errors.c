/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said about a bad configuration. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/conf_text.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define AB          "list a { url = \"file:/a\" } list b { url = \"file:/b\" }\n"
#define ZONE(rest)  AB "zone z.test {\n" rest "\n}"
#define LIST(rest)  "list a { url = \"file:/a\"\n" rest "\n}"
#define S64         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define L60         "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789."

struct bad_row {
    const char *text;
    const char *said; /* starts a line of what is said */
};

static const struct bad_row bad_rows[] = {
    /* what libconfuse alone would let pass */
    {"server {\n workers = 1\n", "t:1: the brace opened here is never closed"},
    {AB "zone z {\n sub x {\n lists = { a\n", "t:4: the brace opened here is never closed"},
    {"\n/* open\n\n", "t:2: the comment that starts here is never closed"},
    {"server { user = \"x\n }\"", "t:1: a string is not closed on its line"},
    {"server { user = 'x", "t:1: a string is not closed on its line"},
    {"server { user = \"x\\", "t:1: a backslash in a string"},
    {"server { user = ${USER} }", "t:1: environment variables are not read"},
    {"server {\n user = \"a\\x41\" }", "t:2: a backslash in a string"},
    {"server { user = \"a\tb\001\" }", "t:1: control character in a string"},
    {"\n\001", "t:2: control character"},
    {"server { workers = * 4 }", "t:1: a '*', '+' or ')' is out of place"},
    {"server { workers + 4 }", "t:1: a '*', '+' or ')' is out of place"},
    {"server\n{ workers = 1\n workers = 2\n}", "t:2: server: workers: is set again"},
    {"server { workers = 1 }\nserver { workers = 1 }", "t:1: server: workers: is set again"},
    {ZONE("lists = a\nlists = b"), "t:3: zone: lists: is set again"},
    {"include(x)", "t:1: a parenthesis is out of place"},
    {"include(\"x\", y)", "t:1: a parenthesis is out of place"},
    {"include(\"x\" \"y\")", "t:1: a parenthesis is out of place"},
    {"include(\"x\",)", "t:1: a parenthesis is out of place"},
    {"include(\"x\", \"y\")", "t:1: include: no file can be named here"},
    {"include(\"x\"", "t:1: a parenthesis is out of place"},
    {"server|workers = 4", "t:1: no such option 'workers'"},
    {"server { \" opened\" = 4 }", "t:1: server: no such option ' opened'"},
    {"{{{{{{{{{", "t:1: braces are nested too deeply"},
    /* grammar */
    {"}", "t:1: a closing brace without an opening one"},
    {"server { workers 4 }", "t:1: server: missing equal sign"},
    {"server {\n\n workers = { 4 } }", "t:3: server: unexpected token '{'"},
    {"list { }", "t:1: missing title for section 'list'"},
    {AB "\nlist a { url = \"file:/c\" }", "t:3: found duplicate title 'a'"},
    /* unknown words name the known ones, and lines count whatever comments there are */
    {"#\n//\n/* a\nb */ # c\nnix = 4",
     "t:5: no such option 'nix'; allowed: server, paths, loader, "},
    {"server { wrokers = 4 }", "t:1: server: no such option 'wrokers'; allowed: listen, workers, "},
    {"list a { sub b { } }", "t:1: list a: no such option 'sub'"},
    {ZONE("nix = 1"), "t:3: zone z.test: no such option 'nix'; allowed: lists, "},
    {ZONE("sub u { lists = a ns = b }"), "t:3: sub u: no such option 'ns'; allowed: lists\n"},
    /* server */
    {"server { version = \"b\303\274cher\" }",
     "t:1: server: version: 'b\303\274cher' has characters that are not printable ASCII"},
    {LIST("a = '%{x}/'"),
     "t:2: list a: a: '%{x}/' is neither an IPv4 address nor one with places for octets"},
    {LIST("separator = xy"), "t:2: list a: separator: 'xy' is no separator"},
    {"server { listen = {} }", "t: server: listen: is empty; allowed: "},
    {"server { allow-query = {} }", "t: server: allow-query: is empty; allowed: "},
    {"server { listen = { \"127.0.0.1:0\" } }", "t:1: server: listen: '127.0.0.1:0' has no usable"},
    {"server { listen = { \"127.0.0.1:65536\" } }", "t:1: server: listen: "},
    {"server { listen = { \"127.0.0.1:\" } }", "t:1: server: listen: "},
    {"server { listen = { \"127.0.0.1:5 3\" } }", "t:1: server: listen: "},
    {"server { listen = { \"127.0.0.1\" } }", "t:1: server: listen: '127.0.0.1' is not an address"},
    {"server { listen = { \"127.0.0.01:53\" } }", "t:1: server: listen: "},
    {"server { listen = { \"::1:53\" } }", "t:1: server: listen: '::1:53' is not an address"},
    {"server { listen = { \"[::1:53\" } }", "t:1: server: listen: "},
    {"server { listen = { \"[]:53\" } }", "t:1: server: listen: "},
    {"server { listen = { \":53\" } }", "t:1: server: listen: "},
    {"server { listen = { \"localhost:53\" } }", "t:1: server: listen: "},
    {"server { listen = { \"[::1]:53\", \"[0::1]:53\" } }",
     "t:1: server: listen: '[0::1]:53' is named"},
    {"server { listen = { \"" S64 "1.2.3.4:53\" } }", "t:1: server: listen: "},
    {"server { workers = -1 }", "t:1: server: workers: '-1' is not a number; allowed: 0 to 256"},
    {"server { workers = 1.5 }", "t:1: server: workers: '1.5' is not a number"},
    {"server { user = \"\" }", "t:1: server: user: '' is empty"},
    {"server { user = \"-x\" }", "t:1: server: user: '-x' is not an account name"},
    {"server { user = \"a:b\" }", "t:1: server: user: "},
    {"server { allow-query = { \"192.0.2.1/24\" } }",
     "t:1: server: allow-query: '192.0.2.1/24' has bits set beyond its prefix length"},
    {"server { allow-query = { \"192.0.2.01\" } }", "t:1: server: allow-query: "},
    {"server { allow-query = { any } }", "t:1: server: allow-query: 'any' is not a prefix"},
    {"paths { run = \"\" }", "t:1: paths: run: '' is empty; allowed: a directory"},
    /* list */
    {"\nlist a { }", "t:2: list a: url: is missing; allowed: rsync://"},
    {"list .a { }", "t:1: list .a: is not a name for a list"},
    {"list \"a/b\" { }", "t:1: list a/b: is not a name for a list"},
    {"list \"\" { }", "t:1: list : is not a name for a list"},
    {"list " S64 " { }", "t:1: list " S64 ": is not a name for a list"},
    {"list a { url = \"ftp://h/p\" }",
     "t:1: list a: url: 'ftp://h/p' is not a URL of a known kind"},
    {"list a { url = \"\" }", "t:1: list a: url: "},
    {"list a { url = \"HTTP://h/p\" }", "t:1: list a: url: "},
    {"list a { url = \"http://h\" }", "t:1: list a: url: 'http://h' lacks a host or a path"},
    {"list a { url = \"http:///p\" }", "t:1: list a: url: "},
    {"list a { url = \"rsync://-e/p\" }", "t:1: list a: url: "},
    {"list a { url = \"file://h/p\" }", "t:1: list a: url: 'file://h/p' names no file"},
    {"list a { url = \"file:\" }", "t:1: list a: url: "},
    {"list a { url = \"http://h/a b\" }", "t:1: list a: url: 'http://h/a b' contains a space"},
    {LIST("format = \"\""), "t:2: list a: format: "},
    {LIST("format = \"../x\""), "t:2: list a: format: '../x' is not a format"},
    {LIST("refresh = 5x"), "t:2: list a: refresh: '5x' is not a time; allowed: a number with s, m, "
                           "h, d or w, 1m to 30d\n"},
    {LIST("a = 192.0.2.1"), "t:2: list a: a: '192.0.2.1' lies outside 127.0.0.0/8; allowed: "},
    {LIST("txt = 'for @1@ only'"), "t:2: the file is a template, which needs a value for @1@"},
    {LIST("a = 127.2"), "t:2: list a: a: '127.2' is not an IPv4 address"},
    {LIST("a = 127.0.0.002"), "t:2: list a: a: "},
    {LIST("a = \"127.0.0.2 \""), "t:2: list a: a: "},
    {LIST("a = \"\""), "t:2: list a: a: "},
    {LIST("a = 2130706434"), "t:2: list a: a: "},
    {LIST("a = \"::ffff:127.0.0.2\""), "t:2: list a: a: "},
    {LIST("max-size = 64m"), "t:2: list a: max-size: '64m' is not a size"},
    {"loader { fetch-parallel = 0 }", "t:1: loader: fetch-parallel: '0' "},
    {"loader { fetch-parallel = 65 }", "t:1: loader: fetch-parallel: '65' "},
    {LIST("expire = 2h"), "t:1: list a: expire: is too short; allowed: three times refresh"},
    {LIST("expire = 366d"), "t:2: list a: expire: '366d' "},
    {LIST("refresh = 1d expire = 71h"), "t:1: list a: expire: is too short"},
    {ZONE("lists = a kind = white"),
     "t:3: zone z.test: kind: 'white' is no kind of zone; allowed: "},
    {ZONE("lists = a expired = nxdomain"), "t:3: zone z.test: expired: 'nxdomain' is nothing"},
    {ZONE("lists = a canary = 192.0.2.0/24"),
     "t:3: zone z.test: canary: '192.0.2.0/24' is more than one address"},
    {ZONE("lists = a canary = '!'"), "t:3: zone z.test: canary: '!' "},
    {ZONE("lists = a canary = com"), "t:3: zone z.test: canary: 'com' a name of one label"},
    {"list rblctl-allow { url = \"file:x\" }",
     "t:1: list rblctl-allow: is the name of rblctl's own list; allowed: any other name"},
    {LIST("may-be-empty = maybe"), "t:2: list a: may-be-empty: 'maybe' is neither yes nor no"},
    /* zone */
    {AB "zone z.test {\n}", "t:2: zone z.test: lists: is missing"},
    {ZONE("lists = {}"), "t:2: zone z.test: lists: is missing"},
    {ZONE("lists = { a,\nnix }"), "t:4: zone z.test: lists: 'nix' is not the name of a list"},
    {ZONE("lists = { a, a }"), "t:3: zone z.test: lists: 'a' is named twice"},
    {ZONE("lists = { a } exclude = { A }"), "t:3: zone z.test: exclude: 'A' is not the name of a"},
    {ZONE("lists = { a }\nexclude = { b, a }"), "t:4: zone z.test: exclude: 'a' is also one of"},
    {ZONE("exclude = { a }\nlists = { b, a }"), "t:3: zone z.test: exclude: 'a' is also one of"},
    {ZONE("lists = { a } acl = { b }"), "t:3: zone z.test: acl: 'b' is not of format rbldnsd:acl"},
    {LIST("format = \"rbldnsd:acl\"") "list b { url = \"file:/b\" }\nzone z.test { lists = { a } }",
     "t:4: zone z.test: lists: 'a' is of format rbldnsd:acl, which is for acl alone"},
    {LIST("format = \"rbldnsd:acl\"") "list b { url = \"file:/b\" }\nzone z.test { lists = { b } "
                                      "exclude = { a } }",
     "t:4: zone z.test: exclude: 'a' is of format rbldnsd:acl, which is for acl alone"},
    {AB "zone z { lists = a }\nzone Z { lists = b }",
     "t:3: zone Z: there are two of that name, the "
     "first at line 2; allowed: one"},
    {AB "zone z { lists = a }\nzone \"z.\" { lists = b }", "t:3: zone z.: there are two of that"},
    {AB "zone \"\" { lists = a }", "t:2: zone : is not a zone name"},
    {AB "zone \".\" { lists = a }", "t:2: zone .: is not a zone name"},
    {AB "zone \"a..b\" { lists = a }", "t:2: zone a..b: is not a zone name"},
    {AB "zone \"a/b\" { lists = a }", "t:2: zone a/b: is not a zone name"},
    {AB "zone \"..\" { lists = a }", "t:2: zone ..: is not a zone name"},
    {AB "zone \"a\\\\.b\" { lists = a }", "t:2: zone a\\.b: is not a zone name"},
    {AB "zone \"" S64 "\" { lists = a }", "t:2: zone " S64 ": is not a zone name"},
    {AB "zone \"" L60 L60 L60 "123456789\" { lists = a }", "t:2: zone " L60 L60},
    {ZONE("lists = a combine = or"), "t:3: zone z.test: combine: 'or' is no way to combine lists"},
    {ZONE("lists = a ns = { \"ns.z.test\" }"), "t:3: zone z.test: ns: 'ns.z.test' lies in the zone "
                                               "and has no address"},
    {ZONE("lists = a ns = { \"ns.test 192.0.2.1\" }"), "t:3: zone z.test: ns: "},
    {ZONE("lists = a ns = { \"ns.z.test 192.0.2.1 192.0.2.2\" }"), "t:3: zone z.test: ns: "},
    {ZONE("lists = a ns = { \"ns.z.test ::1 ::2\" }"), "t:3: zone z.test: ns: "},
    {ZONE("lists = a ns = { \"ns.z.test x\" }"), "t:3: zone z.test: ns: "},
    {ZONE("lists = a ns = { \"ns.test\", \"NS.test.\" }"),
     "t:3: zone z.test: ns: 'NS.test.' is named"},
    {ZONE("lists = a ns = { \" \" }"), "t:3: zone z.test: ns: ' ' is not a host name"},
    {ZONE("lists = a ns = { \"n*.test\" }"), "t:3: zone z.test: ns: "},
    {ZONE("lists = a soa-mname = \"a b\""), "t:3: zone z.test: soa-mname: "},
    {ZONE("lists = a soa-rname = x"), "t:3: zone z.test: soa-rname: 'x' is not a mail address"},
    {ZONE("lists = a soa-rname = \"@x\""), "t:3: zone z.test: soa-rname: "},
    {ZONE("lists = a soa-rname = \"a@\""), "t:3: zone z.test: soa-rname: "},
    {ZONE("lists = a soa-rname = \"a@b@c\""), "t:3: zone z.test: soa-rname: "},
    {ZONE("lists = a soa-rname = \"a b@c\""), "t:3: zone z.test: soa-rname: "},
    {ZONE("lists = a test-a = 128.0.0.1"), "t:3: zone z.test: test-a: "},
    /* sub */
    {ZONE("lists = a\nsub u { }"), "t:4: zone z.test: sub u: lists: is missing"},
    {ZONE("lists = a sub u {\n lists = nix }"), "t:4: zone z.test: sub u: lists: 'nix' is not the"},
    {ZONE("lists = a exclude = b sub u { lists = b }"),
     "t:3: zone z.test: sub u: lists: 'b' is excl"},
    {ZONE("lists = a sub u { lists = a } sub U { lists = b }"),
     "t:3: zone z.test: sub U: there are"},
    {ZONE("lists = a sub \"u.\" { lists = a }"), "t:3: zone z.test: sub u.: is not a name"},
    {ZONE("lists = a sub \"x.10\" { lists = a }"), "t:3: zone z.test: sub x.10: is not a name"},
    {ZONE("lists = a sub e { lists = a }"), "t:3: zone z.test: sub e: is not a name"},
    {ZONE("lists = a sub \"" L60 L60 L60 "abcdefgh\" { lists = a }"),
     "t:3: zone z.test: sub a2345"},
};

/* Does a line of text start with want? */
static bool has_line(const char *text, const char *want)
{
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, want, strlen(want)) == 0)
            return true;
    return false;
}

START_TEST(bad)
{
    const struct bad_row *row = &bad_rows[_i];
    char *said;
    struct conf *c = load_saying(row->text, NULL, &said);
    ck_assert_ptr_null(c);
    ck_assert_msg(has_line(said, row->said), "row %d: not said: %s\nbut: %s", _i, row->said, said);
    free(said);
}
END_TEST

/* The same, in a file with the bytes that no C string holds. */
START_TEST(nul_byte)
{
    static const char text[] = "server { user = \"a\0b\" }";
    char *said;
    size_t size;
    FILE *err = open_memstream(&said, &size);
    ck_assert_ptr_null(conf_load_text("t", text, sizeof(text) - 1, NULL, err));
    fclose(err);
    ck_assert_str_eq(said, "t:1: control character in a string\n");
    free(said);
}
END_TEST

/* Value of an option at and beyond the ends of its range. */
static void try_value(const struct conf_option *o, uint64_t n, bool good)
{
    char text[512];
    char *said;
    bool titled = strcmp(o->section, "list") == 0 || strcmp(o->section, "zone") == 0;
    const char *title = titled ? "x" : "";
    const char *needed = strcmp(o->section, "list") == 0   ? "url = \"file:/x\""
                         : strcmp(o->section, "zone") == 0 ? "lists = a"
                                                           : "";

    snprintf(text, sizeof(text), AB "%s %s { %s %s = %llu }", o->section, title, needed, o->key,
             (unsigned long long)n);
    struct conf *c = load_saying(text, NULL, &said);
    ck_assert_msg((c != NULL) == good, "%s = %llu: %s", o->key, (unsigned long long)n, said);
    if (!good)
        ck_assert_ptr_nonnull(strstr(said, o->allowed));
    conf_free(c);
    free(said);
}

static bool is_number(const struct conf_option *o)
{
    return strcmp(o->kind, "integer") == 0 || strcmp(o->kind, "time") == 0 ||
           strcmp(o->kind, "size") == 0;
}

START_TEST(ranges)
{
    int tried = 0;

    for (size_t i = 0; i < conf_noptions; i++) {
        const struct conf_option *o = &conf_options[i];
        if (!is_number(o))
            continue;
        try_value(o, o->min, true);
        try_value(o, o->max, true);
        try_value(o, o->max + 1, false);
        if (o->min > 0)
            try_value(o, o->min - 1, false);
        tried++;
    }
    ck_assert_int_ge(tried, 17);
}
END_TEST

START_TEST(text_lengths)
{
    for (size_t i = 0; i < conf_noptions; i++) {
        const struct conf_option *o = &conf_options[i];
        if (strcmp(o->kind, "string") != 0 || o->max == 0)
            continue;
        struct conf_reader r = {.err = stderr};
        char *longest = calloc(1, o->max + 2);
        uint8_t section[sizeof(struct conf_zone)] = {0};
        memset(longest, 'x', o->max + 1);
        memcpy(longest, "file:", strcmp(o->key, "url") == 0 ? 5 : 0);
        ck_assert_str_eq(o->set(&r, o, longest, section), "is too long");
        longest[o->max] = '\0';
        ck_assert_ptr_null(o->set(&r, o, longest, section));
        char *stored;
        memcpy(&stored, section + o->offset, sizeof(stored));
        ck_assert_str_eq(stored, longest);
        free(stored);
        free(longest);
    }
}
END_TEST

START_TEST(all_in_one_run)
{
    char *said;
    struct conf *c = load_saying("server { workers = x\n listen = y }\n"
                                 "list a { refresh = z\n a = 1.2.3.4 }\n"
                                 "zone b { lists = q\n ttl = r }\n",
                                 NULL, &said);
    ck_assert_ptr_null(c);
    ck_assert(has_line(said, "t:1: server: workers: "));
    ck_assert(has_line(said, "t:2: server: listen: "));
    ck_assert(has_line(said, "t:3: list a: url: is missing"));
    ck_assert(has_line(said, "t:3: list a: refresh: "));
    ck_assert(has_line(said, "t:4: list a: a: "));
    ck_assert(has_line(said, "t:5: zone b: lists: "));
    ck_assert(has_line(said, "t:6: zone b: ttl: "));
    free(said);
}
END_TEST

/* After a grammar mistake nothing is said about what was not read. */
START_TEST(partial)
{
    char *said;
    struct conf *c =
        load_saying("zone z { lists = a\n ttl = x }\nlist b { nix = 1 }\n" AB, NULL, &said);
    ck_assert_ptr_null(c);
    ck_assert(has_line(said, "t:2: zone z: ttl: 'x' is not a time"));
    ck_assert(has_line(said, "t:3: list b: no such option 'nix'"));
    ck_assert_ptr_null(strstr(said, "missing"));
    ck_assert_ptr_null(strstr(said, "name of a list"));
    free(said);
}
END_TEST

/* --- Files ------------------------------------------------------------------------------------ */

static char dir[] = "/tmp/test_conf.XXXXXX";

static void make_dir(void)
{
    char sub[64];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/d", dir);
    ck_assert_int_eq(mkdir(sub, 0700), 0);
}

static void remove_dir(void)
{
    static const char *const names[] = {"main", "d/one", "d/two", "d", "."};
    char path[64];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        remove(path);
    }
    rmdir(dir);
    memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
}

static void put(const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

/* Load NAME; messages without the directory. */
static struct conf *load_file(const char *name, char **said)
{
    char path[64];
    size_t size;
    FILE *err = open_memstream(said, &size);

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    struct conf *c = conf_load(path, NULL, err);
    fclose(err);
    for (char *p; (p = strstr(*said, dir));)
        memmove(p, p + strlen(dir), strlen(p + strlen(dir)) + 1);
    return c;
}

START_TEST(include_relative)
{
    char *said;
    put("main", "include(\"d/one\")\nzone z { lists = { a, b } }\n");
    put("d/one", "list a { url = \"file:/a\" }\ninclude(\"two\") # beside this one\n");
    put("d/two", "\nlist b { url = \"file:/b\" }");
    struct conf *c = load_file("main", &said);
    ck_assert_str_eq(said, "");
    ck_assert_uint_eq(c->nlists, 2);
    ck_assert_uint_eq(c->lists[1].line, 2);
    ck_assert_uint_eq(c->zones[0].nlists, 2);
    ck_assert_uint_eq(c->zones[0].line, 2);
    conf_free(c);
    free(said);
}
END_TEST

START_TEST(include_values)
{
    char *said;
    put("main", "include(\"d/one\", \"file:/f\", 'S')\ninclude(\"d/two\", \"@1@\")\n"
                "zone z { lists = { aS, b } }\n");
    put("d/one", "list 'a@2@' { url = \"@1@/@2@@2@\" txt = \"@0@ @ @1 @10@\" }\n"
                 "include(\"two\", \"@1@\")\n");
    put("d/two", "list b { url = '@1@' }\n");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:2: the file is a template, which needs a value for @1@"));
    free(said);

    put("main", "include(\"d/one\", \"file:/f\", 'S')\nzone z { lists = { aS, b } }\n");
    struct conf *c = load_file("main", &said);
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(c->lists[0].name, "aS");
    ck_assert_str_eq(c->lists[0].url, "file:/f/SS");
    ck_assert_str_eq(c->lists[0].txt, "@0@ @ @1 @10@");
    ck_assert_str_eq(c->lists[1].url, "file:/f");
    conf_free(c);
    free(said);
}
END_TEST

START_TEST(include_value_mistakes)
{
    static const char *const wrong[] = {
        "include(\"d/one\", '')",
        "include(\"d/one\", 'a\"b')",
        "include(\"d/one\", \"a\\\\b\")",
        "include(\"d/one\", '1', '2', '3', '4', '5', '6', '7', '8', '9', '10')",
    };
    char *said, text[1200] = "include(\"d/one\", \"";

    put("d/one", "server { user = \"@1@\" }");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        put("main", wrong[i]);
        ck_assert_ptr_null(load_file("main", &said));
        ck_assert(has_line(said, "/main:1: include: a value after the file name"));
        free(said);
    }
    memset(text + strlen(text), 'x', 1001);
    memcpy(text + strlen(text), "\")", 3);
    put("main", text);
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:1: include: a value after the file name"));
    free(said);
}
END_TEST

START_TEST(include_lines)
{
    char *said;
    put("main", "\ninclude(\"d/one\")\nlist c { url = \"file:/c\"\n refresh = x }\n");
    put("d/one", "list a { url = \"file:/a\"\n\n refresh = y }\ninclude(\"two\")\n"
                 "list d { url = \"file:/d\" refresh = w }\n");
    put("d/two", "list b { url = \"file:/b\"\n refresh = z }\n\n\n");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:4: list c: refresh: 'x'"));
    ck_assert(has_line(said, "/d/one:3: list a: refresh: 'y'"));
    ck_assert(has_line(said, "/d/two:2: list b: refresh: 'z'"));
    ck_assert(has_line(said, "/d/one:5: list d: refresh: 'w'"));
    free(said);
}
END_TEST

START_TEST(include_mistakes)
{
    char *said;
    put("main", "\ninclude(\"nix\")");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert_str_eq(said, "/main:2: include: '/nix': No such file or directory\n");
    free(said);

    put("main", "include(\"d\")");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert_str_eq(said, "/main:1: include: '/d': Is a directory\n");
    free(said);

    put("main", "\n\ninclude(\"d/one\")");
    put("d/one", "\nserver { nix }");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/d/one:2: server: no such option 'nix'"));
    free(said);

    put("main", "include(\"main\")");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:1: include: 'main' is more than 8 files deep"));
    free(said);

    put("main", "include(\"d/one\")\n}");
    put("d/one", "server {\n");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:2: a closing brace without an opening one"));
    free(said);

    put("main", "server { include(\"d/one\") }");
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert(has_line(said, "/main:1: server: no such option 'include'"));
    free(said);
}
END_TEST

/* A failed load leaves nothing behind that a later one, after a reload, would trip over. */
START_TEST(again_and_again)
{
    char *said;
    put("d/one", "server {\n nix = 1 }");
    for (int i = 0; i < 30; i++) {
        put("main", "include(\"d/one\")");
        ck_assert_ptr_null(load_file("main", &said));
        ck_assert(has_line(said, "/d/one:2: server: no such option 'nix'"));
        free(said);
        put("main", "server { workers = 1 }");
        struct conf *c = load_file("main", &said);
        ck_assert_str_eq(said, "");
        conf_free(c);
        free(said);
    }
}
END_TEST

START_TEST(no_file)
{
    char *said;
    ck_assert_ptr_null(load_file("nix", &said));
    ck_assert_str_eq(said, "/nix: No such file or directory\n");
    free(said);
    ck_assert_ptr_null(load_file("d", &said));
    ck_assert_str_eq(said, "/d: Is a directory\n");
    free(said);
}
END_TEST

START_TEST(big_file)
{
    char *said;
    size_t len = (4u << 20) + 1;
    char *text = malloc(len + 1);
    memset(text, '\n', len);
    text[len] = '\0';
    put("main", text);
    ck_assert_ptr_null(load_file("main", &said));
    ck_assert_str_eq(said, "/main: File too large\n");
    free(said);
    text[len - 1] = '\0';
    put("main", text);
    struct conf *c = load_file("main", &said);
    ck_assert_str_eq(said, "");
    ck_assert_ptr_nonnull(c);
    conf_free(c);
    free(said);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conf_errors");
    TCase *tc = tcase_create("texts");
    tcase_add_loop_test(tc, bad, 0, ROWS(bad_rows));
    tcase_add_test(tc, nul_byte);
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, text_lengths);
    tcase_add_test(tc, all_in_one_run);
    tcase_add_test(tc, partial);
    suite_add_tcase(s, tc);
    tc = tcase_create("files");
    tcase_add_checked_fixture(tc, make_dir, remove_dir);
    tcase_add_test(tc, include_relative);
    tcase_add_test(tc, include_values);
    tcase_add_test(tc, include_value_mistakes);
    tcase_add_test(tc, include_lines);
    tcase_add_test(tc, include_mistakes);
    tcase_add_test(tc, again_and_again);
    tcase_add_test(tc, no_file);
    tcase_add_test(tc, big_file);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
