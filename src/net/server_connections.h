/* SPDX-License-Identifier: MIT */
/*
 * The server's connections: which there are, what each waits for, and which are closed early.
 * Only the files net/server*.c include it.
 */
#ifndef NET_SERVER_CONNECTIONS_H
#define NET_SERVER_CONNECTIONS_H

#include <microhttpd.h>

#include "net/server_handler.h"

enum server_state {
    SERVER_WAITING,  /* for the client to complete its next request */
    SERVER_DEFERRED, /* for the handler to have a response */
    SERVER_SENDING,  /* for the client to read the response */
    SERVER_CLOSED,   /* shut down; libmicrohttpd has not noticed yet */
    SERVER_STATES
};

struct server_connection {
    struct server_connection *prev;
    struct server_connection *next;
    enum server_state state;
    struct MHD_Connection *mhd;
    int fd;
    int64_t since_ms;       /* in this state (server_connections_now_ms) */
    int64_t defer_until_ms; /* of SERVER_DEFERRED */
    int64_t complete_ms;    /* of the request; 0 before it is complete */
    struct buf body;
    size_t sending_len; /* bytes of the response's body */
};

/* Ordered by since_ms, the oldest first. */
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
    bool paused;        /* the listeners are not polled: there is no room for a connection */
    int64_t resumes_ms; /* when to poll them again, unless a connection ends before */
    bool draining;
    struct server_list lists[SERVER_STATES];
    struct MHD_Response *latest;            /* the latest of this server_run, or NULL */
    struct server_response latest_response; /* its headers; status and body are not used */
    const struct buf *latest_body;
    size_t sending_len; /* of all connections */
    int open;           /* connections */
    uint64_t accepted;
    uint64_t requests;
    uint64_t evicted;
};

/* The time, by the clock of the server's options. */
int64_t server_connections_now_ms(const struct server *server);

/* The connection of a libmicrohttpd handle; NULL if there was no memory for one. */
struct server_connection *server_connections_find(struct MHD_Connection *mhd);

/* MHD_OPTION_NOTIFY_CONNECTION; context is the server. */
void server_connections_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                               enum MHD_ConnectionNotificationCode what);

/* Puts the connection at the end of the list of another state, or of the same. */
void server_connections_move(struct server *server, struct server_connection *connection,
                             enum server_state state);

/* Polls the listening sockets, or stops it for a moment. */
void server_connections_watch(struct server *server, bool watch);

bool server_connections_full(const struct server *server);

/* Closes the connection that has waited longest for its next request, else one whose client does
 * not read its response. False if there is none. */
bool server_connections_evict_oldest(struct server *server);

/* Closes the connections that have taken longer than options.timeout_ms for a request. */
void server_connections_evict_overdue(struct server *server);

/* Closes all connections that wait for a request. */
void server_connections_close_idle(struct server *server);

/* Makes libmicrohttpd pass deferred requests on again: all, or those whose time has come. */
void server_connections_resume(struct server *server, bool all);

/* When one of the functions above has something to do next; INT64_MAX for never. */
int64_t server_connections_due_ms(const struct server *server);

#endif
