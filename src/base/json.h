/* SPDX-License-Identifier: MIT */
/*
 * JSON (RFC 8259) that came from somewhere else, and strings on their way into JSON.
 * Used for the portal's answers and the cache. Only json.c includes jsmn: that is a tokenizer and
 * takes many things that are not JSON, so every text passes json_check first.
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
    JSON_NONE = -1,          /* in a node's place: not there */
    JSON_ROOT = 0,           /* the node that a document is */
    JSON_DEPTH_MAX = 32,     /* nested arrays and objects */
    JSON_NODES_MAX = 200000, /* values and keys: more than 1 MiB of tenants has */
    JSON_ROOM = 640          /* bytes for tokens in the document itself: 32 values and keys */
};

/* Nodes are numbers from JSON_ROOT on. The text belongs to the caller and must outlive this. */
struct json_doc {
    const char *text;
    struct json_token *tokens; /* NULL while they have room in here */
    int count;
    _Alignas(int) char room[JSON_ROOM];
};

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/*
 * Whether text is one JSON value and nothing else: grammar, numbers, escapes, UTF-8, depth, no NUL
 * and no \u0000. Sets *nodes to how many values and keys there are. 0, or -1 with ERR_UNAVAILABLE
 * and the byte where it stops being JSON.
 */
int json_check(const char *text, size_t len, size_t *nodes, struct err *err)
    __attribute__((warn_unused_result));

/* Checks and tokenizes. 0 or -1 as json_check. Release with json_done in either case. */
int json_parse(struct json_doc *doc, const char *text, size_t len, struct err *err)
    __attribute__((warn_unused_result));
void json_done(struct json_doc *doc);

enum json_type json_type(const struct json_doc *doc, int node);

/*
 * Finds a member of an object by its exact name; *node is JSON_NONE where there is none, or where
 * object is not an object. A name that occurs twice is an error: readers disagree about which of
 * the two counts.
 */
int json_member(const struct json_doc *doc, int object, const char *name, int *node,
                struct err *err) __attribute__((warn_unused_result));

/* Elements of an array in order: the first, the one after; JSON_NONE at the end or if no array. */
int json_first(const struct json_doc *doc, int array);
int json_next(const struct json_doc *doc, int array, int element);

/* Members of an object in order: the key's node; the value is the node behind it, key + 1.
 * JSON_NONE at the end or if no object. */
int json_first_key(const struct json_doc *doc, int object);
int json_next_key(const struct json_doc *doc, int object, int key);

/*
 * Members by name and type. A member that is missing or null leaves *found false (or the default)
 * and is no error; one of another type is. A string that does not fit into size is an error.
 */
int json_get_string(const struct json_doc *doc, int object, const char *name, char *out,
                    size_t size, bool *found, struct err *err) __attribute__((warn_unused_result));
int json_get_int(const struct json_doc *doc, int object, const char *name, int64_t *out,
                 bool *found, struct err *err) __attribute__((warn_unused_result));
int json_get_bool(const struct json_doc *doc, int object, const char *name, bool *out,
                  struct err *err) __attribute__((warn_unused_result));

/* A string node, decoded, with its NUL. */
int json_string(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
    __attribute__((warn_unused_result));

/* The same for a node of any simple type: a number or a boolean as it stands, null as "". */
int json_scalar(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
    __attribute__((warn_unused_result));

#endif
