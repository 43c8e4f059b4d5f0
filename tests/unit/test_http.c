/* SPDX-License-Identifier: MIT */
/* The HTTP client and a server on loopback: what it sends, what it accepts, and when it retries. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "loopback.h"
#include "net/http.h"
#include "net/retry.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define CUT "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"

enum { LIMIT_MS = 20000 };

/* Makes one request to a server with these replies. */
struct exchange {
    struct http_options options;
    struct http_request request;
    struct loopback server;
    struct http_response response;
    struct err err;
    int result;
};

static struct exchange make_exchange(void)
{
    return (struct exchange){
        .options = {.timeout_ms = LIMIT_MS},
        .request = {.method = "GET", .path = "/path", .token = "the-token"},
    };
}

static void run(struct exchange *exchange, const struct loopback_reply *replies, size_t count)
{
    loopback_start(&exchange->server, replies, count);
    struct http *http = http_new(&exchange->options, &exchange->err);
    assert_non_null(http);
    if (exchange->request.origin == NULL) {
        exchange->request.origin = &exchange->server.origin;
    }
    http_response_init(&exchange->response);
    exchange->result = http_send(http, &exchange->request, &exchange->response, &exchange->err);
    http_free(http);
    loopback_stop(&exchange->server);
}

static void done(struct exchange *exchange)
{
    http_response_done(&exchange->response);
}

static void test_what_is_sent(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = make_exchange();
    (void)state;
    exchange.request.method = "PUT";
    exchange.request.path = "/v3/a%20b";
    exchange.request.otp = "123456";
    exchange.request.body = "{\"a\":1}";
    run(&exchange, replies, 1);
    assert_int_equal(exchange.result, 0);
    static const char *const parts[] = {
        "PUT /v3/a%20b HTTP/1.1\r\n",
        "\r\nAuthorization: Bearer the-token\r\n",
        "\r\notpcode: 123456\r\n",
        "\r\nContent-Type: application/json; charset=utf-8\r\n",
        "\r\nUser-Agent: duplojit/" DUPLOJIT_VERSION "\r\n",
        "\r\n\r\n{\"a\":1}",
    };
    for (size_t i = 0; i < ROWS(parts); i++) {
        row_has(parts[i], exchange.server.request, parts[i]);
    }
    done(&exchange);
}

static void test_no_header_for_an_empty_code(void **state)
{
    static const char *const codes[] = {NULL, ""};
    const struct loopback_reply replies[] = {{.data = OK}};
    (void)state;
    for (size_t i = 0; i < ROWS(codes); i++) {
        struct exchange exchange = make_exchange();
        exchange.request.otp = codes[i];
        run(&exchange, replies, 1);
        assert_int_equal(exchange.result, 0);
        row_has("no code", exchange.server.request, "GET /path ");
        row_lacks("no code", exchange.server.request, "otpcode");
        done(&exchange);
    }
}

