/* SPDX-License-Identifier: MIT */
/*
 * Queries: a part of JMESPath (https://jmespath.org/specification.html) with the same results. An
 * expression is names, quoted names, a.b, [N] (from the end if negative), [*], .[VALUE, ...] and
 * .{NAME: VALUE, ...}, and pipes. Everything else of JMESPath is a usage error.
 */
#ifndef BASE_VALUE_JSON_QUERY_H
#define BASE_VALUE_JSON_QUERY_H

struct buf;
struct err;
struct json_doc;

enum {
    JSON_QUERY_SIZE = 2048,       /* bytes of an expression with its NUL */
    JSON_QUERY_NODES_MAX = 256,   /* names, indexes and operators */
    JSON_QUERY_DEPTH_MAX = 32,    /* nested selections and projections */
    JSON_QUERY_NONE = -1,         /* instead of a node: the value itself */
    JSON_QUERY_WORK_MAX = 1 << 24 /* nodes that one run evaluates, so that every run ends */
};

enum json_query_kind {
    JSON_QUERY_FIELD,   /* the member with the name at names + value */
    JSON_QUERY_INDEX,   /* the element with the index value */
    JSON_QUERY_CHAIN,   /* right of the result of left: a.b, a[0], a | b */
    JSON_QUERY_PROJECT, /* right of each element of the result of left, without nulls */
    JSON_QUERY_LIST,    /* a list of the items from left on */
    JSON_QUERY_HASH,    /* an object of the items from left on */
    JSON_QUERY_ITEM     /* left, under the name at names + value in an object; then the item next */
};

struct json_query_node {
    enum json_query_kind kind;
    int value;
    int left;
    int right;
    int next;
};

/* A parsed expression. Needs no release. */
struct json_query {
    struct json_query_node nodes[JSON_QUERY_NODES_MAX];
    int count;
    int root;
    char names[JSON_QUERY_SIZE]; /* each with its NUL */
    int names_len;
};

/* Parses an expression. 0, or -1 with ERR_USAGE, which names the construct and its column. */
int json_query_parse(struct json_query *query, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the result for the document, as JSON, to out; null if nothing matches. 0, or -1:
 * ERR_UNAVAILABLE if an object has a requested name twice, ERR_INTERNAL if memory runs out or out
 * is full. */
int json_query_run(const struct json_query *query, const struct json_doc *doc, struct buf *out,
                   struct err *err) __attribute__((warn_unused_result));

#endif
