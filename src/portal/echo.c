/* SPDX-License-Identifier: MIT */
#include "portal/echo.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* So many characters of a secret are not in a text by chance. */
enum { TELLING_LEN = 12 };

/* The first character of text, which may be escaped as in JSON or percent-encoded. Returns how many
 * bytes spell it. */
static size_t read_spelled(const char *text, char *out)
{
    bool in_json = text[0] == '\\' && text[1] == 'u' && text[2] == '0' && text[3] == '0';
    const char *hex = in_json ? text + 4 : text + 1;
    int high = in_json || text[0] == '%' ? text_hex_value(hex[0]) : -1;
    int low = high >= 0 ? text_hex_value(hex[1]) : -1;
    if (low >= 0) {
        *out = (char)(high * 16 + low);
        return (size_t)(hex + 2 - text);
    }
    bool escaped = text[0] == '\\' && text[1] != '\0';
    *out = escaped ? text[1] : text[0];
    return escaped ? 2 : 1;
}

/* How many bytes at the start of text are the secret, or a telling part of its beginning. */
static size_t secret_span(const char *text, const char *secret)
{
    size_t len = strlen(secret);
    if (strncmp(text, secret, len) == 0) {
        return len;
    }
    const char *at = text;
    for (size_t i = 0; i < len; i++) {
        char c = '\0';
        size_t width = read_spelled(at, &c);
        if (c != secret[i] && *at == secret[i]) {
            width = 1; /* a % or a backslash that is part of the secret */
        } else if (c != secret[i]) {
            return i >= TELLING_LEN ? (size_t)(at - text) : 0;
        }
        at += width;
    }
    return (size_t)(at - text);
}

/* How many bytes at the start of text are copies of the secret, one after the other. */
static size_t copies_span(const char *text, const char *secret)
{
    size_t whole = 0;
    size_t span = 0;
    while ((span = secret_span(text + whole, secret)) > 0) {
        whole += span;
    }
    return whole;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether two neighbours are in one word: of letters or of digits, so that an MFA code counts as a
 * word also after a letter. */
static bool joined(char left, char right)
{
    return (is_letter(left) && is_letter(right)) || (is_digit(left) && is_digit(right));
}

void echo_hide(char *text, const char *secret)
{
    size_t len = secret != NULL ? strlen(secret) : 0;
    char before = '\0';
    while (len > 0 && *text != '\0') {
        size_t span = copies_span(text, secret);
        bool is_part = joined(before, secret[0]) || joined(secret[len - 1], text[span]);
        if (span == 0 || (len < TELLING_LEN && is_part)) {
            span = 1;
        } else {
            memset(text, '*', span);
        }
        before = text[span - 1];
        text += span;
    }
}
