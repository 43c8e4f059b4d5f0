/* SPDX-License-Identifier: MIT */
/*
 * The HTTP server of net/server.h on 127.0.0.1, run by the test itself, and clients for it that
 * send and receive raw bytes.
 */
#ifndef UNIT_LOCAL_SERVER_H
#define UNIT_LOCAL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "net/server.h"

enum {
    LOCAL_SERVER_LIMIT_MS = 10000, /* for anything that a test waits for */
    LOCAL_SERVER_LONG_MS = 60000,  /* longer than that */
    LOCAL_SERVER_TEXT_SIZE = 32 << 10,
    LOCAL_SERVER_BODY_MAX = 100,
    LOCAL_SERVER_HEADER_MAX = 4096,
};

struct local_server {
    struct server *server;
    struct address address;
    /* What the handler was called with last. */
    int calls;
    char path[64];
    char body[LOCAL_SERVER_BODY_MAX + 1];
    char query[64];  /* the parameter q; "(none)" if there is none */
    char header[64]; /* X-Test, the same */
    bool must_respond;
    int64_t complete_ms;
    /* What it does: defers for defer_ms, or responds with method, path and body. */
    bool defers;
    int64_t defer_ms;
    void (*respond)(struct server_response *response); /* changes the response, unless NULL */
};

/* Free local->server with server_free. */
void local_server_start(struct local_server *local, int connections_max, int64_t timeout_ms);

/* Runs the loop for this time, at least once. */
void local_server_run(struct local_server *local, int64_t ms);

/* A new connection; the caller closes it. */
int local_server_dial(const struct local_server *local);

void client_put(int fd, const char *text);

/* Appends to out what the server has sent. False once the server has closed the connection. */
bool client_take(int fd, char out[LOCAL_SERVER_TEXT_SIZE]);

/* Run the server until text has come, or until the server has closed the connection. */
void client_await_text(struct local_server *local, int fd, const char *text,
                       char out[LOCAL_SERVER_TEXT_SIZE]);
void client_await_close(struct local_server *local, int fd, char out[LOCAL_SERVER_TEXT_SIZE]);

#endif
