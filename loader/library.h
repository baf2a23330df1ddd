/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outside libraries that few runs need are loaded by those that do, and by the one child that does:
 * libcurl, ldns and libarchive bring forty others with them, which took more time to link than a
 * run with nothing to do takes, and have no business in a process that only parses.
 *
 * A confined child cannot load: what it may need is loaded before (examine_prepare()).
 */
#ifndef LOADER_LIBRARY_H
#define LOADER_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_symbol {
    const char *name;
    void *function; /* address of the pointer to it */
};

struct library {
    const char *file; /* as the program was built for: SONAME_... of the Makefile */
    const struct library_symbol *symbol;
    size_t n;
    bool loaded;
};

/* Load it, unless it is, and fill the pointers.  False: it is not there, or another one; logged. */
bool library_load(struct library *l);

#endif
