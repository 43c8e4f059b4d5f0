/* SPDX-License-Identifier: MIT */
#include "net/server_dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/server_connections.h"

enum {
    RESPONSE_MAX = 16 << 20, /* bytes of a body */
    SENDING_MAX = 16 << 20,  /* of all responses that are being sent */
};

/* The body of responses that have none: libmicrohttpd wants a pointer. */
static char nothing[1];

static void note_sending(struct server *server, struct server_connection *connection, size_t len)
{
    server->sending_len += len - connection->sending_len;
    connection->sending_len = len;
}

void server_dispatch_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                               enum MHD_RequestTerminationCode why)
{
    struct server_connection *connection = server_connections_find(mhd);
    (void)request_context;
    (void)why;
    if (connection != NULL && connection->state != SERVER_CLOSED) {
        buf_done(&connection->body);
        connection->complete_ms = 0;
        note_sending(context, connection, 0);
        server_connections_move(context, connection, SERVER_WAITING);
    }
}

/* C strings end at a NUL: "/%00x" must not become "/". */
size_t server_dispatch_unescape(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context;
    (void)mhd;
    size_t len = MHD_http_unescape(text);
    for (size_t i = 0; i < len; i++) {
        text[i] = text[i] != '\0' ? text[i] : '\1';
    }
    return len;
}

/* server_request.find */
static const char *find(const void *fields, bool query, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    /* libmicrohttpd does not change the connection here, but its signature does not say so. */
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

/* Counts the headers that proxies and servers interpret differently if they are sent twice. */
enum { SINGLE_HEADERS = 3 };

struct header_counts {
    int each[SINGLE_HEADERS];
    bool repeated;
};

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    static const char *const names[SINGLE_HEADERS] = {"Host", "Authorization", "Content-Length"};
    struct header_counts *counts = context;
    (void)kind;
    (void)value;
    for (size_t i = 0; i < SINGLE_HEADERS; i++) {
        if (text_equal_nocase(name, names[i])) {
            counts->each[i]++;
            counts->repeated = counts->repeated || counts->each[i] > 1;
        }
    }
    return MHD_YES;
}

/* The status for a request that is rejected by its headers; 0 if it is not. */
static int check_headers(const struct server *server, struct MHD_Connection *mhd)
{
    struct header_counts counts = {0};
    int64_t len = 0;
    const char *text = find(mhd, false, "Content-Length");
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_header, &counts);
    if (counts.repeated) {
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

/* Moves the body out of the response: libmicrohttpd sends it later, and frees it by free_body,
 * which wipes it. */
static struct MHD_Response *move_body(struct server *server, struct server_response *response)
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
    if (mhd_response != NULL) {
        server->latest_body = body;
    } else {
        free_body(body);
    }
    return mhd_response;
}

/* NULL if there is no memory. */
static struct MHD_Response *make_response(struct server *server, struct server_response *response)
{
    struct MHD_Response *mhd_response = move_body(server, response);
    enum MHD_Result result = mhd_response != NULL ? MHD_YES : MHD_NO;
    if (result == MHD_YES && response->content_type != NULL) {
        result = MHD_add_response_header(mhd_response, "Content-Type", response->content_type);
    }
    for (int i = 0; result == MHD_YES && i < response->header_count; i++) {
        result = MHD_add_response_header(mhd_response, response->headers[i].name,
                                         response->headers[i].value);
    }
    if (result == MHD_YES && response->close) {
        result = MHD_add_response_header(mhd_response, "Connection", "close");
    }
    if (result != MHD_YES && mhd_response != NULL) {
        MHD_destroy_response(mhd_response);
        mhd_response = NULL;
    }
    return mhd_response;
}

/* memcmp of musl compares single bytes. */
static bool same_bytes(const char *a, const char *b, size_t len)
{
    uint64_t different = 0;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
        uint64_t left;
        uint64_t right;
        memcpy(&left, a + i, sizeof(left));
        memcpy(&right, b + i, sizeof(right));
        different |= left ^ right;
    }
    return different == 0 && memcmp(a + i, b + i, len - i) == 0;
}

