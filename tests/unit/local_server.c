/* SPDX-License-Identifier: MIT */
#include "local_server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "rows.h"

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct local_server *local = context;
    const char *query = server_query(request, "q");
    const char *header = server_header(request, "x-test");
    local->calls++;
    assert_int_equal(request->body_len, strlen(request->body));
    local->complete_ms = request->complete_ms;
    local->must_respond = request->must_respond;
    text_copy(local->path, sizeof(local->path), request->path);
    text_copy(local->body, sizeof(local->body), request->body);
    text_copy(local->query, sizeof(local->query), query != NULL ? query : "(none)");
    text_copy(local->header, sizeof(local->header), header != NULL ? header : "(none)");
    if (local->defers) {
        response->defer_until_ms = clock_mono_ms() + local->defer_ms;
        return SERVER_DEFER;
    }
    response->status = 200;
    buf_add_fmt(&response->body, "%s %s %s", request->method, request->path, request->body);
    if (local->respond != NULL) {
        local->respond(response);
    }
    return SERVER_RESPOND;
}

void local_server_start(struct local_server *local, int connections_max, int64_t timeout_ms)
{
    struct err err = {0};
    const struct server_options options = {
        .connections_max = connections_max,
        .header_max = LOCAL_SERVER_HEADER_MAX,
        .body_max = LOCAL_SERVER_BODY_MAX,
        .timeout_ms = timeout_ms,
        .context = local,
        .handle = handle,
    };
    *local = (struct local_server){0};
    local->server = server_new(&options, &err);
    assert_non_null(local->server);
    assert_int_equal(address_parse(&local->address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(local->server, &local->address, &err), 0);
    assert_int_not_equal(address_port(&local->address), 0);
}

void local_server_run(struct local_server *local, int64_t ms)
{
    int64_t end_ms = clock_mono_ms() + ms;
    do {
        struct pollfd file = {.fd = server_fd(local->server), .events = POLLIN};
        int timeout_ms = server_timeout_ms(local->server);
        poll(&file, 1, timeout_ms >= 0 && timeout_ms < 5 ? timeout_ms : 5);
        server_run(local->server);
    } while (clock_left_ms(end_ms) > 0);
}

int local_server_dial(const struct local_server *local)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &local->address.at.any, local->address.len), 0);
    return fd;
}

void client_put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

bool client_take(int fd, char out[LOCAL_SERVER_TEXT_SIZE])
{
    size_t used = strlen(out);
    ssize_t got = recv(fd, out + used, LOCAL_SERVER_TEXT_SIZE - 1 - used, MSG_DONTWAIT);
    out[used + (got > 0 ? (size_t)got : 0)] = '\0';
    return got > 0 || (got < 0 && errno == EAGAIN);
}

void client_await_text(struct local_server *local, int fd, const char *text,
                       char out[LOCAL_SERVER_TEXT_SIZE])
{
    int64_t end_ms = clock_mono_ms() + LOCAL_SERVER_LIMIT_MS;
    while (strstr(out, text) == NULL) {
        row_true(text, clock_left_ms(end_ms) > 0);
        local_server_run(local, 1);
        bool open = client_take(fd, out);
        row_true(text, open || strstr(out, text) != NULL);
    }
}

void client_await_close(struct local_server *local, int fd, char out[LOCAL_SERVER_TEXT_SIZE])
{
    int64_t end_ms = clock_mono_ms() + LOCAL_SERVER_LIMIT_MS;
    while (client_take(fd, out)) {
        assert_true(clock_left_ms(end_ms) > 0);
        local_server_run(local, 1);
    }
}
