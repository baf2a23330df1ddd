/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rbl-loader(8) remembers of a list, from the file mirror/NAME/state: the line
 * "rblmirror-state=1", then one key=value a line, each key at most once, absent ones zero or
 * empty.  Reading is strict: a file that is not exactly so is refused as a whole.
 */
#ifndef CTL_LISTSTATE_H
#define CTL_LISTSTATE_H

#include <stddef.h>
#include <stdint.h>

#define LISTSTATE_FILE_MAX 4096
#define LISTSTATE_TEXT_MAX 256
#define LISTSTATE_WHY_MAX  160

/* A file as it was: when size, inode or time of its last change differ, it is another one. */
struct liststate_file {
    uint64_t size, inode;
    int64_t sec;
    uint64_t nsec;
};

struct liststate {
    int64_t tried;    /* unix times: the last attempt, good or not */
    int64_t fetched;  /* the last time the data were found to be current */
    int64_t modified; /* the last change of the data */
    uint64_t entries;
    uint64_t failures;   /* attempts failed in a row */
    int64_t wait;        /* no attempt before */
    uint64_t held_times; /* candidates held back in a row for their size */
    int64_t held_since;
    struct liststate_file data;       /* mirror/NAME/data */
    uint64_t digest;                  /* of its bytes */
    int64_t made;                     /* time that the data state, 0: none */
    int64_t stale_since;              /* first seen to be older than its expire, 0: it is not */
    char failure[LISTSTATE_TEXT_MAX]; /* why the last attempt failed; "" when it did not */
};

/* NULL when good, else what is wrong (static) and *line; *out is zeroed then. */
const char *liststate_parse(const char *text, size_t len, struct liststate *out, size_t *line);

enum liststate_result { LISTSTATE_GOOD, LISTSTATE_ABSENT, LISTSTATE_BAD };

/* Read it; why is set when BAD, and *out zeroed unless GOOD. */
enum liststate_result liststate_read(const char *mirror, const char *list, struct liststate *out,
                                     char why[static LISTSTATE_WHY_MAX]);

#endif
