/* SPDX-License-Identifier: MIT */
#include "net/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/address.h"
#include "net/server_state.h"

enum {
    BACKLOG = 1024, /* the system may allow fewer */
    /* So few, because between two batches everything that was already sent is read: who connects
     * and asks at once is answered before the oldest silent connections make room. */
    ACCEPT_BATCH = 32,
    ROUNDS_MAX = 16,       /* of libmicrohttpd in one server_run */
    DESCRIPTORS_ELSE = 48, /* what the rest of the process may need */
    CONNECTIONS_LEAST = 8,
    SEND_TIMEOUT_S = 30,     /* for clients that do not read their answer */
    SEND_PATIENCE_MS = 1000, /* for them, while others find no room */
    PAUSE_MS = 100,
};

/* libmicrohttpd reads the end of the connection and closes it. */
static void shut(struct server *server, struct server_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
    server_move(server, connection, SERVER_CLOSED);
}

static void evicted(struct server *server, struct server_connection *connection)
{
    server->counters.evicted++;
    shut(server, connection);
}

void server_watch_listeners(struct server *server, bool watch)
{
    for (int i = 0; i < server->listener_count; i++) {
        struct epoll_event event = {.events = watch ? EPOLLIN : 0, .data.fd = server->listeners[i]};
        epoll_ctl(server->poll_fd, EPOLL_CTL_MOD, server->listeners[i], &event);
    }
    server->paused = !watch;
    server->resumes_ms = clock_mono_ms() + PAUSE_MS;
}

/* Descriptors for so many connections, or as many connections as there are descriptors. */
static void fit_descriptors(struct server_options *options)
{
    struct rlimit limit;
    rlim_t else_needed = DESCRIPTORS_ELSE + ACCEPT_BATCH;
    rlim_t want = (rlim_t)options->connections_max + else_needed;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) {
        return;
    }
    limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < want) {
        bool room = limit.rlim_cur > else_needed + CONNECTIONS_LEAST;
        options->connections_max = room ? (int)(limit.rlim_cur - else_needed) : CONNECTIONS_LEAST;
    }
}

/* A text ends at its NUL for everybody else: "/%00" must not be "/". */
static size_t unescape(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context;
    (void)mhd;
    size_t len = MHD_http_unescape(text);
    for (size_t i = 0; i < len; i++) {
        text[i] = text[i] != '\0' ? text[i] : '\1';
    }
    return len;
}

