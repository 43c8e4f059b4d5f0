/* SPDX-License-Identifier: MIT */
/*
 * The least that an HTTP server can do: answers each request with the bytes of standard input,
 * without reading what the request says. Prints its port on loopback. Ends with its parent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char response[16384];
static size_t response_len;

static void add(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
    }
}

static void answer(int fd)
{
    char request[4096];
    ssize_t len = recv(fd, request, sizeof(request), 0);
    if (len <= 0) {
        close(fd);
    } else if (memmem(request, (size_t)len, "\r\n\r\n", 4) != NULL &&
               send(fd, response, response_len, MSG_NOSIGNAL) < 0) {
        close(fd);
    }
}

int main(void)
{
    struct epoll_event events[64];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t at_len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    response_len = fread(response, 1, sizeof(response), stdin);
    if (bind(listener, (struct sockaddr *)&at, at_len) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &at_len) != 0) {
        return 1;
    }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    add(epoll, listener);
    for (int count = 0; count >= 0; count = epoll_wait(epoll, events, 64, -1)) {
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener) {
                add(epoll, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
            } else {
                answer(events[i].data.fd);
            }
        }
    }
    return 1;
}
