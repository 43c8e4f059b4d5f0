/* SPDX-License-Identifier: MIT */
/*
 * The grammar of one line of an AWS file, by the standard rules (std) and by botocore's (py).
 * Private to aws/ini. Pure functions; a span never owns its bytes.
 */
#ifndef AWS_INI_INI_TEXT_H
#define AWS_INI_INI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/ini/ini.h"

/* A part of a text that is owned elsewhere. Not NUL-terminated. */
struct ini_span {
    const char *at;
    size_t len;
};

/* Whether an indented line is a continuation depends on the lines before it; the other kinds do
 * not. */
enum ini_line_kind { INI_BLANK, INI_COMMENT, INI_HEADER, INI_PROPERTY, INI_CONTINUATION };

/* The text without white space at both ends. std: blank and tab. unicode: Unicode's White_Space,
 * which the SDKs trim around profile names. py: the same and 0x1c to 0x1f, as Python's str.strip.
 */
struct ini_span ini_std_trim(struct ini_span text);
struct ini_span ini_unicode_trim(struct ini_span text);
struct ini_span ini_py_trim(struct ini_span text);

/* Number of characters of Python's white space at the start of the text. */
size_t ini_py_indent(struct ini_span text);

/* Splits at the first line end of Python's str.splitlines: returns the text before it, and sets
 * *rest to the text after it. */
struct ini_span ini_py_piece(struct ini_span *rest);

bool ini_span_equal(struct ini_span a, struct ini_span b);
bool ini_span_is(struct ini_span text, const char *str);

/* Whether the keys are equal apart from ASCII case. */
bool ini_std_key_equal(struct ini_span a, struct ini_span b);

/* Compares keys after Python's str.lower; the result is like strcmp's. All non-ASCII characters
 * count as the same character, so that no Unicode case table is needed: two different keys with
 * such characters may compare as equal. */
int ini_py_key_compare(struct ini_span a, struct ini_span b);

/* Offset of the comment in a line by the standard rules, line.len if there is none. In a property
 * (needs_blank) a comment must follow white space; after a header it need not. */
size_t ini_std_comment(struct ini_span line, bool needs_blank);

/* Sets *name to the untrimmed text between the brackets. False if the line is not a header. */
bool ini_std_header(struct ini_span line, struct ini_span *name);
bool ini_py_header(struct ini_span line, struct ini_span *name);

/* Sets key and value, both trimmed. False if the delimiter or the key is missing. */
bool ini_std_property(struct ini_span line, struct ini_span *key, struct ini_span *value);
bool ini_py_property(struct ini_span line, struct ini_span *key, struct ini_span *value);

/* The profile that a header names by the standard rules; header is the text between the brackets.
 * *prefixed is true for [profile default] and false for [default]. False if the section is not a
 * profile. */
bool ini_std_profile(enum ini_kind kind, struct ini_span header, struct ini_span *profile,
                     bool *prefixed);

/* The same for botocore, which splits a header into words as a shell does. Writes the name, without
 * a NUL, to out, which must have room for header.len bytes. */
bool ini_py_profile(enum ini_kind kind, struct ini_span header, char *out, size_t *len);

#endif
