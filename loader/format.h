/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * List formats: how a publisher spells entries.  A format is one row of formats[] and one file
 * loader/format_NAME.c; nothing else knows it.  Lines are split by loader/lines.h.
 *
 * A parser reads a whole file held in memory and adds what it finds to entries.  It never fails on
 * bad data: it reports the line and goes on; loader/guard.c decides whether the file is fit.  The
 * only error is exhausted memory.
 */
#ifndef LOADER_FORMAT_H
#define LOADER_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/entries.h"

#define PARSE_REPORTS_MAX 10 /* bad lines shown in full; the rest are counted */

#define PARSE_COUNTS_MAX 256

struct parse {
    struct entries *out;
    /* Called for the first PARSE_REPORTS_MAX bad lines; text is cut to a printable excerpt. */
    void (*report)(void *arg, size_t line, const char *text, const char *reason);
    void *report_arg;
    /* Of the list's configuration, for formats whose entries have values of their own. */
    uint32_t a;      /* 0: 127.0.0.2 */
    const char *txt; /* NULL: none */
    bool host_bits;  /* a prefix with host bits set is one without */
    int64_t now;     /* unix time; 0: not known */
    /* Filled by the parser. */
    size_t lines; /* lines that are neither blank nor comment */
    size_t bad;   /* of these, refused */
    size_t noted; /* of these, accepted with an oddity (leading zeros, host bits, mapped) */
    /* The text does not end with a line end.  The last line is parsed all the same, but it may be
     * the first half of another one: 198.51.100.2 of 198.51.100.211. */
    bool unterminated;
    char
        counts[PARSE_COUNTS_MAX]; /* entries by kind, in rbldnsd's words; "": none but the number */
    char fatal[128];              /* why the file as a whole cannot be used; "": it can */
    void *reader;                 /* the parser's own, while it runs */
};

struct format {
    const char *name;
    const char *about; /* for the manual and messages */
    /* False: out of memory. */
    bool (*parse)(struct parse *p, const char *text, size_t len);
};

extern const struct format *const formats[];
extern const size_t nformats;

/* NULL when there is no such format. */
const struct format *format_find(const char *name);
bool format_known(const char *name);

extern const struct format format_plain, format_domains;
extern const struct format format_rbldnsd_ip4set, format_rbldnsd_ip4tset, format_rbldnsd_ip4trie,
    format_rbldnsd_ip6tset, format_rbldnsd_ip6trie, format_rbldnsd_dnset, format_rbldnsd_dnhash,
    format_rbldnsd_generic, format_rbldnsd_combined, format_rbldnsd_acl;

#endif
