/* SPDX-License-Identifier: MIT */
/* The HTTP server over loopback: too many connections, slow clients, deferred requests, the end. */
#include "rows.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "local_server.h"

#define HOST "Host: 127.0.0.1\r\n"
#define PLAIN "GET / HTTP/1.1\r\n" HOST "\r\n"

/* One connection more than allowed closes the one that has been silent longest; a connection that
 * is being served stays. */
static void test_the_oldest_silent_connection_makes_room(void **state)
{
    enum { MAX = 3 };
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    int fds[MAX];
    (void)state;
    local_server_start(&server, MAX, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    fds[0] = local_server_dial(&server);
    client_put(fds[0], PLAIN);
    local_server_run(&server, 5);
    assert_int_equal(server.calls, 1);
    for (int i = 1; i < MAX; i++) {
        fds[i] = local_server_dial(&server);
        local_server_run(&server, 5);
    }
    assert_int_equal(server_count(server.server).connections, MAX);
    int late = local_server_dial(&server);
    client_await_close(&server, fds[1], out);
    assert_string_equal(out, "");
    assert_int_equal(server_count(server.server).evicted, 1);
    server.defers = false;
    client_put(late, PLAIN);
    client_await_text(&server, late, "200 OK", out);
    server_wake(server.server);
    out[0] = '\0';
    client_await_text(&server, fds[0], "200 OK", out);
    assert_true(client_take(fds[2], out));
    assert_int_equal(server_count(server.server).accepted, MAX + 1);
    close(late);
    for (int i = 0; i < MAX; i++) {
        close(fds[i]);
    }
    server_free(server.server);
}

/* Without a connection that may be closed, the next client waits in the system's queue. */
static void test_no_room_at_all(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 1, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    int first = local_server_dial(&server);
    client_put(first, PLAIN);
    local_server_run(&server, 5);
    int second = local_server_dial(&server);
    client_put(second, "GET /second HTTP/1.1\r\n" HOST "\r\n");
    local_server_run(&server, 250);
    assert_int_equal(server.calls, 1);
    assert_int_equal(server_count(server.server).accepted, 1);
    assert_int_equal(server_count(server.server).evicted, 0);
    close(first);
    server.defers = false;
    server_wake(server.server);
    client_await_text(&server, second, "/second", out);
    close(second);
    server_free(server.server);
}

static void test_a_connection_that_sends_no_request(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, 60);
    int silent = local_server_dial(&server);
    int slow = local_server_dial(&server);
    client_put(slow, "GET / HT");
    local_server_run(&server, 5);
    assert_true(server_timeout_ms(server.server) <= 60);
    client_await_close(&server, silent, out);
    client_await_close(&server, slow, out);
    assert_string_equal(out, "");
    assert_int_equal(server.calls, 0);
    assert_int_equal(server_count(server.server).evicted, 2);
    close(silent);
    close(slow);
    server_free(server.server);
}

/* The handler is called again when the time has come that it named, and after server_wake. */
static void test_deferred_requests(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = 20;
    int fd = local_server_dial(&server);
    client_put(fd, PLAIN);
    local_server_run(&server, 10);
    int64_t complete_ms = server.complete_ms;
    assert_int_not_equal(complete_ms, 0);
    local_server_run(&server, 150);
    assert_true(server.calls >= 3);
    assert_int_equal(server.complete_ms, complete_ms);
    assert_int_equal(server_count(server.server).requests, 1);
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    local_server_run(&server, 50);
    int calls = server.calls;
    local_server_run(&server, 50);
    assert_int_equal(server.calls, calls);
    assert_true(server_timeout_ms(server.server) > 1000);
    server.defers = false;
    server_wake(server.server);
    client_await_text(&server, fd, "200 OK", out);
    assert_int_equal(server.calls, calls + 1);
    close(fd);
    server_free(server.server);
}

