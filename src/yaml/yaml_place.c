/* SPDX-License-Identifier: MIT */
#include "yaml/yaml_place.h"

#include <string.h>

#include "base/buf.h"

static const char mark[] = "\xef\xbb\xbf"; /* byte order mark */

char yaml_char_at(const struct buf *text, size_t at)
{
    return at < text->len ? text->data[at] : '\0';
}

bool yaml_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

size_t yaml_skip_blanks(const struct buf *text, size_t at)
{
    while (yaml_is_blank(yaml_char_at(text, at))) {
        at++;
    }
    return at;
}

size_t yaml_line_start(const struct buf *text, size_t at)
{
    while (at > 0 && text->data[at - 1] != '\n') {
        at--;
    }
    return at == 0 && text->len >= 3 && memcmp(text->data, mark, 3) == 0 ? 3 : at;
}

size_t yaml_line_end(const struct buf *text, size_t at)
{
    size_t start = at;
    while (at < text->len && text->data[at] != '\n') {
        at++;
    }
    return at > start && text->data[at - 1] == '\r' ? at - 1 : at;
}

size_t yaml_next_line(const struct buf *text, size_t at)
{
    while (at < text->len && text->data[at] != '\n') {
        at++;
    }
    return at < text->len ? at + 1 : at;
}

int yaml_column(const struct buf *text, size_t at)
{
    return (int)(at - yaml_line_start(text, at));
}

bool yaml_starts_line(const struct buf *text, size_t at)
{
    return yaml_skip_blanks(text, yaml_line_start(text, at)) == at;
}

void yaml_add_lines(struct buf *out, const struct buf *lines, const struct buf *text)
{
    size_t end = yaml_line_end(text, 0);
    bool crlf = yaml_char_at(text, end) == '\r';
    for (size_t i = 0; i < lines->len; i++) {
        if (crlf && lines->data[i] == '\n' && (i == 0 || lines->data[i - 1] != '\r')) {
            buf_add_char(out, '\r');
        }
        buf_add_char(out, lines->data[i]);
    }
}
