/* SPDX-License-Identifier: BSD-2-Clause */
/* The messages of the tables were read off rbldnsd 1.0~20210120. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/rbldnsd_opt.h"
#include "tests/unit/lib/conf_text.h"

#define WORDS_MAX 48

/* Words of a line, each in a block of its own size. */
struct words {
    char *argv[WORDS_MAX + 1];
    int argc;
};

static void split(const char *line, struct words *w)
{
    *w = (struct words){.argc = 0};
    w->argv[w->argc++] = strdup("rbldnsd");
    while (*line) {
        size_t n = strcspn(line, " ");
        ck_assert_int_lt(w->argc, WORDS_MAX);
        w->argv[w->argc++] = n == 2 && memcmp(line, "''", 2) == 0 ? strdup("") : strndup(line, n);
        line += n + (line[n] == ' ');
    }
}

static void drop(struct words *w, struct rbldnsd_opt *o)
{
    rbldnsd_opt_free(o);
    for (int i = 0; i < w->argc; i++)
        free(w->argv[i]);
}

/* Options and specifications of a line that is good. */
static void read_good(const char *line, struct words *w, struct rbldnsd_opt *o)
{
    char why[RBLDNSD_WHY_MAX];
    split(line, w);
    enum rbldnsd_verdict v = rbldnsd_opt_parse(o, w->argc, w->argv, false, why);
    ck_assert_msg(v == RBLDNSD_RUN, "%s: %s", line, why);
    ck_assert_msg(rbldnsd_opt_specs(o, why), "%s: %s", line, why);
}

/* --- what is wrong --- */

struct wrong_row {
    const char *line;
    const char *why;
};

#define B    "-b 127.0.0.1/5391 "
#define HELP "\ntype `rbldnsd -h' for help"
#define A16  "aaaaaaaaaaaaaaaa"
#define L5   "abcd.abcd.abcd.abcd."

static const struct wrong_row wrong_rows[] = {
    /* times */
    {"-t 5x z:ip4set:f", "invalid ttl (-t) value `5x'"},
    {"-t 0 z:ip4set:f", "invalid ttl (-t) value `0'"},
    {"-t , z:ip4set:f", "invalid ttl (-t) value `,'"},
    {"-t '' z:ip4set:f", "invalid ttl (-t) value `'"},
    {"-t 1h30 z:ip4set:f", "invalid ttl (-t) value `1h30'"},
    {"-t 4294967296 z:ip4set:f", "invalid ttl (-t) value `4294967296'"},
    {"-t 10000w z:ip4set:f", "invalid ttl (-t) value `10000w'"},
    {"-t 1:x z:ip4set:f", "invalid minttl (-t) value `1:x'"},
    {"-t 1:1:x z:ip4set:f", "invalid maxttl (-t) value `1:1:x'"},
    {"-t 5:6:7:8 z:ip4set:f", "invalid value for -t (ttl) option: `5:6:7:8'"},
    {"-t :::: z:ip4set:f", "invalid value for -t (ttl) option: `::::'"},
    {"-t 9:1:2 z:ip4set:f", "inconsistent def:min:max ttl: 9:1:2"},
    {"-t ::2m z:ip4set:f", "inconsistent def:min:max ttl: 2100:0:120"},
    {"-t 1:2 z:ip4set:f", "inconsistent def:min:max ttl: 1:2:0"},
    {"-t 5:3:2 z:ip4set:f", "inconsistent def:min:max ttl: 5:3:2"},
    {"-c 1x z:ip4set:f", "invalid check interval (-c) value `1x'"},
    {"-c '' z:ip4set:f", "invalid check interval (-c) value `'"},
    /* options */
    {"-Z z:ip4set:f", "invalid option -- 'Z'" HELP},
    {"-n: z:ip4set:f", "invalid option -- ':'" HELP},
    {"-b", "option requires an argument -- 'b'" HELP},
    {"-n z:ip4set:f -b", "option requires an argument -- 'b'" HELP},
    {"-x f z:ip4set:f", "extension support is not compiled in"},
    {"-X f z:ip4set:f", "extension support is not compiled in"},
    {B "-F foo z:ip4set:f", "log facility foo is not valid"},
    {B "-F mark z:ip4set:f", "log facility mark is not valid"},
    {"-n", "no zone(s) to service specified (-h for help)"},
    {"-b 127.0.0.1", "no zone(s) to service specified (-h for help)"},
    {"-n z:ip4set:f", "no address to listen on (-b option) specified"},
    {"-t 1:0:0 z:ip4set:f", "no address to listen on (-b option) specified"},
    {"-- -n", "no address to listen on (-b option) specified"},
    /* zones */
    {B "z", "invalid zone spec `z'"},
    {B "z:ip4set", "invalid zone data specification `ip4set'"},
    {B "z:foo:f", "unknown dataset type `foo'"},
    {B "z:ip4:f", "unknown dataset type `ip4'"},
    {B "z:IP4SET:f", "unknown dataset type `IP4SET'"},
    {B "z:ip4set:", "missing filenames for ip4set"},
    {B "z:ip4set:,:", "missing filenames for ip4set"},
    {B ":ip4set:f", "missing domain name in `:ip4set:f'"},
    {B ".:ip4set:f", "missing domain name in `.:ip4set:f'"},
    {B A16 A16 A16 A16 ":ip4set:f", "invalid domain name `" A16 A16 A16 A16 "'"},
    {B L5 L5 L5 L5 L5 L5 L5 L5 L5 L5 L5 L5 L5 ":ip4set:f",
     "invalid domain name `" L5 L5 L5 "abcd.abcd.abcd.abcd.'"},
    {B "z:acl:f", "missing data for zone `z'"},
    {B "z:acl:f z:acl:g", "repeated ACL definition for zone `z'"},
    {B ":acl:f :acl:g z:ip4set:f", "global acl specified more than once"},
};