/* Every status is a response. Those that may pass are retried. */
static void test_statuses(void **state)
{
    static const struct {
        const char *method;
        int status;
        bool may_be_missing;
        int64_t wait_ms;
        int requests;
    } rows[] = {
        {"GET", 200, false, 0, 1},     {"GET", 204, false, 0, 1},     {"GET", 301, false, 0, 1},
        {"GET", 400, false, 0, 1},     {"GET", 401, false, 0, 1},     {"GET", 403, false, 0, 1},
        {"GET", 404, false, 0, 1},     {"GET", 500, false, 0, 1},     {"GET", 429, false, 0, 2},
        {"GET", 502, false, 0, 2},     {"GET", 503, false, 0, 2},     {"GET", 504, false, 0, 2},
        {"GET", 500, false, 10000, 2}, {"GET", 500, true, 10000, 1},  {"GET", 404, true, 10000, 1},
        {"POST", 503, false, 0, 1},    {"PUT", 503, false, 10000, 1}, {"DELETE", 502, false, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char row[64];
        char text[128];
        snprintf(row, sizeof(row), "%s %d, missing %d, wait %d", rows[i].method, rows[i].status,
                 rows[i].may_be_missing, (int)rows[i].wait_ms);
        snprintf(text, sizeof(text),
                 "HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
                 rows[i].status);
        const struct loopback_reply replies[] = {{.data = text}, {.data = OK}};
        struct exchange exchange = make_exchange();
        exchange.options.wait_ms = rows[i].wait_ms;
        exchange.request.method = rows[i].method;
        exchange.request.may_be_missing = rows[i].may_be_missing;
        run(&exchange, replies, 2);
        row_int(row, exchange.result, 0);
        row_int(row, exchange.server.requests, rows[i].requests);
        row_int(row, exchange.response.status, rows[i].requests > 1 ? 200 : rows[i].status);
        done(&exchange);
    }
}

static void test_attempts_are_counted(void **state)
{
    const struct loopback_reply replies[] = {{.data = BUSY}};
    struct exchange exchange = make_exchange();
    (void)state;
    run(&exchange, replies, 1);
    assert_int_equal(exchange.result, 0);
    assert_int_equal(exchange.response.status, 503);
    assert_int_equal(exchange.server.requests, RETRY_ATTEMPTS);
    assert_int_equal(exchange.server.connections, 1);
    done(&exchange);
}

static void test_retry_after(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"}, {.data = OK}};
    struct exchange exchange = make_exchange();
    (void)state;
    int64_t start_ms = clock_mono_ms();
    run(&exchange, replies, 2);
    assert_int_equal(exchange.response.status, 200);
    assert_true(clock_mono_ms() - start_ms >= 950);
    done(&exchange);
}

static void test_the_date(void **state)
{
    static const struct {
        const char *header;
        int64_t want;
    } rows[] = {
        {"Date: Thu, 01 Jan 2026 00:00:05 GMT\r\n", 1767225605},
        {"dATE:Thu, 01 Jan 2026 00:00:05 GMT\r\n", 1767225605},
        {"", 0},
        {"Date: soon\r\n", 0},
        {"Date:\r\n", 0},
        {"X-Date: Thu, 01 Jan 2026 00:00:05 GMT\r\n", 0},
        {"Date: Thu, 01 Jan 2026 00:00:05 GMT                                        \r\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\n{}",
                 rows[i].header);
        const struct loopback_reply replies[] = {{.data = text}};
        struct exchange exchange = make_exchange();
        int64_t before_s = clock_wall_s();
        run(&exchange, replies, 1);
        row_int(rows[i].header, exchange.response.date_s, rows[i].want);
        row_true(rows[i].header, exchange.response.received_s >= before_s);
        row_true(rows[i].header, exchange.response.received_s <= clock_wall_s());
        row_text(rows[i].header, buf_str(&exchange.response.body), "{}");
        done(&exchange);
    }
}

/* A retry starts with an empty response: nothing of the first attempt is left. */
static void test_a_retry_forgets_the_first_response(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = "HTTP/1.1 503 Busy\r\nDate: Thu, 01 Jan 2026 00:00:05 GMT\r\n"
                 "Content-Length: 4\r\n\r\nbusy"},
        {.data = OK},
    };
    struct exchange exchange = make_exchange();
    (void)state;
    run(&exchange, replies, 2);
    assert_string_equal(buf_str(&exchange.response.body), "{}");
    assert_int_equal(exchange.response.date_s, 0);
    done(&exchange);
}

static void test_the_limit_of_a_body(void **state)
{
    static const struct {
        size_t len;
        bool chunked;
        int want;
    } rows[] = {
        {HTTP_RESPONSE_MAX, false, 0},
        {HTTP_RESPONSE_MAX + 1, false, -1},
        {HTTP_RESPONSE_MAX, true, 0},
        {HTTP_RESPONSE_MAX + 1, true, -1},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *text = malloc(rows[i].len + 200);
        int used = rows[i].chunked
                       ? snprintf(text, 200,
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                                  "\r\n%zx\r\n",
                                  rows[i].len)
                       : snprintf(text, 200, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                                  rows[i].len);
        memset(text + used, ' ', rows[i].len);
        snprintf(text + used + rows[i].len, 20, "\r\n0\r\n\r\n");
        size_t tail = rows[i].chunked ? strlen("\r\n0\r\n\r\n") : 0;
        const struct loopback_reply replies[] = {
            {.data = text, .len = (size_t)used + rows[i].len + tail}};
        struct exchange exchange = make_exchange();
        run(&exchange, replies, 1);
        row_int("length", exchange.result, rows[i].want);
        row_int("requests", exchange.server.requests, 1);
        if (rows[i].want == 0) {
            row_int("length", (int64_t)exchange.response.body.len, (int64_t)rows[i].len);
        } else {
            row_int("kind", exchange.err.kind, ERR_UNAVAILABLE);
            row_has("text", exchange.err.text, "127.0.0.1: the response is larger than 1 MiB");
        }
        done(&exchange);
        free(text);
    }
}

