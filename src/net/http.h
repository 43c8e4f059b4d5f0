/* SPDX-License-Identifier: MIT */
/*
 * The HTTPS client: one connection that is kept open, limits on times and sizes, and retries. It
 * never follows a redirect, and never sends a token in plain text to another machine, because
 * net/url.h accepts http for loopback only.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/http_hints.h"
#include "net/http_message.h"
#include "net/http_progress.h"

struct err;
struct http;

struct http_options {
    const char *ca_file;        /* NULL: see net/trust.h */
    const char *const *resolve; /* "HOST:ADDR", resolve_count of them */
    int resolve_count;
    int64_t timeout_ms; /* for one http_send with all its attempts */
    bool no_pauses;  /* a response with Retry-After is returned: the caller repeats the request */
    int64_t wait_ms; /* from http_new on, how long to retry while the portal is down; 0: not */
    struct http_hints hints;
    struct http_progress progress;
};

/* Checks a value of http_options.resolve: HOST:ADDR, where an IPv6 address may be in brackets.
 * ERR_USAGE. */
int http_check_resolve(const char *text, struct err *err) __attribute__((warn_unused_result));

/* Returns the error that http_new would return for the options, or 0. Starts neither libcurl nor
 * PSA. A process must not fork after those have started: mbedTLS's random numbers would be the same
 * in both processes. */
int http_check(const struct http_options *options, struct err *err)
    __attribute__((warn_unused_result));

/* Copies the options, but not the texts of ca_file and hints; opens no connection. The caller frees
 * it with http_free. NULL with ERR_USAGE, ERR_FILE (the CA file) or ERR_INTERNAL. */
struct http *http_new(const struct http_options *options, struct err *err);

/* Closes the connection. Accepts NULL. */
void http_free(struct http *http);

/* Ends all requests from now on at the deadline (clock_mono_ms) at the latest. A later deadline
 * than the present one changes nothing. */
void http_limit(struct http *http, int64_t deadline_ms);

/*
 * Sends the request and waits for the response. Retries within the time limits what may succeed
 * later (net/retry.h); a method other than GET only if the server cannot have seen the request.
 * 0 if a response came, with any status; -1 with ERR_UNAVAILABLE if none came. The caller calls
 * http_response_init before and http_response_done after it, in both cases.
 */
int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct err *err) __attribute__((warn_unused_result));

#endif
