/* SPDX-License-Identifier: BSD-2-Clause */
/* Aligned columns: cells are collected, then printed with the width each column turned out to need.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 8

struct table {
    unsigned columns;
    unsigned right; /* bit per column: its cells are numbers */
    bool oom;
    char **cell; /* row by row, the heads first */
    size_t n, cap;
};

/* Heads are the first row.  Fill cells left to right; there is no call to end a row. */
void table_init(struct table *t, unsigned columns, unsigned right, const char *const *heads);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *t, const char *fmt, ...);

/* Each line starts with indent blanks; unsafe bytes of cells are escaped.  out NULL: nothing is
 * printed.  Frees the cells.  False
 * when memory was exhausted on the way: nothing is printed then. */
bool table_print(struct table *t, unsigned indent, FILE *out);

#endif