START_TEST(wrong)
{
    const struct wrong_row *row = &wrong_rows[_i];
    struct rbldnsd_opt o;
    struct words w;
    char why[RBLDNSD_WHY_MAX];
    split(row->line, &w);
    if (rbldnsd_opt_parse(&o, w.argc, w.argv, false, why) == RBLDNSD_RUN)
        ck_assert_msg(!rbldnsd_opt_specs(&o, why), "%s", row->line);
    ck_assert_str_eq(why, row->why);
    drop(&w, &o);
}
END_TEST

START_TEST(verdicts)
{
    static const struct {
        const char *line;
        bool inherited;
        enum rbldnsd_verdict verdict;
    } rows[] = {
        {"", false, RBLDNSD_USAGE},           {"-h", false, RBLDNSD_HELP},
        {"-nh z", false, RBLDNSD_HELP},       {"-t 5 -h -Z", false, RBLDNSD_HELP},
        {"z:ip4set:f", true, RBLDNSD_RUN},    {"-d z:ip4set:f", false, RBLDNSD_RUN},
        {"z:ip4set:f", false, RBLDNSD_WRONG}, {B ":acl:f", false, RBLDNSD_RUN},
    };
    struct rbldnsd_opt o;
    struct words w;
    char why[RBLDNSD_WHY_MAX];
    split(rows[_i].line, &w);
    ck_assert_int_eq(rbldnsd_opt_parse(&o, w.argc, w.argv, rows[_i].inherited, why),
                     rows[_i].verdict);
    drop(&w, &o);
}
END_TEST

START_TEST(too_many_addresses)
{
    char line[1024] = "";
    struct rbldnsd_opt o;
    struct words w;
    char why[RBLDNSD_WHY_MAX];
    for (int i = 0; i < RBLDNSD_BINDS_MAX + _i; i++)
        strncat(line, "-b127.0.0.1 ", sizeof(line) - strlen(line) - 1);
    strncat(line, "z:ip4set:f", sizeof(line) - strlen(line) - 1);
    split(line, &w);
    ck_assert_int_eq(rbldnsd_opt_parse(&o, w.argc, w.argv, false, why),
                     _i ? RBLDNSD_WRONG : RBLDNSD_RUN);
    if (_i)
        ck_assert_str_eq(why, "too many addresses to listen on (20 max)");
    drop(&w, &o);
}
END_TEST

/* --- what is good --- */

START_TEST(every_option)
{
    struct rbldnsd_opt o;
    struct words w;
    read_good("-u rbl:grp -r/root -w work -b 127.0.0.1/53 -b ::1 -6 -t 5m:1:1H -c 10 -eqnfaCd "
              "-p pid -l +log -s +stats -vv -F local3 z:ip4set:f",
              &w, &o);
    ck_assert_str_eq(o.user, "rbl:grp");
    ck_assert_str_eq(o.rootdir, "/root");
    ck_assert_str_eq(o.workdir, "work");
    ck_assert_str_eq(o.pidfile, "pid");
    ck_assert_str_eq(o.logfile, "log");
    ck_assert_str_eq(o.statsfile, "stats");
    ck_assert(o.log_unbuffered && o.stats_relative);
    ck_assert_uint_eq(o.nbind, 2);
    ck_assert_str_eq(o.bind[1], "::1");
    ck_assert_uint_eq(o.family, 6);
    ck_assert_uint_eq(o.ttl, 300);
    ck_assert_uint_eq(o.min_ttl, 1);
    ck_assert_uint_eq(o.max_ttl, 3600);
    ck_assert_uint_eq(o.check, 10);
    ck_assert(o.host_bits && o.quick && o.foreground && o.fork && o.minimal && o.no_gunzip);
    ck_assert(o.dump);
    ck_assert_uint_eq(o.hide_version, 2);
    ck_assert_int_eq(o.facility_code, LOG_LOCAL3);
    drop(&w, &o);
}
END_TEST

