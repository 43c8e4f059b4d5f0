/* SPDX-License-Identifier: MIT */
/* Plain text as mdoc: what has a meaning in roff is escaped. */
#ifndef CMD_HELP_MAN_TEXT_H
#define CMD_HELP_MAN_TEXT_H

struct buf;

/* One line of text, as the argument of a macro or in a display; without a newline. */
void man_add_literal(struct buf *out, const char *text);

/* Lines of text, which roff fills: a new line after each sentence, and before column 80. Indented
 * lines become a display, empty lines separate paragraphs. Ends with a newline. */
void man_add_text(struct buf *out, const char *text);

#endif
