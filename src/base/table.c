/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

enum { TABLE_MAX = 16 << 20, GAP = 2 };

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

void table_write(struct table *table, struct buf *out)
{
    const char *cell = buf_str(&table->cells);
    if (buf_failed(&table->cells)) {
        out->failure = table->cells.failure;
    }
    for (size_t i = 0; !buf_failed(out) && i < table->count; i++) {
        size_t column = i % table->columns;
        bool last = column + 1 == table->columns || i + 1 == table->count;
        buf_add_str(out, cell);
        if (last) {
            buf_add_char(out, '\n');
        } else {
            buf_add_fmt(out, "%*s", (int)(table->widths[column] - utf8_width(cell) + GAP), "");
        }
        cell += strlen(cell) + 1;
    }
    buf_done(&table->cells);
}
