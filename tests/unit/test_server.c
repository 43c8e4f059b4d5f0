/* SPDX-License-Identifier: MIT */
/* The HTTP server over loopback, in this process: requests in pieces, limits, waiting, the end. */
#include "rows.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "net/address.h"
#include "net/server.h"

#define HOST "Host: 127.0.0.1\r\n"
#define PLAIN "GET / HTTP/1.1\r\n" HOST "\r\n"

/* LONG_MS is longer than a test waits for anything. */
enum { LIMIT_MS = 10000, LONG_MS = 60000, TEXT_SIZE = 32 << 10, BODY_MAX = 100, HEADER_MAX = 4096 };

/* The server of a test, and what its handler was called with last. */
struct world {
    struct server *server;
    struct address address;
    int calls;
    char path[64];
    char body[BODY_MAX + 1];
    char query[64];
    char header[64];
    int64_t complete_ms;
    bool defers;
    int64_t defer_ms;
    void (*respond)(struct server_response *response);
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct world *world = context;
    const char *query = server_query(request, "q");
    const char *header = server_header(request, "x-test");
    world->calls++;
    assert_int_equal(request->body_len, strlen(request->body));
    world->complete_ms = request->complete_ms;
    text_copy(world->path, sizeof(world->path), request->path);
    text_copy(world->body, sizeof(world->body), request->body);
    text_copy(world->query, sizeof(world->query), query != NULL ? query : "(none)");
    text_copy(world->header, sizeof(world->header), header != NULL ? header : "(none)");
    if (world->defers) {
        response->defer_until_ms = clock_mono_ms() + world->defer_ms;
        return SERVER_DEFER;
    }
    response->status = 200;
    buf_add_fmt(&response->body, "%s %s %s", request->method, request->path, request->body);
    if (world->respond != NULL) {
        world->respond(response);
    }
    return SERVER_RESPOND;
}

static void start(struct world *world, int connections_max, int64_t timeout_ms)
{
    struct err err = {0};
    const struct server_options options = {
        .connections_max = connections_max,
        .header_max = HEADER_MAX,
        .body_max = BODY_MAX,
        .timeout_ms = timeout_ms,
        .context = world,
        .handle = handle,
    };
    *world = (struct world){0};
    world->server = server_new(&options, &err);
    assert_non_null(world->server);
    assert_int_equal(address_parse(&world->address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(world->server, &world->address, &err), 0);
    assert_int_not_equal(address_port(&world->address), 0);
}

static void run_for(struct world *world, int64_t ms)
{
    int64_t end_ms = clock_mono_ms() + ms;
    do {
        struct pollfd file = {.fd = server_fd(world->server), .events = POLLIN};
        int timeout_ms = server_timeout_ms(world->server);
        poll(&file, 1, timeout_ms >= 0 && timeout_ms < 5 ? timeout_ms : 5);
        server_run(world->server);
    } while (clock_left_ms(end_ms) > 0);
}

static int dial(const struct world *world)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &world->address.at.any, world->address.len), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Appends what the server has sent by now. False once it has closed the connection. */
static bool take(int fd, char out[TEXT_SIZE])
{
    size_t used = strlen(out);
    ssize_t got = recv(fd, out + used, TEXT_SIZE - 1 - used, MSG_DONTWAIT);
    out[used + (got > 0 ? (size_t)got : 0)] = '\0';
    return got > 0 || (got < 0 && errno == EAGAIN);
}

/* Runs the server until the client has read text, or fails after LIMIT_MS. */
static void await_text(struct world *world, int fd, const char *text, char out[TEXT_SIZE])
{
    int64_t end_ms = clock_mono_ms() + LIMIT_MS;
    while (strstr(out, text) == NULL) {
        row_true(text, clock_left_ms(end_ms) > 0);
        run_for(world, 1);
        bool open = take(fd, out);
        row_true(text, open || strstr(out, text) != NULL);
    }
}

static void await_close(struct world *world, int fd, char out[TEXT_SIZE])
{
    int64_t end_ms = clock_mono_ms() + LIMIT_MS;
    while (take(fd, out)) {
        assert_true(clock_left_ms(end_ms) > 0);
        run_for(world, 1);
    }
}

static int count(const char *text, const char *part)
{
    int found = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        found++;
    }
    return found;
}