START_TEST(defaults)
{
    struct rbldnsd_opt o;
    struct words w;
    read_good("z:ip4set:f -b x -t :: -aA", &w, &o);
    ck_assert_uint_eq(o.ttl, RBLDNSD_TTL_DEFAULT);
    ck_assert_uint_eq(o.min_ttl | o.max_ttl, 0);
    ck_assert_uint_eq(o.check, 60);
    ck_assert_int_eq(o.facility_code, LOG_DAEMON);
    ck_assert(!o.foreground && !o.minimal && !o.host_bits && !o.log_unbuffered);
    ck_assert_ptr_null(o.user);
    ck_assert_int_eq(o.acl, -1);
    drop(&w, &o);
}
END_TEST

START_TEST(zones)
{
    struct rbldnsd_opt o;
    struct words w;
    read_good(B "BL..Ex.T.:ip4set:f,,g:h b:ip4set:f,,g:h bl.ex.t:dnset:f bl.ex.t:ip4set:./f "
                "b:acl:a :acl:all b:ip4set:f,,g:h",
              &w, &o);
    ck_assert_uint_eq(o.nzones, 2);
    ck_assert_str_eq(o.zone[0].text, "bl.ex.t");
    ck_assert_str_eq(o.zone[1].text, "b");
    ck_assert_uint_eq(o.ndata, 5);
    ck_assert_str_eq(o.data[0].files, "f,,g:h");
    ck_assert_uint_eq(o.data[0].nfiles, 3);
    ck_assert_str_eq(o.data[0].file[2], "h");
    ck_assert_uint_eq(o.zone[0].ndata, 3);
    ck_assert_uint_eq(o.zone[0].data[1], 1);
    ck_assert_uint_eq(o.zone[1].ndata, 1);
    ck_assert_uint_eq(o.zone[1].data[0], 0);
    ck_assert_int_eq(o.zone[0].acl, -1);
    ck_assert_int_eq(o.zone[1].acl, 3);
    ck_assert_int_eq(o.acl, 4);
    drop(&w, &o);
}
END_TEST

START_TEST(paths)
{
    static const struct {
        const char *line, *file, *outside, *inside;
    } rows[] = {
        {B "z:ip4set:f", "f", "f", "f"},
        {B "z:ip4set:f", "/f", "/f", "/f"},
        {B "-w /w z:ip4set:f", "f", "/w/f", "/w/f"},
        {B "-w w z:ip4set:f", "/f", "/f", "/f"},
        {B "-r /r z:ip4set:f", "/f", "/r/f", "/f"},
        {B "-r /r -w w z:ip4set:f", "f", "/r/w/f", "w/f"},
    };
    struct rbldnsd_opt o;
    struct words w;
    read_good(rows[_i].line, &w, &o);
    char *outside = rbldnsd_opt_path(&o, rows[_i].file, true);
    char *inside = rbldnsd_opt_path(&o, rows[_i].file, false);
    ck_assert_str_eq(outside, rows[_i].outside);
    ck_assert_str_eq(inside, rows[_i].inside);
    free(outside);
    free(inside);
    drop(&w, &o);
}
END_TEST

/* --- as a configuration --- */

static char *write_conf(const struct rbldnsd_opt *o, const struct rbldnsd_conf *c)
{
    char why[RBLDNSD_WHY_MAX], *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    bool good = rbldnsd_opt_conf(o, c, out, why);
    fclose(out);
    ck_assert_msg(good, "%s", why);
    return text;
}

