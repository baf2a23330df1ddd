/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers other than gzip, known by their first octets: bzip2, xz, zstd, zip and tar.  What a
 * publisher calls the file does not matter.
 */
#ifndef LOADER_ARCHIVE_H
#define LOADER_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

bool is_archive(const char *data, size_t len);
bool is_tar(const char *data, size_t len);

/* Load libarchive; archive_unpack() does, where it may.  False: it is missing. */
bool archive_prepare(void);

/*
 * The one file inside.  NULL and *text (the caller's to free) and *textlen, or why not (static):
 * damaged, cut, several files, encrypted, larger than DECOMPRESS_MAX, expanding more than
 * DECOMPRESS_RATIO times.
 */
const char *archive_unpack(const char *data, size_t len, char **text, size_t *textlen);

#endif
