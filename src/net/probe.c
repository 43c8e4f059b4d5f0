/* SPDX-License-Identifier: MIT */
#include "net/probe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "net/address.h"

enum { REQUEST_MAX = 2048, RESPONSE_MAX = 16 << 10, CHUNK = 2048 };

/* False when the deadline has come first. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    struct pollfd item = {.fd = fd, .events = events};
    return poll(&item, 1, (int)clock_left_ms(deadline_ms)) > 0;
}

static int connect_until(int fd, const struct address *address, int64_t deadline_ms)
{
    socklen_t len = sizeof(int);
    int failed = 0;
    if (connect(fd, &address->at.any, address->len) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return -1;
    }
    if (!wait_for(fd, POLLOUT, deadline_ms)) {
        errno = ETIMEDOUT;
        return -1;
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

/* A loopback socket accepts a few hundred bytes in one write. */
static int send_request(int fd, const struct address *address, const char *path, struct err *err)
{
    char peer[ADDRESS_TEXT_SIZE];
    char request[REQUEST_MAX];
    address_format(address, peer);
    int len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: duplojit/" DUPLOJIT_VERSION
                       "\r\nConnection: close\r\n\r\n",
                       path, peer);
    if (len < 0 || (size_t)len >= sizeof(request)) {
        return err_set(err, ERR_USAGE, "the path is too long");
    }
    return write(fd, request, (size_t)len) == len
               ? 0
               : err_set_errno(err, ERR_UNAVAILABLE, "cannot send the request to %s", peer);
}

/* Reads to the end of the response, or until there is no room for more. */
static int read_response(int fd, int64_t deadline_ms, struct buf *response, struct err *err)
{
    while (response->len + CHUNK <= response->max) {
        char *room = buf_reserve(response, CHUNK, err);
        if (room == NULL) {
            return -1;
        }
        ssize_t got = read(fd, room, CHUNK);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            response->len += (size_t)got;
            response->data[response->len] = '\0';
        } else if (errno != EAGAIN && errno != EINTR) {
            return err_set_errno(err, ERR_UNAVAILABLE, "the response was cut off");
        } else if (!wait_for(fd, POLLIN, deadline_ms)) {
            return err_set(err, ERR_UNAVAILABLE, "no response before the timeout");
        }
    }
    return 0;
}

/* "HTTP/1.1 200 OK", headers, an empty line, the body. */
static int parse(const struct buf *response, int *status, char text[PROBE_TEXT_SIZE],
                 struct err *err)
{
    const char *all = buf_str(response);
    const char *body = strstr(all, "\r\n\r\n");
    char digits[4] = "";
    int64_t value = 0;
    if (strncmp(all, "HTTP/1.", 7) != 0 || response->len < 12 || body == NULL) {
        return err_set(err, ERR_UNAVAILABLE, "the response is not HTTP");
    }
    memcpy(digits, all + 9, 3);
    if (!text_parse_int(digits, 100, 999, &value)) {
        return err_set(err, ERR_UNAVAILABLE, "the response is not HTTP");
    }
    *status = (int)value;
    snprintf(text, PROBE_TEXT_SIZE, "%s", body + 4);
    return 0;
}

int probe_get(const struct address *address, const char *path, int64_t deadline_ms, int *status,
              char text[PROBE_TEXT_SIZE], struct err *err)
{
    char peer[ADDRESS_TEXT_SIZE];
    struct buf response;
    int result = -1;
    int fd = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address_format(address, peer);
    buf_init(&response, RESPONSE_MAX);
    if (fd < 0 || connect_until(fd, address, deadline_ms) != 0) {
        err_set_errno(err, ERR_UNAVAILABLE, "cannot connect to %s", peer);
    } else if (send_request(fd, address, path, err) == 0 &&
               read_response(fd, deadline_ms, &response, err) == 0) {
        result = parse(&response, status, text, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    buf_done(&response);
    return result;
}
