/* SPDX-License-Identifier: MIT */
/*
 * Questions about text and the few conversions that every floor needs: UUIDs, numbers, digits.
 * Used for what comes from the network, the command line and files. Pure; allocates nothing.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_UUID_LEN = 36 };

/* Makes a string fit for a terminal, in place: control characters (C0, DEL, C1), characters that
 * are not seen but turn, hide or join what is (bidirectional controls, zero width, U+FEFF), and
 * bytes that are not UTF-8 become '?', one for each byte; a character that was cut off at the end
 * is dropped. */
void text_clean(char *text);

/* Any byte below 0x20, or 0x7f. */
bool text_has_control(const char *text, size_t len);

/* 0 to 15, or -1 for what is no hexadecimal digit. */
int text_hex_value(char c);

/* The byte (0 to 255) that two hexadecimal digits write, or -1. Reads the second only after the
 * first was a digit, so digits may be the end of a string. */
int text_hex_byte(const char *digits);

/* Writes 2 * len lower-case hexadecimal digits and a NUL. */
void text_hex(const void *bytes, size_t len, char *out);

/* How many bytes from the start of text are visible ASCII (0x21 to 0x7e): tokens and codes that go
 * into a header are one such word, and len is returned for them. */
size_t text_word_len(const char *text, size_t len);

/* 8-4-4-4-12 hexadecimal digits. */
bool text_is_uuid(const char *text);

/* A whole decimal number from min to max and nothing else. */
bool text_parse_int(const char *text, int64_t min, int64_t max, int64_t *value);

/* A duration: digits with an optional unit ms, s, m or h; seconds where there is none. */
bool text_parse_duration_ms(const char *text, int64_t max_ms, int64_t *value_ms);

/* Compares without regard to ASCII case and the locale. */
bool text_equal_nocase(const char *a, const char *b);

/* Copies count parts, one behind the other. False, and an empty out, where they do not fit. */
bool text_join(char *out, size_t size, const char *const *parts, size_t count);

/* Whether entry, NAME=VALUE as an environment has it, is of this variable. */
bool text_is_variable(const char *entry, const char *name);

/* Copies with its NUL. False, and an empty out, where it does not fit. */
bool text_copy(char *out, size_t size, const char *text);

#endif
