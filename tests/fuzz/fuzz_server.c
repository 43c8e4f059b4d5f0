/* SPDX-License-Identifier: MIT */
/* Bytes that a client sends to the HTTP server, through libmicrohttpd: each response begins with a
 * status line, the handler gets only complete requests with one Host at most, and no connection
 * stays open. A head that almost fills the memory of a connection leaves no room for a response;
 * then the connection is closed. */
#include "fuzz.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server.h"
#include "net/server_connections.h"

enum { ROUNDS = 50, BODY_MAX = 256 };

static int64_t fixed_ms(const void *context)
{
    (void)context;
    return 1000;
}

/* MHD_KeyValueIterator */
static enum MHD_Result count_host(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    int *count = context;
    (void)kind;
    (void)value;
    *count += strcasecmp(name, "Host") == 0 ? 1 : 0;
    return MHD_YES;
}

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    (void)context;
    FUZZ_CHECK(request->body_len <= BODY_MAX && request->body[request->body_len] == '\0');
    FUZZ_CHECK(request->path != NULL && request->method[0] != '\0');
    int hosts = 0;
    MHD_get_connection_values((struct MHD_Connection *)(uintptr_t)request->fields, MHD_HEADER_KIND,
                              count_host, &hosts);
    FUZZ_CHECK(hosts <= 1);
    const char *query = server_query(request, "q");
    const char *header = server_header(request, "X-Test");
    buf_add_str(&response->body, query != NULL ? query : "none");
    buf_add_str(&response->body, header != NULL ? header : "none");
    response->status = 200;
    return SERVER_RESPOND;
}

static void check_received(int fd)
{
    char text[8192];
    ssize_t got = read(fd, text, sizeof(text));
    FUZZ_CHECK(got <= 0 || (got > 12 && strncmp(text, "HTTP/1.", 7) == 0));
    while (got > 0) {
        got = read(fd, text, sizeof(text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct server *server;
    static const struct server_options options = {.connections_max = 8,
                                                  .header_max = 4096,
                                                  .body_max = BODY_MAX,
                                                  .timeout_ms = 1000,
                                                  .now_ms = fixed_ms,
                                                  .handle = handle};
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct err err = {0};
    int fds[2];
    if (server == NULL) {
        server = server_new(&options, &err);
        FUZZ_CHECK(server != NULL);
    }
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    FUZZ_CHECK(MHD_add_connection(server->daemon, fds[0], (const struct sockaddr *)&from,
                                  sizeof(from)) == MHD_YES);
    if (len > 0) {
        FUZZ_CHECK(send(fds[1], data, len, MSG_NOSIGNAL) == (ssize_t)len);
    }
    for (int i = 0; i < 4; i++) {
        server_run(server);
    }
    check_received(fds[1]);
    shutdown(fds[1], SHUT_WR);
    for (int i = 0; i < ROUNDS && server_count(server).connections > 0; i++) {
        char text[8192];
        server_run(server);
        while (read(fds[1], text, sizeof(text)) > 0) {
        }
    }
    close(fds[1]);
    server_run(server);
    FUZZ_CHECK(server_count(server).connections == 0);
    return 0;
}
