/* SPDX-License-Identifier: MIT */
/*
 * What one line of an AWS file says, in the standard reading (std) and in botocore's (py).
 * Only ini_*.c and their test tool call it.
 * It must not know of documents, sections that came before, or edits.
 */
#ifndef AWS_INI_INI_TEXT_H
#define AWS_INI_INI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "aws/ini/ini.h"

/* A piece of somebody's text. */
struct ini_span {
    const char *at;
    size_t len;
};

/* What follows a blank line or a comment depends on the lines before; the rest does not. */
enum ini_line_kind { INI_BLANK, INI_COMMENT, INI_HEADER, INI_PROPERTY, INI_CONTINUATION };

/* Takes white space off both ends: for the SDKs blank and tab, around a profile's name every
 * Unicode space, for Python's str.strip also the controls 0x1c to 0x1f. */
struct ini_span ini_std_trim(struct ini_span text);
struct ini_span ini_unicode_trim(struct ini_span text);
struct ini_span ini_py_trim(struct ini_span text);

/* How many characters of Python's white space the text begins with. */
size_t ini_py_indent(struct ini_span text);

/* Where Python's str.splitlines would end a line inside text: the piece before it is returned and
 * *rest starts behind it. */
struct ini_span ini_py_piece(struct ini_span *rest);

bool ini_span_equal(struct ini_span a, struct ini_span b);
bool ini_span_is(struct ini_span text, const char *str);

/* Equal without regard to ASCII case. */
bool ini_std_key_equal(struct ini_span a, struct ini_span b);

/* Order of keys after Python's str.lower, as strcmp. Non-ASCII characters all count as the same
 * one, which spares Unicode's case tables: two such keys may compare equal when they are not. */
int ini_py_key_compare(struct ini_span a, struct ini_span b);

/* Position of the comment in a line of the standard reading, line.len where there is none. Behind
 * a property a comment needs a blank before it, behind a header it does not. */
size_t ini_std_comment(struct ini_span line, bool needs_blank);

/* The text between the brackets, as it stands. False where the line is no header. */
bool ini_std_header(struct ini_span line, struct ini_span *name);
bool ini_py_header(struct ini_span line, struct ini_span *name);

/* Key and value, both trimmed. False where there is no delimiter or no key. */
bool ini_std_property(struct ini_span line, struct ini_span *key, struct ini_span *value);
bool ini_py_property(struct ini_span line, struct ini_span *key, struct ini_span *value);

/* The profile that a header's text names by the standard rules. *prefixed tells [profile default]
 * from [default]. False where the section is no profile. */
bool ini_std_profile(enum ini_kind kind, struct ini_span header, struct ini_span *profile,
                     bool *prefixed);

/* The same for botocore, which takes the words of a header apart like a shell. The name is written
 * to out, which must have room for header.len bytes. */
bool ini_py_profile(enum ini_kind kind, struct ini_span header, char *out, size_t *len);

#endif
