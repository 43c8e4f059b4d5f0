/* SPDX-License-Identifier: MIT */
/*
 * The endpoint's response to each request: the container credential provider's protocol, the
 * instance metadata service (IMDSv2), probes and metrics. Reads the profile set and changes
 * nothing; uses no clock, file or network.
 *
 * Formats: AWS SDKs and Tools Reference Guide, "Container credential provider" and "IMDS credential
 * provider"; Prometheus text format 0.0.4.
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server.h"
#include "serve/imds.h"

struct address;
struct profile_set;

/* How long a request may wait for a profile's first credentials: SDKs give up after 1 s. */
enum { ROUTES_WAIT_MS = 900 };

/* What the responses depend on. Everything is borrowed. */
struct routes {
    const struct profile_set *profile_set;
    int default_profile; /* the profile at "/", or -1 */
    const char *auth_token;
    const struct address *addresses; /* that the server listens on */
    int address_count;
    const struct imds *imds; /* NULL: no metadata service */
    /* Whether the metadata service accepts this client. NULL: it accepts every client. */
    bool (*imds_accepts)(const struct server_request *request);
    bool may_quit; /* POST /quit ends the process */
    bool stopping; /* no request may wait any more */
    struct server_counters counters;
};

/* Fills response, or defers a request that may wait. *quit becomes true if the client asks the
 * process to end, and may. now_ms is of the clock of the profile set and of the server. */
enum server_verdict routes_respond(const struct routes *routes,
                                   const struct server_request *request, int64_t now_ms,
                                   struct server_response *response, bool *quit);

#endif
