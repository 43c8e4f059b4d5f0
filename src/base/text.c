/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0U) == 0x80U;
}

/* How many bytes a character with this first byte has; 0 where none starts so. */
static size_t lead_len(unsigned char lead)
{
    return lead < 0x80U              ? 1
           : (lead & 0xE0U) == 0xC0U ? 2
           : (lead & 0xF0U) == 0xE0U ? 3
           : (lead & 0xF8U) == 0xF0U ? 4
                                     : 0;
}

/* The least code point that needs so many bytes; a lower one is an overlong form. */
static const uint32_t utf8_least[5] = {0, 0, 0x80, 0x800, 0x10000};

size_t text_utf8_len(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (len == 0) {
        return 0;
    }
    size_t want = lead_len(bytes[0]);
    if (want <= 1 || want > len) {
        return want <= len ? want : 0;
    }
    uint32_t code = bytes[0] & (0xFFU >> (want + 1));
    for (size_t i = 1; i < want; i++) {
        if (!is_continuation(bytes[i])) {
            return 0;
        }
        code = (code << 6) | (bytes[i] & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < utf8_least[want] || code > 0x10FFFF || surrogate ? 0 : want;
}

/* Whether all of text is the beginning of a character whose end is missing. */
static bool is_stump(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (lead_len(bytes[0]) <= len) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(bytes[i])) {
            return false;
        }
    }
    return true;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20U || byte == 0x7FU;
}

void text_clean(char *text)
{
    size_t len = strlen(text);
    size_t at = 0;
    while (at < len) {
        size_t width = text_utf8_len(text + at, len - at);
        unsigned char first = (unsigned char)text[at];
        if (width == 0 && is_stump(text + at, len - at)) {
            text[at] = '\0';
            return;
        }
        /* U+0080 to U+009F, the C1 controls, are C2 80 to C2 9F. */
        bool c1 = width == 2 && first == 0xC2U && (unsigned char)text[at + 1] < 0xA0U;
        if (width == 0 || is_control(first)) {
            text[at] = '?';
            width = 1;
        } else if (c1) {
            text[at] = '?';
            text[at + 1] = '?';
        }
        at += width;
    }
}

bool text_has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_control((unsigned char)text[i])) {
            return true;
        }
    }
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_is_uuid(const char *text)
{
    if (strlen(text) != TEXT_UUID_LEN) {
        return false;
    }
    for (size_t i = 0; i < TEXT_UUID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = lower(text[i]);
        bool hex = is_digit(c) || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex) {
            return false;
        }
    }
    return true;
}

/* Reads digits up to max and moves *text behind them. */
static bool parse_digits(const char **text, int64_t max, int64_t *value)
{
    const char *at = *text;
    int64_t sum = 0;
    if (!is_digit(*at)) {
        return false;
    }
    for (; is_digit(*at); at++) {
        int64_t digit = *at - '0';
        if (sum > (max - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *text = at;
    *value = sum;
    return true;
}

bool text_parse_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = *text == '-';
    const char *at = text + (negative ? 1 : 0);
    int64_t sum = 0;
    if (!parse_digits(&at, INT64_MAX, &sum) || *at != '\0') {
        return false;
    }
    sum = negative ? -sum : sum;
    if (sum < min || sum > max) {
        return false;
    }
    *value = sum;
    return true;
}

bool text_parse_duration_ms(const char *text, int64_t max_ms, int64_t *value_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
    int64_t count = 0;
    if (!parse_digits(&text, max_ms, &count)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text, units[i].name) == 0) {
            if (count > max_ms / units[i].ms) {
                return false;
            }
            *value_ms = count * units[i].ms;
            return true;
        }
    }
    return false;
}

bool text_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len >= size) {
        out[0] = '\0';
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

bool text_join(char *out, size_t size, const char *const *parts, size_t count)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!text_copy(out + used, size - used, parts[i])) {
            out[0] = '\0';
            return false;
        }
        used += strlen(parts[i]);
    }
    return true;
}
