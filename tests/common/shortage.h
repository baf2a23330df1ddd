/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out on demand.  The linker sends every allocation of the program's own code
 * here (--wrap, see the Makefile), those inside shared libraries stay as they are.
 */
#ifndef TESTS_COMMON_SHORTAGE_H
#define TESTS_COMMON_SHORTAGE_H

/* The so many-th allocation from now on fails, and then it is 0: none does. */
extern unsigned long shortage_at;

/* Blocks allocated here and not freed yet, as far as this code frees what it allocated. */
extern long shortage_live;

#endif