START_TEST(configuration_loads)
{
    struct rbldnsd_opt o;
    struct words w;
    struct rbldnsd_conf c = {
        .mirror = "/m", .images = "/i \"q\\", .run = "/r", .comments = _i == 1, .guards = _i == 1};
    read_good("-u rbl:grp -r /root -w /work -b 127.0.0.1 -b ::1/5300 -t 5m:1:1h -c 10 -eqnfaCd -p "
              "pid -l log -s stats -v -F local3 z.t:ip4set:f,/g z.t:dnset:n y:ip4set:f,/g :acl:a "
              "y:acl:b",
              &w, &o);
    char *text = write_conf(&o, &c);
    struct conf *conf = load_good(text);
    ck_assert_uint_eq(conf->server.nlisten, 2);
    ck_assert_str_eq(conf->server.listen[0].text, "127.0.0.1:53");
    ck_assert_str_eq(conf->server.listen[1].text, "[::1]:5300");
    ck_assert_str_eq(conf->server.user, "rbl");
    ck_assert_str_eq(conf->paths.images, "/i \"q\\");
    ck_assert_uint_eq(conf->nlists, 4);
    ck_assert_str_eq(conf->lists[0].name, "ip4set-1");
    ck_assert_str_eq(conf->lists[0].url, "file:/root/work/f,/root/g");
    ck_assert_str_eq(conf->lists[0].format, "rbldnsd:ip4set");
    ck_assert(conf->lists[0].host_bits);
    ck_assert(conf->lists[0].special_purpose);
    ck_assert_uint_eq(conf->lists[0].hold_below + conf->lists[0].hold_above, 0);
    ck_assert_uint_eq(conf->lists[0].max_cover, 100);
    ck_assert_int_eq(conf->lists[0].may_be_empty, !c.guards);
    ck_assert_uint_eq(conf->lists[0].max_bad, c.guards ? 1 : 100);
    ck_assert_uint_eq(conf->lists[0].refresh, 60);
    ck_assert_uint_eq(conf->nzones, 2);
    ck_assert_str_eq(conf->zones[0].text, "z.t");
    ck_assert_uint_eq(conf->zones[0].nlists, 2);
    ck_assert_uint_eq(conf->zones[0].nacl, 1);
    ck_assert_uint_eq(conf->zones[1].nacl, 2);
    ck_assert_uint_eq(conf->zones[0].ttl, 300);
    ck_assert(!!strstr(text, "# -l log:") == c.comments);
    conf_free(conf);
    free(text);
    drop(&w, &o);
}
END_TEST

/* Everybody is answered, and addresses that the caller resolved stand for -b. */
START_TEST(configuration_listen)
{
    static const char *const listen[] = {"192.0.2.1:5353", "[2001:db8::1]:53"};
    struct rbldnsd_opt o;
    struct words w;
    struct rbldnsd_conf c = {.listen = listen, .nlisten = 2, .comments = true};
    read_good("-b localhost/domain z:ip4set:f", &w, &o);
    char *text = write_conf(&o, &c);
    struct conf *conf = load_good(text);
    ck_assert_uint_eq(conf->server.nlisten, 2);
    ck_assert_str_eq(conf->server.listen[1].text, "[2001:db8::1]:53");
    ck_assert_uint_eq(conf->server.nallow_query, 2);
    ck_assert_uint_eq(conf->server.allow_query[0].len, 0);
    conf_free(conf);
    free(text);
    c.nlisten = 0;
    text = write_conf(&o, &c);
    ck_assert_ptr_nonnull(strstr(text, "# -b localhost/domain:"));
    free(text);
    drop(&w, &o);
}
END_TEST

START_TEST(configuration_refused)
{
    static const struct wrong_row rows[] = {
        {B "a*b.c:ip4set:f", "zone name with something else than letters, digits, '-' and '_': "
                             "'a*b.c'"},
        {B "z:ip4set:a\tb", "file name with a blank or a comma: 'a\tb'"},
        {B "-w /a,b z:ip4set:f", "file name with a blank or a comma: '/a,b/f'"},
    };
    struct rbldnsd_opt o;
    struct words w;
    char why[RBLDNSD_WHY_MAX];
    FILE *null = fopen("/dev/null", "w");
    ck_assert_ptr_nonnull(null);
    read_good(rows[_i].line, &w, &o);
    ck_assert(!rbldnsd_opt_conf(&o, &(struct rbldnsd_conf){.mirror = "/m"}, null, why));
    ck_assert_str_eq(why, rows[_i].why);
    fclose(null);
    drop(&w, &o);
}
END_TEST

/* A newline in an argument must not end a comment. */
START_TEST(comment_injection)
{
    struct rbldnsd_opt o;
    struct words w;
    read_good("-b 127.0.0.1 -l log\nlist -p a\rb z:ip4set:f", &w, &o);
    char *text = write_conf(&o, &(struct rbldnsd_conf){.comments = true});
    struct conf *conf = load_good(text);
    ck_assert_uint_eq(conf->nlists, 1);
    conf_free(conf);
    free(text);
    drop(&w, &o);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rbldnsd_opt");
    TCase *t = tcase_create("options");
    tcase_add_loop_test(t, wrong, 0, sizeof(wrong_rows) / sizeof(wrong_rows[0]));
    tcase_add_loop_test(t, verdicts, 0, 8);
    tcase_add_loop_test(t, too_many_addresses, 0, 2);
    tcase_add_test(t, every_option);
    tcase_add_test(t, defaults);
    tcase_add_test(t, zones);
    tcase_add_loop_test(t, paths, 0, 6);
    tcase_add_loop_test(t, configuration_loads, 0, 2);
    tcase_add_test(t, configuration_listen);
    tcase_add_loop_test(t, configuration_refused, 0, 3);
    tcase_add_test(t, comment_injection);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
