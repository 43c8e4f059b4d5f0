/* SPDX-License-Identifier: MIT */
#include "net/server_connections.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"

enum {
    SEND_PATIENCE_MS = 1000, /* for a client that does not read, while others find no room */
    PAUSE_MS = 100,          /* before the listeners are polled again */
};

int64_t server_connections_now_ms(const struct server *server)
{
    const struct server_options *options = &server->options;
    return options->now_ms != NULL ? options->now_ms(options->context) : clock_mono_ms();
}

static void leave(struct server *server, struct server_connection *connection)
{
    struct server_list *list = &server->lists[connection->state];
    if (connection->prev != NULL) {
        connection->prev->next = connection->next;
    } else {
        list->first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    } else {
        list->last = connection->prev;
    }
    list->count--;
}

static void enter(struct server *server, struct server_connection *connection,
                  enum server_state state)
{
    struct server_list *list = &server->lists[state];
    connection->state = state;
    connection->since_ms = server_connections_now_ms(server);
    connection->prev = list->last;
    connection->next = NULL;
    if (list->last != NULL) {
        list->last->next = connection;
    } else {
        list->first = connection;
    }
    list->last = connection;
    list->count++;
}

void server_connections_move(struct server *server, struct server_connection *connection,
                             enum server_state state)
{
    leave(server, connection);
    enter(server, connection, state);
}

struct server_connection *server_connections_find(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static struct server_connection *open_connection(struct server *server, struct MHD_Connection *mhd)
{
    struct server_connection *connection = calloc(1, sizeof(*connection));
    if (connection != NULL) {
        connection->mhd = mhd;
        connection->fd =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        buf_init(&connection->body, server->options.body_max);
        enter(server, connection, SERVER_WAITING);
        server->open++;
    }
    return connection;
}

static void close_connection(struct server *server, struct server_connection *connection)
{
    if (connection != NULL) {
        leave(server, connection);
        buf_done(&connection->body);
        free(connection);
        server->open--;
        if (server->paused) {
            server_connections_watch(server, true);
        }
    }
}

void server_connections_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                               enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = open_connection(context, mhd);
    } else {
        close_connection(context, *socket_context);
    }
}

void server_connections_watch(struct server *server, bool watch)
{
    for (int i = 0; i < server->listener_count; i++) {
        struct epoll_event event = {.events = watch ? EPOLLIN : 0, .data.fd = server->listeners[i]};
        epoll_ctl(server->poll_fd, EPOLL_CTL_MOD, server->listeners[i], &event);
    }
    server->paused = !watch;
    server->resumes_ms = server_connections_now_ms(server) + PAUSE_MS;
}

/* libmicrohttpd reads the end of the connection and closes it. */
static void shut(struct server *server, struct server_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
    server_connections_move(server, connection, SERVER_CLOSED);
}

static void evict(struct server *server, struct server_connection *connection)
{
    server->evicted++;
    shut(server, connection);
}

bool server_connections_full(const struct server *server)
{
    return server->open - server->lists[SERVER_CLOSED].count >= server->options.connections_max;
}

/* A client that sends its request right after it connects is never the oldest that waits. */
bool server_connections_evict_oldest(struct server *server)
{
    struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    if (oldest == NULL) {
        oldest = server->lists[SERVER_SENDING].first;
        if (oldest == NULL ||
            oldest->since_ms + SEND_PATIENCE_MS > server_connections_now_ms(server)) {
            return false;
        }
    }
    evict(server, oldest);
    return true;
}

void server_connections_evict_overdue(struct server *server)
{
    int64_t now_ms = server_connections_now_ms(server);
    struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    while (oldest != NULL && oldest->since_ms + server->options.timeout_ms <= now_ms) {
        evict(server, oldest);
        oldest = server->lists[SERVER_WAITING].first;
    }
}

void server_connections_close_idle(struct server *server)
{
    while (server->lists[SERVER_WAITING].first != NULL) {
        shut(server, server->lists[SERVER_WAITING].first);
    }
}

void server_connections_resume(struct server *server, bool all)
{
    int64_t now_ms = server_connections_now_ms(server);
    struct server_connection *next = server->lists[SERVER_DEFERRED].first;
    while (next != NULL) {
        struct server_connection *connection = next;
        next = connection->next;
        if (all || connection->defer_until_ms <= now_ms) {
            server_connections_move(server, connection, SERVER_SENDING);
            MHD_resume_connection(connection->mhd);
        }
    }
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

int64_t server_connections_due_ms(const struct server *server)
{
    int64_t due_ms = INT64_MAX;
    const struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    if (oldest != NULL) {
        due_ms = oldest->since_ms + server->options.timeout_ms;
    }
    for (const struct server_connection *deferred = server->lists[SERVER_DEFERRED].first;
         deferred != NULL; deferred = deferred->next) {
        due_ms = sooner(due_ms, deferred->defer_until_ms);
    }
    return server->paused ? sooner(due_ms, server->resumes_ms) : due_ms;
}
