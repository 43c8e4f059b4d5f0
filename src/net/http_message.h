/* SPDX-License-Identifier: MIT */
/*
 * A request to the portal and the response to it. Include net/http.h, which brings this header with
 * it.
 */
#ifndef NET_HTTP_MESSAGE_H
#define NET_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct url_origin;

enum { HTTP_BODY_MAX = 1 << 20 }; /* bytes: enough for most responses */

/* Everything is borrowed. */
struct http_request {
    const char *method;
    const struct url_origin *origin;
    const char *path; /* starts with '/'; percent-encoded */
    const char *token;
    const char *otp;  /* NULL or "": no otpcode header */
    const char *body; /* NULL or JSON */
    /* The caller knows another endpoint if this one is missing: a 500 is not retried. */
    bool may_be_missing;
    bool direct; /* without a proxy, as every request to loopback */
};

struct http_response {
    int status;
    struct buf body;
    int retry_after_s; /* the Retry-After header, as seconds from now, or 0 */
    int64_t date_s;    /* the Date header (UTC); 0 if it is missing or not a date */
    /* Why date_s cannot be right, of the form "is outside the validity of its certificate"; NULL if
     * it can, or if it is 0. */
    const char *date_complaint;
    int64_t sent_s;  /* clock_wall_s before the request was sent */
    int64_t sent_ms; /* clock_boot_ms at the same time */
};

/* body_max is the limit of its body in bytes. Release with http_response_done. */
void http_response_init(struct http_response *response, size_t body_max);

/* Wipes the body. Accepts a second call. */
void http_response_done(struct http_response *response);

#endif
