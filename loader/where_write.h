/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes of where entries stand -> the index file (lib/where.h). */
#ifndef LOADER_WHERE_WRITE_H
#define LOADER_WHERE_WRITE_H

#include "loader/where_note.h"

struct where_about {
    uint64_t digest, options; /* as in struct where_header */
    bool packed; /* the data are not the text that was parsed: it goes into the index */
};

/* Write to an empty file, from its start; the notes are sorted.  0, or -1 with errno. */
int where_write(int fd, struct where_notes *notes, const struct where_about *about);

#endif
