/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text as lines, for loader/format_*.c.  Lines end at LF, CR or CRLF; a UTF-8 byte order mark at
 * the start of the text is skipped; blanks are space and tab.  Lines may have any length.
 */
#ifndef LOADER_LINES_H
#define LOADER_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/format.h"

/* A cursor over the text, which it borrows.  A parser may move pos to the start of a later line
 * itself, when it adds the lines passed to number. */
struct lines {
    const char *pos;
    const char *end;
    const char *lf; /* a line feed at or after pos, or end; stale when it is before pos */
    size_t number;  /* of the line returned last, from 1 */
    const struct text_file *file; /* which the text is a part of; NULL: none */
};

void lines_start(struct lines *l, const char *text, size_t len);
/* The next line without its end; false when there is none. */
bool lines_next(struct lines *l, const char **line, size_t *len);

enum line_kind {
    LINE_COMMENT, /* not counted */
    LINE_GOOD,
    LINE_NOTED, /* good, with an oddity that the list's owner should hear about */
    LINE_BAD,   /* reason set */
    LINE_NO_MEMORY,
};

/* What one format makes of one line, trimmed and not empty; adds its entry to p->out. */
typedef enum line_kind (*line_fn)(struct parse *p, const char *line, size_t len,
                                  const char **reason);

/* Trim the line the cursor is at, hand it to fn, count and report.  False: out of memory. */
bool parse_line(struct parse *p, const struct lines *l, const char *line, size_t len, line_fn fn);

/* All lines of text through fn; sets p->unterminated.  False: out of memory. */
bool parse_lines(struct parse *p, const char *text, size_t len, line_fn fn);

/* Does the text end in the middle of a line? */
bool lines_unterminated(const char *text, size_t len);

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The comment markers that list publishers use: # ; // anywhere, ! at the start of a line only. */
bool starts_comment(const char *s, size_t len);
bool line_is_comment(const char *line, size_t len);

#endif
