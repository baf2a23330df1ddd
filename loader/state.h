/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader remembers of a list between runs: the file mirror/NAME/state.
 *
 * Text, one key=value a line after the line "rblmirror-state=1"; each key at most once, in any
 * order, absent means zero or empty.  Reading is strict: a file that is not exactly so is
 * refused as a whole, and the caller goes on as if the list had never been fetched.
 */
#ifndef LOADER_STATE_H
#define LOADER_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "loader/fileio.h"

#define STATE_TEXT_MAX 256  /* bytes of one text value, with its NUL */
#define STATE_FILE_MAX 4096 /* bytes of the file: all keys at their longest fit */

struct list_state {
    int64_t tried;           /* unix time of the last attempt, good or not */
    int64_t fetched;         /* of the last time the data were found to be current */
    int64_t modified;        /* of the last change of the data */
    uint64_t origin;         /* digest of the URL last tried; etag and the like are its */
    struct file_id data;     /* mirror/NAME/data; the following say nothing of any other file */
    uint64_t digest;         /* XXH3-64 of its bytes */
    uint64_t entries, lines; /* what it holds */
    uint64_t bad;            /* lines refused */
    uint64_t covered;        /* addresses, loader/space.h */
    int64_t made;            /* time that the file states for itself; 0: none */
    uint64_t failures;       /* attempts failed in a row */
    int64_t wait;            /* unix time before which no attempt is made; 0: none */
    uint64_t held_times;     /* candidates held in a row, loader/guard.h; 0: none is */
    int64_t held_since;
    int64_t stale_since;   /* when it was first seen to be older than its expire; 0: it is not */
    struct file_id source; /* the file that was copied, for "file:" URLs */
    char etag[STATE_TEXT_MAX];
    char last_modified[STATE_TEXT_MAX];
    char failure[STATE_TEXT_MAX]; /* why the last attempt failed; "" when it did not */
};

/* NULL when good, else what is wrong (static) and *line; *out is zeroed then. */
const char *state_parse(const char *text, size_t len, struct list_state *out, size_t *line);

/* Text for state_parse(), not NUL-terminated; returns its length.  Values of text fields that
 * could not be read back (control or non-ASCII bytes) are written as empty. */
size_t state_format(char buf[static STATE_FILE_MAX], const struct list_state *s);

/* Digest of a URL, as kept in origin: a URL may hold a password, the state file is readable. */
uint64_t state_origin(const char *url);

#endif
