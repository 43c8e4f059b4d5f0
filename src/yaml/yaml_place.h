/* SPDX-License-Identifier: MIT */
/* Offsets in a text: lines, columns and blanks. Lines end with LF or CR LF. */
#ifndef YAML_YAML_PLACE_H
#define YAML_YAML_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The character at an offset, or NUL at the end. */
char yaml_char_at(const struct buf *text, size_t at);

bool yaml_is_blank(char c);

/* The first offset from at on that is not a blank. */
size_t yaml_skip_blanks(const struct buf *text, size_t at);

/* The start of a line, after a byte order mark. */
size_t yaml_line_start(const struct buf *text, size_t at);

/* The end of a line, without its line end; and the start of the next line, or the text's end. */
size_t yaml_line_end(const struct buf *text, size_t at);
size_t yaml_next_line(const struct buf *text, size_t at);

/* Bytes since the start of the line, and whether they are blanks. */
int yaml_column(const struct buf *text, size_t at);
bool yaml_starts_line(const struct buf *text, size_t at);

/* Appends lines with the line ends that text has in its first line. lines may have both kinds. */
void yaml_add_lines(struct buf *out, const struct buf *lines, const struct buf *text);

#endif