/* Cut off in any place: retried, if sending it twice can do no harm. */
static void test_broken_responses(void **state)
{
    static const struct loopback_reply broken[] = {
        {.data = "", .end = LOOPBACK_CLOSE},
        {.data = "HTTP/1.1 200 O", .end = LOOPBACK_CLOSE},
        {.data = CUT, .end = LOOPBACK_CLOSE},
        {.data = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
         .end = LOOPBACK_CLOSE},
        {.data = "", .end = LOOPBACK_RESET},
        {.data = CUT, .end = LOOPBACK_RESET},
    };
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
    (void)state;
    for (size_t i = 0; i < ROWS(broken); i++) {
        for (size_t j = 0; j < ROWS(methods); j++) {
            const struct loopback_reply replies[] = {broken[i], {.data = OK}};
            struct exchange exchange = make_exchange();
            bool is_get = strcmp(methods[j], "GET") == 0;
            exchange.request.method = methods[j];
            run(&exchange, replies, 2);
            row_int(broken[i].data, exchange.result, is_get ? 0 : -1);
            row_int(broken[i].data, exchange.server.requests, is_get ? 2 : 1);
            if (is_get) {
                row_text(broken[i].data, buf_str(&exchange.response.body), "{}");
            }
            done(&exchange);
        }
    }
}

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
         "127.0.0.1: the response is not HTTP; check it"},
        {"hang", {.data = "", .end = LOOPBACK_HANG}, "127.0.0.1: timed out after 0."},
        {"hang", {.data = CUT, .end = LOOPBACK_HANG}, "s while waiting for the response"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct exchange exchange = make_exchange();
        exchange.options.timeout_ms = 150;
        exchange.options.hints.host = "check it";
        run(&exchange, &rows[i].reply, 1);
        row_int(rows[i].name, exchange.result, -1);
        row_int(rows[i].name, exchange.err.kind, ERR_UNAVAILABLE);
        row_has(rows[i].name, exchange.err.text, rows[i].want);
        done(&exchange);
    }
}

static void test_plain_http_on_a_tls_port(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", .end = LOOPBACK_CLOSE}};
    struct exchange exchange = make_exchange();
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
    http_response_init(&exchange.response);
    assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), -1);
    snprintf(want, sizeof(want), "127.0.0.1: port %s does not speak TLS (plain HTTP?); check it",
             origin.port);
    assert_string_equal(exchange.err.text, want);
    http_free(http);
    loopback_stop(&exchange.server);
    done(&exchange);
}

static void test_nothing_listens(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = make_exchange();
    struct url_origin origin;
    char want[128];
    (void)state;
    loopback_start(&exchange.server, replies, 1);
    origin = exchange.server.origin;
    loopback_stop(&exchange.server);
    exchange.options.timeout_ms = 100;
    exchange.options.hints.host = "check it";
    exchange.request.origin = &origin;
    run(&exchange, replies, 1);
    assert_int_equal(exchange.result, -1);
    snprintf(want, sizeof(want),
             "127.0.0.1: cannot connect to port %s: Connection refused; check it", origin.port);
    assert_string_equal(exchange.err.text, want);
    done(&exchange);
}

static void test_time_limits(void **state)
{
    static const struct {
        const char *name;
        int64_t timeout_ms;
        int64_t limit_ms;
    } rows[] = {
        {"timeout", 200, LIMIT_MS},
        {"http_limit", LIMIT_MS, 200},
        {"a limit in the past", LIMIT_MS, -1000},
    };
    const struct loopback_reply replies[] = {{.data = "", .end = LOOPBACK_HANG}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct exchange exchange = make_exchange();
        int64_t start_ms = clock_mono_ms();
        exchange.options.timeout_ms = rows[i].timeout_ms;
        loopback_start(&exchange.server, replies, 1);
        struct http *http = http_new(&exchange.options, &exchange.err);
        http_limit(http, start_ms + rows[i].limit_ms);
        http_limit(http, start_ms + LIMIT_MS); /* a later one changes nothing */
        exchange.request.origin = &exchange.server.origin;
        http_response_init(&exchange.response);
        row_int(rows[i].name, http_send(http, &exchange.request, &exchange.response, &exchange.err),
                -1);
        row_int(rows[i].name, exchange.err.kind, ERR_UNAVAILABLE);
        row_true(rows[i].name, clock_mono_ms() - start_ms < LIMIT_MS / 2);
        http_free(http);
        loopback_stop(&exchange.server);
        done(&exchange);
    }
}

/* While the portal is down, the client goes on for wait_ms, with more than five attempts. */
static void test_waiting_for_the_portal(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = BUSY}, {.data = BUSY}, {.data = BUSY},
        {.data = BUSY}, {.data = BUSY}, {.data = OK},
    };
    _Static_assert(ROWS(replies) > RETRY_ATTEMPTS, "more than without a wait");
    struct exchange exchange = make_exchange();
    (void)state;
    exchange.options.timeout_ms = 1000;
    exchange.options.wait_ms = LIMIT_MS;
    run(&exchange, replies, ROWS(replies));
    assert_int_equal(exchange.response.status, 200);
    assert_int_equal(exchange.server.requests, ROWS(replies));
    done(&exchange);
}

