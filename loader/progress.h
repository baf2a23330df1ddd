/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line on the terminal that says how far we are, rewritten in place a few times a second.
 * Silent when standard error is not a terminal.
 */
#ifndef LOADER_PROGRESS_H
#define LOADER_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_TEXT_MAX 32

/* The clock of the rates starts here. */
void progress_start(void);

struct progress_fetch {
    size_t done, due; /* lists */
    uint64_t bytes;
    const char *names; /* of those under way */
};
void progress_fetch(const struct progress_fetch *p);

void progress_parsed(uint64_t bytes, uint64_t lines, uint64_t entries);
/* What is being done, with the time since it started. */
void progress_wait(const char *subject, const char *doing);
/* Take the line away; before anything else is written to standard error. */
void progress_clear(void);

/* "13.2 MB", decimal; "35m", the largest unit that fits. */
void progress_size(char out[static PROGRESS_TEXT_MAX], double bytes);
void progress_age(char out[static PROGRESS_TEXT_MAX], int64_t seconds);

#endif
