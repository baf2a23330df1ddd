/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/text.h"

/* Errors stick in the table, so that rows can be filled without looking; takes over the cell. */
static void table_add(struct table *t, char *cell)
{
    if (cell && t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        char **grown = realloc(t->cell, cap * sizeof *grown);
        if (grown) {
            t->cell = grown;
            t->cap = cap;
        }
    }
    if (!cell || t->n == t->cap) {
        t->oom = true;
        free(cell);
        return;
    }
    t->cell[t->n++] = cell;
}

void table_init(struct table *t, unsigned columns, unsigned right, const char *const *heads)
{
    *t = (struct table){.columns = columns, .right = right};
    for (unsigned i = 0; i < columns; i++)
        table_add(t, strdup(heads[i]));
}

void table_cell(struct table *t, const char *fmt, ...)
{
    char *raw = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&raw, fmt, ap);
    va_end(ap);
    if (n < 0) {
        t->oom = true;
        return;
    }
    /* Escaped before it is measured, or the columns would not line up. */
    table_add(t, text_safe(raw));
    free(raw);
}

static void table_row(const struct table *t, char *const *row, const int *width, FILE *out)
{
    for (unsigned c = 0; c < t->columns; c++) {
        const char *gap = c ? "  " : "";
        if (t->right >> c & 1)
            fprintf(out, "%s%*s", gap, width[c], row[c]);
        else if (c + 1 < t->columns)
            fprintf(out, "%s%-*s", gap, width[c], row[c]);
        else if (row[c][0]) /* no blanks at the end of a line */
            fprintf(out, "%s%s", gap, row[c]);
    }
    fputc('\n', out);
}

bool table_print(struct table *t, unsigned indent, FILE *out)
{
    int width[TABLE_COLUMNS_MAX] = {0};
    bool good = !t->oom;
    for (size_t i = 0; i < t->n; i++) {
        int n = (int)strlen(t->cell[i]);
        if (width[i % t->columns] < n)
            width[i % t->columns] = n;
    }
    for (size_t i = 0; good && out && i + t->columns <= t->n; i += t->columns) {
        fprintf(out, "%*s", (int)indent, "");
        table_row(t, t->cell + i, width, out);
    }
    for (size_t i = 0; i < t->n; i++)
        free(t->cell[i]);
    free(t->cell);
    return good;
}
