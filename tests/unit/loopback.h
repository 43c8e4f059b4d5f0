/* SPDX-License-Identifier: MIT */
/*
 * A plain HTTP server on 127.0.0.1, in a thread of the test: it answers each request with the next
 * reply of a list, byte for byte, and counts what it gets.
 */
#ifndef UNIT_LOOPBACK_H
#define UNIT_LOOPBACK_H

#include <pthread.h>
#include <stddef.h>

#include "net/url.h"

enum loopback_end {
    LOOPBACK_KEEP,  /* wait for the next request on the connection */
    LOOPBACK_CLOSE, /* close it */
    LOOPBACK_RESET, /* close it with a TCP reset */
    LOOPBACK_HANG,  /* send nothing more until the client closes it */
};

struct loopback_reply {
    const char *data;
    size_t len; /* 0: strlen(data) */
    enum loopback_end end;
    int delay_ms; /* before the first byte */
};

enum { LOOPBACK_REQUEST_SIZE = 16 << 10 };

struct loopback {
    struct url_origin origin;
    int listener;
    int stop[2];
    pthread_t thread;
    const struct loopback_reply *replies;
    size_t reply_count;
    _Atomic int requests;
    _Atomic int connections;
    char request[LOOPBACK_REQUEST_SIZE]; /* the last one; read it after loopback_stop */
};

/* The last reply is repeated. Call loopback_stop before the replies are gone. */
void loopback_start(struct loopback *loopback, const struct loopback_reply *replies, size_t count);
void loopback_stop(struct loopback *loopback);

#endif
