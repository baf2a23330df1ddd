/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A long run of lines of one simple form, read by several threads: in rounds, each with a part of
 * the text for each thread, up to a line end.  At the first line that is something else the run
 * ends, and what was read behind it is dropped; a round is never much larger than what went well
 * before, so that little is read in vain however often that happens.
 */
#ifndef LOADER_ROUNDS_H
#define LOADER_ROUNDS_H

#include "loader/lines.h"
#include "loader/threads.h"

/* The first member of a part of any form. */
struct round_part {
    const char *pos, *stop; /* stop: where a line starts, or the end of the text */
    const char *end;        /* of the text */
    size_t lines;           /* that were read */
};

struct round_form {
    size_t part;        /* octets of the structure that begins with struct round_part */
    size_t longest;     /* octets of a line, at most `first`; longer ones are none of the form */
    size_t first, last; /* octets of a part: in the first round, and at most */
    /* Room in *to for what n parts hold, as much as each can; false: no memory. */
    bool (*room)(void *to, void *parts, size_t n);
    /* In any thread, in any order: lines from pos on to where stop or something else is. */
    void (*read)(void *part);
    /* Put what a part holds behind what is there. */
    void (*take)(void *to, const void *part);
};

/* parts: room for THREADS_MAX of them.  The cursor is moved behind the run.  False: no memory. */
__attribute__((warn_unused_result)) bool rounds_pass(struct lines *l, const struct round_form *f,
                                                     void *parts, void *to);

#endif
