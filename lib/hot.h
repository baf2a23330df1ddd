/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HOT before the functions that a query runs through: they come to lie beside each other, in three
 * pages of code instead of ten.  After a system call the processor may have to find each page
 * again, and below some ten thousand queries a second a batch is one query.
 */
#ifndef LIB_HOT_H
#define LIB_HOT_H

#define HOT __attribute__((hot))

#endif
