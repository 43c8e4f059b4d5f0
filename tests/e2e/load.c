/* SPDX-License-Identifier: MIT */
/*
 * Many clients of one server, for test_serve_load.py and the benchmark:
 *
 *   load PORT CONNECTIONS AT_ONCE REQUESTS   sends the request on standard input repeatedly
 *
 * All connections stay open and are used in turn, AT_ONCE at a time. Prints as JSON how many
 * answers were 200 and contained "AccessKeyId", how many were not, and their times in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, ANSWER_MAX = 16384, EVENTS = 64, TIMEOUT_MS = 20000 };

struct client {
    int fd; /* -1: the server closed it */
    bool busy;
    long long begun_us;
    size_t got;
    char response[ANSWER_MAX];
};

struct load {
    int epoll;
    struct client *clients;
    long count, next; /* number of clients; index of the next one */
    long busy;        /* requests without an answer yet */
    long sent, wanted;
    long good, bad;
    long long *took_us;
    char request[REQUEST_MAX];
    size_t request_len;
};

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Sends the next request on the next free connection. `last`, which has just become free, is used
 * again if all others are busy: a search would cost more than the request. */
static void ask(struct load *load, struct client *last)
{
    bool is_only = last != NULL && last->fd >= 0 && load->busy == load->count - 1;
    struct client *client = is_only && load->sent < load->wanted ? last : NULL;
    for (long i = 0; i < load->count && client == NULL && load->sent < load->wanted; i++) {
        struct client *at = &load->clients[load->next++ % load->count];
        client = at->fd >= 0 && !at->busy ? at : NULL;
    }
    if (client == NULL) {
        return;
    }
    load->sent++;
    load->busy++;
    client->busy = true;
    client->got = 0;
    client->begun_us = now_us();
    /* If it fails, the next recv fails too. */
    (void)!send(client->fd, load->request, load->request_len, MSG_NOSIGNAL);
}

/* The length of the answer in the buffer, or 0 while it is incomplete. */
static size_t answer_len(const struct client *client)
{
    const char *end = strstr(client->response, "\r\n\r\n");
    const char *field = strcasestr(client->response, "\r\nContent-Length:");
    if (end == NULL || field == NULL || field > end) {
        return 0;
    }
    size_t len = (size_t)(end + 4 - client->response) + strtoul(field + 17, NULL, 10);
    return client->got >= len ? len : 0;
}

static void take(struct load *load, struct client *client)
{
    ssize_t got =
        recv(client->fd, client->response + client->got, ANSWER_MAX - 1 - client->got, MSG_DONTWAIT);
    client->got += got > 0 ? (size_t)got : 0;
    client->response[client->got] = '\0';
    if (got <= 0) {
        close(client->fd);
        client->fd = -1;
    } else if (answer_len(client) == 0) {
        return;
    }
    if (!client->busy) {
        return;
    }
    load->took_us[load->good + load->bad] = now_us() - client->begun_us;
    if (got > 0 && strncmp(client->response, "HTTP/1.1 200 ", 13) == 0 &&
        strstr(client->response, "\"AccessKeyId\"") != NULL) {
        load->good++;
    } else {
        load->bad++;
    }
    client->busy = false;
    load->busy--;
    ask(load, client);
}

static void open_client(struct load *load, struct client *client, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0) {
        die("cannot connect");
    }
}

static int compare(const void *a, const void *b)
{
    long long x = *(const long long *)a;
    long long y = *(const long long *)b;
    return (x > y) - (x < y);
}

static void report(struct load *load)
{
    long count = load->good + load->bad;
    qsort(load->took_us, (size_t)count, sizeof(*load->took_us), compare);
    printf(
        "{\"good\": %ld, \"bad\": %ld, \"median_us\": %lld, \"p99_us\": %lld, \"most_us\": %lld}\n",
        load->good, load->wanted - load->good, load->took_us[count / 2],
        load->took_us[count * 99 / 100], load->took_us[count > 0 ? count - 1 : 0]);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 2;
    }
    int port = (int)strtol(argv[1], NULL, 10);
    long at_once = strtol(argv[3], NULL, 10);
    struct load load = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                        .count = strtol(argv[2], NULL, 10),
                        .wanted = strtol(argv[4], NULL, 10)};
    struct epoll_event events[EVENTS];
    load.clients = calloc((size_t)load.count, sizeof(*load.clients));
    load.took_us = calloc((size_t)load.wanted + 1, sizeof(*load.took_us));
    load.request_len = fread(load.request, 1, sizeof(load.request), stdin);
    if (load.clients == NULL || load.took_us == NULL || load.epoll < 0) {
        die("cannot begin");
    }
    for (long i = 0; i < load.count; i++) {
        open_client(&load, &load.clients[i], port);
    }
    for (long i = 0; i < at_once; i++) {
        ask(&load, NULL);
    }
    while (load.busy > 0) {
        int count = epoll_wait(load.epoll, events, EVENTS, TIMEOUT_MS);
        for (int i = 0; i < count; i++) {
            take(&load, events[i].data.ptr);
        }
        if (count <= 0) {
            break;
        }
    }
    report(&load);
    return 0;
}
