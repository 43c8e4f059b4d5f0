/* SPDX-License-Identifier: MIT */
/*
 * The HTTP server: one thread, one descriptor to poll, and limits on connections, sizes and times,
 * so that clients that never finish a request cannot lock out others. What the requests mean is
 * the handler's business (net/server_handler.h).
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server_handler.h"

struct address;
struct err;
struct server;

struct server_counters {
    int connections;   /* open now */
    uint64_t accepted; /* the rest: since server_new */
    uint64_t requests;
    uint64_t evicted; /* closed to make room, or because they took longer than timeout_ms */
};

/* Copies the options; does not listen yet. The caller frees it with server_free. NULL with
 * ERR_INTERNAL. */
struct server *server_new(const struct server_options *options, struct err *err);

/* Closes all connections. Accepts NULL. */
void server_free(struct server *server);

/* Listens on one more address, SERVER_LISTENERS_MAX at most. A port of 0 is replaced in *address by
 * the one that the system chose. ERR_USAGE if the address is in use or not of this machine. */
int server_listen(struct server *server, struct address *address, struct err *err)
    __attribute__((warn_unused_result));

/*
 * The caller's loop: wait until server_fd is readable or server_timeout_ms has passed (-1: no
 * limit), then call server_run, which does not block.
 */
int server_fd(const struct server *server);
int server_timeout_ms(const struct server *server);
void server_run(struct server *server);

/* Makes the next server_run call the handler for all requests that it has deferred. */
void server_wake(struct server *server);

/* Stops listening, closes idle connections now and the others after their response. Call it until
 * it returns true: no connection is left. */
bool server_drain(struct server *server);

struct server_counters server_count(const struct server *server);

#endif
