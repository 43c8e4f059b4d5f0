/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON (RFC 8259) from the network and from files. json.c alone includes jsmn, which is a
 * tokenizer and accepts much that is not JSON, so every text passes json_check first.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct json_token;

enum {
    JSON_NONE = -1,          /* instead of a node: there is none */
    JSON_ROOT = 0,           /* the node of the whole document */
    JSON_DEPTH_MAX = 32,     /* nested arrays and objects */
    JSON_NODES_MAX = 200000, /* values and keys; base/json_list.h has no limit on elements */
    JSON_ROOM = 640          /* bytes for tokens inside struct json_doc: 32 values and keys */
};

/* A parsed document. Its values and keys are nodes, numbered from JSON_ROOT. The text belongs to
 * the caller and must outlive the document. */
struct json_doc {
    const char *text;
    struct json_token *tokens; /* NULL while they fit into room */
    int count;
    _Alignas(int) char room[JSON_ROOM];
};

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/*
 * Checks that text is one JSON value and nothing else: grammar, numbers, escapes, UTF-8, depth, no
 * NUL and no \u0000. *nodes gets the number of values and keys. 0, or -1 with ERR_UNAVAILABLE and
 * the byte of the first error.
 */
int json_check(const char *text, size_t len, size_t *nodes, struct err *err)
    __attribute__((warn_unused_result));

/* The same for the value that text begins with, and *used gets its length with the blanks around
 * it. */
int json_check_value(const char *text, size_t len, size_t *used, size_t *nodes, struct err *err)
    __attribute__((warn_unused_result));

/* Checks and tokenizes. 0, or -1 with ERR_UNAVAILABLE as json_check, or with ERR_INTERNAL when
 * memory runs out. Release the document with json_done in either case. */
int json_parse(struct json_doc *doc, const char *text, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* The same for the value that text begins with; *used as in json_check_value. */
int json_parse_value(struct json_doc *doc, const char *text, size_t len, size_t *used,
                     struct err *err) __attribute__((warn_unused_result));

/* Accepts NULL, a zeroed document and a second call. */
void json_done(struct json_doc *doc);

enum json_type json_type(const struct json_doc *doc, int node);

/*
 * Finds a member of an object by its exact name. *node is JSON_NONE if there is none, or if object
 * is not an object. A name that occurs twice is ERR_UNAVAILABLE, because readers disagree about
 * which of the two counts.
 */
int json_member(const struct json_doc *doc, int object, const char *name, int *node,
                struct err *err) __attribute__((warn_unused_result));

/* The first element of an array, and the one after element. JSON_NONE after the last, and if array
 * is not an array. */
int json_first(const struct json_doc *doc, int array);
int json_next(const struct json_doc *doc, int array, int element);

/* The first key of an object, and the one after key. The value is the node key + 1. JSON_NONE after
 * the last, and if object is not an object. */
int json_first_key(const struct json_doc *doc, int object);
int json_next_key(const struct json_doc *doc, int object, int key);

/*
 * A member by name and type. 0 with *found false if it is missing or null; a string becomes ""
 * then, the others keep their value. ERR_UNAVAILABLE for a member of another type, for a string
 * that does not fit into size bytes with its NUL, and for a number that is not whole.
 */
int json_get_string(const struct json_doc *doc, int object, const char *name, char *out,
                    size_t size, bool *found, struct err *err) __attribute__((warn_unused_result));
int json_get_int(const struct json_doc *doc, int object, const char *name, int64_t *out,
                 bool *found, struct err *err) __attribute__((warn_unused_result));
int json_get_bool(const struct json_doc *doc, int object, const char *name, bool *out,
                  struct err *err) __attribute__((warn_unused_result));

/* The decoded text of a string node. ERR_UNAVAILABLE if it is not a string or does not fit. */
int json_string(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
    __attribute__((warn_unused_result));

/* The same for a node of any simple type: numbers and booleans as they are written, null as "". */
int json_scalar(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
    __attribute__((warn_unused_result));

/* The JSON text of a node, a string with its quotes. *len gets its length. */
const char *json_raw(const struct json_doc *doc, int node, size_t *len);

/* Appends the decoded text of a string, or any other node as it is written. */
void json_add_text(const struct json_doc *doc, int node, struct buf *out);

#endif
