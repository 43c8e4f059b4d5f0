/* SPDX-License-Identifier: MIT */
/* Waiting for a browser: the listener, the program that is started, the limit. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "login/browser_environment.h"
#include "login/browser_wait.h"
#include "person.h"
#include "sandbox.h"

#define REQUEST "GET /page?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

enum { LONG_MS = 20000 };

/* What the handler has seen. */
struct request_log {
    struct browser_wait waiting;
    int requests;
    char path[64];
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct request_log *log = context;
    log->requests++;
    snprintf(log->path, sizeof(log->path), "%s", request->path);
    log->waiting.done = true;
    response->status = 200;
    return SERVER_RESPOND;
}

static bool is_secret(const char *entry)
{
    return strncmp(entry, "SECRET=", 7) == 0;
}

static const char *const no_environment[] = {NULL};

static struct browser_options make_options(const char *command, int64_t timeout_ms)
{
    return (struct browser_options){
        .command = command,
        .command_source = "SOURCE",
        .timeout_ms = timeout_ms,
        .timeout_hint = "HINT",
        .environment = no_environment,
        .is_secret = is_secret,
    };
}

static void init(struct request_log *log, const struct browser_options *options)
{
    *log = (struct request_log){
        .waiting = {.options = options, .purpose = "to test", .context = log, .handle = handle}};
}

static void test_a_request_ends_the_wait(void **state)
{
    struct browser_options options = make_options("none", LONG_MS);
    struct request_log log;
    struct err err = {0};
    (void)state;
    options.port = person_find_port();
    init(&log, &options);
    assert_int_equal(browser_wait_open(&log.waiting, &err), 0);
    assert_int_equal(log.waiting.port, options.port);
    pid_t person = person_start(options.port, REQUEST);
    assert_int_equal(browser_wait_run(&log.waiting, "http://example.com/", &err), 0);
    assert_int_equal(log.requests, 1);
    assert_string_equal(log.path, "/page");
    browser_wait_close(&log.waiting);
    person_end(person);
}

static void test_the_wait_is_limited(void **state)
{
    const struct browser_options options = make_options("none", 50);
    struct request_log log;
    struct err err = {0};
    (void)state;
    init(&log, &options);
    assert_int_equal(browser_wait_open(&log.waiting, &err), 0);
    assert_int_not_equal(log.waiting.port, 0);
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(browser_wait_run(&log.waiting, "http://example.com/", &err), -1);
    assert_true(clock_mono_ms() - start_ms >= 50);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_string_equal(err.text, "no answer from the browser within 1 s; HINT");
    browser_wait_close(&log.waiting);
}

static void test_a_port_in_use(void **state)
{
    struct browser_options options = make_options("none", LONG_MS);
    struct request_log first;
    struct request_log second;
    struct err err = {0};
    (void)state;
    init(&first, &options);
    assert_int_equal(browser_wait_open(&first.waiting, &err), 0);
    options.port = first.waiting.port;
    init(&second, &options);
    assert_int_equal(browser_wait_open(&second.waiting, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    browser_wait_close(&second.waiting);
    browser_wait_close(&first.waiting);
}

static void test_a_missing_command(void **state)
{
    const struct browser_options options = make_options("/nonexistent/browser", LONG_MS);
    struct request_log log;
    struct err err = {0};
    (void)state;
    init(&log, &options);
    assert_int_equal(browser_wait_open(&log.waiting, &err), 0);
    assert_int_equal(browser_wait_run(&log.waiting, "http://example.com/", &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_string_equal(err.text, "SOURCE: there is no program \"/nonexistent/browser\"");
    browser_wait_close(&log.waiting);
}

/* The program gets the URL and the environment without its secrets. */
static void test_the_program(void **state)
{
    static const char *const environment[] = {"PATH=/bin:/usr/bin", "SECRET=CANARY", "OTHER=kept",
                                              NULL};
    struct request_log log;
    struct err err = {0};
    char script[512];
    char command[256];
    size_t len = 0;
    (void)state;
    snprintf(script, sizeof(script), "#!/bin/sh\necho \"$2\" >%s.new\nenv >>%s.new\nmv %s.new %s\n",
             sandbox_path("seen"), sandbox_path("seen"), sandbox_path("seen"),
             sandbox_path("seen"));
    sandbox_write(sandbox_path("browser"), script, strlen(script), 0755);
    snprintf(command, sizeof(command), "%s --new %%s", sandbox_path("browser"));
    struct browser_options options = make_options(command, 3000);
    options.environment = environment;
    options.port = person_find_port();
    init(&log, &options);
    assert_int_equal(browser_wait_open(&log.waiting, &err), 0);
    pid_t person = person_start(options.port, REQUEST);
    assert_int_equal(browser_wait_run(&log.waiting, "http://example.com/?a&b", &err), 0);
    browser_wait_close(&log.waiting);
    person_end(person);
    for (int i = 0; access(sandbox_path("seen"), F_OK) != 0 && i < 500; i++) {
        usleep(10000);
    }
    char *seen = sandbox_read(sandbox_path("seen"), &len);
    assert_true(strncmp(seen, "http://example.com/?a&b\n", 24) == 0);
    assert_non_null(strstr(seen, "OTHER=kept\n"));
    assert_null(strstr(seen, "CANARY"));
    free(seen);
}

static void test_advice(void **state)
{
    static const struct {
        const char *name;
        const char *environment[4];
        const char *want;
    } rows[] = {
        {"SSH", {"SSH_CONNECTION=192.0.2.1 5000 192.0.2.7 22"}, "ssh -L 7:127.0.0.1:7 192.0.2.7"},
        {"SSH on another port",
         {"SSH_CONNECTION=192.0.2.1 5000 192.0.2.7 2222"},
         "ssh -p 2222 -L 7:127.0.0.1:7 192.0.2.7"},
        {"SSH, incomplete", {"SSH_CONNECTION=incomplete"}, "ssh -L 7:127.0.0.1:7 THIS-MACHINE"},
        {"SSH into a container",
         {"container=podman", "SSH_CONNECTION=a 1 b 22"},
         "ssh -L 7:127.0.0.1:7 b"},
        {"a container", {"container=podman"}, "only if the container uses the host's network"},
        {"a pod",
         {"KUBERNETES_SERVICE_HOST=10.0.0.1", "HOSTNAME=tools-0"},
         "kubectl port-forward pod/tools-0 7:7"},
        {"a pod without a name",
         {"KUBERNETES_SERVICE_HOST=::1", "container=oci", "HOSTNAME="},
         "kubectl port-forward pod/POD 7:7"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char advice[BROWSER_ADVICE_SIZE];
        browser_environment_advise(rows[i].environment, 7, advice);
        row_has(rows[i].name, advice, rows[i].want);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_request_ends_the_wait),
        TEST(test_the_wait_is_limited),
        TEST(test_a_port_in_use),
        TEST(test_a_missing_command),
        TEST(test_the_program),
        TEST(test_advice),
    };
    return cmocka_run_group_tests_name("browser_wait", tests, NULL, NULL);
}
