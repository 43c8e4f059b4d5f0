/* SPDX-License-Identifier: MIT */
/* The HTTP client and a server on loopback: what it sends, what it accepts, and when it retries. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "exchange.h"
#include "net/http.h"
#include "net/retry.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define CUT "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"

static void test_what_is_sent(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = exchange_make();
    (void)state;
    exchange.request.method = "PUT";
    exchange.request.path = "/v3/a%20b";
    exchange.request.otp = "123456";
    exchange.request.body = "{\"a\":1}";
    exchange_run(&exchange, replies, 1);
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
    exchange_done(&exchange);
}

static void test_no_header_for_an_empty_code(void **state)
{
    static const char *const codes[] = {NULL, ""};
    const struct loopback_reply replies[] = {{.data = OK}};
    (void)state;
    for (size_t i = 0; i < ROWS(codes); i++) {
        struct exchange exchange = exchange_make();
        exchange.request.otp = codes[i];
        exchange_run(&exchange, replies, 1);
        assert_int_equal(exchange.result, 0);
        row_has("no code", exchange.server.request, "GET /path ");
        row_lacks("no code", exchange.server.request, "otpcode");
        exchange_done(&exchange);
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
        struct exchange exchange = exchange_make();
        exchange.options.wait_ms = rows[i].wait_ms;
        exchange.request.method = rows[i].method;
        exchange.request.may_be_missing = rows[i].may_be_missing;
        exchange_run(&exchange, replies, 2);
        row_int(row, exchange.result, 0);
        row_int(row, exchange.server.requests, rows[i].requests);
        row_int(row, exchange.response.status, rows[i].requests > 1 ? 200 : rows[i].status);
        exchange_done(&exchange);
    }
}

static void test_attempts_are_counted(void **state)
{
    const struct loopback_reply replies[] = {{.data = BUSY}};
    struct exchange exchange = exchange_make();
    (void)state;
    exchange_run(&exchange, replies, 1);
    assert_int_equal(exchange.result, 0);
    assert_int_equal(exchange.response.status, 503);
    assert_int_equal(exchange.server.requests, RETRY_ATTEMPTS);
    assert_int_equal(exchange.server.connections, 1);
    exchange_done(&exchange);
}

static void test_retry_after(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"}, {.data = OK}};
    struct exchange exchange = exchange_make();
    (void)state;
    int64_t start_ms = clock_mono_ms();
    exchange_run(&exchange, replies, 2);
    assert_int_equal(exchange.response.status, 200);
    assert_true(clock_mono_ms() - start_ms >= 950);
    exchange_done(&exchange);
}

/* For a caller that waits itself. */
static void test_retry_after_is_returned(void **state)
{
    const struct loopback_reply replies[] = {
        {.data = BUSY},
        {.data = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"},
        {.data = OK}};
    struct exchange exchange = exchange_make();
    (void)state;
    exchange.options.no_pauses = true;
    exchange_run(&exchange, replies, 3);
    assert_int_equal(exchange.result, 0);
    assert_int_equal(exchange.response.status, 503);
    assert_int_equal(exchange.response.retry_after_s, 7);
    assert_int_equal(exchange.server.requests, 2);
    exchange_done(&exchange);
}

#define WRONG_YEAR "is not between 2020 and 2099"

static void test_the_date(void **state)
{
    static const struct {
        const char *header;
        int64_t want;
        const char *complaint;
    } rows[] = {
        {"Date: Thu, 01 Jan 2026 00:00:05 GMT\r\n", 1767225605, ""},
        {"dATE:Thu, 01 Jan 2026 00:00:05 GMT\r\n", 1767225605, ""},
        {"", 0, ""},
        {"Date: soon\r\n", 0, ""},
        {"Date:\r\n", 0, ""},
        {"X-Date: Thu, 01 Jan 2026 00:00:05 GMT\r\n", 0, ""},
        {"Date: Thu, 01 Jan 2026 00:00:05 GMT                                        \r\n", 0, ""},
        /* Without a certificate: */
        {"Date: Thu, 01 Jan 1970 00:00:05 GMT\r\n", 5, WRONG_YEAR},
        {"Date: Tue, 31 Dec 2019 23:59:59 GMT\r\n", 1577836799, WRONG_YEAR},
        {"Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n", 1577836800, ""},
        {"Date: Thu, 31 Dec 2099 23:59:59 GMT\r\n", 4102444799, ""},
        {"Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n", 4102444800, WRONG_YEAR},
        {"Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 253402300799, WRONG_YEAR},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: 2\r\n\r\n{}",
                 rows[i].header);
        const struct loopback_reply replies[] = {{.data = text}};
        struct exchange exchange = exchange_make();
        exchange_run(&exchange, replies, 1);
        row_int(rows[i].header, exchange.response.date_s, rows[i].want);
        const char *complaint = exchange.response.date_complaint;
        row_text(rows[i].header, complaint != NULL ? complaint : "", rows[i].complaint);
        row_text(rows[i].header, buf_str(&exchange.response.body), "{}");
        exchange_done(&exchange);
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
    struct exchange exchange = exchange_make();
    (void)state;
    exchange_run(&exchange, replies, 2);
    assert_string_equal(buf_str(&exchange.response.body), "{}");
    assert_int_equal(exchange.response.date_s, 0);
    exchange_done(&exchange);
}

static void test_good_status_lines(void **state)
{
    static const char *const rows[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 2000 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n"
        "\r\n",
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct loopback_reply replies[] = {{.data = rows[i], .end = LOOPBACK_CLOSE}};
        struct exchange exchange = exchange_make();
        exchange_run(&exchange, replies, 1);
        row_int(rows[i], exchange.response.status, 200);
        row_text(rows[i], buf_str(&exchange.response.body), "{}");
        exchange_done(&exchange);
    }
}

static void test_the_limit_of_a_body(void **state)
{
    static const struct {
        size_t len;
        bool chunked;
        int want;
    } rows[] = {
        {HTTP_BODY_MAX, false, 0},
        {HTTP_BODY_MAX + 1, false, -1},
        {HTTP_BODY_MAX, true, 0},
        {HTTP_BODY_MAX + 1, true, -1},
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
        struct exchange exchange = exchange_make();
        exchange_run(&exchange, replies, 1);
        row_int("length", exchange.result, rows[i].want);
        row_int("requests", exchange.server.requests, 1);
        if (rows[i].want == 0) {
            row_int("length", (int64_t)exchange.response.body.len, (int64_t)rows[i].len);
        } else {
            row_int("kind", exchange.err.kind, ERR_UNAVAILABLE);
            row_has("text", exchange.err.text, "127.0.0.1: the response is larger than 1 MiB");
        }
        exchange_done(&exchange);
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
            struct exchange exchange = exchange_make();
            bool is_get = strcmp(methods[j], "GET") == 0;
            exchange.request.method = methods[j];
            exchange_run(&exchange, replies, 2);
            row_int(broken[i].data, exchange.result, is_get ? 0 : -1);
            row_int(broken[i].data, exchange.server.requests, is_get ? 2 : 1);
            if (is_get) {
                row_text(broken[i].data, buf_str(&exchange.response.body), "{}");
            }
            exchange_done(&exchange);
        }
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
    struct exchange exchange = exchange_make();
    (void)state;
    exchange.options.timeout_ms = 1000;
    exchange.options.wait_ms = EXCHANGE_LIMIT_MS;
    exchange_run(&exchange, replies, ROWS(replies));
    assert_int_equal(exchange.response.status, 200);
    assert_int_equal(exchange.server.requests, ROWS(replies));
    exchange_done(&exchange);
}

static void test_one_connection_is_kept(void **state)
{
    const struct loopback_reply replies[] = {{.data = OK}};
    struct exchange exchange = exchange_make();
    (void)state;
    loopback_start(&exchange.server, replies, 1);
    struct http *http = http_new(&exchange.options, &exchange.err);
    exchange.request.origin = &exchange.server.origin;
    for (int i = 0; i < 3; i++) {
        http_response_init(&exchange.response, HTTP_BODY_MAX);
        assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), 0);
        exchange_done(&exchange);
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
    struct exchange exchange = exchange_make();
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
    http_response_init(&exchange.response, HTTP_BODY_MAX);
    assert_int_equal(http_send(http, &exchange.request, &exchange.response, &exchange.err), 0);
    http_free(http);
    loopback_stop(&exchange.server);
    row_has("host", exchange.server.request, "\r\nHost: portal.test:");
    exchange_done(&exchange);
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

/* The times are those of the last attempt. */
static void test_the_times_of_a_request(void **state)
{
    const struct loopback_reply replies[] = {{.data = BUSY, .delay_ms = 1200},
                                             {.data = OK, .delay_ms = 1200}};
    struct exchange exchange = exchange_make();
    (void)state;
    int64_t before_s = clock_wall_s();
    int64_t before_ms = clock_boot_ms();
    exchange_run(&exchange, replies, 2);
    assert_int_equal(exchange.response.status, 200);
    assert_true(exchange.response.sent_s > before_s);
    assert_true(exchange.response.sent_ms >= before_ms + replies[0].delay_ms);
    assert_true(exchange.response.sent_ms <= clock_boot_ms() - replies[1].delay_ms);
    exchange_done(&exchange);
}

static void test_reports(void **state)
{
    const struct loopback_reply replies[] = {{.data = BUSY}, {.data = OK, .delay_ms = 1200}};
    struct reports reports = {0};
    struct exchange exchange = exchange_make();
    (void)state;
    exchange.options.progress = (struct http_progress){.context = &reports, .report = note};
    exchange_run(&exchange, replies, 2);
    assert_int_equal(exchange.response.status, 200);
    assert_true(reported(&reports, HTTP_RESPONDING));
    assert_true(reported(&reports, HTTP_PAUSING));
    assert_false(reported(&reports, HTTP_HANDSHAKE));
    assert_int_equal(reports.phases[reports.count - 1], HTTP_IDLE);
    assert_true(reports.longest_ms >= 1000);
    exchange_done(&exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_no_header_for_an_empty_code),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_attempts_are_counted),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_retry_after_is_returned),
        cmocka_unit_test(test_the_date),
        cmocka_unit_test(test_a_retry_forgets_the_first_response),
        cmocka_unit_test(test_good_status_lines),
        cmocka_unit_test(test_the_limit_of_a_body),
        cmocka_unit_test(test_broken_responses),
        cmocka_unit_test(test_waiting_for_the_portal),
        cmocka_unit_test(test_one_connection_is_kept),
        cmocka_unit_test(test_addresses_for_names),
        cmocka_unit_test(test_the_times_of_a_request),
        cmocka_unit_test(test_reports),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
