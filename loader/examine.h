/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is one file of the mirror fit to be served, and what does it say?  Runs in the compiling child.
 */
#ifndef LOADER_EXAMINE_H
#define LOADER_EXAMINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/compile.h"
#include "loader/guard.h"

#define EXAMINE_TEXT_MAX 128

/* A file of the mirror, mapped: the loader alone writes there, and holds the lock. */
struct mapped {
    struct text_file file; /* text is NULL when len is 0 */
    size_t len;
};

struct bad_line {
    size_t line;
    char text[EXAMINE_TEXT_MAX], reason[EXAMINE_TEXT_MAX];
};

struct examined {
    struct entries entries; /* the caller's to free, fit or not */
    size_t lines, bad;
    uint64_t covered; /* addresses, loader/space.h */
    int64_t made;     /* time that the file states for itself, 0: none */
    uint64_t digest;  /* of the file, examine_digest() */
    char counts[PARSE_COUNTS_MAX];
    struct bad_line shown[PARSE_REPORTS_MAX]; /* the first ones */
    size_t nshown;
    char why[GUARD_WHY_MAX]; /* when it is not fit */
};

/* Before a process that will read a list of the mirror is confined: load the libraries that its
 * format and its files need. */
void examine_prepare(int dir, const struct conf_list *conf);

/* 0, or -1 with errno.  examine_unmap() takes it back. */
int examine_map(int dir, const char *name, struct mapped *m);
void examine_unmap(struct mapped *m);

/* XXH3-64 of the file's bytes.  0, or -1 with errno.  Any thread. */
int examine_digest(const struct mapped *m, uint64_t *digest);

/* The text of a file, unpacked when it is packed; *unpacked is the caller's to free.  NULL, or why
 * it cannot be read (static). */
const char *examine_open(const struct mapped *m, char **unpacked, const char **text, size_t *len);

/* Ready for the list's format: what the configuration says of reading the list. */
void examine_parse(const struct conf_list *conf, struct entries *out, struct parse *p);

/* Parse and judge, after decompression where it is needed; true when fit.  *x is filled either way.
 */
bool examine(const struct mapped *m, const struct conf_list *conf, struct examined *x);

#endif