/* Whether the latest response has the same headers and the same body. Its status may differ. */
static bool is_latest(const struct server *server, const struct server_response *response)
{
    const struct server_response *latest = &server->latest_response;
    if (server->latest == NULL || response->content_type != latest->content_type ||
        response->header_count != latest->header_count || response->close != latest->close ||
        response->body.len != server->latest_body->len) {
        return false;
    }
    for (int i = 0; i < response->header_count; i++) {
        if (response->headers[i].name != latest->headers[i].name ||
            strcmp(response->headers[i].value, latest->headers[i].value) != 0) {
            return false;
        }
    }
    return response->body.len == 0 ||
           same_bytes(response->body.data, server->latest_body->data, response->body.len);
}

static void copy_headers(struct server_response *to, const struct server_response *from)
{
    to->content_type = from->content_type;
    to->close = from->close;
    to->header_count = from->header_count;
    for (int i = 0; i < from->header_count; i++) {
        to->headers[i].name = from->headers[i].name;
        text_copy(to->headers[i].value, sizeof(to->headers[i].value), from->headers[i].value);
    }
}

void server_dispatch_forget(struct server *server)
{
    if (server->latest != NULL) {
        MHD_destroy_response(server->latest);
        server->latest = NULL;
    }
}

/* Under load most requests are for the same credentials: one object of libmicrohttpd is the
 * response to all of them. */
static enum MHD_Result send_response(struct server *server, struct MHD_Connection *mhd,
                                     struct server_response *response)
{
    response->close = response->close || server->draining;
    if (!is_latest(server, response)) {
        server_dispatch_forget(server);
        server->latest = make_response(server, response);
        copy_headers(&server->latest_response, response);
    }
    return server->latest != NULL
               ? MHD_queue_response(mhd, (unsigned int)response->status, server->latest)
               : MHD_NO;
}

/* Clients that do not read their responses must not take all memory. */
static void limit_memory(const struct server *server, struct server_response *response)
{
    if (response->body.len > SENDING_MAX - server->sending_len) {
        buf_done(&response->body);
        response->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        response->content_type = NULL;
    }
}

/* For a complete request; again after each SERVER_DEFER. */
static enum MHD_Result call_handler(struct server *server, struct server_connection *connection,
                                    const char *method, const char *path)
{
    struct server_response response; /* not initialised as a whole: the headers have 4 KiB */
    response.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    response.content_type = NULL;
    response.header_count = 0;
    response.close = false;
    response.defer_until_ms = 0;
    buf_init(&response.body, RESPONSE_MAX);
    if (connection->complete_ms == 0) {
        connection->complete_ms = server_connections_now_ms(server);
        server->requests++;
    }
    const struct server_request request = {
        .method = method,
        .path = path,
        .body = buf_str(&connection->body),
        .body_len = connection->body.len,
        .complete_ms = connection->complete_ms,
        .must_respond = server->lists[SERVER_DEFERRED].count > server->options.connections_max / 2,
        .fd = connection->fd,
        .fields = connection->mhd,
        .find = find,
    };
    enum MHD_Result result = MHD_YES;
    if (server->options.handle(server->options.context, &request, &response) == SERVER_DEFER) {
        connection->defer_until_ms = response.defer_until_ms;
        server_connections_move(server, connection, SERVER_DEFERRED);
        MHD_suspend_connection(connection->mhd);
    } else {
        server_connections_move(server, connection, SERVER_SENDING);
        limit_memory(server, &response);
        note_sending(server, connection, response.body.len);
        result = send_response(server, connection->mhd, &response);
    }
    buf_done(&response.body);
    return result;
}

enum MHD_Result server_dispatch_request(void *context, struct MHD_Connection *mhd, const char *path,
                                        const char *method, const char *version, const char *data,
                                        size_t *data_len, void **request_context)
{
    struct server *server = context;
    struct server_connection *connection = server_connections_find(mhd);
    (void)version;
    if (connection == NULL) {
        return MHD_NO;
    }
    if (*request_context == NULL) {
        *request_context = connection;
        int status = check_headers(server, mhd);
        return status != 0 ? send_status(mhd, status) : MHD_YES;
    }
    if (*data_len > 0) {
        buf_add(&connection->body, data, *data_len);
        *data_len = 0;
        return buf_failed(&connection->body) ? MHD_NO : MHD_YES;
    }
    return call_handler(server, connection, method, path);
}
