/* SPDX-License-Identifier: MIT */
/* UTF-8 (RFC 3629): the one decoder and the one encoder. Pure; allocates nothing. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_LEN_MAX = 4 };

/* Length in bytes (1 to 4) of the character that text begins with; *code, unless code is NULL, gets
 * its code point. 0 for an empty text, and for bytes that are not UTF-8: cut off, overlong, a
 * surrogate, or above U+10FFFF; *code is left alone then. */
size_t utf8_decode(const char *text, size_t len, uint32_t *code);

/* Writes the code point (at most U+10FFFF) without a NUL. Returns its length, 1 to 4. */
size_t utf8_encode(uint32_t code, char out[UTF8_LEN_MAX]);

/* Whether all of text is UTF-8. */
bool utf8_is_valid(const char *text, size_t len);

/* Whether text is the beginning of a character whose end is missing. text is not empty. */
bool utf8_is_cut(const char *text, size_t len);

/* Columns that the string takes on a terminal: 2 for wide East Asian characters and emoji, 0 for
 * combining marks, 1 for all others, and for each byte that is not UTF-8. */
size_t utf8_width(const char *text);

#endif
