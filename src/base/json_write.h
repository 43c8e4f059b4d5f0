/* SPDX-License-Identifier: MIT */
/*
 * The JSON writer: appends one value to a buffer, with commas where they belong and strings
 * escaped. The output is compact; json_write_line adds line breaks for people who read it.
 * Errors stick in the buffer (base/buf.h).
 */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct json_writer {
    struct buf *out;
    bool comma;  /* one comes before the next key or element */
    bool breaks; /* a new line and indent blanks come before the next token */
    int indent;
    bool spaced; /* a blank after each colon and comma; the caller sets it after json_writer_init */
};

void json_writer_init(struct json_writer *writer, struct buf *out);

/* Each begins a value: the root, an element of an array, or the member after json_write_key. */
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);

/* The name of the next member of an object. */
void json_write_key(struct json_writer *writer, const char *name);

/* text is UTF-8; quotes, backslashes and control characters are escaped. */
void json_write_string(struct json_writer *writer, const char *text);
void json_write_int(struct json_writer *writer, int64_t value);
void json_write_bool(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);

/* A value that is JSON already: len bytes. */
void json_write_raw(struct json_writer *writer, const char *json, size_t len);

/* A member of an object: key and value. */
void json_put_string(struct json_writer *writer, const char *name, const char *text);
void json_put_int(struct json_writer *writer, const char *name, int64_t value);
void json_put_bool(struct json_writer *writer, const char *name, bool value);

/* The next key, element or end starts on a new line after this many blanks. */
void json_write_line(struct json_writer *writer, int indent);

#endif
