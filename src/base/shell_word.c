/* SPDX-License-Identifier: MIT */
#include "base/shell_word.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool shell_word_read(const char *text, size_t text_len, size_t *at, char *out, size_t *len,
                     bool *broken)
{
    char quote = '\0';
    bool any = false;
    *len = 0;
    while (*at < text_len && is_blank(text[*at])) {
        (*at)++;
    }
    while (*at < text_len && (quote != '\0' || !is_blank(text[*at]))) {
        char c = text[(*at)++];
        any = true;
        if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'') {
            if (*at == text_len) {
                *broken = true;
                return false;
            }
            char next = text[(*at)++];
            if (quote == '"' && next != '"' && next != '\\') {
                out[(*len)++] = c;
            }
            out[(*len)++] = next;
        } else {
            out[(*len)++] = c;
        }
    }
    *broken = *broken || quote != '\0';
    return any && !*broken;
}
