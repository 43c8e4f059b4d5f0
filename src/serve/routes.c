/* SPDX-License-Identifier: MIT */
#include "serve/routes.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "serve/access.h"
#include "serve/agent.h"
#include "serve/auth.h"
#include "serve/imds_routes.h"
#include "serve/metrics.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

/* What an endpoint serves. */
enum route_part {
    PART_ALL,      /* probes and metrics */
    PART_PROFILES, /* profiles by name, for clients that know auth_token */
    PART_IMDS,     /* the metadata service */
    PART_AGENT,    /* credentials that an agent grants */
};

struct route {
    const char *path;
    const char *method; /* GET allows HEAD, too */
    bool prefix;        /* the request's path may be longer */
    enum route_part part;
    enum server_verdict (*respond)(const struct exchange *exchange);
};

static bool is_authorized(const struct exchange *exchange)
{
    return auth_matches(exchange->routes->auth_token,
                        server_header(exchange->request, "Authorization"));
}

static enum server_verdict fail_unauthorized(const struct exchange *exchange)
{
    return exchange_fail(exchange, 403, "AccessDenied",
                         "the Authorization header is not the content of the token file");
}

static enum server_verdict get_default(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    return exchange->routes->default_profile >= 0
               ? exchange_send_credentials(exchange, exchange->routes->default_profile, false)
               : exchange_fail(exchange, 404, "NotFound",
                               "there is no default profile: request /p/NAME");
}

static enum server_verdict get_profile(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    int profile = profile_set_find(exchange->routes->profile_set, exchange->rest);
    return profile >= 0
               ? exchange_send_credentials(exchange, profile, false)
               : exchange_fail(exchange, 404, "NotFound", "there is no profile of this name");
}

static enum server_verdict respond_to_pod(const struct exchange *exchange)
{
    struct agent_grant grant;
    const struct agent_request request = {
        .request = exchange->request,
        .now_ms = exchange->now_ms,
        .now_s = clock_wall_s(),
        .may_wait = exchange_may_wait(exchange),
    };
    switch (agent_decide(exchange->routes->agent, &request, &grant)) {
    case AGENT_GRANTED:
        return exchange_send_credentials(exchange, grant.profile, false);
    case AGENT_WAIT:
        return SERVER_DEFER;
    default:
        return exchange_fail(exchange, grant.status, grant.code, grant.message);
    }
}

static enum server_verdict get_granted(const struct exchange *exchange)
{
    enum server_verdict verdict = respond_to_pod(exchange);
    if (verdict == SERVER_RESPOND) {
        agent_note_duration(exchange->routes->agent,
                            clock_boot_ms() - exchange->request->complete_ms);
    }
    return verdict;
}

static enum server_verdict get_healthz(const struct exchange *exchange)
{
    return exchange_send_text(exchange, 200, "ok\n");
}

/* An agent is ready before any pod has asked for credentials. */
static enum server_verdict get_readyz(const struct exchange *exchange)
{
    const struct routes *routes = exchange->routes;
    struct buf *body = &exchange->response->body;
    if (routes->agent != NULL) {
        agent_add_problems(routes->agent, body);
    }
    for (int i = 0; routes->agent == NULL && i < routes->profile_set->list->count; i++) {
        if (!profile_set_ready(routes->profile_set, i, exchange->now_ms)) {
            buf_add_fmt(body, "not ready: %s\n", profile_set_name(routes->profile_set, i));
        }
    }
    return body->len == 0 ? exchange_send_text(exchange, 200, "ok\n")
                          : exchange_send_text(exchange, 503, "");
}

static enum server_verdict get_metrics(const struct exchange *exchange)
{
    metrics_add(&exchange->response->body, exchange->routes->profile_set,
                &exchange->routes->counters, exchange->now_ms);
    if (exchange->routes->agent != NULL) {
        agent_add_metrics(exchange->routes->agent, &exchange->response->body, exchange->now_ms);
    }
    return exchange_finish(exchange, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static enum server_verdict post_quit(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    if (!exchange->routes->may_quit) {
        return exchange_fail(exchange, 404, "NotFound",
                             "this endpoint ends with the program it serves");
    }
    *exchange->quit = true;
    return exchange_send_text(exchange, 200, "bye\n");
}

static const struct route table[] = {
    {"/", "GET", false, PART_PROFILES, get_default},
    {"/p/", "GET", true, PART_PROFILES, get_profile},
    {"/", "GET", false, PART_AGENT, get_granted},
    {"/healthz", "GET", false, PART_ALL, get_healthz},
    {"/readyz", "GET", false, PART_ALL, get_readyz},
    {"/metrics", "GET", false, PART_ALL, get_metrics},
    {"/quit", "POST", false, PART_PROFILES, post_quit},
    {"/latest/api/token", "PUT", false, PART_IMDS, imds_put_token},
    {"/latest/meta-data/iam/security-credentials", "GET", false, PART_IMDS, imds_get_role},
    {"/latest/meta-data/iam/security-credentials/", "GET", true, PART_IMDS, imds_get_role},
    {"/latest/meta-data/placement/region", "GET", false, PART_IMDS, imds_get_region},
    {"/latest/meta-data/placement/availability-zone", "GET", false, PART_IMDS, imds_get_zone},
    {"/latest/dynamic/instance-identity/document", "GET", false, PART_IMDS, imds_get_document},
};

static bool serves(const struct routes *routes, enum route_part part)
{
    switch (part) {
    case PART_PROFILES:
        return routes->agent == NULL;
    case PART_IMDS:
        return routes->imds != NULL;
    case PART_AGENT:
        return routes->agent != NULL;
    default:
        return true;
    }
}

static const struct route *find_route(const struct routes *routes, const char *path)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t len = strlen(table[i].path);
        bool matches = table[i].prefix ? strncmp(path, table[i].path, len) == 0
                                       : strcmp(path, table[i].path) == 0;
        if (matches && serves(routes, table[i].part)) {
            return &table[i];
        }
    }
    return NULL;
}

static bool allows(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* The values are literals that fit; without that, the response would have no extra headers. */
static void add_header(struct server_response *response, const char *name, const char *value)
{
    struct err ignored;
    if (server_add_header(response, name, value, &ignored) != 0) {
        response->header_count = 0;
    }
}

enum server_verdict routes_respond(const struct routes *routes,
                                   const struct server_request *request, int64_t now_ms,
                                   struct server_response *response, bool *quit)
{
    struct exchange exchange = {routes, request, now_ms, response, quit, ""};
    const char *host = server_header(request, "Host");
    *quit = false;
    if (access_find_forwarded(request) != NULL) {
        return exchange_fail(&exchange, 403, "Forbidden",
                             "requests of browsers and proxies are refused");
    }
    if (!access_host_allowed(host, routes->addresses, routes->address_count)) {
        return exchange_fail(&exchange, 403, "Forbidden",
                             "the Host header is not an address of this server");
    }
    const struct route *route = find_route(routes, request->path);
    if (route == NULL) {
        return exchange_fail(&exchange, 404, "NotFound", "this path does not exist");
    }
    if (!allows(route, request->method)) {
        add_header(response, "Allow", route->method);
        return exchange_fail(&exchange, 405, "MethodNotAllowed",
                             "the path does not allow this method");
    }
    add_header(response, "Cache-Control", "no-store");
    exchange.rest = request->path + strlen(route->path);
    return route->respond(&exchange);
}
