/* SPDX-License-Identifier: MIT */
/* The health check of an endpoint: its URL, and the answers of a server on loopback. */
#include "rows.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"
#include "net/server.h"
#include "serve/health.h"

static const struct {
    const char *url;
    const char *message; /* a part of it */
} bad_urls[] = {
    {"", "such as http://127.0.0.1:9911/readyz"},
    {"127.0.0.1:9911", "not a URL"},
    {"https://127.0.0.1:9911/", "not a URL"},
    {"http://127.0.0.1/", "not a URL"},
    {"http://example.com:80/", "not a URL"},
    {"http://127.0.0.1:99999/", "not a URL"},
    {"http://127.0.0.1:9911/a b", "not a URL"},
    {"http://127.0.0.1:9911/\r\nX: y", "not a URL"},
    {"http://10.0.0.1:9911/", "not on this machine"},
    {"http://169.254.169.254:9911/", "not on this machine"},
    {"http://169.254.170.22:9911/", "not on this machine"},
    {"http://[fd00:ec2::24]:9911/", "not on this machine"},
    {"http://[::23]:9911/", "not on this machine"},
    {"http://0.0.0.0:9911/", "not on this machine"},
};

static void rejects_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(bad_urls); i++) {
        struct err err = {0};
        row_int(bad_urls[i].url, health_check(bad_urls[i].url, &err), -1);
        row_int(bad_urls[i].url, err.kind, ERR_USAGE);
        row_has(bad_urls[i].url, err.text, bad_urls[i].message);
    }
}

/* "/200" has that status. The body has two lines. */
static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    (void)context;
    sscanf(request->path, "/%d", &response->status);
    buf_add_str(&response->body, "first line\nsecond line\n");
    return SERVER_RESPOND;
}

/* Serves in a child process until it is killed, or the test ends. */
static pid_t start_server(int *port)
{
    const struct server_options options = {.connections_max = 4,
                                           .header_max = 4096,
                                           .body_max = 4096,
                                           .timeout_ms = 10000,
                                           .handle = handle};
    struct address address;
    struct err err;
    struct server *server = server_new(&options, &err);
    assert_non_null(server);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(server, &address, &err), 0);
    *port = address_port(&address);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    while (pid == 0) {
        struct pollfd fd = {.fd = server_fd(server), .events = POLLIN};
        poll(&fd, 1, 100);
        server_run(server);
    }
    server_free(server);
    return pid;
}

static void judges_the_status(void **state)
{
    struct err err = {0};
    char url[64];
    int port = 0;
    (void)state;
    pid_t pid = start_server(&port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/200", port);
    int result = health_check(url, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(result, 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/503", port);
    assert_int_equal(health_check(url, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    row_has("status and body", err.text, "/503: status 503: first line");
    row_lacks("body", err.text, "second");
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(health_check(url, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    row_has("no server", err.text, "cannot connect");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejects_urls),
        cmocka_unit_test(judges_the_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