/* Each request on a connection of its own; the server has to close it if closes is set. */
static void test_requests(void **state)
{
    static const struct {
        const char *request;
        const char *response; /* a part of it */
        int calls;
        bool closes;
        const char *path;
        const char *query;
        const char *header;
        const char *body;
    } rows[] = {
        {PLAIN, "200 OK", 1, false, "/", "(none)", "(none)", ""},
        {"GET /a%20b/%2f?q=%41+b HTTP/1.1\r\n" HOST "\r\n", "GET /a b//", 1, false, "/a b//", "A b",
         "(none)", ""},
        {"GET /x%00y HTTP/1.1\r\n" HOST "\r\n", "200", 1, false, "/x\1y", "(none)", "(none)", ""},
        {"GET /?q HTTP/1.1\r\n" HOST "X-TEST:  v \r\n\r\n", "200", 1, false, "/", "", "v", ""},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST /", 1, false, "/",
         "(none)", "(none)", "hello"},
        {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
         "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
         "POST /", 1, false, "/", "(none)", "(none)", "hello"},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "200", 1, true, "/", "(none)",
         "(none)", ""},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", "400 Bad Request", 0, true, "", "", "", ""},
        {"GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nauthorization: a\r\n\r\n", "400", 0, true,
         "", "", "", ""},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "400", 0,
         true, "", "", "", ""},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n", "413", 0, true, "", "", "", ""},
        {"GET / HTTP/1.1\r\n\r\n", "400", 0, true, "", "", "", ""},
        {"nonsense\r\n\r\n", "", 0, true, "", "", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct world world;
        char out[TEXT_SIZE] = "";
        start(&world, 10, LONG_MS);
        int fd = dial(&world);
        put(fd, rows[i].request);
        if (rows[i].closes) {
            await_close(&world, fd, out);
        } else {
            await_text(&world, fd, rows[i].response, out);
            row_true(rows[i].request, take(fd, out));
        }
        row_has(rows[i].request, out, rows[i].response);
        row_int(rows[i].request, world.calls, rows[i].calls);
        row_int(rows[i].request, (int64_t)server_count(world.server).requests, rows[i].calls);
        row_text(rows[i].request, world.path, rows[i].path);
        row_text(rows[i].request, world.query, rows[i].query);
        row_text(rows[i].request, world.header, rows[i].header);
        row_text(rows[i].request, world.body, rows[i].body);
        close(fd);
        server_free(world.server);
    }
}

static void test_a_request_in_pieces(void **state)
{
    static const char request[] = "POST /p?q=1 HTTP/1.1\r\n" HOST "X-Test: v\r\n"
                                  "Content-Length: 4\r\n\r\nbody";
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    int fd = dial(&world);
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        const char piece[2] = {request[i], '\0'};
        assert_int_equal(world.calls, 0);
        put(fd, piece);
        run_for(&world, 1);
    }
    await_text(&world, fd, "POST /p", out);
    assert_int_equal(world.calls, 1);
    assert_string_equal(world.body, "body");
    close(fd);
    server_free(world.server);
}

/* Three requests in one packet: three responses in their order, on one connection. */
static void test_pipelining(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    int fd = dial(&world);
    put(fd, "GET /1 HTTP/1.1\r\n" HOST "\r\nPOST /2 HTTP/1.1\r\n" HOST
            "Content-Length: 2\r\n\r\nxxPOST /3 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\ny");
    await_text(&world, fd, "POST /3 y", out);
    const char *first = strstr(out, "GET /1");
    const char *second = strstr(out, "POST /2 xx");
    assert_true(first != NULL && second != NULL && first < second);
    assert_true(second < strstr(out, "POST /3 y"));
    assert_int_equal(count(out, "200 OK"), 3);
    assert_int_equal(server_count(world.server).accepted, 1);
    assert_int_equal(server_count(world.server).requests, 3);
    close(fd);
    server_free(world.server);
}

static void add_all(struct server_response *response)
{
    struct err err;
    response->status = 201;
    response->content_type = "text/plain";
    response->close = true;
    assert_int_equal(server_add_header(response, "X-One", "1", &err), 0);
    assert_int_equal(server_add_header(response, "X-Two", "2", &err), 0);
}

static void test_what_a_response_carries(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    world.respond = add_all;
    int fd = dial(&world);
    put(fd, PLAIN);
    await_close(&world, fd, out);
    static const char *const parts[] = {"HTTP/1.1 201 ",
                                        "\r\nX-One: 1\r\n",
                                        "\r\nX-Two: 2\r\n",
                                        "\r\nContent-Type: text/plain\r\n",
                                        "\r\nConnection: close\r\n",
                                        "\r\nContent-Length: 6\r\n",
                                        "\r\n\r\nGET / "};
    for (size_t i = 0; i < ROWS(parts); i++) {
        row_has(parts[i], out, parts[i]);
    }
    close(fd);
    server_free(world.server);
}

