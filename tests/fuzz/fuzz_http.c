/* SPDX-License-Identifier: MIT */
/* HTTP responses, through libcurl, from a socket pair: a response that is accepted begins with a
 * status line of HTTP/1.0 or 1.1 with three digits and has a body within the limit that is a part
 * of what was sent, and a date or none. */
#include "fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_transfer.h"
#include "net/trust.h"
#include "net/url.h"

enum { BODY_MAX = 4096 };

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    int *fd = context;
    curl_socket_t given = *fd >= 0 ? *fd : CURL_SOCKET_BAD;
    (void)purpose;
    (void)address;
    *fd = -1; /* libcurl closes it */
    return given;
}

/* CURLOPT_SOCKOPTFUNCTION */
static int keep_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)context;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static CURLcode exchange(int fd, struct http_transfer *transfer, struct http_response *response)
{
    static const struct url_origin origin = {"http://127.0.0.1:80", "127.0.0.1", "80", true};
    static const struct http_request request = {
        .method = "GET", .origin = &origin, .path = "/path", .token = "token"};
    static const struct http_attempt attempt = {.timeout_ms = 2000, .connect_ms = 2000};
    const struct http_wait wait = {0};
    struct err err = {0};
    transfer->wait = &wait;
    FUZZ_CHECK(http_transfer_prepare(transfer, &request, NULL, NULL, response, &err) == 0);
    curl_easy_setopt(transfer->curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(transfer->curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(transfer->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(transfer->curl, CURLOPT_OPENSOCKETDATA, &fd);
    curl_easy_setopt(transfer->curl, CURLOPT_SOCKOPTFUNCTION, keep_socket);
    CURLcode code = http_transfer_run(transfer, &request, &attempt);
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

/* "HTTP/1.1 200" */
static bool has_status_line(const uint8_t *data, size_t len)
{
    return len > 12 && memcmp(data, "HTTP/1.", 7) == 0 && (data[7] == '0' || data[7] == '1') &&
           data[8] == ' ' && data[9] >= '1' && data[9] <= '9' && data[10] >= '0' &&
           data[10] <= '9' && data[11] >= '0' && data[11] <= '9' && strchr(" \r\n", data[12]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http_transfer transfer;
    struct err err = {0};
    struct http_response response;
    int fds[2];
    if (transfer.curl == NULL) {
        FUZZ_CHECK(http_transfer_init(&transfer, &err) == 0);
        transfer.trust = trust_new(NULL, &err);
    }
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    ssize_t sent = len > 0 ? send(fds[1], data, len, MSG_NOSIGNAL) : 0;
    shutdown(fds[1], SHUT_WR);
    http_response_init(&response, BODY_MAX);
    CURLcode code = exchange(fds[0], &transfer, &response);
    if (code == CURLE_OK) {
        FUZZ_CHECK(has_status_line(data, len));
        FUZZ_CHECK(response.status >= 100 && response.status <= 999);
        FUZZ_CHECK(response.body.len <= BODY_MAX && response.body.len <= (size_t)sent);
        FUZZ_CHECK(response.date_s >= 0);
    } else {
        FUZZ_CHECK(response.status == 0);
    }
    http_response_done(&response);
    close(fds[1]);
    return 0;
}
