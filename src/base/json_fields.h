/* SPDX-License-Identifier: MIT */
/*
 * An object of strings and numbers, described by one table that both reads and writes it: for files
 * that this program writes and reads again.
 */
#ifndef BASE_JSON_FIELDS_H
#define BASE_JSON_FIELDS_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct json_doc;
struct json_writer;

/* A string if text is not NULL, else a number. */
struct json_field {
    const char *name;
    char *text;
    size_t size; /* of the array that text points to */
    int64_t *number;
};

/* Reads the fields of the root object. A missing string becomes "", a missing number stays as it
 * is. Errors are those of json_get_string and json_get_int. */
int json_read_fields(const struct json_doc *doc, const struct json_field *fields, size_t count,
                     struct err *err) __attribute__((warn_unused_result));

/* Writes the fields as members of the object that was begun last. */
void json_put_fields(struct json_writer *writer, const struct json_field *fields, size_t count);

#endif
