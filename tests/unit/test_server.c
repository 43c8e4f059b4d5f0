/* SPDX-License-Identifier: MIT */
/* The HTTP server over loopback: whole requests, requests in pieces, responses, addresses. */
#include "rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "local_server.h"

#define HOST "Host: 127.0.0.1\r\n"
#define PLAIN "GET / HTTP/1.1\r\n" HOST "\r\n"

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
        struct local_server server;
        char out[LOCAL_SERVER_TEXT_SIZE] = "";
        local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
        int fd = local_server_dial(&server);
        client_put(fd, rows[i].request);
        if (rows[i].closes) {
            client_await_close(&server, fd, out);
        } else {
            client_await_text(&server, fd, rows[i].response, out);
            row_true(rows[i].request, client_take(fd, out));
        }
        row_has(rows[i].request, out, rows[i].response);
        row_int(rows[i].request, server.calls, rows[i].calls);
        row_int(rows[i].request, (int64_t)server_count(server.server).requests, rows[i].calls);
        row_text(rows[i].request, server.path, rows[i].path);
        row_text(rows[i].request, server.query, rows[i].query);
        row_text(rows[i].request, server.header, rows[i].header);
        row_text(rows[i].request, server.body, rows[i].body);
        close(fd);
        server_free(server.server);
    }
}

static void test_a_request_in_pieces(void **state)
{
    static const char request[] = "POST /p?q=1 HTTP/1.1\r\n" HOST "X-Test: v\r\n"
                                  "Content-Length: 4\r\n\r\nbody";
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    int fd = local_server_dial(&server);
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        const char piece[2] = {request[i], '\0'};
        assert_int_equal(server.calls, 0);
        client_put(fd, piece);
        local_server_run(&server, 1);
    }
    client_await_text(&server, fd, "POST /p", out);
    assert_int_equal(server.calls, 1);
    assert_string_equal(server.body, "body");
    close(fd);
    server_free(server.server);
}

/* Three requests in one packet: three responses in their order, on one connection. */
static void test_pipelining(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    int fd = local_server_dial(&server);
    client_put(fd,
               "GET /1 HTTP/1.1\r\n" HOST "\r\nPOST /2 HTTP/1.1\r\n" HOST
               "Content-Length: 2\r\n\r\nxxPOST /3 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\ny");
    client_await_text(&server, fd, "POST /3 y", out);
    const char *first = strstr(out, "GET /1");
    const char *second = strstr(out, "POST /2 xx");
    assert_true(first != NULL && second != NULL && first < second);
    assert_true(second < strstr(out, "POST /3 y"));
    assert_int_equal(count(out, "200 OK"), 3);
    assert_int_equal(server_count(server.server).accepted, 1);
    assert_int_equal(server_count(server.server).requests, 3);
    close(fd);
    server_free(server.server);
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
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    server.respond = add_all;
    int fd = local_server_dial(&server);
    client_put(fd, PLAIN);
    client_await_close(&server, fd, out);
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
    server_free(server.server);
}

static const struct {
    int status;
    const char *type; /* NULL: none */
    const char *one;  /* of the header X-One, the same */
    const char *body;
    bool close;
} similar[] = {
    {200, NULL, NULL, "twenty bytes of text", false},
    {200, NULL, NULL, "twenty bytes of text", false},
    {404, NULL, NULL, "twenty bytes of text", false},
    {200, NULL, NULL, "Twenty bytes of text", false},
    {200, NULL, NULL, "Twenty bytes of texT", false},
    {200, NULL, NULL, "Twenty bytes", false},
    {200, "text/a", NULL, "Twenty bytes", false},
    {200, "text/b", NULL, "Twenty bytes", false},
    {200, "text/b", "1", "Twenty bytes", false},
    {200, "text/b", "2", "Twenty bytes", false},
    {200, "text/b", "2", "Twenty bytes", false},
    {200, "text/b", NULL, "Twenty bytes", false},
    {200, "text/b", NULL, "", false},
    {200, "text/b", NULL, "", false},
    {200, "text/b", NULL, "", true},
};
static size_t next_similar;

