/* SPDX-License-Identifier: MIT */
/* The tokens of a query, and the errors about them. */
#ifndef BASE_VALUE_QUERY_TOKEN_H
#define BASE_VALUE_QUERY_TOKEN_H

#include <stddef.h>

struct err;

enum {
    JSON_QUERY_SIZE = 2048,       /* bytes of an expression with its NUL */
    JSON_QUERY_WORK_MAX = 1 << 25 /* tokens that one run reads, so that every run ends */
};

/* A token is its first character, or one of these. */
enum token { TOKEN_END = 0, TOKEN_NAME = 'a', TOKEN_NUMBER = '0', TOKEN_OTHER = '?' };

/* The state of a run. Set text and at, which is the beginning, and err. */
struct query {
    const char *text;
    const char *start; /* of the token */
    const char *at;    /* the end of the token */
    int token;
    int previous; /* the token before */
    const char *previous_start;
    int number;                 /* the value of the token */
    char name[JSON_QUERY_SIZE]; /* the same, without quotes */
    int depth;                  /* of nested parts */
    int work;
    struct err *err;
};

/* Reads the next token. 0, or -1: ERR_USAGE for an invalid quoted name, ERR_INTERNAL after
 * JSON_QUERY_WORK_MAX tokens. The text must be shorter than JSON_QUERY_SIZE. */
int query_next(struct query *query) __attribute__((warn_unused_result));

/* The same if the token is this one, else query_unexpected. */
int query_expect(struct query *query, int token) __attribute__((warn_unused_result));

/* The token cannot be here. Sets an error, which says so if the token begins a construct of
 * JMESPath that is missing here. Yields -1. */
int query_unexpected(const struct query *query);

/* The same for a construct, a name with a blank after it, whose text is known. */
int query_unsupported(const struct query *query, const char *construct, const char *start,
                      size_t len);

#endif
