/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask for the cache line at p; any address will do, none is read. */
#ifndef LIB_PREFETCH_H
#define LIB_PREFETCH_H

/*
 * The empty statement is an effect that the compiler cannot see into.  Without one gcc 12 takes a
 * function that only prefetches for one that does nothing, and drops the calls to it.
 */
static inline void prefetch(const void *p)
{
    __builtin_prefetch(p);
    __asm__ volatile("" : : "r"(p));
}

#endif
