/* SPDX-License-Identifier: MIT */
/*
 * Output formats of a JSON value. They are those of duploctl; a value that a format cannot express
 * is an error, never cut or guessed.
 */
#ifndef BASE_VALUE_JSON_FORMAT_H
#define BASE_VALUE_JSON_FORMAT_H

struct buf;
struct err;

enum json_format {
    JSON_FORMAT_JSON,   /* one line, with a blank after each comma and colon */
    JSON_FORMAT_YAML,   /* block style; see yaml_write.h */
    JSON_FORMAT_ENV,    /* NAME=value lines of an object without nested values; null is empty */
    JSON_FORMAT_CSV,    /* RFC 4180: an object, or a list of objects; the first names the columns */
    JSON_FORMAT_STRING, /* a string without quotes; other values as in JSON_FORMAT_JSON */
    JSON_FORMAT_COUNT
};

/* The names in the order of the enumeration, then NULL. */
extern const char *const json_format_names[JSON_FORMAT_COUNT + 1];

/*
 * Replaces a JSON text by its value in the format, ended by a newline. 0, or -1 with ERR_REJECTED
 * if the format cannot express it: a nested value, a name that is not a variable's or a control
 * character in an env line; in CSV a row that is not an object, or has a member without a column.
 * ERR_INTERNAL if the result is longer than the buffer may be, else errors of json_parse.
 */
int json_format_text(struct buf *text, enum json_format format, struct err *err)
    __attribute__((warn_unused_result));

#endif
