/* SPDX-License-Identifier: MIT */
/*
 * What a request waits for. The HTTP client reports it while it waits, so that a user at a terminal
 * can be told; error messages name it after a timeout.
 */
#ifndef NET_HTTP_PROGRESS_H
#define NET_HTTP_PROGRESS_H

#include <stdint.h>

enum http_phase {
    HTTP_IDLE, /* nothing: the request is over, or a line is about to be logged */
    HTTP_RESOLVING,
    HTTP_CONNECTING,
    HTTP_HANDSHAKE, /* of TLS */
    HTTP_RESPONDING,
    HTTP_PAUSING, /* before the next attempt */
};

struct http_progress {
    void *context;
    /* Called about once a second during a wait, more often while data arrives, and with HTTP_IDLE
     * when the wait is over. host is borrowed; waited_ms counts from the start of http_send. NULL:
     * no reports. */
    void (*report)(void *context, enum http_phase phase, const char *host, int64_t waited_ms);
};

/* The present request's wait. */
struct http_wait {
    struct http_progress progress;
    const char *host;
    int64_t started_ms; /* clock_mono_ms */
};

void http_wait_report(const struct http_wait *wait, enum http_phase phase);

/* In the form "while connecting"; "" for HTTP_IDLE. A literal. */
const char *http_phase_text(enum http_phase phase);

#endif