static struct MHD_Daemon *start_daemon(struct server *server)
{
    unsigned int connections = (unsigned int)server->options.connections_max + ACCEPT_BATCH;
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_NO_THREAD_SAFETY,
        0, NULL, NULL, server_on_request, server, MHD_OPTION_NOTIFY_CONNECTION,
        server_on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, server_on_completed, server, MHD_OPTION_CONNECTION_LIMIT,
        connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->options.header_max,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SEND_TIMEOUT_S,
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
        close(server->listeners[--server->listener_count]);
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
        server_wake(server); /* the library must not be stopped while it holds a request back */
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

int server_listen(struct server *server, struct address *address, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    if (server->listener_count == SERVER_LISTENERS_MAX) {
        return err_set(err, ERR_USAGE, "more than %d addresses to listen on", SERVER_LISTENERS_MAX);
    }
    int fd = open_listener(address);
    if (fd < 0) {
        return err_set_errno(err, ERR_USAGE, "cannot listen on %s", text);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (getsockname(fd, &address->at.any, &address->len) != 0 ||
        epoll_ctl(server->poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot listen on %s", text);
        close(fd);
        return -1;
    }
    server->listeners[server->listener_count++] = fd;
    return 0;
}

int server_fd(const struct server *server)
{
    return server->poll_fd;
}

/* The oldest of those that wait makes room, so that an honest client needs no luck: it sends its
 * request at once and is not among the oldest. After them, whoever does not read its answer. */
static bool shut_out_oldest(struct server *server)
{
    struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    if (oldest == NULL) {
        oldest = server->lists[SERVER_SENDING].first;
        if (oldest == NULL || clock_left_ms(oldest->since_ms + SEND_PATIENCE_MS) > 0) {
            return false;
        }
    }
    evicted(server, oldest);
    return true;
}

static bool is_full(const struct server *server)
{
    return server->counters.connections - server->lists[SERVER_CLOSED].count >=
           server->options.connections_max;
}

/* Nobody is shut out for nobody. */
static bool someone_waits(int listener)
{
    struct pollfd fd = {.fd = listener, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* Room for whoever waits at the listener, if somebody does; otherwise a pause. */
static bool make_room(struct server *server, int listener)
{
    if (!someone_waits(listener)) {
        return false;
    }
    bool made = shut_out_oldest(server);
    if (!made) {
        server_watch_listeners(server, false);
    }
    return made;
}

/* False when no more can be accepted for now. */
static bool accept_one(struct server *server, int listener)
{
    struct address peer = {.len = sizeof(peer.at)};
    if (is_full(server) && !make_room(server, listener)) {
        return false;
    }
    int fd = accept4(listener, &peer.at.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        bool nobody_came = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (!nobody_came) {
            /* No descriptors or no memory, in the process or in the machine; its room is free only
             * when libmicrohttpd has closed the connection. */
            (void)make_room(server, listener);
        }
        return false;
    }
    if (MHD_add_connection(server->daemon, fd, &peer.at.any, peer.len) == MHD_YES) {
        server->counters.accepted++;
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

/* Until nothing is left that could be done without waiting. */
static void run_daemon(struct server *server)
{
    MHD_run(server->daemon);
    for (int i = 0; i < ROUNDS_MAX && MHD_get_timeout_i(server->daemon) == 0; i++) {
        MHD_run(server->daemon);
    }
}

static void end_overdue(struct server *server)
{
    int64_t now_ms = clock_mono_ms();
    struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    while (oldest != NULL && oldest->since_ms + server->options.timeout_ms <= now_ms) {
        evicted(server, oldest);
        oldest = server->lists[SERVER_WAITING].first;
    }
}

/* Requests that were held back, all or those whose moment has come. libmicrohttpd calls for them
 * again when it runs. */
static void release_held(struct server *server, bool all)
{
    int64_t now_ms = clock_mono_ms();
    struct server_connection *next = server->lists[SERVER_HELD].first;
    while (next != NULL) {
        struct server_connection *connection = next;
        next = connection->next;
        if (all || connection->defer_until_ms <= now_ms) {
            server_move(server, connection, SERVER_SENDING);
            MHD_resume_connection(connection->mhd);
        }
    }
}

void server_wake(struct server *server)
{
    release_held(server, true);
}

void server_run(struct server *server)
{
    end_overdue(server);
    release_held(server, false);
    if (server->paused && clock_left_ms(server->resumes_ms) == 0) {
        server_watch_listeners(server, true);
    }
    accept_some(server);
    run_daemon(server);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

int server_timeout_ms(const struct server *server)
{
    int64_t until_ms = INT64_MAX;
    const struct server_connection *oldest = server->lists[SERVER_WAITING].first;
    int timeout_ms = MHD_get_timeout_i(server->daemon);
    if (oldest != NULL) {
        until_ms = oldest->since_ms + server->options.timeout_ms;
    }
    for (const struct server_connection *held = server->lists[SERVER_HELD].first; held != NULL;
         held = held->next) {
        until_ms = sooner(until_ms, held->defer_until_ms);
    }
    if (server->paused) {
        until_ms = sooner(until_ms, server->resumes_ms);
    }
    if (until_ms == INT64_MAX) {
        return timeout_ms;
    }
    int64_t left_ms = sooner(clock_left_ms(until_ms), INT32_MAX);
    return timeout_ms >= 0 && timeout_ms < left_ms ? timeout_ms : (int)left_ms;
}

bool server_drain(struct server *server)
{
    close_listeners(server);
    server->draining = true;
    while (server->lists[SERVER_WAITING].first != NULL) {
        shut(server, server->lists[SERVER_WAITING].first);
    }
    run_daemon(server);
    return server->counters.connections == 0;
}

struct server_counters server_count(const struct server *server)
{
    return server->counters;
}
