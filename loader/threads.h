/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work that is cut into parts which share nothing that any of them writes: each part in a thread of
 * its own, as far as threads can be started, else one after the other.
 */
#ifndef LOADER_THREADS_H
#define LOADER_THREADS_H

#include <stddef.h>

#define THREADS_MAX 8 /* memory is no faster for more */

/* Into how many parts it is worth to cut: as many processors as may be used, at most THREADS_MAX.
 */
size_t threads_usable(void);

/* fn(&part[k]) for all n <= THREADS_MAX parts of size octets each; returns when all are done. */
void threads_run(void (*fn)(void *part), void *parts, size_t size, size_t n);

#endif