static void test_headers_that_cannot_be_added(void **state)
{
    struct server_response response = {0};
    struct err err = {0};
    char value[SERVER_HEADER_SIZE + 1];
    (void)state;
    memset(value, 'a', sizeof(value));
    value[SERVER_HEADER_SIZE] = '\0';
    assert_int_equal(server_add_header(&response, "X", value, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_int_equal(server_add_header(&response, "X", "a\r\nSet-Cookie: b", &err), -1);
    assert_int_equal(response.header_count, 0);
    value[SERVER_HEADER_SIZE - 1] = '\0';
    for (int i = 0; i < SERVER_HEADERS_MAX; i++) {
        assert_int_equal(server_add_header(&response, "X", value, &err), 0);
    }
    assert_int_equal(server_add_header(&response, "X", "", &err), -1);
}

/* Headers of more bytes than the connection may use: an error status or a closed connection. */
static void test_headers_that_are_too_large(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    char request[2 * HEADER_MAX] = "GET / HTTP/1.1\r\n" HOST "X-Test: ";
    (void)state;
    start(&world, 10, LONG_MS);
    size_t used = strlen(request);
    memset(request + used, 'a', sizeof(request) - used - 1);
    int fd = dial(&world);
    put(fd, request);
    await_close(&world, fd, out);
    assert_int_equal(world.calls, 0);
    assert_true(out[0] == '\0' || strstr(out, "HTTP/1.1 4") != NULL);
    close(fd);
    server_free(world.server);
}

/* A chunked body does not say how long it is: the connection ends at the limit. */
static void test_a_chunked_body_that_is_too_large(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    char chunk[BODY_MAX];
    (void)state;
    start(&world, 10, LONG_MS);
    int fd = dial(&world);
    put(fd, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    memset(chunk, 'a', sizeof(chunk) - 1);
    chunk[sizeof(chunk) - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        put(fd, "63\r\n");
        put(fd, chunk);
        put(fd, "\r\n");
    }
    await_close(&world, fd, out);
    assert_int_equal(world.calls, 0);
    close(fd);
    server_free(world.server);
}

/* One connection more than allowed closes the one that has been silent longest; a connection that
 * is being served stays. */
static void test_the_oldest_silent_connection_makes_room(void **state)
{
    enum { MAX = 3 };
    struct world world;
    char out[TEXT_SIZE] = "";
    int fds[MAX];
    (void)state;
    start(&world, MAX, LONG_MS);
    world.defers = true;
    world.defer_ms = LONG_MS;
    fds[0] = dial(&world);
    put(fds[0], PLAIN);
    run_for(&world, 5);
    assert_int_equal(world.calls, 1);
    for (int i = 1; i < MAX; i++) {
        fds[i] = dial(&world);
        run_for(&world, 5);
    }
    assert_int_equal(server_count(world.server).connections, MAX);
    int late = dial(&world);
    await_close(&world, fds[1], out);
    assert_string_equal(out, "");
    assert_int_equal(server_count(world.server).evicted, 1);
    world.defers = false;
    put(late, PLAIN);
    await_text(&world, late, "200 OK", out);
    server_wake(world.server);
    out[0] = '\0';
    await_text(&world, fds[0], "200 OK", out);
    assert_true(take(fds[2], out));
    assert_int_equal(server_count(world.server).accepted, MAX + 1);
    close(late);
    for (int i = 0; i < MAX; i++) {
        close(fds[i]);
    }
    server_free(world.server);
}

/* Without a connection that may be closed, the next client waits in the system's queue. */
static void test_no_room_at_all(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 1, LONG_MS);
    world.defers = true;
    world.defer_ms = LONG_MS;
    int first = dial(&world);
    put(first, PLAIN);
    run_for(&world, 5);
    int second = dial(&world);
    put(second, "GET /second HTTP/1.1\r\n" HOST "\r\n");
    run_for(&world, 250);
    assert_int_equal(world.calls, 1);
    assert_int_equal(server_count(world.server).accepted, 1);
    assert_int_equal(server_count(world.server).evicted, 0);
    close(first);
    world.defers = false;
    server_wake(world.server);
    await_text(&world, second, "/second", out);
    close(second);
    server_free(world.server);
}

static void test_a_connection_that_sends_no_request(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, 60);
    int silent = dial(&world);
    int slow = dial(&world);
    put(slow, "GET / HT");
    run_for(&world, 5);
    assert_true(server_timeout_ms(world.server) <= 60);
    await_close(&world, silent, out);
    await_close(&world, slow, out);
    assert_string_equal(out, "");
    assert_int_equal(world.calls, 0);
    assert_int_equal(server_count(world.server).evicted, 2);
    close(silent);
    close(slow);
    server_free(world.server);
}

/* The handler is called again when the time has come that it named, and after server_wake. */
static void test_deferred_requests(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    world.defers = true;
    world.defer_ms = 20;
    int fd = dial(&world);
    put(fd, PLAIN);
    run_for(&world, 10);
    int64_t complete_ms = world.complete_ms;
    assert_int_not_equal(complete_ms, 0);
    run_for(&world, 150);
    assert_true(world.calls >= 3);
    assert_int_equal(world.complete_ms, complete_ms);
    assert_int_equal(server_count(world.server).requests, 1);
    world.defer_ms = LONG_MS;
    run_for(&world, 50);
    int calls = world.calls;
    run_for(&world, 50);
    assert_int_equal(world.calls, calls);
    assert_true(server_timeout_ms(world.server) > 1000);
    world.defers = false;
    server_wake(world.server);
    await_text(&world, fd, "200 OK", out);
    assert_int_equal(world.calls, calls + 1);
    close(fd);
    server_free(world.server);
}

/* Idle connections close at once, the others after their response; nobody new is let in. */
static void test_draining(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    world.defers = true;
    world.defer_ms = LONG_MS;
    int idle = dial(&world);
    int busy = dial(&world);
    put(busy, PLAIN);
    run_for(&world, 10);
    assert_int_equal(world.calls, 1);
    assert_false(server_drain(world.server));
    await_close(&world, idle, out);
    assert_string_equal(out, "");
    assert_false(server_drain(world.server));
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(late, &world.address.at.any, world.address.len), -1);
    assert_int_equal(errno, ECONNREFUSED);
    world.defers = false;
    server_wake(world.server);
    await_close(&world, busy, out);
    row_has("busy", out, "200 OK");
    row_has("busy", out, "Connection: close");
    int64_t end_ms = clock_mono_ms() + LIMIT_MS;
    while (!server_drain(world.server)) {
        assert_true(clock_left_ms(end_ms) > 0);
        run_for(&world, 1);
    }
    close(idle);
    close(busy);
    close(late);
    server_free(world.server);
}

