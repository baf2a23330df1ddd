/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data files of rbldnsd, for loader/rbldnsd_*.c only; the rest of the loader knows them as rows
 * of formats[].
 *
 * One reader goes through the text once.  What rbldnsd works out when it answers (variables, the
 * base template, the TTL that stands last) is worked out when a data set ends: until then the
 * values of its entries hold their text as it stands in the file.
 */
#ifndef LOADER_RBLDNSD_H
#define LOADER_RBLDNSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/format.h"
#include "loader/lines.h"

#define RBLDNSD_TEXT_MAX 2000 /* octets of a TXT; rbldnsd cuts at 255 */
#define RBLDNSD_BASE     10   /* the variable "$=", behind $0 to $9 */
#define RBLDNSD_VARS     11
#define RBLDNSD_CACHE    4096

struct rbldnsd;

/* A piece of the file; s is NULL for what is not set. */
struct rbldnsd_word {
    const char *s;
    size_t len;
};

/* An entry line, trimmed; adds what it says to r->e. */
typedef enum line_kind (*rbldnsd_entry_fn)(struct rbldnsd *r, const char *s, size_t len,
                                           const char **reason);

/* Ordinary lines from the cursor on, as far as nothing else stands between.  False: no memory. */
typedef bool (*rbldnsd_pass_fn)(struct rbldnsd *r);

struct rbldnsd_type {
    const char *name;
    rbldnsd_entry_fn entry;
    rbldnsd_pass_fn pass; /* NULL: there is no such line */
    enum entries_rule rule;
    uint32_t kinds;    /* as in struct entries */
    uint8_t subject;   /* enum text_op: what "$" in a text is */
    bool no_values;    /* entries have no :A:TXT, lines with ":" are nothing special */
    bool one_value;    /* the first default line is the value of the whole data set */
    bool colon_starts; /* "::" starts an address */
    bool dollar_last;  /* "$" is what was asked for at the end of a text, and a dollar elsewhere */
    bool clients;      /* entries are clients, values may be actions; says nothing of the zone */
};

extern const struct rbldnsd_type rbldnsd_types[];
extern const size_t rbldnsd_ntypes;

/* What entries without a value of their own answer. */
struct rbldnsd_default {
    uint32_t a; /* 0: an action alone */
    struct rbldnsd_word text;
    uint32_t value; /* its number; 0: what the configuration says */
    uint8_t action; /* enum image_action */
};

/* A value that was met; the hash's other half tells most others apart without a look at them. */
struct rbldnsd_known {
    uint32_t number; /* 0: none */
    uint32_t hash;
};

struct rbldnsd {
    struct parse *p;
    bool combined;
    /* The data set being read; NULL in the common part of a combined file. */
    const struct rbldnsd_type *type;
    struct entries *e;
    bool unreachable; /* a section under no name */
    bool headless;    /* in a combined file no $DATASET was seen; as with rbldnsd, what a further
                         file says there is of the section that the file before ended with */
    struct rbldnsd_default dflt;
    bool has_dflt; /* a default line was there */
    struct rbldnsd_word vars[RBLDNSD_VARS];
    uint32_t ttl;
    /* Of the common part, while a section is being read. */
    struct rbldnsd_word common_vars[RBLDNSD_VARS];
    uint32_t common_ttl;
    uint64_t maxrange4;
    bool points_closed; /* see rbldnsd_add_addr4() */
    bool odd;           /* the line being read is good, but worth a note */
    struct lines lines;
    struct rbldnsd_word file;  /* name of the file, when there are several */
    struct rbldnsd_word label; /* of the section: "TYPE:NAME", or the type alone */
    char why[80];              /* of rbldnsd_say() */
    size_t sections;
    size_t twice; /* entries of a trie that say what an earlier one has said */
    /* By hash, so that alternating values are not stored again. */
    struct rbldnsd_known cache[RBLDNSD_CACHE];
};

/* --- rbldnsd.c --- */

/* Refuse the whole text. */
__attribute__((format(printf, 2, 3))) void rbldnsd_fatal(struct rbldnsd *r, const char *fmt, ...);

/* A reason for a bad line that has figures or words in it; good until the next one.  They begin as
 * rbldnsd's do, whose logs people read by program. */
__attribute__((format(printf, 2, 3))) const char *rbldnsd_say(struct rbldnsd *r, const char *fmt,
                                                              ...);

