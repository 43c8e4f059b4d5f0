/* SPDX-License-Identifier: MIT */
/*
 * Why an attempt at a request failed: in words, and whether another attempt may succeed.
 * Only net/http.c calls it.
 */
#ifndef NET_FAILURE_H
#define NET_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/http_progress.h"

struct http_hints;
struct trust;
struct url_origin;

/* What is known about the attempt. Everything is borrowed. */
struct failure_facts {
    void *curl;            /* the CURL handle */
    int code;              /* its CURLcode; CURLE_OK if a response came */
    int status;            /* of that response */
    int retry_after_s;     /* its Retry-After header, or 0 */
    const char *curl_text; /* libcurl's words for the code, "" if it has none */
    enum http_phase phase; /* that it failed in */
    const struct trust *trust;
    const struct url_origin *origin;
    const struct http_hints *hints;
    size_t body_max;    /* the limit of the response's body in bytes */
    int64_t started_ms; /* of the first attempt (clock_mono_ms) */
};

struct failure {
    bool transient;        /* another attempt may succeed */
    bool unsent;           /* the server cannot have seen the request */
    bool lookup;           /* the name was not resolved */
    bool no_memory;        /* memory ran out; all others are false then */
    int64_t retry_after_s; /* from the Retry-After header; -1 if there is none */
    char text[512];        /* what failed, on what, why, and what to do */
};

void failure_describe(struct failure *failure, const struct failure_facts *facts);

#endif
