/* SPDX-License-Identifier: MIT */
#include "serve/routes.h"

#include <string.h>

#include "base/err.h"
#include "serve/access.h"
#include "serve/auth.h"
#include "serve/imds_routes.h"
#include "serve/metrics.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

struct route {
    const char *path;
    const char *method; /* GET allows HEAD, too */
    bool prefix;        /* the request's path may be longer */
    bool imds;          /* a part of the metadata service */
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

static enum server_verdict get_healthz(const struct exchange *exchange)
{
    return exchange_send_text(exchange, 200, "ok\n");
}

static enum server_verdict get_readyz(const struct exchange *exchange)
{
    const struct profile_set *profile_set = exchange->routes->profile_set;
    int missing = 0;
    for (int i = 0; i < profile_set->list->count; i++) {
        if (!profile_set_ready(profile_set, i, exchange->now_ms)) {
            missing++;
            buf_add_fmt(&exchange->response->body, "not ready: %s\n",
                        profile_set_name(profile_set, i));
        }
    }
    return missing == 0 ? exchange_send_text(exchange, 200, "ok\n")
                        : exchange_send_text(exchange, 503, "");
}

static enum server_verdict get_metrics(const struct exchange *exchange)
{
    metrics_add(&exchange->response->body, exchange->routes->profile_set,
                &exchange->routes->counters, exchange->now_ms);
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
    {"/", "GET", false, false, get_default},
    {"/p/", "GET", true, false, get_profile},
    {"/healthz", "GET", false, false, get_healthz},
    {"/readyz", "GET", false, false, get_readyz},
    {"/metrics", "GET", false, false, get_metrics},
    {"/quit", "POST", false, false, post_quit},
    {"/latest/api/token", "PUT", false, true, imds_put_token},
    {"/latest/meta-data/iam/security-credentials", "GET", false, true, imds_get_role},
    {"/latest/meta-data/iam/security-credentials/", "GET", true, true, imds_get_role},
    {"/latest/meta-data/placement/region", "GET", false, true, imds_get_region},
    {"/latest/meta-data/placement/availability-zone", "GET", false, true, imds_get_zone},
    {"/latest/dynamic/instance-identity/document", "GET", false, true, imds_get_document},
};

static const struct route *find_route(const struct routes *routes, const char *path)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t len = strlen(table[i].path);
        bool matches = table[i].prefix ? strncmp(path, table[i].path, len) == 0
                                       : strcmp(path, table[i].path) == 0;
        if (matches && (!table[i].imds || routes->imds != NULL)) {
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
