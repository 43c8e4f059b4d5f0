/* SPDX-License-Identifier: MIT */
/* A request of the HTTP client to a scripted server. */
#ifndef UNIT_EXCHANGE_H
#define UNIT_EXCHANGE_H

#include <stddef.h>

#include "base/err.h"
#include "loopback.h"
#include "net/http.h"

enum { EXCHANGE_LIMIT_MS = 20000 };

struct exchange {
    struct http_options options;
    struct http_request request; /* origin NULL: the server's */
    struct loopback server;
    struct http_response response;
    struct err err;
    int result; /* of http_send */
};

/* A GET of /path without a code. */
struct exchange exchange_make(void);

/* Starts a server with these replies, sends the request and stops the server. */
void exchange_run(struct exchange *exchange, const struct loopback_reply *replies, size_t count);
void exchange_done(struct exchange *exchange);

#endif
