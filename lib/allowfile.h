/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of the local allow list (lib/allow.h), changed as a whole: a reader sees the old one or
 * the new one.  Two who change it at once wait for each other.
 *
 * The directory may belong to another account than the one that runs this: nothing is followed or
 * written through a link, and what is made belongs to the owner of the directory above.
 */
#ifndef LIB_ALLOWFILE_H
#define LIB_ALLOWFILE_H

#include <stdbool.h>
#include <stddef.h>

#define ALLOWFILE_WHY_MAX 256
#define ALLOWFILE_MAX     (4u << 20) /* bytes; a larger one is an error */

struct allowfile_change {
    /* Does the line (without its end) stay?  NULL: all do. */
    bool (*keep)(void *arg, const char *line, size_t len);
    void *arg;
    const char *mark; /* lines that go stay behind this, as comments; NULL: they are gone */
    const char *add;  /* a line for the end, without its own; NULL: none */
};

/*
 * Number of lines that went, or -1 with a reason in why.  Without a change the file stays as it is;
 * where there is none, one is made, and its directory, when there is a line to add.
 */
long allowfile_edit(const char *path, const struct allowfile_change *c,
                    char why[static ALLOWFILE_WHY_MAX]);

/* The bytes of the file, NUL behind them; NULL with a reason in why ("" when there is no file). The
 * caller frees. */
char *allowfile_read(const char *path, size_t *len, char why[static ALLOWFILE_WHY_MAX]);

#endif