/* The next field between blanks; false when there is none. */
bool rbldnsd_field(struct rbldnsd_word *rest, struct rbldnsd_word *field);
void rbldnsd_skip_blanks(struct rbldnsd_word *w);
/* Is the field this lower-case word, in any case? */
bool rbldnsd_is(const struct rbldnsd_word *w, const char *word);
/* Digits and at most one of s m h d w. */
bool rbldnsd_time(const struct rbldnsd_word *w, uint32_t *out);
/* Decimal of any number of digits up to max; digits used, 0: none or too large. */
size_t rbldnsd_number(const char *s, size_t len, uint32_t max, uint32_t *out);
/* Octets between dots, at most four, into octet[]; bytes used, 0: malformed. */
size_t rbldnsd_octets(const char *s, size_t len, uint32_t octet[static 4], unsigned *n);
/* "1.2" is 1.0.0.2, "5" is 0.0.0.5; bytes used, 0: malformed.  *n: how many octets were written. */
size_t rbldnsd_aton(const char *s, size_t len, uint32_t *out, unsigned *n);
/* A name; empty labels mean nothing.  NULL, or what is wrong. */
const char *rbldnsd_name(const struct rbldnsd_word *w, struct name *out);
/* May this follow a key directly?  End, blank, comment or value. */
bool rbldnsd_key_ends(const char *s, size_t len);

/* One line, trimmed, with p->reader a struct rbldnsd. */
enum line_kind rbldnsd_line(struct parse *p, const char *s, size_t len, const char **reason);
/* Several files in one text, as loader/fetch_file.c writes them: is it that, and the next file. */
bool rbldnsd_framed(const char *text, size_t len);
bool rbldnsd_frame(struct rbldnsd_word *rest, struct rbldnsd_word *name, struct rbldnsd_word *body);

/* A data set begins, and ends: texts get their final form.  False: no memory. */
void rbldnsd_begin(struct rbldnsd *r, const struct rbldnsd_type *type, struct entries *e);
bool rbldnsd_finish(struct rbldnsd *r);

/* --- rbldnsd_twice.c --- */

/* Report prefixes that a trie names twice, with their lines.  False: no memory. */
bool rbldnsd_twice(struct rbldnsd *r, const char *text, size_t len);

/* --- rbldnsd_counts.c --- */

/* Append to r->p->counts what rbldnsd would log: of the data set read, of all sections. */
void rbldnsd_count(struct rbldnsd *r);
void rbldnsd_count_combined(struct rbldnsd *r);

/* --- rbldnsd_value.c --- */

/* The default before any default line. */
void rbldnsd_reset_default(struct rbldnsd *r);
enum line_kind rbldnsd_default_line(struct rbldnsd *r, const char *s, size_t len,
                                    const char **reason);
/* What stands behind a key; *number is the value.  LINE_GOOD, or why the line is not. */
enum line_kind rbldnsd_value(struct rbldnsd *r, const char *s, size_t len, uint32_t *number,
                             const char **reason);
bool rbldnsd_resolve_values(struct rbldnsd *r);

/* --- rbldnsd_acl.c --- */

/* ":keyword" or "=keyword": *v is an action.  False: it is something else, or *why says what. */
bool rbldnsd_action(const struct rbldnsd_word *s, struct rbldnsd_default *v, const char **why);

/* --- rbldnsd_directive.c --- */

/* s starts with "$". */
enum line_kind rbldnsd_directive(struct rbldnsd *r, const char *s, size_t len, const char **reason);

/* --- types --- */

enum line_kind rbldnsd_ip4set(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_ip4trie(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_ip4tset(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_ip6trie(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_ip6tset(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_acl(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_dnset(struct rbldnsd *r, const char *s, size_t len, const char **reason);
enum line_kind rbldnsd_generic(struct rbldnsd *r, const char *s, size_t len, const char **reason);

/* Lines of one dotted quad, one prefix, or one plain name, and nothing else; see rbldnsd_pass_fn.
 */
bool rbldnsd_quads(struct rbldnsd *r);
bool rbldnsd_prefixes4(struct rbldnsd *r);
bool rbldnsd_prefixes6(struct rbldnsd *r);
bool rbldnsd_plain_names(struct rbldnsd *r);

/* $DATASET, what follows the word. */
enum line_kind rbldnsd_dataset(struct rbldnsd *r, struct rbldnsd_word rest, const char **reason);

#endif
