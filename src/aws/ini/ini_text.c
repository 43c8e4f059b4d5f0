/* SPDX-License-Identifier: MIT */
/* Character classes: white space, letter case, line ends. */
#include "aws/ini/ini_text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* The code point at the start of text and its width in bytes. A byte that is not valid UTF-8 is
 * returned as UINT32_MAX, which is in none of the classes below; ini_check rejects such texts. */
static uint32_t decode(struct ini_span text, size_t *width)
{
    uint32_t code = (unsigned char)text.at[0];
    if (code < 0x80) {
        *width = 1;
        return code;
    }
    code = UINT32_MAX;
    size_t len = utf8_decode(text.at, text.len, &code);
    *width = len > 0 ? len : 1;
    return code;
}

static bool is_std_space(uint32_t code)
{
    return code == ' ' || code == '\t';
}

static bool is_unicode_space(uint32_t code)
{
    if (code < 0x80) {
        return code == ' ' || (code >= 0x09 && code <= 0x0D);
    }
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static bool is_py_space(uint32_t code)
{
    return is_unicode_space(code) || (code >= 0x1C && code <= 0x1F);
}

/* Neither white space by any rules nor a part of a longer character. */
static bool is_visible_ascii(char c)
{
    return c > ' ' && c < 0x7F;
}

static struct ini_span trim(struct ini_span text, bool (*is_space)(uint32_t))
{
    size_t width = 0;
    if (text.len > 0 && is_visible_ascii(text.at[0]) && is_visible_ascii(text.at[text.len - 1])) {
        return text; /* of most lines nothing is trimmed */
    }
    while (text.len > 0 && is_space(decode(text, &width))) {
        text.at += width;
        text.len -= width;
    }
    while (text.len > 0) {
        size_t last = text.len - 1;
        while (last > 0 && ((unsigned char)text.at[last] & 0xC0U) == 0x80U) {
            last--;
        }
        struct ini_span end = {text.at + last, text.len - last};
        if (!is_space(decode(end, &width)) || width != end.len) {
            break;
        }
        text.len = last;
    }
    return text;
}

struct ini_span ini_std_trim(struct ini_span text)
{
    return trim(text, is_std_space);
}

struct ini_span ini_unicode_trim(struct ini_span text)
{
    return trim(text, is_unicode_space);
}

struct ini_span ini_py_trim(struct ini_span text)
{
    return trim(text, is_py_space);
}

size_t ini_py_indent(struct ini_span text)
{
    size_t count = 0;
    size_t width = 0;
    while (text.len > 0 && is_py_space(decode(text, &width))) {
        text.at += width;
        text.len -= width;
        count++;
    }
    return count;
}

struct ini_span ini_py_piece(struct ini_span *rest)
{
    struct ini_span piece = {rest->at, 0};
    while (rest->len > 0) {
        size_t width = 0;
        uint32_t code = decode(*rest, &width);
        rest->at += width;
        rest->len -= width;
        if ((code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
            code == 0x2028 || code == 0x2029) {
            break;
        }
        piece.len += width;
    }
    return piece;
}

bool ini_span_equal(struct ini_span a, struct ini_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool ini_span_is(struct ini_span text, const char *str)
{
    return ini_span_equal(text, (struct ini_span){str, strlen(str)});
}

static unsigned char ascii_lower(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + ('a' - 'A')) : byte;
}

bool ini_std_key_equal(struct ini_span a, struct ini_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.at[i]) != ascii_lower(b.at[i])) {
            return false;
        }
    }
    return true;
}

/* Removes the next character from the key and returns it in lower case. Two non-ASCII characters
 * have ASCII lower-case forms: the Kelvin sign (k), and I with dot above (i and a combining dot).
 */
static unsigned next_folded(struct ini_span *key, bool *dot)
{
    enum { OTHER = 0x80, KELVIN = 0x212A, I_WITH_DOT = 0x130 };
    size_t width = 0;
    if (*dot) {
        *dot = false;
        return OTHER;
    }
    uint32_t code = decode(*key, &width);
    unsigned folded = code < 0x80 ? ascii_lower(key->at[0]) : OTHER;
    if (code == KELVIN) {
        folded = 'k';
    } else if (code == I_WITH_DOT) {
        folded = 'i';
        *dot = true;
    }
    key->at += width;
    key->len -= width;
    return folded;
}

int ini_py_key_compare(struct ini_span a, struct ini_span b)
{
    bool a_dot = false;
    bool b_dot = false;
    while (a.len > 0 && b.len > 0 && a.at[0] == b.at[0] && is_visible_ascii(a.at[0])) {
        a = (struct ini_span){a.at + 1, a.len - 1};
        b = (struct ini_span){b.at + 1, b.len - 1};
    }
    while ((a.len > 0 || a_dot) && (b.len > 0 || b_dot)) {
        unsigned x = next_folded(&a, &a_dot);
        unsigned y = next_folded(&b, &b_dot);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (a.len > 0 || a_dot) - (b.len > 0 || b_dot);
}

/* The Rust SDK accepts any Unicode white space before a comment, although it trims only blanks and
 * tabs. */
size_t ini_std_comment(struct ini_span line, bool needs_blank)
{
    bool blank = !needs_blank;
    size_t at = 0;
    if (line.len == 0 ||
        (memchr(line.at, '#', line.len) == NULL && memchr(line.at, ';', line.len) == NULL)) {
        return line.len;
    }
    while (at < line.len) {
        size_t width = 0;
        uint32_t code = decode((struct ini_span){line.at + at, line.len - at}, &width);
        if ((code == '#' || code == ';') && blank) {
            return at;
        }
        blank = !needs_blank || is_unicode_space(code);
        at += width;
    }
    return line.len;
}
