/* SPDX-License-Identifier: MIT */
/*
 * One attempt at a request, made with libcurl. Only net/http.c includes it, which decides about
 * further attempts.
 */
#ifndef NET_HTTP_TRANSFER_H
#define NET_HTTP_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "net/http_message.h"
#include "net/http_progress.h"

struct err;
struct trust;

struct http_transfer {
    CURL *curl;
    struct trust *trust;             /* borrowed; set it after http_transfer_init */
    const struct http_wait *wait;    /* the same; gets reports */
    struct curl_slist *resolve;      /* "HOST:PORT:ADDR", with the port of the present origin */
    struct http_response *response;  /* of the present attempt */
    const char *tls_version;         /* of the present attempt; NULL without TLS */
    bool in_handshake;               /* the TLS handshake of the present attempt has begun */
    bool bad_status_line;            /* of the present attempt */
    char curl_text[CURL_ERROR_SIZE]; /* libcurl's words for the last failure, "" if it has none */
};

/* Starts libcurl. Release with http_transfer_done, also after a failure. ERR_INTERNAL. */
int http_transfer_init(struct http_transfer *transfer, struct err *err)
    __attribute__((warn_unused_result));

/* Closes the connection. Accepts a zeroed struct. */
void http_transfer_done(struct http_transfer *transfer);

/* Sets what all attempts of a request have in common. The arguments must be valid until the last
 * attempt has ended; resolve has entries of the form "HOST:ADDR". ERR_USAGE or ERR_INTERNAL. */
int http_transfer_prepare(struct http_transfer *transfer, const struct http_request *request,
                          const struct curl_slist *resolve, struct curl_slist *headers,
                          struct http_response *response, struct err *err)
    __attribute__((warn_unused_result));

struct http_attempt {
    int64_t timeout_ms; /* for all of it */
    int64_t connect_ms; /* for the name, the connection and TLS; counts within timeout_ms */
    bool ipv4_only;
};

/* Makes an attempt and fills the response that http_transfer_prepare was given. Returns a CURLcode:
 * CURLE_OK if a response came, with any status; CURLE_HTTP_RETURNED_ERROR if its status line is
 * invalid.
 */
CURLcode http_transfer_run(struct http_transfer *transfer, const struct http_request *request,
                           const struct http_attempt *attempt);

/* What the attempt waits for, or waited for when it failed. */
enum http_phase http_transfer_phase(const struct http_transfer *transfer);

#endif
