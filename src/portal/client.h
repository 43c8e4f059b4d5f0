/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client for one portal: started by the first call, dropped when its connection may have
 * been idle for too long, and started again by the next call.
 */
#ifndef PORTAL_CLIENT_H
#define PORTAL_CLIENT_H

#include <stdint.h>

#include "portal/portal.h"

struct err;
struct http;
struct portal_hints;
struct url_origin;

struct portal_client {
    const struct url_origin *api;
    const struct portal_hints *hints; /* NULL: none */
    /* Starts a client; NULL with err set. */
    struct http *(*start)(void *context, struct err *err);
    void *context;
    struct http *http; /* NULL until the first call */
};

/* Starts the client, unless it has started. */
int portal_client_start(struct portal_client *client, struct err *err)
    __attribute__((warn_unused_result));

/* Fills portal for calls with this token, and starts the client if there is none. portal is valid
 * until the client is dropped. otp may be NULL. */
int portal_client_use(struct portal_client *client, const char *token, const char *otp,
                      struct portal *portal, struct err *err) __attribute__((warn_unused_result));

/* Until the client is dropped, calls end at this moment (base/clock.h) at the latest; an earlier
 * limit stays. INT64_MAX sets no limit. Does nothing before the client has started. */
void portal_client_limit(struct portal_client *client, int64_t deadline_ms);

/* Closes the connection and forgets the limit. */
void portal_client_drop(struct portal_client *client);

#endif
