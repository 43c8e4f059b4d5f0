/* SPDX-License-Identifier: MIT */
/*
 * What it means that curl failed: words for a person, and whether the next attempt may succeed.
 * Only net/http.c uses it.
 */
#ifndef NET_FAILURE_H
#define NET_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

struct trust;
struct url_origin;

struct failure {
    int64_t started_ms;    /* set by the caller: when the first attempt began */
    bool transient;        /* may pass by itself */
    bool unsent;           /* the request cannot have reached the portal */
    bool lookup;           /* the name could not be found out */
    int64_t retry_after_s; /* -1: the server named no time */
    char text[512];        /* what failed, on what, why, what to do */
};

/* curl is the CURL handle of the attempt, code its CURLcode (0: an answer with status came),
 * curl_text its error buffer. */
void failure_describe(struct failure *failure, void *curl, int code, const char *curl_text,
                      const struct trust *trust, const struct url_origin *origin, int status);

#endif