static void test_freed_while_a_request_is_deferred(void **state)
{
    struct world world;
    char out[TEXT_SIZE] = "";
    (void)state;
    start(&world, 10, LONG_MS);
    world.defers = true;
    world.defer_ms = LONG_MS;
    int fd = dial(&world);
    put(fd, PLAIN);
    run_for(&world, 10);
    assert_int_equal(world.calls, 1);
    world.defers = false;
    server_free(world.server);
    server_free(NULL);
    while (take(fd, out)) {
    }
    close(fd);
}

static void test_listening(void **state)
{
    struct world world;
    struct address address;
    struct err err = {0};
    (void)state;
    start(&world, 10, LONG_MS);
    address = world.address;
    assert_int_equal(server_listen(world.server, &address, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    row_has("in use", err.text, "cannot listen on 127.0.0.1:");
    row_has("in use", err.text, "in use");
    assert_int_equal(address_parse(&address, "192.0.2.1:0", &err), 0);
    assert_int_equal(server_listen(world.server, &address, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    for (int i = 1; i < SERVER_LISTENERS_MAX; i++) {
        assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
        assert_int_equal(server_listen(world.server, &address, &err), 0);
    }
    world.address = address; /* the last of them serves as the first does */
    int fd = dial(&world);
    char out[TEXT_SIZE] = "";
    put(fd, PLAIN);
    await_text(&world, fd, "200 OK", out);
    close(fd);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(world.server, &address, &err), -1);
    row_has("one too many", err.text, "more than 8 addresses");
    server_free(world.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_request_in_pieces),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_what_a_response_carries),
        cmocka_unit_test(test_headers_that_cannot_be_added),
        cmocka_unit_test(test_headers_that_are_too_large),
        cmocka_unit_test(test_a_chunked_body_that_is_too_large),
        cmocka_unit_test(test_the_oldest_silent_connection_makes_room),
        cmocka_unit_test(test_no_room_at_all),
        cmocka_unit_test(test_a_connection_that_sends_no_request),
        cmocka_unit_test(test_deferred_requests),
        cmocka_unit_test(test_draining),
        cmocka_unit_test(test_freed_while_a_request_is_deferred),
        cmocka_unit_test(test_listening),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
