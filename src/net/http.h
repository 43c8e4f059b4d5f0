/* SPDX-License-Identifier: MIT */
/*
 * The HTTPS client: one connection kept open, limits on time and size, and retries.
 * The portal floor is its only user. It knows nothing of what is asked; it never follows a redirect
 * and never sends a token in the clear, because origins come from net/url.h.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct http;
struct url_origin;

enum { HTTP_ANSWER_MAX = 1 << 20 }; /* bytes of a body */

struct http_options {
    const char *ca_file;        /* NULL: see net/trust.h */
    const char *const *resolve; /* "HOST:ADDR", resolve_count of them */
    int resolve_count;
    int64_t timeout_ms; /* for one call, everything in it */
    int64_t wait_ms;    /* 0, or how long to go on trying while the portal is not up */
};

struct http_request {
    const char *method;
    const struct url_origin *origin;
    const char *path; /* from the slash on, percent-encoded */
    const char *token;
    const char *otp;  /* NULL or "": no otpcode header */
    const char *body; /* NULL or JSON */
    /* The caller has another way where an endpoint is missing: 404 and 500 are not retried. */
    bool may_be_missing;
};

struct http_response {
    int status;
    struct buf body;
    int64_t date_s;     /* the Date header; 0 where there is none that can be read */
    int64_t received_s; /* this machine's clock when the answer came */
};

/* A value of http_options.resolve: HOST:ADDR; an IPv6 address may stand in brackets. ERR_USAGE. */
int http_check_resolve(const char *text, struct err *err) __attribute__((warn_unused_result));

/* Whether http_new will take the options. Starts neither curl nor PSA, after which a process must
 * not fork any more: mbedTLS's random numbers would be the same on both sides. */
int http_check(const struct http_options *options, struct err *err)
    __attribute__((warn_unused_result));

/* Checks the options, opens nothing. NULL with ERR_USAGE or ERR_FILE. */
struct http *http_new(const struct http_options *options, struct err *err);
void http_free(struct http *http);

/* No call may go on past this moment (base/clock.h) from now on; it only ever shortens. */
void http_limit(struct http *http, int64_t deadline_ms);

/*
 * Sends and waits for the answer, whatever its status; retries what may pass (see net/retry.h).
 * -1 with ERR_UNAVAILABLE when no answer came. answer is the caller's either way: initialise it
 * with http_answer_init, release it with http_answer_done.
 */
int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct err *err) __attribute__((warn_unused_result));

void http_response_init(struct http_response *response);
void http_response_done(struct http_response *response);

#endif
