/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0U) == 0x80U;
}

/* How many bytes a character with this first byte has, which is not ASCII; 0 if no character begins
 * so. */
static size_t lead_len(unsigned char lead)
{
    return (lead & 0xE0U) == 0xC0U   ? 2
           : (lead & 0xF0U) == 0xE0U ? 3
           : (lead & 0xF8U) == 0xF0U ? 4
                                     : 0;
}

/* The least code point that needs so many bytes; a lower one is an overlong form. */
static const uint32_t least[UTF8_LEN_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};

static size_t decode_long(const unsigned char *bytes, size_t len, uint32_t *code)
{
    size_t want = lead_len(bytes[0]);
    if (want == 0 || want > len) {
        return 0;
    }
    uint32_t found = bytes[0] & (0xFFU >> (want + 1));
    for (size_t i = 1; i < want; i++) {
        if (!is_continuation(bytes[i])) {
            return 0;
        }
        found = (found << 6) | (bytes[i] & 0x3FU);
    }
    bool surrogate = found >= 0xD800 && found <= 0xDFFF;
    if (found < least[want] || found > 0x10FFFF || surrogate) {
        return 0;
    }
    if (code != NULL) {
        *code = found;
    }
    return want;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (len == 0 || bytes[0] >= 0x80) {
        return len == 0 ? 0 : decode_long(bytes, len, code);
    }
    if (code != NULL) {
        *code = bytes[0];
    }
    return 1;
}

size_t utf8_encode(uint32_t code, char out[UTF8_LEN_MAX])
{
    static const unsigned lead[UTF8_LEN_MAX + 1] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t len = code < least[2] ? 1 : code < least[3] ? 2 : code < least[4] ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80U | (code & 0x3FU));
        code >>= 6;
    }
    out[0] = (char)(lead[len] | code);
    return len;
}

bool utf8_is_valid(const char *text, size_t len)
{
    size_t width = 0;
    for (size_t at = 0; at < len; at += width) {
        width = utf8_decode(text + at, len - at, NULL);
        if (width == 0) {
            return false;
        }
    }
    return true;
}

bool utf8_is_cut(const char *text, size_t len)
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

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* The blocks that matter, not every character of Unicode's tables. */
static size_t width_of(uint32_t code)
{
    static const struct range wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
        {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF},
        {0x20000, 0x3FFFD},
    };
    static const struct range combining[] = {
        {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x1AB0, 0x1AFF},
        {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    };
    if (code < combining[0].first) {
        return 1;
    }
    return is_in(combining, sizeof(combining) / sizeof(combining[0]), code) ? 0
           : is_in(wide, sizeof(wide) / sizeof(wide[0]), code)              ? 2
                                                                            : 1;
}

size_t utf8_width(const char *text)
{
    size_t len = strlen(text);
    size_t width = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code = 0; /* for a byte that is not UTF-8 */
        size_t used = utf8_decode(text + at, len - at, &code);
        width += width_of(code);
        at += used > 0 ? used : 1;
    }
    return width;
}
