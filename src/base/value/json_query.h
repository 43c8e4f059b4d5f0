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

enum { JSON_QUERY_DEPTH_MAX = 32 /* nested selections and projections */ };

/* Checks an expression. 0, or -1 with ERR_USAGE, which names the construct and its column. */
int json_query_check(const char *query, struct err *err) __attribute__((warn_unused_result));

/* Replaces a JSON text by the result of the expression, as JSON; null if nothing matches. 0, or -1:
 * ERR_USAGE as json_query_check; ERR_UNAVAILABLE if the text is not JSON or an object has a
 * requested name twice; ERR_INTERNAL if memory runs out, or the result is longer than the buffer
 * may be. */
int json_query_run(const char *query, struct buf *json, struct err *err)
    __attribute__((warn_unused_result));

#endif
