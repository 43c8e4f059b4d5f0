/* SPDX-License-Identifier: MIT */
/*
 * The endpoint's response to each request: the container credential provider's protocol, the
 * instance metadata service (IMDSv2), probes and metrics. Reads the profile set, and notes in
 * it which profiles are used; uses no file and no network.
 *
 * Formats: AWS SDKs and Tools Reference Guide, "Container credential provider" and "IMDS credential
 * provider"; Prometheus text format 0.0.4.
 */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server.h"
#include "serve/exchange.h"

/* Fills response, or defers a request that may wait. *quit becomes true if the client asks the
 * process to end, and may. now_ms is of the clock of the profile set and of the server. */
enum server_verdict routes_respond(const struct routes *routes,
                                   const struct server_request *request, int64_t now_ms,
                                   struct server_response *response, bool *quit);

#endif