static void test_one_connection_is_kept(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = make_exchange();
    (void)state;
    loopback_start(&exchange.server, replies, 1);
    struct http *http = http_new(&exchange.options, &exchange.err);
    exchange.request.origin = &exchange.server.origin;
    for (int i = 0; i < 3; i++) {
        http_response_init(&exchange.response);
        assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), 0);
        done(&exchange);
    }
    assert_int_equal(exchange.server.requests, 3);
    assert_int_equal(exchange.server.connections, 1);
    http_free(http);
    http_free(NULL);
    loopback_stop(&exchange.server);
}

static void test_addresses_for_names(void **state)
{
    static const char *const resolve[] = {"other.test:192.0.2.1", "portal.test:127.0.0.1"};
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = make_exchange();
    struct url_origin origin;
    (void)state;
    exchange.options.resolve = resolve;
    exchange.options.resolve_count = ROWS(resolve);
    loopback_start(&exchange.server, replies, 1);
    struct http *http = http_new(&exchange.options, &exchange.err);
    origin = exchange.server.origin;
    snprintf(origin.origin, sizeof(origin.origin), "http://portal.test:%s", origin.port);
    snprintf(origin.host, sizeof(origin.host), "portal.test");
    exchange.request.origin = &origin;
    http_response_init(&exchange.response);
    assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), 0);
    http_free(http);
    loopback_stop(&exchange.server);
    row_has("host", exchange.server.request, "\r\nHost: portal.test:");
    done(&exchange);
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
    struct exchange exchange = make_exchange();
    char path[3000];
    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    exchange.request.path = path;
    run(&exchange, replies, 1);
    assert_int_equal(exchange.result, -1);
    assert_int_equal(exchange.err.kind, ERR_USAGE);
    assert_int_equal(exchange.server.connections, 0);
    done(&exchange);
}

/* The phases that were reported, in their order. */
struct reports {
    enum http_phase phases[64];
    int count;
    int64_t longest_ms;
};

static void note(void *context, enum http_phase phase, const char *host, int64_t waited_ms)
{
    struct reports *reports = context;
    assert_string_equal(host, "127.0.0.1");
    assert_true(waited_ms >= 0);
    reports->longest_ms = waited_ms > reports->longest_ms ? waited_ms : reports->longest_ms;
    if (reports->count == 0 || reports->phases[reports->count - 1] != phase) {
        assert_true(reports->count < (int)ROWS(reports->phases));
        reports->phases[reports->count++] = phase;
    }
}

static bool reported(const struct reports *reports, enum http_phase phase)
{
    for (int i = 0; i < reports->count; i++) {
        if (reports->phases[i] == phase) {
            return true;
        }
    }
    return false;
}

static void test_reports(void **state)
{
    const struct loopback_reply replies[] = {{.data = BUSY}, {.data = OK, .delay_ms = 1200}};
    struct reports reports = {0};
    struct exchange exchange = make_exchange();
    (void)state;
    exchange.options.progress = (struct http_progress){.context = &reports, .report = note};
    run(&exchange, replies, 2);
    assert_int_equal(exchange.response.status, 200);
    assert_true(reported(&reports, HTTP_RESPONDING));
    assert_true(reported(&reports, HTTP_PAUSING));
    assert_false(reported(&reports, HTTP_HANDSHAKE));
    assert_int_equal(reports.phases[reports.count - 1], HTTP_IDLE);
    assert_true(reports.longest_ms >= 1000);
    done(&exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_no_header_for_an_empty_code),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_attempts_are_counted),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_the_date),
        cmocka_unit_test(test_a_retry_forgets_the_first_response),
        cmocka_unit_test(test_the_limit_of_a_body),
        cmocka_unit_test(test_broken_responses),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_plain_http_on_a_tls_port),
        cmocka_unit_test(test_nothing_listens),
        cmocka_unit_test(test_time_limits),
        cmocka_unit_test(test_waiting_for_the_portal),
        cmocka_unit_test(test_one_connection_is_kept),
        cmocka_unit_test(test_addresses_for_names),
        cmocka_unit_test(test_check_resolve),
        cmocka_unit_test(test_a_missing_ca_file),
        cmocka_unit_test(test_a_url_that_is_too_long),
        cmocka_unit_test(test_reports),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
