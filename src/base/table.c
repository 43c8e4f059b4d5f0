/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

enum { TABLE_MAX = 16 << 20, GAP = 2, INDENT = 4 };

void table_init(struct table *table, size_t columns)
{
    *table = (struct table){.columns = columns};
    buf_init(&table->cells, TABLE_MAX);
}

void table_add(struct table *table, const char *text)
{
    size_t *width = &table->widths[table->count++ % table->columns];
    size_t start = table->cells.len;
    buf_add(&table->cells, text, strlen(text) + 1);
    if (buf_failed(&table->cells)) {
        return;
    }
    char *cell = table->cells.data + start;
    text_clean(cell);
    table->cells.len = start + strlen(cell) + 1;
    size_t needed = utf8_width(cell);
    *width = needed > *width ? needed : *width;
}

void table_add_row(struct table *table, const char *const *texts)
{
    for (size_t i = 0; i < table->columns; i++) {
        table_add(table, texts[i]);
    }
}

/* Appends the words of a text, in lines that begin in a column. Cuts the text at its blanks. */
static void add_words(struct buf *out, char *text, size_t column)
{
    size_t at = column;
    char *next = text;
    for (char *word = text; next != NULL; word = next) {
        char *blank = strchr(word, ' ');
        next = blank != NULL ? blank + 1 : NULL;
        if (blank != NULL) {
            *blank = '\0';
        }
        size_t width = utf8_width(word);
        if (word != text && at + 1 + width > TABLE_WIDTH) {
            buf_add_fmt(out, "\n%*s", (int)column, "");
            at = column;
        } else if (word != text) {
            buf_add_char(out, ' ');
            at++;
        }
        buf_add_str(out, word);
        at += width;
    }
}

/* Appends a row, and returns the cell after it. count: of its cells. */
static char *add_row(const struct table *table, char *cell, size_t count, struct buf *out)
{
    size_t at = 0;    /* the column after the text so far */
    size_t start = 0; /* the column of the cell, on the same line */
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        bool wraps = last && table->wraps && start <= TABLE_WIDTH / 2;
        size_t len = strlen(cell);
        size_t width = utf8_width(cell);
        if (i > 0 && !wraps && start + (last ? width : table->widths[i]) > TABLE_WIDTH) {
            buf_add_char(out, '\n');
            at = 0;
            start = INDENT;
        }
        buf_add_fmt(out, "%*s", (int)(start - at), "");
        at = start + width;
        start += table->widths[i] + GAP;
        if (last && table->wraps) {
            add_words(out, cell, at - width);
        } else {
            buf_add_str(out, cell);
        }
        cell += len + 1;
    }
    buf_add_char(out, '\n');
    return cell;
}

void table_write(struct table *table, struct buf *out)
{
    char *cell = table->cells.data;
    if (buf_failed(&table->cells)) {
        out->failure = table->cells.failure;
    }
    for (size_t i = 0; !buf_failed(out) && i < table->count; i += table->columns) {
        size_t left = table->count - i;
        cell = add_row(table, cell, left < table->columns ? left : table->columns, out);
    }
    buf_done(&table->cells);
}
