/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getopt(3) is not used: it prints, and keeps its place in globals.  What is read here is what
 * glibc's getopt would make of rbldnsd's option string, options after arguments included.
 */
#include "lib/rbldnsd_opt.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SYSLOG_NAMES
#include <syslog.h>

static const char options[] = "u:r:b:w:t:c:p:nel:qs:h46dvaAfF:Cx:X:";

__attribute__((format(printf, 2, 3))) static enum rbldnsd_verdict
wrong(char why[static RBLDNSD_WHY_MAX], const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, RBLDNSD_WHY_MAX, fmt, ap);
    va_end(ap);
    return RBLDNSD_WRONG;
}

static uint32_t unit_seconds(char letter)
{
    switch (letter | 0x20) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

/* Digits and at most one unit; where it ends, or NULL when there is none or it passes 32 bits. */
static const char *scan_time(const char *s, uint32_t *out)
{
    uint64_t n = 0;
    const char *p = s;

    for (; *p >= '0' && *p <= '9'; p++)
        if ((n = n * 10 + (uint64_t)(*p - '0')) > UINT32_MAX)
            return NULL;
    if (p == s)
        return NULL;
    uint32_t unit = unit_seconds(*p);
    if (unit) {
        n *= unit;
        p++;
    }
    *out = (uint32_t)n;
    return n > UINT32_MAX ? NULL : p;
}

/* One of the three parts of -t, with the colon behind it; an absent one changes nothing. */
static const char *ttl_part(const char *p, uint32_t *out)
{
    if (*p == ':')
        return p + 1;
    if (!*p)
        return p;
    p = scan_time(p, out);
    if (!p || (*p && *p != ':'))
        return NULL;
    return *p ? p + 1 : p;
}

static enum rbldnsd_verdict read_ttl(struct rbldnsd_opt *o, const char *arg,
                                     char why[static RBLDNSD_WHY_MAX])
{
    static const char *const part[] = {"ttl", "minttl", "maxttl"};
    uint32_t *const to[] = {&o->ttl, &o->min_ttl, &o->max_ttl};
    const char *p = arg;

    for (int i = 0; i < 3; i++) {
        p = i == 0 && !*p ? NULL : ttl_part(p, to[i]);
        if (!p || o->ttl == 0)
            return wrong(why, "invalid %s (-t) value `%.50s'", part[i], arg);
    }
    if (*p)
        return wrong(why, "invalid value for -t (ttl) option: `%.50s'", arg);
    if ((o->min_ttl && o->max_ttl && o->min_ttl > o->max_ttl) || o->ttl < o->min_ttl ||
        (o->max_ttl && o->ttl > o->max_ttl))
        return wrong(why, "inconsistent def:min:max ttl: %u:%u:%u", o->ttl, o->min_ttl, o->max_ttl);
    return RBLDNSD_RUN;
}

/* A file name whose "+" means something. */
static const char *plus_file(const char *arg, bool *plus)
{
    *plus = *arg == '+';
    return arg + *plus;
}

static void read_flag(struct rbldnsd_opt *o, char letter)
{
    switch (letter) {
    case '4':
    case '6':
        o->family = letter == '4' ? 4 : 6;
        break;
    case 'a':
    case 'A':
        o->minimal = letter == 'a';
        break;
    case 'n':
        o->foreground = true;
        break;
    case 'e':
        o->host_bits = true;
        break;
    case 'q':
        o->quick = true;
        break;
    case 'd':
        o->dump = true;
        break;
    case 'v':
        o->hide_version++;
        break;
    case 'f':
        o->fork = true;
        break;
    default: /* "C": the option string has no other */
        o->no_gunzip = true;
        break;
    }
}

static void read_string(struct rbldnsd_opt *o, char letter, const char *arg)
{
    switch (letter) {
    case 'u':
        o->user = arg;
        break;
    case 'r':
        o->rootdir = arg;
        break;
    case 'w':
        o->workdir = arg;
        break;
    case 'p':
        o->pidfile = arg;
        break;
    case 'l':
        o->logfile = plus_file(arg, &o->log_unbuffered);
        break;
    case 's':
        o->statsfile = plus_file(arg, &o->stats_relative);
        break;
    default:
        o->facility = arg;
        break;
    }
}

static enum rbldnsd_verdict read_argument(struct rbldnsd_opt *o, char letter, const char *arg,
                                          char why[static RBLDNSD_WHY_MAX])
{
    const char *end;

    switch (letter) {
    case 't':
        return read_ttl(o, arg, why);
    case 'c':
        end = scan_time(arg, &o->check);
        if (!end || *end)
            return wrong(why, "invalid check interval (-c) value `%.50s'", arg);
        return RBLDNSD_RUN;
    case 'b':
        if (o->nbind == RBLDNSD_BINDS_MAX)
            return wrong(why, "too many addresses to listen on (%d max)", RBLDNSD_BINDS_MAX);
        o->bind[o->nbind++] = arg;
        return RBLDNSD_RUN;
    case 'x':
    case 'X':
        return wrong(why, "extension support is not compiled in");
    default:
        read_string(o, letter, arg);
        return RBLDNSD_RUN;
    }
}

#define TRY_HELP "type `rbldnsd -h' for help"

/* One word of bundled letters; next is the word behind it, *used is set when that is an argument.
 */
static enum rbldnsd_verdict read_word(struct rbldnsd_opt *o, const char *word, const char *next,
                                      bool *used, char why[static RBLDNSD_WHY_MAX])
{
    enum rbldnsd_verdict verdict = RBLDNSD_RUN;

    for (const char *p = word; *p && verdict == RBLDNSD_RUN; p++) {
        const char *known = *p == ':' ? NULL : strchr(options, *p);
        if (!known)
            return wrong(why, "invalid option -- '%c'\n" TRY_HELP, *p);
        if (*p == 'h')
            return RBLDNSD_HELP;
        if (known[1] != ':') {
            read_flag(o, *p);
            continue;
        }
        *used = p[1] == '\0';
        if (*used && !next)
            return wrong(why, "option requires an argument -- '%c'\n" TRY_HELP, *p);
        return read_argument(o, *p, *used ? next : p + 1, why);
    }
    return verdict;
}

static bool find_facility(struct rbldnsd_opt *o)
{
    if (!o->facility)
        return true;
    for (const CODE *c = facilitynames; c->c_name; c++)
        if (strcmp(c->c_name, o->facility) == 0 && c->c_val <= LOG_LOCAL7) {
            o->facility_code = c->c_val;
            return true;
        }
    return false;
}

/* What only all options together show, in rbldnsd's order. */
static enum rbldnsd_verdict check(struct rbldnsd_opt *o, bool inherited,
                                  char why[static RBLDNSD_WHY_MAX])
{
    if (o->nspec == 0)
        return wrong(why, "no zone(s) to service specified (-h for help)");
    if (o->nbind == 0 && !o->dump && !inherited)
        return wrong(why, "no address to listen on (-b option) specified");
    if (!find_facility(o))
        return wrong(why, "log facility %.50s is not valid", o->facility);
    return RBLDNSD_RUN;
}

enum rbldnsd_verdict rbldnsd_opt_parse(struct rbldnsd_opt *o, int argc, char *const *argv,
                                       bool inherited, char why[static RBLDNSD_WHY_MAX])
{
    enum rbldnsd_verdict verdict = RBLDNSD_RUN;
    bool only_specs = false;

    *o = (struct rbldnsd_opt){
        .facility_code = LOG_DAEMON, .ttl = RBLDNSD_TTL_DEFAULT, .check = 60, .acl = -1};
    why[0] = '\0';
    if (argc < 2)
        return RBLDNSD_USAGE;
    o->spec = calloc((size_t)argc, sizeof(*o->spec));
    if (!o->spec)
        return wrong(why, "out of memory");
    for (int i = 1; i < argc && verdict == RBLDNSD_RUN; i++) {
        const char *word = argv[i];
        bool used = false;
        if (only_specs || word[0] != '-' || word[1] == '\0')
            o->spec[o->nspec++] = word;
        else if (strcmp(word, "--") == 0)
            only_specs = true;
        else
            verdict = read_word(o, word + 1, i + 1 < argc ? argv[i + 1] : NULL, &used, why);
        i += used;
    }
    return verdict == RBLDNSD_RUN ? check(o, inherited, why) : verdict;
}

void rbldnsd_opt_free(struct rbldnsd_opt *o)
{
    for (size_t i = 0; i < o->ndata; i++) {
        for (size_t k = 0; k < o->data[i].nfiles; k++)
            free(o->data[i].file[k]);
        free(o->data[i].file);
        free(o->data[i].files);
        free(o->data[i].type);
    }
    for (size_t i = 0; i < o->nzones; i++) {
        free(o->zone[i].data);
        free(o->zone[i].text);
    }
    free(o->data);
    free(o->zone);
    free(o->spec);
    *o = (struct rbldnsd_opt){.acl = -1};
}

bool rbldnsd_opt_bind(const char *bind, char *host, size_t size, const char **service)
{
    const char *slash = strchr(bind, '/');
    size_t len = slash ? (size_t)(slash - bind) : strlen(bind);

    *service = slash && slash[1] ? slash + 1 : "domain";
    if (len == 0 || len >= size)
        return false;
    memcpy(host, bind, len);
    host[len] = '\0';
    return true;
}
