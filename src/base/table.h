/* SPDX-License-Identifier: MIT */
/*
 * The table writer: rows of texts in aligned columns, as commands print them. Cells are made safe
 * for a terminal, columns are as wide as their widest cell (two blanks between them), and lines end
 * without blanks for padding. Lines are at most TABLE_WIDTH wide: a column that does not fit
 * continues on an indented line below the row, and so does a last cell that does not fit. No cell
 * is cut, because programs read these tables, too: a line is wider only if a single cell, or a
 * single word of a last column that wraps, is.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { TABLE_COLUMNS_MAX = 8, TABLE_WIDTH = 80 };

struct table {
    size_t columns;
    bool wraps; /* set after table_init: the last column is prose, wrapped at blanks */
    size_t widths[TABLE_COLUMNS_MAX]; /* on a terminal, so far */
    size_t count;                     /* of cells */
    struct buf cells;                 /* each with its NUL */
};

/* An empty table of that many columns, at most TABLE_COLUMNS_MAX. */
void table_init(struct table *table, size_t columns);

/* The next cell, row by row; the text is copied. A table holds at most 16 MiB; a failure sticks and
 * table_write passes it on. */
void table_add(struct table *table, const char *text);

/* The next cells: one row, if there are as many texts as columns. */
void table_add_row(struct table *table, const char *const *texts);

/* Appends the table, and releases it. */
void table_write(struct table *table, struct buf *out);

#endif
