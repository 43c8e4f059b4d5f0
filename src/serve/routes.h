/* SPDX-License-Identifier: MIT */
/*
 * What the endpoint answers to whom: the container credential provider's contract, IMDSv2, probes,
 * metrics. The endpoint's loop hands it every request. It reads the keeper and changes nothing: no
 * clock, no files, no portal.
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server.h"
#include "serve/imds.h"

struct address;
struct profile_set;

/* How long the first requests of all may wait for the first credentials: SDKs give up after 1 s. */
enum { ROUTES_TIMEOUT_MS = 900 };

/* What the answers depend on. */
struct routes {
    const struct profile_set *profile_set;
    int default_profile; /* what "/" is; -1: there is none */
    const char *auth_token;
    const struct address *addresses; /* where the server listens */
    int address_count;
    const struct imds *imds; /* NULL: off */
    bool may_quit;           /* POST /quit ends the process */
    bool stopping;           /* nobody should wait any more */
    struct server_counters counters;
};

/* The moment, by the clocks that the keeper and the server count with. */
struct routes_now {
    int64_t boot_ms;
    int64_t mono_ms;
};

/* Fills answer. *quit becomes true when the request asks, and may, for the end of the process. */
enum server_verdict routes_respond(const struct routes *routes,
                                   const struct server_request *request,
                                   const struct routes_now *now, struct server_response *response,
                                   bool *quit);

#endif
