/* SPDX-License-Identifier: MIT */
#include "net/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"
#include "net/server_connections.h"
#include "net/server_dispatch.h"

enum {
    BACKLOG = 1024, /* the system may allow fewer */
    /* Between two batches the server reads everything that has arrived. So few, because a client
     * that sends its request right after it connects must be served before the oldest idle
     * connections are closed to make room. */
    ACCEPT_BATCH = 32,
    ROUNDS_MAX = 16,        /* of libmicrohttpd in one server_run */
    DESCRIPTORS_OTHER = 48, /* what the rest of the process may need */
    CONNECTIONS_LEAST = 8,
    SEND_TIMEOUT_S = 30, /* for a client that does not read its response */
};

/* Raises the limit of descriptors to what the connections need, or lowers the number of connections
 * to what the limit allows. */
static void fit_descriptors(struct server_options *options)
{
    struct rlimit limit;
    rlim_t other = DESCRIPTORS_OTHER + ACCEPT_BATCH;
    rlim_t want = (rlim_t)options->connections_max + other;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) {
        return;
    }
    limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < want) {
        bool room = limit.rlim_cur > other + CONNECTIONS_LEAST;
        options->connections_max = room ? (int)(limit.rlim_cur - other) : CONNECTIONS_LEAST;
    }
}

static struct MHD_Daemon *start_daemon(struct server *server)
{
    unsigned int connections = (unsigned int)server->options.connections_max + ACCEPT_BATCH;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_NO_THREAD_SAFETY,
        0, NULL, NULL, server_dispatch_request, server, MHD_OPTION_NOTIFY_CONNECTION,
        server_connections_notify, server, MHD_OPTION_UNESCAPE_CALLBACK, server_dispatch_unescape,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, server_dispatch_completed, server,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        server->options.header_max, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SEND_TIMEOUT_S,
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

struct server *server_new(const struct server_options *options, struct err *err)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    server->options = *options;
    fit_descriptors(&server->options);
    server->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->daemon = server->poll_fd >= 0 ? start_daemon(server) : NULL;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = -1};
    if (server->daemon == NULL ||
        epoll_ctl(server->poll_fd, EPOLL_CTL_ADD,
                  MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
                  &event) != 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot start the HTTP server");
        server_free(server);
        return NULL;
    }
    return server;
}

static void close_listeners(struct server *server)
{
    while (server->listener_count > 0) {
        server->listener_count--;
        close(server->listeners[server->listener_count]);
    }
}

void server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    close_listeners(server);
    if (server->daemon != NULL) {
        server->draining = true;
        server_wake(server); /* libmicrohttpd must not be stopped while a connection is suspended */
        MHD_stop_daemon(server->daemon);
    }
    if (server->poll_fd >= 0) {
        close(server->poll_fd);
    }
    free(server);
}

static int open_listener(const struct address *address)
{
    int fd = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    bool v6 = address->at.any.sa_family == AF_INET6;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        (!v6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
        bind(fd, &address->at.any, address->len) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    if (fd >= 0) {
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return -1;
}

/* Whether another address could be used instead; other failures are of the system. */
static bool is_fault_of_address(int error)
{
    return error == EADDRINUSE || error == EADDRNOTAVAIL || error == EACCES ||
           error == EAFNOSUPPORT;
}

int server_listen(struct server *server, struct address *address, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    if (server->listener_count == SERVER_LISTENERS_MAX) {
        return err_set(err, ERR_USAGE, "cannot listen on more than %d addresses",
                       SERVER_LISTENERS_MAX);
    }
    int fd = open_listener(address);
    if (fd < 0) {
        return err_set_errno(err, is_fault_of_address(errno) ? ERR_USAGE : ERR_INTERNAL,
                             "cannot listen on %s", text);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (getsockname(fd, &address->at.any, &address->len) != 0 ||
        epoll_ctl(server->poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot listen on %s", text);
        close(fd);
        return -1;
    }
    server->listeners[server->listener_count] = fd;
    server->listener_count++;
    return 0;
}

int server_fd(const struct server *server)
{
    return server->poll_fd;
}

static bool has_client(int listener)
{
    struct pollfd fd = {.fd = listener, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* Closes a connection if a client waits at the listener. If none can be closed, the listeners are
 * not polled for a moment. */
static bool make_room(struct server *server, int listener)
{
    if (!has_client(listener)) {
        return false;
    }
    bool made = server_connections_evict_oldest(server);
    if (!made) {
        server_connections_watch(server, false);
    }
    return made;
}

/* False when no more can be accepted for now. */
static bool accept_one(struct server *server, int listener)
{
    struct address peer = {.len = sizeof(peer.at)};
    if (server_connections_full(server) && !make_room(server, listener)) {
        return false;
    }
    int fd = accept4(listener, &peer.at.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        bool no_client = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!no_client) {
            /* The process or the machine is out of descriptors or memory. What the evicted
             * connection holds is free only after libmicrohttpd has closed it. */
            (void)make_room(server, listener);
        }
        return false;
    }
    if (MHD_add_connection(server->daemon, fd, &peer.at.any, peer.len) == MHD_YES) {
        server->accepted++;
    }
    return true;
}

static void accept_some(struct server *server)
{
    struct epoll_event events[SERVER_LISTENERS_MAX + 1];
    int count = epoll_wait(server->poll_fd, events, SERVER_LISTENERS_MAX + 1, 0);
    int accepted = 0;
    for (int i = 0; i < count && !server->paused; i++) {
        while (events[i].data.fd >= 0 && accepted < ACCEPT_BATCH &&
               accept_one(server, events[i].data.fd)) {
            accepted++;
        }
    }
}

/* Until nothing is left to do without waiting. */
static void run_daemon(struct server *server)
{
    MHD_run(server->daemon);
    for (int i = 0; i < ROUNDS_MAX && MHD_get_timeout_i(server->daemon) == 0; i++) {
        MHD_run(server->daemon);
    }
    server_dispatch_forget(server);
}

void server_wake(struct server *server)
{
    server_connections_resume(server, true);
}

void server_run(struct server *server)
{
    server_connections_evict_overdue(server);
    server_connections_resume(server, false);
    if (server->paused && server->resumes_ms <= server_connections_now_ms(server)) {
        server_connections_watch(server, true);
    }
    accept_some(server);
    run_daemon(server);
}

int server_timeout_ms(const struct server *server)
{
    int timeout_ms = MHD_get_timeout_i(server->daemon);
    int64_t due_ms = server_connections_due_ms(server);
    if (due_ms == INT64_MAX) {
        return timeout_ms;
    }
    int64_t left_ms = due_ms - server_connections_now_ms(server);
    left_ms = left_ms > 0 ? left_ms : 0;
    left_ms = left_ms < INT32_MAX ? left_ms : INT32_MAX;
    return timeout_ms >= 0 && timeout_ms < left_ms ? timeout_ms : (int)left_ms;
}

bool server_drain(struct server *server)
{
    close_listeners(server);
    server->draining = true;
    server_connections_close_idle(server);
    run_daemon(server);
    return server->open == 0;
}

struct server_counters server_count(const struct server *server)
{
    return (struct server_counters){
        .connections = server->open,
        .accepted = server->accepted,
        .requests = server->requests,
        .evicted = server->evicted,
    };
}
