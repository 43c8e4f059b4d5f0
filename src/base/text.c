/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

#include "base/utf8.h"

static bool is_control(unsigned char byte)
{
    return byte < 0x20U || byte == 0x7FU;
}

/* Characters that a terminal does not show but obeys: controls, and those that change the direction
 * of text, break lines, join or hide (Unicode's categories Cc, Zl and Zp, and a part of Cf). */
static bool is_invisible(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
        {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

void text_clean(char *text)
{
    size_t len = strlen(text);
    size_t at = 0;
    while (at < len) {
        uint32_t code = 0;
        size_t width = utf8_decode(text + at, len - at, &code);
        if (width == 0 && utf8_is_cut(text + at, len - at)) {
            text[at] = '\0';
            return;
        }
        if (width == 0 || is_invisible(code)) {
            width = width == 0 ? 1 : width;
            memset(text + at, '?', width);
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

int text_hex_value(char c)
{
    c = lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int text_hex_byte(const char *digits)
{
    int high = text_hex_value(digits[0]);
    int low = high >= 0 ? text_hex_value(digits[1]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

void text_hex(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[at[i] >> 4];
        *out++ = digits[at[i] & 15];
    }
    *out = '\0';
}

size_t text_word_len(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && text[at] > ' ' && text[at] < 0x7f) {
        at++;
    }
    return at;
}

bool text_is_uuid(const char *text)
{
    if (strlen(text) != TEXT_UUID_LEN) {
        return false;
    }
    for (size_t i = 0; i < TEXT_UUID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : text_hex_value(text[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* Reads digits up to max and advances *text past them. */
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

bool text_is_variable(const char *entry, const char *name)
{
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}