/* Idle connections close at once, the others after their response; new ones are refused. */
/* While more than half of the connections wait, other requests must not. */
static void test_many_deferred_requests(void **state)
{
    enum { MAX = 8 };
    struct local_server server;
    int fds[MAX];
    (void)state;
    local_server_start(&server, MAX, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    for (int i = 0; i < MAX; i++) {
        fds[i] = local_server_dial(&server);
        client_put(fds[i], PLAIN);
        while (server.calls <= i) {
            local_server_run(&server, 1);
        }
        assert_int_equal(server.must_respond, i > MAX / 2);
    }
    for (int i = 0; i < MAX; i++) {
        close(fds[i]);
    }
    server_free(server.server);
}

enum { LARGE = 12 << 20, LARGE_COUNT = 4 }; /* more than the system takes for a connection */

static void respond_with_much(struct server_response *response)
{
    static char much[LARGE];
    memset(much, 'x', sizeof(much));
    buf_add(&response->body, much, sizeof(much));
}

/* Clients that do not read: the responses that wait for them take 16 MiB at most, and the memory is
 * free again when they are gone. */
static void test_responses_that_are_not_read(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    int fds[LARGE_COUNT];
    int refused = 0;
    (void)state;
    local_server_start(&server, LARGE_COUNT + 2, LOCAL_SERVER_LONG_MS);
    server.respond = respond_with_much;
    for (int i = 0; i < LARGE_COUNT; i++) {
        int least = 1;
        fds[i] = local_server_dial(&server);
        setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
        client_put(fds[i], PLAIN);
        while (server.calls <= i) {
            local_server_run(&server, 1);
        }
        char head[16] = "";
        while (recv(fds[i], head, sizeof(head) - 1, MSG_PEEK | MSG_DONTWAIT) < 12) {
            local_server_run(&server, 1);
        }
        refused += strstr(head, "503") != NULL ? 1 : 0;
    }
    assert_int_equal(refused, LARGE_COUNT - 1);
    for (int i = 0; i < LARGE_COUNT; i++) {
        close(fds[i]);
    }
    local_server_run(&server, 50);
    server.respond = NULL;
    int late = local_server_dial(&server);
    client_put(late, PLAIN);
    client_await_text(&server, late, "200 OK", out);
    close(late);
    server_free(server.server);
}

static void test_draining(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    int idle = local_server_dial(&server);
    int busy = local_server_dial(&server);
    client_put(busy, PLAIN);
    local_server_run(&server, 10);
    assert_int_equal(server.calls, 1);
    assert_false(server_drain(server.server));
    client_await_close(&server, idle, out);
    assert_string_equal(out, "");
    assert_false(server_drain(server.server));
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(late, &server.address.at.any, server.address.len), -1);
    assert_int_equal(errno, ECONNREFUSED);
    server.defers = false;
    server_wake(server.server);
    client_await_close(&server, busy, out);
    row_has("busy", out, "200 OK");
    row_has("busy", out, "Connection: close");
    int64_t end_ms = clock_mono_ms() + LOCAL_SERVER_LIMIT_MS;
    while (!server_drain(server.server)) {
        assert_true(clock_left_ms(end_ms) > 0);
        local_server_run(&server, 1);
    }
    close(idle);
    close(busy);
    close(late);
    server_free(server.server);
}

static void test_freed_while_a_request_is_deferred(void **state)
{
    struct local_server server;
    char out[LOCAL_SERVER_TEXT_SIZE] = "";
    (void)state;
    local_server_start(&server, 10, LOCAL_SERVER_LONG_MS);
    server.defers = true;
    server.defer_ms = LOCAL_SERVER_LONG_MS;
    int fd = local_server_dial(&server);
    client_put(fd, PLAIN);
    local_server_run(&server, 10);
    assert_int_equal(server.calls, 1);
    server.defers = false;
    server_free(server.server);
    server_free(NULL);
    while (client_take(fd, out)) {
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_oldest_silent_connection_makes_room),
        cmocka_unit_test(test_no_room_at_all),
        cmocka_unit_test(test_a_connection_that_sends_no_request),
        cmocka_unit_test(test_deferred_requests),
        cmocka_unit_test(test_many_deferred_requests),
        cmocka_unit_test(test_responses_that_are_not_read),
        cmocka_unit_test(test_draining),
        cmocka_unit_test(test_freed_while_a_request_is_deferred),
    };
    return cmocka_run_group_tests_name("server_limits", tests, NULL, NULL);
}
