/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where entries stand, noted while a list is parsed once more for its index (lib/where.h).  The
 * formats know nothing of it: whoever hands them their lines notes, behind each, what came of it.
 */
#ifndef LOADER_WHERE_NOTE_H
#define LOADER_WHERE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/where.h"
#include "loader/buf.h"
#include "loader/entries.h"
#include "loader/lines.h"

struct where_notes {
    struct buf table[WHERE_NTABLES]; /* records as in the index, in the order of the text */
    const char *text;
    size_t len;
    uint32_t lines; /* of the text */
    uint32_t base;  /* lines in front of the file that is being read, of several in one text */
    const char *document; /* what is left of a text without lines, NULL: it has lines */
    size_t subs; /* offset of the records of the section that is open, in table[WHERE_SUBS] */
    bool lost;   /* a string of the document was not found */
    bool oom;
};

/* text is borrowed until the notes are freed.  False: no memory, or too many lines. */
__attribute__((warn_unused_result)) bool where_notes_start(struct where_notes *w, const char *text,
                                                           size_t len);
/* Behind the last note: what is open ends.  False: memory ran out on the way. */
__attribute__((warn_unused_result)) bool where_notes_end(struct where_notes *w);
void where_notes_free(struct where_notes *w);

/*
 * Whatever the data sets hold was added by this line of the file being read, from 1; they are
 * emptied but for their values.  False: no memory.
 */
__attribute__((warn_unused_result)) bool where_note(struct where_notes *w, struct entries *first,
                                                    size_t line);

/* As quads_pass(), and note what it passes; it may stop earlier. */
__attribute__((warn_unused_result)) bool where_note_quads(struct where_notes *w, struct lines *l,
                                                          struct entries *e);

/*
 * What the data sets hold was added by this string, which the rest of the document holds in quotes.
 * It may be spelt with escapes there, and then it counts as standing where the last one was found.
 */
__attribute__((warn_unused_result)) bool where_note_quoted(struct where_notes *w,
                                                           struct entries *first, const char *s);

/* The line of the file being read that an octet of the text stands in. */
uint32_t where_line_of(const struct where_notes *w, const char *at);

/* One of several files in the text begins: its name and its octets, pieces of the text. */
void where_note_file(struct where_notes *w, const char *name, size_t name_len, const char *body);

/* A section for the sub-names of e begins behind this line of the file being read. */
void where_note_section(struct where_notes *w, const struct entries *e, size_t line);

#endif
