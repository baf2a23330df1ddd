/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/heap.h"

#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "loader/huge.h"

#define ALONE   (32 << 20)  /* arrays from here on have a mapping of their own; glibc's largest */
#define AT_ONCE (256 << 20) /* the heap grows in such steps, of address space, not of memory */

/*
 * Left to itself, malloc gives every array above 128 KiB a mapping, which mremap() moves at each
 * growth and which starts with small pages: half of the time that a list of 200,000 texts took.
 * The heap's end instead is free to grow in place, and is hinted to be of huge pages beforehand.
 */
void heap_prepare(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, ALONE);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
    (void)mallopt(M_TOP_PAD, AT_ONCE);
    void *first = malloc(1u << 20); /* more than is free: the heap grows, by the step as well */
    void *end = sbrk(0);
    if (first != NULL && (uintptr_t)end > (uintptr_t)first)
        huge_hint(first, (size_t)((uintptr_t)end - (uintptr_t)first));
    free(first);
}
