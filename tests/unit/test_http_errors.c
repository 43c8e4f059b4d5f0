/* SPDX-License-Identifier: MIT */
/* Requests that fail: the messages, the time limits, and options that are rejected. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "exchange.h"
#include "net/http.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define CUT "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"

#define INVALID "127.0.0.1: the response is not valid HTTP/1.1 (invalid status line); check it"

/* What failed, on what, why, and what to do. Few attempts: the timeout is short. */
static void test_messages(void **state)
{
    static const struct {
        const char *name;
        struct loopback_reply reply;
        const char *want;
    } rows[] = {
        {"closed",
         {.data = "", .end = LOOPBACK_CLOSE},
         "127.0.0.1: the server closed the connection without a response"},
        {"cut",
         {.data = CUT, .end = LOOPBACK_CLOSE},
         "127.0.0.1: the server closed the connection in the middle of the response"},
        {"reset",
         {.data = CUT, .end = LOOPBACK_RESET},
         "127.0.0.1: the connection broke while receiving the response"},
        {"not HTTP",
         {.data = "SSH-2.0-x\r\n", .end = LOOPBACK_CLOSE},
         "127.0.0.1: the response is not valid HTTP/1.1; check it"},
        {"HTTP/3.7",
         {.data = "HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         INVALID},
        {"HTTP/2",
         {.data = "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         "127.0.0.1: the response is not valid HTTP/1.1; check it"},
        {"lower case",
         {.data = "http/1.1 500 No\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         INVALID},
        {"cut", {.data = "HTTP/5\r\n\r\n", .end = LOOPBACK_CLOSE}, "not valid HTTP/1.1"},
        {"four digits",
         {.data = "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         INVALID},
        {"a blank and four digits",
         {.data = " HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         "not valid HTTP/1.1"},
        {"a letter after the status",
         {.data = "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         INVALID},
        {"a zero",
         {.data = "HTTP/1.0 099 OK\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE},
         "not valid HTTP/1.1"},
        {"an interim status of four digits",
         {.data = "HTTP/1.1 1000 Wait\r\n\r\n" OK, .end = LOOPBACK_CLOSE},
         INVALID},
        {"hang", {.data = "", .end = LOOPBACK_HANG}, "127.0.0.1: timed out after 0."},
        {"hang", {.data = CUT, .end = LOOPBACK_HANG}, "s while waiting for the response"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct exchange exchange = exchange_make();
        exchange.options.timeout_ms = 150;
        exchange.options.hints.host = "check it";
        exchange_run(&exchange, &rows[i].reply, 1);
        row_int(rows[i].name, exchange.result, -1);
        row_int(rows[i].name, exchange.err.kind, ERR_UNAVAILABLE);
        row_has(rows[i].name, exchange.err.text, rows[i].want);
        exchange_done(&exchange);
    }
}

static void test_plain_http_on_a_tls_port(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE}};
    struct exchange exchange = exchange_make();
    struct url_origin origin;
    char want[128];
    (void)state;
    exchange.options.timeout_ms = 150;
    exchange.options.hints.host = "check it";
    loopback_start(&exchange.server, replies, 1);
    origin = exchange.server.origin;
    snprintf(origin.origin, sizeof(origin.origin), "https://127.0.0.1:%s", origin.port);
    struct http *http = http_new(&exchange.options, &exchange.err);
    assert_non_null(http);
    exchange.request.origin = &origin;
    http_response_init(&exchange.response, HTTP_BODY_MAX);
    assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), -1);
    snprintf(want, sizeof(want), "127.0.0.1: port %s does not speak TLS (plain HTTP?); check it",
             origin.port);
    assert_string_equal(exchange.err.text, want);
    http_free(http);
    loopback_stop(&exchange.server);
    exchange_done(&exchange);
}

static void test_nothing_listens(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = exchange_make();
    struct url_origin origin;
    char want[128];
    (void)state;
    loopback_start(&exchange.server, replies, 1);
    origin = exchange.server.origin;
    loopback_stop(&exchange.server);
    exchange.options.timeout_ms = 100;
    exchange.options.hints.host = "check it";
    exchange.request.origin = &origin;
    exchange_run(&exchange, replies, 1);
    assert_int_equal(exchange.result, -1);
    snprintf(want, sizeof(want),
             "127.0.0.1: cannot connect to port %s: Connection refused; check it", origin.port);
    assert_string_equal(exchange.err.text, want);
    exchange_done(&exchange);
}

static void test_time_limits(void **state)
{
    static const struct {
        const char *name;
        int64_t timeout_ms;
        int64_t limit_ms;
    } rows[] = {
        {"timeout", 200, EXCHANGE_LIMIT_MS},
        {"http_limit", EXCHANGE_LIMIT_MS, 200},
        {"a limit in the past", EXCHANGE_LIMIT_MS, -1000},
    };
    const struct loopback_reply replies[] = {{.data = "", .end = LOOPBACK_HANG}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct exchange exchange = exchange_make();
        int64_t start_ms = clock_mono_ms();
        exchange.options.timeout_ms = rows[i].timeout_ms;
        loopback_start(&exchange.server, replies, 1);
        struct http *http = http_new(&exchange.options, &exchange.err);
        http_limit(http, start_ms + rows[i].limit_ms);
        http_limit(http, start_ms + EXCHANGE_LIMIT_MS); /* a later one changes nothing */
        exchange.request.origin = &exchange.server.origin;
        http_response_init(&exchange.response, HTTP_BODY_MAX);
        row_int(rows[i].name, http_send(http, &exchange.request, &exchange.response, &exchange.err),
                -1);
        row_int(rows[i].name, exchange.err.kind, ERR_UNAVAILABLE);
        row_true(rows[i].name, clock_mono_ms() - start_ms < EXCHANGE_LIMIT_MS / 2);
        http_free(http);
        loopback_stop(&exchange.server);
        exchange_done(&exchange);
    }
}

static void test_check_resolve(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"portal.test:127.0.0.1", true},
        {"portal.test:::1", true},
        {"portal.test:[::1]", true},
        {"portal.test:2001:db8::1", true},
        {"portal.test", false},
        {":127.0.0.1", false},
        {"portal.test:", false},
        {"portal.test:x", false},
        {"portal.test:[::1", false},
        {"portal.test:::1]", false},
        {"portal.test:127.0.0.1 ", false},
        {"portal.test:443:127.0.0.1", false},
        {"", false},
        {"portal.test:[]", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *const resolve[] = {rows[i].text};
        const struct http_options options = {.resolve = resolve, .resolve_count = 1};
        struct err err = {0};
        int want = rows[i].good ? 0 : -1;
        row_int(rows[i].text, http_check_resolve(rows[i].text, &err), want);
        row_int(rows[i].text, err.kind, rows[i].good ? ERR_NONE : ERR_USAGE);
        row_int(rows[i].text, http_check(&options, &err), want);
        struct http *http = http_new(&options, &err);
        row_int(rows[i].text, http != NULL, rows[i].good);
        http_free(http);
    }
}

static void test_a_missing_ca_file(void **state)
{
    const struct http_options options = {.ca_file = "/no/such/file"};
    struct err err = {0};
    (void)state;
    assert_null(http_new(&options, &err));
    assert_int_equal(err.kind, ERR_FILE);
    err = (struct err){0};
    assert_int_equal(http_check(&options, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    row_has("path", err.text, "/no/such/file");
}

static void test_a_url_that_is_too_long(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = exchange_make();
    char path[3000];
    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    exchange.request.path = path;
    exchange_run(&exchange, replies, 1);
    assert_int_equal(exchange.result, -1);
    assert_int_equal(exchange.err.kind, ERR_USAGE);
    assert_int_equal(exchange.server.connections, 0);
    exchange_done(&exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_plain_http_on_a_tls_port),
        cmocka_unit_test(test_nothing_listens),
        cmocka_unit_test(test_time_limits),
        cmocka_unit_test(test_check_resolve),
        cmocka_unit_test(test_a_missing_ca_file),
        cmocka_unit_test(test_a_url_that_is_too_long),
    };
    return cmocka_run_group_tests_name("http_errors", tests, NULL, NULL);
}
