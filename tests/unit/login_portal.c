/* SPDX-License-Identifier: MIT */
#include "login_portal.h"

#include "rows.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/address.h"
#include "net/server.h"

struct login_portal *login_portal;
static pid_t portal_process;
struct url_origin login_portal_origin;

static enum server_verdict respond(void *context, const struct server_request *request,
                                   struct server_response *response)
{
    const char *token = server_header(request, "Authorization");
    (void)context;
    login_portal->calls++;
    if (login_portal->hangs) {
        response->defer_until_ms = clock_mono_ms() + 60000;
        return SERVER_DEFER;
    }
    bool accepted = token != NULL && strncmp(token, "Bearer ", 7) == 0 &&
                    strcmp(token + 7, login_portal->token) == 0;
    response->status = accepted ? 200 : 401;
    response->content_type = "application/json";
    buf_add_fmt(&response->body, "{\"IsOtpNeeded\":%s}",
                login_portal->otp_needed ? "true" : "false");
    return SERVER_RESPOND;
}

static _Noreturn void run_portal(struct server *server)
{
    for (;;) {
        struct pollfd file = {.fd = server_fd(server), .events = POLLIN};
        poll(&file, 1, server_timeout_ms(server));
        server_run(server);
    }
}

int login_portal_start(void **state)
{
    const struct server_options options = {.connections_max = 20,
                                           .header_max = 16 << 10,
                                           .body_max = 1000,
                                           .timeout_ms = 60000,
                                           .handle = respond};
    struct address address;
    struct err err = {0};
    char url[64];
    (void)state;
    login_portal = mmap(NULL, sizeof(*login_portal), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct server *server = server_new(&options, &err);
    assert_true(login_portal != MAP_FAILED && server != NULL);
    assert_int_equal(address_parse(&address, "127.0.0.1:0", &err), 0);
    assert_int_equal(server_listen(server, &address, &err), 0);
    portal_process = fork();
    assert_true(portal_process >= 0);
    if (portal_process == 0) {
        run_portal(server);
    }
    server_free(server);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", address_port(&address));
    return url_parse_origin(url, &login_portal_origin, &err);
}

int login_portal_stop(void **state)
{
    (void)state;
    kill(portal_process, SIGKILL);
    return waitpid(portal_process, NULL, 0) == portal_process ? 0 : -1;
}
