/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "rows.h"

/* False when the server stops first, or after timeout_ms (-1: never). */
static bool wait_readable(const struct loopback *loopback, int fd, int timeout_ms)
{
    struct pollfd files[] = {{.fd = loopback->stop[0], .events = POLLIN},
                             {.fd = fd, .events = POLLIN}};
    return poll(files, 2, timeout_ms) > 0 && files[0].revents == 0;
}

/* Whether the text is a whole request: its head, and as much body as the head says. A TLS client
 * sends none, but waits for an answer. */
static bool is_whole(const char *text, size_t len)
{
    enum { TLS_HANDSHAKE = 0x16 };
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    size_t body = length != NULL ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    return (len > 0 && text[0] == TLS_HANDSHAKE) ||
           (end != NULL && len >= (size_t)(end + 4 - text) + body);
}

static bool read_request(struct loopback *loopback, int fd)
{
    size_t len = 0;
    char text[LOOPBACK_REQUEST_SIZE] = "";
    while (!is_whole(text, len)) {
        if (!wait_readable(loopback, fd, -1)) {
            return false;
        }
        ssize_t got = recv(fd, text + len, sizeof(text) - 1 - len, 0);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        text[len] = '\0';
    }
    memcpy(loopback->request, text, len + 1);
    return true;
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the client has had enough */
        }
        data += sent;
        len -= (size_t)sent;
    }
}

/* Answers one request. False when the connection is to be closed. */
static bool reply(struct loopback *loopback, int fd)
{
    size_t at = (size_t)loopback->requests;
    const struct loopback_reply *next =
        &loopback->replies[at < loopback->reply_count ? at : loopback->reply_count - 1];
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    loopback->requests++;
    if (next->delay_ms > 0) {
        wait_readable(loopback, -1, next->delay_ms);
    }
    send_all(fd, next->data, next->len > 0 ? next->len : strlen(next->data));
    if (next->end == LOOPBACK_HANG) {
        wait_readable(loopback, fd, -1);
    } else if (next->end == LOOPBACK_RESET) {
        wait_readable(loopback, -1, 20); /* the client reads what was sent before the reset */
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    return next->end == LOOPBACK_KEEP;
}

static void *serve(void *context)
{
    struct loopback *loopback = context;
    while (wait_readable(loopback, loopback->listener, -1)) {
        int fd = accept(loopback->listener, NULL, NULL);
        loopback->connections++;
        while (read_request(loopback, fd) && reply(loopback, fd)) {
        }
        close(fd);
    }
    return NULL;
}

void loopback_start(struct loopback *loopback, const struct loopback_reply *replies, size_t count)
{
    char text[64];
    struct err err;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    *loopback = (struct loopback){.replies = replies, .reply_count = count};
    loopback->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(loopback->listener >= 0);
    assert_int_equal(bind(loopback->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(loopback->listener, 16), 0);
    assert_int_equal(getsockname(loopback->listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(pipe(loopback->stop), 0);
    snprintf(text, sizeof(text), "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(url_parse_origin(text, &loopback->origin, &err), 0);
    assert_int_equal(pthread_create(&loopback->thread, NULL, serve, loopback), 0);
}

void loopback_stop(struct loopback *loopback)
{
    close(loopback->stop[1]);
    pthread_join(loopback->thread, NULL);
    close(loopback->stop[0]);
    close(loopback->listener);
}
