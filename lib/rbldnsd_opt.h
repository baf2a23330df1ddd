/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rbldnsd's command line, and the rbldnsd.conf that says the same.
 *
 * Two steps, because rbldnsd opens its sockets between them and people see its messages in that
 * order: rbldnsd_opt_parse() reads the options, rbldnsd_opt_specs() the zone specifications.
 * Nothing here looks at files, resolves names, prints or exits.  A struct rbldnsd_opt borrows the
 * strings of argv, which must outlive it; rbldnsd_opt_free() frees what it owns.
 */
#ifndef LIB_RBLDNSD_OPT_H
#define LIB_RBLDNSD_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/name.h"

#define RBLDNSD_BINDS_MAX   20 /* -b more often is refused, as rbldnsd does */
#define RBLDNSD_WHY_MAX     256
#define RBLDNSD_TTL_DEFAULT 2100 /* 35 minutes */

enum rbldnsd_verdict {
    RBLDNSD_RUN,
    RBLDNSD_HELP,  /* -h: usage on stdout, exit 0 */
    RBLDNSD_USAGE, /* no arguments at all: usage, exit 1 */
    RBLDNSD_WRONG, /* the message, exit 1 */
};

/* One TYPE:FILES; zone specifications that spell it alike share it. */
struct rbldnsd_data {
    char *type;  /* a name of rbldnsd_opt_types[] */
    char *files; /* as written, for log lines */
    char **file; /* each file name as written, at least one */
    size_t nfiles;
};

struct rbldnsd_zone {
    char *text; /* lower case, no empty labels, no trailing dot; what the configuration calls it */
    struct name name;
    size_t *data; /* indexes into rbldnsd_opt.data in the order given, without acl */
    size_t ndata;
    long acl; /* index of its access list, or -1 */
};

struct rbldnsd_opt {
    const char *user;    /* -u; NULL when absent, as all strings here */
    const char *rootdir; /* -r */
    const char *workdir; /* -w, inside rootdir */
    const char *pidfile;
    const char *logfile;                 /* -l without its "+"; "-" is stdout */
    const char *statsfile;               /* -s without its "+" */
    const char *facility;                /* -F, a name of the table of syslog(3) */
    int facility_code;                   /* LOG_DAEMON unless -F says otherwise */
    bool log_unbuffered;                 /* -l +FILE */
    bool stats_relative;                 /* -s +FILE */
    const char *bind[RBLDNSD_BINDS_MAX]; /* ADDRESS[/PORT] */
    size_t nbind;
    unsigned family;                                        /* 4, 6, or 0: either */
    uint32_t ttl, min_ttl, max_ttl;                         /* -t; 0: no clamp */
    uint32_t check;                                         /* -c, seconds; 0: never */
    bool host_bits;                                         /* -e */
    bool quick, foreground, fork, minimal, no_gunzip, dump; /* -q -n -f -a -C -d */
    unsigned hide_version;                                  /* how many -v */

    const char **spec; /* what is left of the command line */
    size_t nspec;
    struct rbldnsd_data *data;
    size_t ndata;
    struct rbldnsd_zone *zone; /* in order of their first appearance */
    size_t nzones;
    long acl; /* index of the access list of all zones, or -1 */
};

/* Data set types, NULL at the end. */
extern const char *const rbldnsd_opt_types[];

/*
 * Read the options.  inherited: sockets came from the service manager, so that -b may be absent.
 * RBLDNSD_WRONG leaves a message in why, to be printed after the program's name and ": "; one that
 * has two lines wants the name before each.  Free o whatever the verdict.
 */
enum rbldnsd_verdict rbldnsd_opt_parse(struct rbldnsd_opt *o, int argc, char *const *argv,
                                       bool inherited, char why[static RBLDNSD_WHY_MAX]);

/* Read the zone specifications; false with a message as above. */
bool rbldnsd_opt_specs(struct rbldnsd_opt *o, char why[static RBLDNSD_WHY_MAX]);

void rbldnsd_opt_free(struct rbldnsd_opt *o);

/*
 * The path of a data file as seen from where -r and -w have not been obeyed yet (seen_outside) or
 * from a process that has obeyed -r: ROOT/WORK/FILE or WORK/FILE.  The caller frees; NULL: no
 * memory.
 */
char *rbldnsd_opt_path(const struct rbldnsd_opt *o, const char *file, bool seen_outside);

/* What the command line does not say.  Strings may be NULL: that line is left out. */
struct rbldnsd_conf {
    const char *mirror, *images, *run; /* directories */
    const char *const *listen;         /* "ADDRESS:PORT", resolved; none: rbldnsd_opt_listen() */
    size_t nlisten;
    bool comments; /* for people: say what has no equivalent and what to do instead */
    bool guards;   /* refuse empty and damaged files, as rbl-loader(8) does; rbldnsd takes any, and
                      nobody asks where entries of its files stand */
};

/*
 * Write the rbldnsd.conf that serves the same zones from the same files: one list for each data
 * set, named TYPE-N, with its path as seen from outside -r.  False with a message when that cannot
 * be said in a configuration (a zone name with odd octets, a file name with blanks).
 */
bool rbldnsd_opt_conf(const struct rbldnsd_opt *o, const struct rbldnsd_conf *c, FILE *out,
                      char why[static RBLDNSD_WHY_MAX]);

/*
 * Split one -b value: host in host (NUL-terminated), the service after the "/" or "domain".
 * False when there is no host, or it does not fit.
 */
bool rbldnsd_opt_bind(const char *bind, char *host, size_t size, const char **service);

#endif
