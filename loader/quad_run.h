/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of one dotted quad (loader/quad.h), one after the other. */
#ifndef LOADER_QUAD_RUN_H
#define LOADER_QUAD_RUN_H

#include <stddef.h>
#include <stdint.h>

/* Octets that must be readable behind the start of the last line: quad_run() looks at text in
 * blocks. */
#define QUAD_RUN_WINDOW 80

/*
 * The lines that start at s and before stop, up to the first that is something else or starts too
 * near to end, the end of what can be read; their addresses go to out, which has room for
 * (stop - s) / 8 + 1 of them.  Where the first line starts that was left; *n is how many were
 * passed.  What is accepted, and what comes of it, is what quad_line() says.  Any thread.
 */
const char *quad_run(const char *s, const char *stop, const char *end, uint32_t *out, size_t *n);

/* The two ways of it, for tests: the same results on the same text, but for how near to end they
 * get.  The second needs quad_run_has_vectors(). */
const char *quad_run_plain(const char *s, const char *stop, const char *end, uint32_t *out,
                           size_t *n);
const char *quad_run_vectors(const char *s, const char *stop, const char *end, uint32_t *out,
                             size_t *n);
int quad_run_has_vectors(void);

#endif
