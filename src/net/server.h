/* SPDX-License-Identifier: MIT */
/*
 * The HTTP server: one thread, one descriptor to poll, limits on everything a client can do.
 * The credential endpoint and the login's callback use it, each with a handler of its own. It knows
 * nothing of what is asked, and keeps clients that never finish a request from crowding out others.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct address;
struct err;
struct server;

enum { SERVER_HEADERS_MAX = 8, SERVER_HEADER_SIZE = 512 };

/* A request that is complete. Everything is borrowed and lives until the handler returns. A request
 * with two Host, Authorization or Content-Length headers never gets here: it is answered 400. */
struct server_request {
    const char *method;
    const char *path; /* up to the '?'; percent escapes are decoded */
    const char *body; /* "" where there is none; NUL-terminated */
    size_t body_len;
    int64_t complete_ms; /* base/clock.h, when it was complete: the same each time it is asked */
    const void *fields;  /* for find, which server_header and server_query call */
    const char *(*find)(const void *fields, bool query, const char *name);
};

/* The value of a header (any case) or of a decoded query parameter; NULL where there is none, ""
 * where it is empty. */
const char *server_header(const struct server_request *request, const char *name);
const char *server_query(const struct server_request *request, const char *name);

/* Starts as status 500 and empty. The server wipes the body after it was sent. */
struct server_response {
    int status;
    const char *content_type; /* NULL: none. A literal */
    struct buf body;
    struct {
        const char *name; /* a literal */
        char value[SERVER_HEADER_SIZE];
    } headers[SERVER_HEADERS_MAX];
    int header_count;
    bool close; /* end the connection after this answer */
    int64_t
        defer_until_ms; /* SERVER_LATER: ask again at this moment (base/clock.h) at the latest */
};

/* ERR_INTERNAL where there are too many, or the value is too long or has control characters. */
int server_add_header(struct server_response *response, const char *name, const char *value,
                      struct err *err) __attribute__((warn_unused_result));

enum server_verdict {
    SERVER_RESPOND, /* send it */
    SERVER_DEFER,   /* nothing yet; the handler is asked again, at later_ms or after server_wake */
};

struct server_options {
    int connections_max;
    size_t header_max; /* bytes of memory per connection: request line and headers, either way */
    size_t body_max;
    int64_t timeout_ms; /* how long a connection may take to complete its first or next request */
    void *context;
    enum server_verdict (*handle)(void *context, const struct server_request *request,
                                  struct server_response *response);
};

/* For /metrics. */
struct server_counters {
    int connections; /* open now */
    uint64_t accepted;
    uint64_t requests;
    uint64_t evicted; /* closed to make room, or because they took too long */
};

/* NULL with ERR_INTERNAL. Listens nowhere yet. */
struct server *server_new(const struct server_options *options, struct err *err);

/* Accepts NULL. Closes every connection. */
void server_free(struct server *server);

/* Any number of times. *address gets the port that the system chose where it was 0. ERR_USAGE
 * where the address is in use or not of this machine. */
int server_listen(struct server *server, struct address *address, struct err *err)
    __attribute__((warn_unused_result));

/*
 * The caller's loop: wait until server_fd is readable or server_timeout_ms (-1: no limit) is over,
 * then server_run, which does not block.
 */
int server_fd(const struct server *server);
int server_timeout_ms(const struct server *server);
void server_run(struct server *server);

/* Has the handler asked again, during the next server_run, for every request that waits. */
void server_wake(struct server *server);

/* Stops listening and closes connections that wait for a next request; those that are being
 * answered are closed after it. True when none is left. */
bool server_drain(struct server *server);

struct server_counters server_count(const struct server *server);

#endif
