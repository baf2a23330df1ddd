/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the configuration reader share; nobody outside lib/conf*.c and its tests
 * includes this.  The parts: conf_text.c makes a file's bytes safe for libconfuse, conf_parse.c
 * lets it build its tree, conf.c walks that, conf_table.c says what may stand there, conf_set.c and
 * conf_zone.c turn text into fields, conf_check.c looks at what only the whole can show.
 */
#ifndef LIB_CONF_INTERNAL_H
#define LIB_CONF_INTERNAL_H

#include "lib/conf.h"

/*
 * Longest zone name in bytes of text: 32 IPv6 nibble labels (64 octets of wire form) before it
 * still make a name of at most 255 octets, and NAME.rbl with a temporary suffix a file name.
 */
#define CONF_ZONE_MAX 188

/* Rows the table may have; the parser has room for so many in every section. */
#define CONF_OPTIONS_MAX 80

struct conf_reader {
    FILE *err;
    bool (*known_format)(const char *);
    struct conf *conf;
    struct conf_zone *zone; /* the zone whose section is being filled */
    unsigned errors;
    bool has_allow;            /* the local allow list is one of conf->lists */
    bool partial;              /* reading stopped early: what is absent proves nothing */
    bool parsing;              /* libconfuse is at work */
    bool no_include;           /* the text has no directory that a file could be looked up in */
    unsigned depth;            /* of includes */
    const char *const *values; /* of the include() that the file is read for */
    size_t nvalues;
    const char *file; /* being parsed; one of files */
    char **files;     /* every file name a value points to */
    size_t nfiles;
};

/* Where a message points to.  line 0: the file as a whole. */
struct conf_where {
    const char *file;
    unsigned line;
    char label[256]; /* "list psbl", or "" */
};

/*
 * An option nobody can write, last in each section and set from its default: libconfuse gives its
 * callback the line where the section opens, and forgets it afterwards.
 */
#define CONF_OPENED " opened"

/* One value as written; what libconfuse's tree holds. */
struct conf_value {
    const char *file; /* NULL: a default of server, paths or loader */
    unsigned line;
    const struct conf_option *option; /* NULL: CONF_OPENED */
    bool by_hand;                     /* not the default */
    bool first;                       /* of a list */
    char text[];
};

struct cfg_t; /* libconfuse's */

/* A parser that knows all sections; one at a time.  NULL: out of memory. */
struct cfg_t *conf_parser_open(struct conf_reader *r);
void conf_parser_close(struct cfg_t *root);

/* Where the section's parser stands, with its label. */
struct conf_where conf_here(struct cfg_t *section);

/* Values after the file name in an include(), and bytes of each. */
#define CONF_VALUES_MAX 9
#define CONF_VALUE_MAX  1000

/* Parse the text of r->file, or that of a file named at a place (NULL: the first); path is kept. */
bool conf_parse_text(struct conf_reader *r, struct cfg_t *root, const char *text, size_t len);
bool conf_parse_file(struct conf_reader *r, struct cfg_t *root, char *path,
                     const struct conf_where *at);

/* Takes path over; it lives as long as the reader. */
bool conf_keep_file(struct conf_reader *r, char *path);

/* One line on r->err, counted as an error. */
__attribute__((format(printf, 3, 4))) void
conf_complain(struct conf_reader *r, const struct conf_where *w, const char *fmt, ...);

/*
 * The bytes of a file, or NULL with errno set (EFBIG above 4 MiB).  The caller frees.
 */
char *conf_text_read(const char *path, size_t *len);

/*
 * A copy of the text that libconfuse reads as rbldnsd.conf(5) says: comments are gone, lines keep
 * their numbers, "${" is no environment variable, every string, comment and brace is closed, and
 * "@1@" to "@9@" in strings have become r->values.
 * NULL after a complaint.  The caller frees.
 */
char *conf_text_clean(struct conf_reader *r, const char *text, size_t len);

/* As conf_load(), of a text in memory; NAME stands for the file in messages; no include(). */
struct conf *conf_load_text(const char *name, const char *text, size_t len,
                            bool (*known_format)(const char *), FILE *err);

/* Labels of letters, digits, "-" and "_", at most max bytes in all, no dot at either end. */
bool conf_host_ok(const char *s, size_t len, size_t max);

/* Is it a list name as struct conf_list states? */
bool conf_list_name_ok(const char *s);

/* Copy of text at *field, what stood there freed; NULL or "cannot be stored: out of memory". */
const char *conf_store(char **field, const char *text);
extern const char conf_oom[];

/* The row of an option, or NULL. */
const struct conf_option *conf_option_find(const char *section, const char *key);

/* Setters, named in the table.  All: NULL when good, else what is wrong with the text. */
#define CONF_SETTER(name)                                                                          \
    const char *name(struct conf_reader *r, const struct conf_option *o, const char *text,         \
                     void *section)
CONF_SETTER(conf_set_integer);
CONF_SETTER(conf_set_boolean);
CONF_SETTER(conf_set_time);
CONF_SETTER(conf_set_size);
CONF_SETTER(conf_set_text);
CONF_SETTER(conf_set_path);
CONF_SETTER(conf_set_user);
CONF_SETTER(conf_set_visible);
CONF_SETTER(conf_set_cookies);
CONF_SETTER(conf_set_proxy_listen);
CONF_SETTER(conf_set_proxy_from);
CONF_SETTER(conf_set_deny);
CONF_SETTER(conf_set_rate_on);
CONF_SETTER(conf_set_rate_allow);
CONF_SETTER(conf_set_value);
CONF_SETTER(conf_set_listen);
CONF_SETTER(conf_set_allow);
CONF_SETTER(conf_set_url);
CONF_SETTER(conf_set_format);
CONF_SETTER(conf_set_list_a);
CONF_SETTER(conf_set_separator);
CONF_SETTER(conf_set_list_txt);
CONF_SETTER(conf_set_lists);
CONF_SETTER(conf_set_exclude);
CONF_SETTER(conf_set_acl);
CONF_SETTER(conf_set_sub_lists);
CONF_SETTER(conf_set_combine);
CONF_SETTER(conf_set_kind);
CONF_SETTER(conf_set_expired);
CONF_SETTER(conf_set_canary);
CONF_SETTER(conf_set_ns);
CONF_SETTER(conf_set_mname);
CONF_SETTER(conf_set_rname);

/* Names of sections from their titles; false after a complaint. */
bool conf_name_zone(struct conf_reader *r, struct conf_zone *z, const char *title,
                    const struct conf_where *w);
bool conf_name_sub(struct conf_reader *r, struct conf_sub *s, const char *title,
                   const struct conf_where *w);

/*
 * The local allow list, conf_allow.c, when its file is there: parse a section for it into root
 * (paths are filled, lists are not), give the list its URL, take it out of a zone.  The last two:
 * NULL when good.
 */
bool conf_allow_parse(struct conf_reader *r, struct cfg_t *root);
const char *conf_allow_finish(struct conf_reader *r, struct conf_list *l);
const char *conf_allow_exclude(struct conf_reader *r, struct conf_zone *z);

/* After a section is filled: what must be there, what follows from the rest. */
void conf_check_list(struct conf_reader *r, const struct conf_list *l, const struct conf_where *w);
void conf_check_zone(struct conf_reader *r, struct conf_zone *z, const struct conf_where *w);

/* CPUs this process may use (taskset, cpusets), not those the machine has; at least 1. */
unsigned conf_cpus(void);

#endif
