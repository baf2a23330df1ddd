/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the compiling child gets its memory.  It fills some hundred megabytes once, from arrays that
 * grow, and ends: nothing is worth giving back, and what costs are first touches of pages and
 * page tables that move.
 */
#ifndef LOADER_HEAP_H
#define LOADER_HEAP_H

/* Once, at the child's start, before anything large is allocated.  Only hints; it cannot fail. */
void heap_prepare(void);

#endif
