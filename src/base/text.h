/* SPDX-License-Identifier: MIT */
/*
 * Questions about strings and small conversions: words, hexadecimal digits, UUIDs, numbers,
 * durations. Used for text from the network, the command line and files. Independent of the locale;
 * pure; allocates nothing.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_UUID_LEN = 36 };

/*
 * Makes a string safe for a terminal, in place. Each byte becomes '?' of
 * - control characters (C0, DEL, C1),
 * - characters that are invisible but turn, hide or join others (bidirectional controls, zero width
 *   characters, U+FEFF),
 * - bytes that are not UTF-8.
 * A character that is cut off at the end is dropped, so the string may get shorter.
 */
void text_clean(char *text);

/* Whether any byte is below 0x20 or is 0x7f. */
bool text_has_control(const char *text, size_t len);

/* How many bytes from the start of text are visible ASCII (0x21 to 0x7e). Tokens and codes that go
 * into a header are one such word: the result is len for them. */
size_t text_word_len(const char *text, size_t len);

/* 0 to 15, or -1 if c is not a hexadecimal digit. */
int text_hex_value(char c);

/* The byte (0 to 255) that two hexadecimal digits write, or -1. Does not read the second character
 * unless the first is a digit, so digits may be the end of a string. */
int text_hex_byte(const char *digits);

/* Writes 2 * len lower-case hexadecimal digits and a NUL. */
void text_hex(const void *bytes, size_t len, char *out);

/* 8-4-4-4-12 hexadecimal digits in either case. */
bool text_is_uuid(const char *text);

/* Reads a decimal number from min to max, with nothing before or after it. False, with *value
 * unchanged, for anything else. */
bool text_parse_int(const char *text, int64_t min, int64_t max, int64_t *value);

/* Reads a duration of at most max_ms: digits with an optional unit (ms, s, m or h; seconds by
 * default). False, with *value_ms unchanged, for anything else. */
bool text_parse_duration_ms(const char *text, int64_t max_ms, int64_t *value_ms);

/* Whether the strings are equal but for the case of ASCII letters. */
bool text_equal_nocase(const char *a, const char *b);

/* Whether entry, NAME=VALUE as in an environment, is of the variable name. */
bool text_is_variable(const char *entry, const char *name);

/* Copies text, or count parts one after the other, into out, which has room for size bytes with the
 * NUL. False if they do not fit; out is "" then. size is at least 1. */
bool text_copy(char *out, size_t size, const char *text);
bool text_join(char *out, size_t size, const char *const *parts, size_t count);

#endif
