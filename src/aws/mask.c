/* SPDX-License-Identifier: MIT */
#include "aws/mask.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

static const char mask[] = "***";

static size_t skip_blanks(const char *line, size_t at, size_t len)
{
    while (at < len && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    return at;
}

/* Where the value of a line with a secret key begins; 0 for every other line. */
static size_t find_secret_value(const char *line, size_t len)
{
    static const char *const keys[] = {"aws_secret_access_key", "aws_session_token",
                                       "aws_security_token"};
    size_t start = skip_blanks(line, 0, len);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t key_len = strlen(keys[i]);
        if (len - start < key_len || strncasecmp(line + start, keys[i], key_len) != 0) {
            continue;
        }
        size_t at = skip_blanks(line, start + key_len, len);
        if (at < len && (line[at] == '=' || line[at] == ':')) {
            return skip_blanks(line, at + 1, len);
        }
    }
    return 0;
}

/* Where the token behind an option begins; 0 when the line has none. */
static size_t find_token(const char *line, size_t len)
{
    static const char option[] = "-token";
    static const size_t option_len = sizeof(option) - 1;
    for (size_t at = 0; at + option_len < len; at++) {
        char next = line[at + option_len];
        if (memcmp(line + at, option, option_len) == 0 &&
            (next == ' ' || next == '\t' || next == '=')) {
            size_t value = skip_blanks(line, at + option_len + 1, len);
            return value < len ? value : 0;
        }
    }
    return 0;
}

static int add_line(struct buf *out, const char *line, size_t len, struct err *err)
{
    size_t content = len;
    while (content > 0 && (line[content - 1] == '\n' || line[content - 1] == '\r')) {
        content--;
    }
    size_t from = find_secret_value(line, content);
    size_t to = content;
    if (from == 0) {
        from = find_token(line, content);
        for (to = from; to < content && line[to] != ' ' && line[to] != '\t';) {
            to++;
        }
    }
    if (from == 0 || from == to) {
        return buf_add(out, line, len, err);
    }
    return buf_add(out, line, from, err) != 0 || buf_add_str(out, mask, err) != 0 ||
                   buf_add(out, line + to, len - to, err) != 0
               ? -1
               : 0;
}

int aws_mask_secrets(struct buf *out, const char *text, size_t len, struct err *err)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end == NULL ? len - at : (size_t)(end - text) - at + 1;
        if (add_line(out, text + at, line_len, err) != 0) {
            return -1;
        }
        at += line_len;
    }
    return 0;
}
