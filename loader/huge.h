/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huge pages for large arrays.  A list of ten million addresses is sorted by scattering over
 * thousands of places at once: with 4 KiB pages nearly every store misses the TLB, and each page's
 * first touch is a fault.  Only a hint: without it everything works, slower.
 */
#ifndef LOADER_HUGE_H
#define LOADER_HUGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define HUGE_WORTH ((size_t)4 << 20) /* octets; smaller arrays would hardly fill two huge pages */

static inline void huge_hint(void *p, size_t octets)
{
    /* Whole pages around it: a hint for part of malloc's mapping would split it in two, and
     * realloc() would copy what it can otherwise remap. */
    uintptr_t from = (uintptr_t)p & ~(uintptr_t)4095;
    uintptr_t to = ((uintptr_t)p + octets + 4095) & ~(uintptr_t)4095;
    if (octets >= HUGE_WORTH)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

#endif
