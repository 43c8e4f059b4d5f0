/* SPDX-License-Identifier: MIT */
/* From a complete request to the handler, and from its answer to the client. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "net/server_state.h"

/* What answers without a body point to. */
static char nothing[1];

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

void server_move(struct server *server, struct server_connection *connection,
                 enum server_state state)
{
    connection->since_ms = clock_mono_ms();
    leave(server, connection);
    enter(server, connection, state);
}

static void await_request(struct server *server, struct server_connection *connection)
{
    buf_done(&connection->body);
    connection->complete_ms = 0;
    server_move(server, connection, SERVER_WAITING);
}

static struct server_connection *connection_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void server_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct server_connection *connection = calloc(1, sizeof(*connection));
        *socket_context = connection;
        if (connection != NULL) {
            connection->mhd = mhd;
            connection->fd =
                MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
            connection->since_ms = clock_mono_ms();
            buf_init(&connection->body, server->options.body_max);
            enter(server, connection, SERVER_WAITING);
            server->counters.connections++;
        }
        return;
    }
    struct server_connection *connection = *socket_context;
    if (connection != NULL) {
        leave(server, connection);
        buf_done(&connection->body);
        free(connection);
        server->counters.connections--;
        if (server->paused) {
            server_watch_listeners(server, true);
        }
    }
}

void server_on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode why)
{
    struct server_connection *connection = connection_of(mhd);
    (void)request_context;
    (void)why;
    if (connection != NULL && connection->state != SERVER_CLOSED) {
        await_request(context, connection);
    }
}

static const char *find(const void *fields, bool query, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    /* The library does not change the connection here, but its signature does not say so. */
    union {
        const void *fields;
        struct MHD_Connection *mhd;
    } connection = {.fields = fields};
    if (MHD_lookup_connection_value_n(connection.mhd,
                                      query ? MHD_GET_ARGUMENT_KIND : MHD_HEADER_KIND, name,
                                      strlen(name), &value, &len) != MHD_YES) {
        return NULL;
    }
    return value != NULL ? value : "";
}

const char *server_header(const struct server_request *request, const char *name)
{
    return request->find(request->fields, false, name);
}

const char *server_query(const struct server_request *request, const char *name)
{
    return request->find(request->fields, true, name);
}

int server_add_header(struct server_response *response, const char *name, const char *value,
                      struct err *err)
{
    int at = response->header_count;
    if (at == SERVER_HEADERS_MAX || text_has_control(value, strlen(value)) ||
        !text_copy(response->headers[at].value, sizeof(response->headers[at].value), value)) {
        return err_set(err, ERR_INTERNAL, "cannot answer with the header %s", name);
    }
    response->headers[at].name = name;
    response->header_count++;
    return 0;
}

/* Headers that proxies and servers have been made to disagree about by sending them twice. */
static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    static const char *const names[] = {"Host", "Authorization", "Content-Length"};
    int *counts = context;
    (void)kind;
    (void)value;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal_nocase(name, names[i])) {
            counts[i]++;
            counts[3] |= counts[i] > 1;
        }
    }
    return MHD_YES;
}

/* The status of a request that no handler needs to see, or 0. */
static int refuse(const struct server *server, struct MHD_Connection *mhd)
{
    int counts[4] = {0};
    int64_t len = 0;
    const char *text = find(mhd, false, "Content-Length");
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_header, counts);
    if (counts[3] != 0) {
        return MHD_HTTP_BAD_REQUEST;
    }
    if (text != NULL &&
        (!text_parse_int(text, 0, INT64_MAX, &len) || (uint64_t)len > server->options.body_max)) {
        return MHD_HTTP_CONTENT_TOO_LARGE;
    }
    return 0;
}

static enum MHD_Result send_status(struct MHD_Connection *mhd, int status)
{
    struct MHD_Response *mhd_response = MHD_create_response_from_buffer_static(0, nothing);
    if (mhd_response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(mhd_response, "Connection", "close");
    if (result == MHD_YES) {
        result = MHD_queue_response(mhd, (unsigned int)status, mhd_response);
    }
    MHD_destroy_response(mhd_response);
    return result;
}

static void free_body(void *body)
{
    buf_done(body);
    free(body);
}

/* The body moves out of the answer; whatever happens, somebody wipes it. */
static struct MHD_Response *make_response(struct server_response *response)
{
    struct buf *body = malloc(sizeof(*body));
    if (body == NULL) {
        return NULL;
    }
    *body = response->body;
    response->body = (struct buf){0};
    void *data = body->data != NULL ? body->data : nothing;
    struct MHD_Response *mhd_response =
        MHD_create_response_from_buffer_with_free_callback_cls(body->len, data, free_body, body);
    if (mhd_response == NULL) {
        free_body(body);
    }
    return mhd_response;
}

static enum MHD_Result send_answer(struct server *server, struct MHD_Connection *mhd,
                                   struct server_response *response)
{
    struct MHD_Response *mhd_response = make_response(response);
    if (mhd_response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_YES;
    if (response->content_type != NULL) {
        result = MHD_add_response_header(mhd_response, "Content-Type", response->content_type);
    }
    for (int i = 0; result == MHD_YES && i < response->header_count; i++) {
        result = MHD_add_response_header(mhd_response, response->headers[i].name,
                                         response->headers[i].value);
    }
    if (result == MHD_YES && (response->close || server->draining)) {
        result = MHD_add_response_header(mhd_response, "Connection", "close");
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(mhd, (unsigned int)response->status, mhd_response);
    }
    MHD_destroy_response(mhd_response);
    return result;
}

/* The request is complete; asked again after each LATER. */
static enum MHD_Result handle(struct server *server, struct server_connection *connection,
                              const char *method, const char *path)
{
    struct server_response response = {.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
    buf_init(&response.body, 1 << 20);
    if (connection->complete_ms == 0) {
        connection->complete_ms = clock_mono_ms();
        server->counters.requests++;
    }
    const struct server_request request = {
        .method = method,
        .path = path,
        .body = buf_str(&connection->body),
        .body_len = connection->body.len,
        .complete_ms = connection->complete_ms,
        .fields = connection->mhd,
        .find = find,
    };
    enum MHD_Result result = MHD_YES;
    if (server->options.handle(server->options.context, &request, &response) == SERVER_DEFER) {
        connection->defer_until_ms = response.defer_until_ms;
        server_move(server, connection, SERVER_HELD);
        MHD_suspend_connection(connection->mhd);
    } else {
        server_move(server, connection, SERVER_SENDING);
        result = send_answer(server, connection->mhd, &response);
    }
    buf_done(&response.body);
    return result;
}

/* libmicrohttpd calls it for the headers, for each piece of the body, and once all is there. */
enum MHD_Result server_on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **request_context)
{
    struct server *server = context;
    struct server_connection *connection = connection_of(mhd);
    (void)version;
    if (connection == NULL) {
        return MHD_NO;
    }
    if (*request_context == NULL) {
        *request_context = connection;
        int status = refuse(server, mhd);
        return status != 0 ? send_status(mhd, status) : MHD_YES;
    }
    if (*data_len > 0) {
        buf_add(&connection->body, data, *data_len);
        *data_len = 0;
        return buf_failed(&connection->body) ? MHD_NO : MHD_YES;
    }
    return handle(server, connection, method, path);
}
