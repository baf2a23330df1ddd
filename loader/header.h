/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a publisher says about his file in the comments at its start.  Pure.
 */
#ifndef LOADER_HEADER_H
#define LOADER_HEADER_H

#include <stddef.h>
#include <stdint.h>

/*
 * The time in the first comment line "Last-Modified: DATE", as HTTP writes it (RFC 9110 section
 * 5.6.7), before the first line that is no comment; 0: there is none.
 */
int64_t header_made(const char *text, size_t len);

#endif
