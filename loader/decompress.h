/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip data to text in memory, all members of a file (RFC 1952), recognised by content.  Checksum
 * and length of each member are verified.
 */
#ifndef LOADER_DECOMPRESS_H
#define LOADER_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#define DECOMPRESS_MAX       (2ull << 30)  /* octets of text */
#define DECOMPRESS_RATIO     100           /* text to data, which lists do not come near ... */
#define DECOMPRESS_RATIO_MIN (16ull << 20) /* ... asked of texts larger than this */

bool is_compressed(const char *data, size_t len);

/*
 * NULL, and *text malloc'd with *textlen octets; else what is wrong (static).  Memory grows with
 * what comes out, so that a bomb ends at a limit and not before.
 */
const char *decompress(const char *data, size_t len, char **text, size_t *textlen);

/* Octets that len octets may become at most. */
size_t decompress_limit(size_t len);

#endif
