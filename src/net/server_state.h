/* SPDX-License-Identifier: MIT */
/*
 * What the server knows of its connections. Shared by server.c, which opens, limits and closes
 * them, and server_request.c, which carries requests to the handler and answers back.
 */
#ifndef NET_SERVER_STATE_H
#define NET_SERVER_STATE_H

#include <microhttpd.h>

#include "net/server.h"

enum { SERVER_LISTENERS_MAX = 8 };

enum server_state {
    SERVER_WAITING, /* for the client to complete its next request */
    SERVER_HELD,    /* for the handler to have an answer */
    SERVER_SENDING, /* for the client to read it */
    SERVER_CLOSED,  /* shut down; libmicrohttpd has not seen it yet */
    SERVER_STATES
};

struct server_connection {
    struct server_connection *prev;
    struct server_connection *next;
    enum server_state state;
    struct MHD_Connection *mhd;
    int fd;
    int64_t since_ms;       /* of SERVER_WAITING and SERVER_SENDING */
    int64_t defer_until_ms; /* of SERVER_HELD */
    int64_t complete_ms;    /* of the request, 0 before */
    struct buf body;
};

/* In the order in which they came. */
struct server_list {
    struct server_connection *first;
    struct server_connection *last;
    int count;
};

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    int poll_fd;
    int listeners[SERVER_LISTENERS_MAX];
    int listener_count;
    bool paused;        /* not looking at listeners: nothing can make room */
    int64_t resumes_ms; /* when to look again, if no connection ends before */
    bool draining;
    struct server_list lists[SERVER_STATES];
    struct server_counters counters;
};

/* The three callbacks of libmicrohttpd, see its manual; context is the server. */
void server_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what);
void server_on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode why);
enum MHD_Result server_on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **request_context);

void server_move(struct server *server, struct server_connection *connection,
                 enum server_state state);

/* Looks at the listening sockets, or stops looking. */
void server_watch_listeners(struct server *server, bool watch);

#endif