static void respond_similarly(struct server_response *response)
{
    struct err err;
    response->status = similar[next_similar].status;
    response->content_type = similar[next_similar].type;
    response->close = similar[next_similar].close;
    buf_clear(&response->body);
    buf_add_str(&response->body, similar[next_similar].body);
    if (similar[next_similar].one != NULL) {
        assert_int_equal(server_add_header(response, "X-One", similar[next_similar].one, &err), 0);
    }
    next_similar++;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

/* Responses in one run of the server that differ in one part from the one before, or in nothing. */
static void test_similar_responses(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    char requests[ROWS(similar) * sizeof(PLAIN)] = "";
    (void)state;
    for (size_t i = 0; i < ROWS(similar); i++) {
        memcpy(requests + i * (sizeof(PLAIN) - 1), PLAIN, sizeof(PLAIN));
    }
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    server.respond = respond_similarly;
    next_similar = 0;
    int fd = local_server_dial(&server);
    client_put(fd, requests);
    client_await_close(&server, fd, out);
    char *at = out;
    for (size_t i = 0; i < ROWS(similar); i++) {
        char head[64];
        char type[64];
        char one[64];
        const char *body = similar[i].body;
        char *end_of_head = strstr(at, "\r\n\r\n");
        row_true(body, end_of_head != NULL);
        end_of_head[2] = '\0';
        snprintf(head, sizeof(head), "HTTP/1.1 %d ", similar[i].status);
        snprintf(type, sizeof(type), "Content-Type: %s\r\n", text_of(similar[i].type));
        snprintf(one, sizeof(one), "X-One: %s\r\n", text_of(similar[i].one));
        row_int(body, strncmp(at, head, strlen(head)), 0);
        row_int(body, count(at, "Content-Type"), similar[i].type != NULL);
        row_int(body, count(at, type), similar[i].type != NULL);
        row_int(body, count(at, "X-One"), similar[i].one != NULL);
        row_int(body, count(at, one), similar[i].one != NULL);
        row_int(body, count(at, "Connection: close\r\n"), similar[i].close);
        at = end_of_head + 4;
        row_int(body, strncmp(at, body, strlen(body)), 0);
        at += strlen(body);
    }
    assert_string_equal(at, "");
    close(fd);
    server_free(server.server);
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
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    char request[2 * LOCAL_SERVER_HEADER_MAX] = "GET / HTTP/1.1\r\n" HOST "X-Test: ";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    size_t used = strlen(request);
    memset(request + used, 'a', sizeof(request) - used - 1);
    int fd = local_server_dial(&server);
    client_put(fd, request);
    client_await_close(&server, fd, out);
    assert_int_equal(server.calls, 0);
    assert_true(out[0] == '\0' || strstr(out, "HTTP/1.1 4") != NULL);
    close(fd);
    server_free(server.server);
}

/* A chunked body does not say how long it is: the connection ends at the limit. */
static void test_a_chunked_body_that_is_too_large(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    char chunk[LOCAL_SERVER_BODY_MAX];
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    int fd = local_server_dial(&server);
    client_put(fd, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    memset(chunk, 'a', sizeof(chunk) - 1);
    chunk[sizeof(chunk) - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        client_put(fd, "63\r\n");
        client_put(fd, chunk);
        client_put(fd, "\r\n");
    }
    client_await_close(&server, fd, out);
    assert_int_equal(server.calls, 0);
    close(fd);
    server_free(server.server);
}

static void test_listening(void **state)
{
    struct local_server server;
    struct address address;
    struct err err = {0};
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    address = server.address;
    assert_int_equal(server_listen(server.server, &address, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    row_has("in use", err.text, "cannot listen on 127.0.0.1:");
    row_has("in use", err.text, "in use");
    assert_int_equal(address_parse(&address, "192.0.2.1:0", &err), 0);
    assert_int_equal(server_listen(server.server, &address, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    for (int i = 1; i < SERVER_LISTENERS_MAX; i++) {
        assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
        assert_int_equal(server_listen(server.server, &address, &err), 0);
    }
    server.address = address; /* the last of them serves as the first does */
    int fd = local_server_dial(&server);
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    client_put(fd, PLAIN);
    client_await_text(&server, fd, "200 OK", out);
    close(fd);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(server.server, &address, &err), -1);
    row_has("one too many", err.text, "more than 8 addresses");
    server_free(server.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_request_in_pieces),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_what_a_response_carries),
        cmocka_unit_test(test_similar_responses),
        cmocka_unit_test(test_headers_that_cannot_be_added),
        cmocka_unit_test(test_headers_that_are_too_large),
        cmocka_unit_test(test_a_chunked_body_that_is_too_large),
        cmocka_unit_test(test_listening),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
