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

#include "lib/conf.h"
#include "loader/entries.h"

#define PARSE_REPORTS_MAX 10 /* bad lines shown in full; the rest are counted */

#define PARSE_COUNTS_MAX 256

struct where_notes;

/* A text that is a whole file, mapped: who reads much of it in order is faster through read(2), as
 * each page of a mapping costs more when it is first touched than to copy it. */
struct text_file {
    int fd;
    const char *text;
};

struct parse {
    struct entries *out;
    /* Called for the first PARSE_REPORTS_MAX bad lines; text is cut to a printable excerpt. */
    void (*report)(void *arg, size_t line, const char *text, const char *reason);
    void *report_arg;
    /* Of the list's configuration, for formats whose entries have values of their own. */
    uint32_t a;                   /* 0: 127.0.0.2 */
    const char *txt;              /* NULL: none */
    bool host_bits;               /* a prefix with host bits set is one without */
    int64_t now;                  /* unix time; 0: not known */
    const struct conf_list *list; /* options of formats that have any; NULL: the defaults */
    const struct text_file *file; /* what holds the text to parse; NULL: memory alone */
    bool beside; /* the list's answers name what stands beside entries: loader/beside.h */
    /* Filled by the parser. */
    size_t lines; /* lines that are neither blank nor comment */
    size_t bad;   /* of these, refused */
    size_t noted; /* oddities of lines accepted (leading zeros, host bits, mapped): two where it
                   * is a duplicate as well */
    /* The text does not end with a line end.  The last line is parsed all the same, but it may be
     * the first half of another one: 198.51.100.2 of 198.51.100.211. */
    bool unterminated;
    /* What the file says of its own size, in a comment at its end or a record of its own: fewer
     * entries mean that it was cut, and none may be right. */
    bool has_stated;
    uint64_t stated;
    char
        counts[PARSE_COUNTS_MAX]; /* entries by kind, in rbldnsd's words; "": none but the number */
    char fatal[128];              /* why the file as a whole cannot be used; "": it can */
    void *reader;                 /* the parser's own, while it runs */
    /* Not NULL: the entries are not kept, it is noted where they stand (loader/where_note.h). */
    struct where_notes *where;
};

/* Multicast, reserved and local space, which is left out (loader/space.h) however wide it is put.
 */
static inline bool parse_is_left_out(const struct prefix *p)
{
    if (p->family == 4)
        return p->len >= 3 && p->addr.lo >= 0xe0000000;
    unsigned first = (unsigned)(p->addr.hi >> 56);
    return p->len >= 7 && (first >= 0xfc || (p->len >= 8 && first == 0));
}

/* The widest prefixes in a real list are an IPv4 /12 and an IPv6 /20; far wider ones are typing
 * errors that would reject mail from whole continents. */
static inline bool parse_too_wide(const struct parse *p, const struct prefix *prefix)
{
    if (!(p->list != NULL && p->list->special_purpose) && parse_is_left_out(prefix))
        return false;
    unsigned widest4 = p->list != NULL ? p->list->widest4 : 8;
    unsigned widest6 = p->list != NULL ? p->list->widest6 : 16;
    return prefix->len < (prefix->family == 4 ? widest4 : widest6);
}

static inline const char *parse_wide_reason(const struct prefix *prefix)
{
    return prefix->family == 4 ? "IPv4 prefix wider than widest4 allows"
                               : "IPv6 prefix wider than widest6 allows";
}

struct format {
    const char *name;
    const char *about; /* for the manual and messages */
    /* False: out of memory. */
    bool (*parse)(struct parse *p, const char *text, size_t len);
    bool (*prepare)(void); /* load what it needs; NULL: nothing.  False: it is missing */
    bool by_file;          /* where parse->file is set, most of the text is read there */
};

extern const struct format *const formats[];
extern const size_t nformats;

/* NULL when there is no such format. */
const struct format *format_find(const char *name);
bool format_known(const char *name);

extern const struct format format_plain, format_domains, format_hosts, format_columns,
    format_ranges, format_json, format_bind, format_rpz, format_extract, format_allow;
extern const struct format format_rbldnsd_ip4set, format_rbldnsd_ip4tset, format_rbldnsd_ip4trie,
    format_rbldnsd_ip6tset, format_rbldnsd_ip6trie, format_rbldnsd_dnset, format_rbldnsd_dnhash,
    format_rbldnsd_generic, format_rbldnsd_combined, format_rbldnsd_acl, format_djb;

#endif
