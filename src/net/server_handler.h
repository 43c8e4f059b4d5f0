/* SPDX-License-Identifier: MIT */
/*
 * What the HTTP server and its handler exchange: a complete request, the response to it, and the
 * limits that the handler's owner sets. Include net/server.h, which brings this header with it.
 */
#ifndef NET_SERVER_HANDLER_H
#define NET_SERVER_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;

enum { SERVER_HEADERS_MAX = 8, SERVER_HEADER_SIZE = 512, SERVER_LISTENERS_MAX = 8 };

/* A complete request. All pointers are borrowed and valid until the handler returns. The server
 * itself responds 400 to a request with two Host, Authorization or Content-Length headers. */
struct server_request {
    const char *method;
    const char *path; /* up to the '?', percent-decoded; a decoded NUL is replaced by '\1' */
    const char *body; /* NUL-terminated; "" if there is none */
    size_t body_len;
    int64_t complete_ms; /* when it was complete (server_options.now_ms); the same on every call */
    bool must_respond;   /* SERVER_DEFER is not allowed: many requests wait already */
    int fd;              /* of the connection: not to be read or written */
    const void *fields;  /* passed to find */
    const char *(*find)(const void *fields, bool query, const char *name);
};

/* The value of a header (its name in any case) or of a query parameter (percent-decoded). NULL if
 * there is none, "" if it is empty. Valid until the handler returns. */
const char *server_header(const struct server_request *request, const char *name);
const char *server_query(const struct server_request *request, const char *name);

/* The handler gets it with status 500 and nothing else. */
struct server_response {
    int status;
    const char *content_type; /* a literal, or NULL for no Content-Type */
    struct buf body;          /* the server sends, wipes and frees it */
    struct {
        const char *name; /* a literal */
        char value[SERVER_HEADER_SIZE];
    } headers[SERVER_HEADERS_MAX];
    int header_count;
    bool close;             /* close the connection after this response */
    int64_t defer_until_ms; /* SERVER_DEFER: when to call again at the latest */
};

/* Adds a header and copies its value. ERR_INTERNAL if there are SERVER_HEADERS_MAX already, or the
 * value has control characters or SERVER_HEADER_SIZE bytes or more. */
int server_add_header(struct server_response *response, const char *name, const char *value,
                      struct err *err) __attribute__((warn_unused_result));

enum server_verdict {
    SERVER_RESPOND, /* send the response */
    SERVER_DEFER,   /* no response yet: call again at defer_until_ms or after server_wake */
};

struct server_options {
    int connections_max;
    size_t
        header_max;  /* bytes per connection for the request line and headers, and for those sent */
    size_t body_max; /* bytes of a request's body; more is 413, or closes the connection */
    int64_t timeout_ms; /* for a connection to complete its first or next request */
    void *context;      /* passed to handle and now_ms */
    /* The server's clock, in milliseconds. It may return the same time until the next server_run.
     * NULL: clock_mono_ms. */
    int64_t (*now_ms)(const void *context);
    enum server_verdict (*handle)(void *context, const struct server_request *request,
                                  struct server_response *response);
};

#endif
