/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HOT before the functions that a query runs through: they come to lie beside each other, in three
 * pages of code instead of ten.  A batch of one query, the usual size below some ten thousand a
 * second, spends as long on finding pages again after its system calls as on its instructions.
 */
#ifndef LIB_HOT_H
#define LIB_HOT_H

#define HOT __attribute__((hot))

#endif
