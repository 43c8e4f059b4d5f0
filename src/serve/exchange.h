/* SPDX-License-Identifier: MIT */
/* One request of the endpoint, all that its response depends on, and the ways to respond. Only the
 * files with routes include it. */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server.h"
#include "serve/imds.h"

struct address;
struct agent;
struct profile_set;

/* How long a request may wait for a profile's first credentials: SDKs give up after 1 s. */
enum { ROUTES_WAIT_MS = 900 };

/* What the responses depend on. Everything is borrowed. */
struct routes {
    struct profile_set *profile_set;
    int default_profile; /* the profile at "/", or -1 */
    const char *auth_token;
    const struct address *addresses; /* that the server listens on */
    int address_count;
    const struct imds *imds; /* NULL: no metadata service */
    /* Whether the metadata service accepts this client. NULL: it accepts every client. */
    bool (*imds_accepts)(const struct server_request *request);
    struct agent *agent; /* its access rule, or NULL: auth_token */
    bool may_quit;       /* POST /quit ends the process */
    bool stopping;       /* no request may wait any more */
    struct server_counters counters;
};

/* One request and all that its response depends on. */
struct exchange {
    const struct routes *routes;
    const struct server_request *request;
    int64_t now_ms;
    struct server_response *response;
    bool *quit;
    const char *rest; /* of the path, after the route's own */
};

extern const char exchange_text_type[]; /* the Content-Type of plain text */

/* Sends the body as it is, with the Content-Type type, a literal. */
enum server_verdict exchange_finish(const struct exchange *exchange, int status, const char *type);

/* Sends an error as AWS SDKs read it: {"code":...,"message":...}. */
enum server_verdict exchange_fail(const struct exchange *exchange, int status, const char *code,
                                  const char *message);

/* Appends text to the body and sends it as plain text. */
enum server_verdict exchange_send_text(const struct exchange *exchange, int status,
                                       const char *text);

/* Whether the request may wait for something that changes: it is not ROUTES_WAIT_MS old, and the
 * endpoint is not stopping, and not too many wait. If so, the handler is called again at the end of
 * that time at the latest. */
bool exchange_may_wait(const struct exchange *exchange);

/* Whether to defer the request, because the profile's first credentials may come soon. */
bool exchange_may_wait_for(const struct exchange *exchange, int profile);

/* Sends a profile's credentials, with the fields of the metadata service if imds; without
 * credentials, defers the request or sends why there are none. */
enum server_verdict exchange_send_credentials(const struct exchange *exchange, int profile,
                                              bool imds);

#endif
