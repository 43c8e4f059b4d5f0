/* SPDX-License-Identifier: MIT */
#include "cmd/help/man_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"

enum { FILL_WIDTH = 72 };

/* The characters that roff reads as others, and their escapes. */
static void add_char(struct buf *out, char c)
{
    static const char special[] = "\\-'`\"~^";
    static const char escapes[][5] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(dq", "\\(ti", "\\(ha"};
    const char *found = strchr(special, c);
    if (found != NULL) {
        buf_add_str(out, escapes[found - special]);
    } else {
        buf_add_char(out, c);
    }
}

static void add_chars(struct buf *out, const char *text, size_t len)
{
    if (len > 0 && text[0] == '.') {
        buf_add_str(out, "\\&");
    }
    for (size_t i = 0; i < len; i++) {
        add_char(out, text[i]);
    }
}

void man_add_literal(struct buf *out, const char *text)
{
    add_chars(out, text, strlen(text));
}

/* A line of text that is filled, word by word. */
static void add_filled(struct buf *out, const char *line, size_t len)
{
    size_t column = 0;
    for (size_t at = 0, word = 0; at < len; at += word + 1) {
        word = 0;
        while (at + word < len && line[at + word] != ' ') {
            word++;
        }
        bool sentence = at > 1 && strchr(".?!", line[at - 2]) != NULL;
        bool wraps = column > 0 && (sentence || column + word >= FILL_WIDTH);
        if (column > 0) {
            buf_add_char(out, wraps ? '\n' : ' ');
        }
        column = wraps ? 0 : column;
        if (column == 0) {
            add_chars(out, line + at, word);
        } else {
            for (size_t i = 0; i < word; i++) {
                add_char(out, line[at + i]);
            }
        }
        column += word + 1;
    }
    buf_add_char(out, '\n');
}

void man_add_text(struct buf *out, const char *text)
{
    bool display = false;
    bool paragraph = false; /* an empty line has been read */
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        bool indented = text[0] == ' ';
        if (len == 0) {
            paragraph = true;
        } else {
            if (display && !indented) {
                buf_add_str(out, ".Ed\n");
            }
            if (paragraph && !indented) {
                buf_add_str(out, ".Pp\n");
            }
            if (!display && indented) {
                buf_add_str(out, ".Bd -literal\n");
            }
            display = indented;
            paragraph = false;
        }
        if (len > 0 && display) {
            add_chars(out, text, len);
            buf_add_char(out, '\n');
        } else if (len > 0) {
            add_filled(out, text, len);
        }
        text += len + (text[len] == '\n');
    }
    if (display) {
        buf_add_str(out, ".Ed\n");
    }
}
