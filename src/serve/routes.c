/* SPDX-License-Identifier: MIT */
#include "serve/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "serve/access.h"
#include "serve/auth.h"
#include "serve/metrics.h"
#include "serve/profile_set.h"

/* One request and all that its response depends on. */
struct exchange {
    const struct routes *routes;
    const struct server_request *request;
    int64_t now_ms;
    struct server_response *response;
    bool *quit;
    const char *rest; /* of the path, after the route's own */
};

struct route {
    const char *path;
    const char *method; /* GET allows HEAD, too */
    bool prefix;        /* the request's path may be longer */
    bool imds;          /* a part of the metadata service */
    enum server_verdict (*respond)(const struct exchange *exchange);
};

static const char json_type_name[] = "application/json";
static const char text_type_name[] = "text/plain; charset=utf-8";

/* Sends the body as it is. */
static enum server_verdict finish(const struct exchange *exchange, int status, const char *type)
{
    struct server_response *response = exchange->response;
    response->status = buf_failed(&response->body) ? 500 : status;
    response->content_type = type;
    return SERVER_RESPOND;
}

/* Both spellings: the Go SDK reads the lower-case names, the JavaScript SDK the others. */
static enum server_verdict fail(const struct exchange *exchange, int status, const char *code,
                                const char *message)
{
    struct json_writer json;
    json_writer_init(&json, &exchange->response->body);
    json_begin_object(&json);
    json_put_string(&json, "code", code);
    json_put_string(&json, "Code", code);
    json_put_string(&json, "message", message);
    json_put_string(&json, "Message", message);
    json_end_object(&json);
    buf_add_char(&exchange->response->body, '\n');
    return finish(exchange, status, json_type_name);
}

static enum server_verdict send_text(const struct exchange *exchange, int status, const char *text)
{
    buf_add_str(&exchange->response->body, text);
    return finish(exchange, status, text_type_name);
}

static bool is_authorized(const struct exchange *exchange)
{
    return auth_matches(exchange->routes->auth_token,
                        server_header(exchange->request, "Authorization"));
}

static enum server_verdict fail_unauthorized(const struct exchange *exchange)
{
    return fail(exchange, 403, "AccessDenied",
                "the Authorization header is not the content of the token file");
}

/* Says why a profile has no credentials. SDKs repeat the request after 5xx and not after 4xx. */
static enum server_verdict fail_profile(const struct exchange *exchange, int profile)
{
    const struct profile_state *state = &exchange->routes->profile_set->profiles[profile];
    char message[ERR_TEXT_SIZE + 64];
    snprintf(message, sizeof(message), "no valid credentials: %s",
             state->last.kind != ERR_NONE ? state->last.text : "the first ones are being fetched");
    switch (state->last.kind) {
    case ERR_REFUSED:
        return fail(exchange, 403, "PortalRefused", message);
    case ERR_REJECTED:
        return fail(exchange, 404, "NotFound", message);
    default:
        return fail(exchange, 503, "CredentialsUnavailable", message);
    }
}

/* Whether to defer the request, because the profile's first renewal has not ended. Later renewals
 * are not waited for. */
static bool may_wait(const struct exchange *exchange, int profile)
{
    int64_t until_ms = exchange->request->complete_ms + ROUTES_WAIT_MS;
    if (exchange->routes->stopping || exchange->now_ms >= until_ms ||
        exchange->routes->profile_set->profiles[profile].finished > 0) {
        return false;
    }
    exchange->response->defer_until_ms = until_ms;
    return true;
}

/* The fields that only the metadata service has, as the beginning of a JSON object. */
static bool add_imds_fields(struct buf *body, const struct profile_credentials *set)
{
    char updated[CLOCK_RFC3339_SIZE];
    bool fits = clock_format_rfc3339(set->updated_s, updated);
    if (fits) {
        buf_add_fmt(body, "\"Code\":\"Success\",\"LastUpdated\":\"%s\",\"Type\":\"AWS-HMAC\",",
                    updated);
    }
    return fits;
}

static enum server_verdict send_credentials(const struct exchange *exchange, int profile, bool imds)
{
    const struct profile_credentials *set =
        profile_set_get(exchange->routes->profile_set, profile, exchange->now_ms);
    struct buf *body = &exchange->response->body;
    struct err ignored;
    if (set == NULL) {
        return may_wait(exchange, profile) ? SERVER_DEFER : fail_profile(exchange, profile);
    }
    /* The text grows once; if it cannot, the append fails. */
    (void)buf_reserve(body, set->fields.len + 1, &ignored);
    buf_add_char(body, '{');
    if (imds && !add_imds_fields(body, set)) {
        buf_clear(body);
        return fail(exchange, 500, "InternalError", "a time is outside the years 1970 to 9999");
    }
    buf_add(body, set->fields.data, set->fields.len);
    return finish(exchange, 200, json_type_name);
}

static enum server_verdict get_default(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    return exchange->routes->default_profile >= 0
               ? send_credentials(exchange, exchange->routes->default_profile, false)
               : fail(exchange, 404, "NotFound", "there is no default profile: request /p/NAME");
}

static enum server_verdict get_profile(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    int profile = profile_set_find(exchange->routes->profile_set, exchange->rest);
    return profile >= 0 ? send_credentials(exchange, profile, false)
                        : fail(exchange, 404, "NotFound", "there is no profile of this name");
}

static enum server_verdict get_healthz(const struct exchange *exchange)
{
    return send_text(exchange, 200, "ok\n");
}

static enum server_verdict get_readyz(const struct exchange *exchange)
{
    const struct profile_set *profile_set = exchange->routes->profile_set;
    int missing = 0;
    for (int i = 0; i < profile_set->count; i++) {
        if (!profile_set_ready(profile_set, i, exchange->now_ms)) {
            missing++;
            buf_add_fmt(&exchange->response->body, "not ready: %s\n",
                        profile_set->profiles[i].name);
        }
    }
    return missing == 0 ? send_text(exchange, 200, "ok\n") : send_text(exchange, 503, "");
}

static enum server_verdict get_metrics(const struct exchange *exchange)
{
    metrics_add(&exchange->response->body, exchange->routes->profile_set,
                &exchange->routes->counters, exchange->now_ms);
    return finish(exchange, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static enum server_verdict post_quit(const struct exchange *exchange)
{
    if (!is_authorized(exchange)) {
        return fail_unauthorized(exchange);
    }
    if (!exchange->routes->may_quit) {
        return fail(exchange, 404, "NotFound", "this endpoint ends with the program it serves");
    }
    *exchange->quit = true;
    return send_text(exchange, 200, "bye\n");
}

/* The metadata service: the paths that SDKs request for credentials and the region. */

static enum server_verdict put_imds_token(const struct exchange *exchange)
{
    static const char header[] = "X-aws-ec2-metadata-token-ttl-seconds";
    const char *ttl = server_header(exchange->request, header);
    int64_t ttl_s = 0;
    char token[IMDS_TOKEN_SIZE];
    struct err ignored;
    if (exchange->routes->imds_accepts != NULL &&
        !exchange->routes->imds_accepts(exchange->request)) {
        return fail(exchange, 403, "Forbidden",
                    "the metadata service accepts only root and the user who runs it");
    }
    if (ttl == NULL || !text_parse_int(ttl, 1, IMDS_TTL_MAX_S, &ttl_s)) {
        return fail(exchange, 400, "BadRequest",
                    "the header X-aws-ec2-metadata-token-ttl-seconds must be 1 to 21600");
    }
    if (!imds_make_token(exchange->routes->imds, exchange->now_ms, ttl_s, token) ||
        server_add_header(exchange->response, header, ttl, &ignored) != 0) {
        return fail(exchange, 500, "InternalError", "cannot make a token");
    }
    return send_text(exchange, 200, token);
}

static bool is_imds_authorized(const struct exchange *exchange)
{
    const char *token = server_header(exchange->request, "X-aws-ec2-metadata-token");
    return token != NULL && imds_check_token(exchange->routes->imds, exchange->now_ms, token);
}

static enum server_verdict fail_imds_unauthorized(const struct exchange *exchange)
{
    return fail(exchange, 401, "Unauthorized",
                "no valid token: get one with PUT /latest/api/token");
}

static enum server_verdict get_imds_role(const struct exchange *exchange)
{
    const struct routes *routes = exchange->routes;
    if (!is_imds_authorized(exchange)) {
        return fail_imds_unauthorized(exchange);
    }
    if (exchange->rest[0] == '\0') {
        return routes->default_profile >= 0
                   ? send_text(exchange, 200,
                               routes->profile_set->profiles[routes->default_profile].name)
                   : fail(exchange, 404, "NotFound", "there is no default profile");
    }
    int profile = profile_set_find(routes->profile_set, exchange->rest);
    return profile >= 0 ? send_credentials(exchange, profile, true)
                        : fail(exchange, 404, "NotFound", "there is no role of this name");
}

/* The region of the default profile, between before and after. */
static enum server_verdict send_region(const struct exchange *exchange, const char *before,
                                       const char *after)
{
    const struct routes *routes = exchange->routes;
    int profile = routes->default_profile;
    const struct profile_credentials *set =
        profile >= 0 ? profile_set_get(routes->profile_set, profile, exchange->now_ms) : NULL;
    char text[AWS_REGION_SIZE + 32];
    if (!is_imds_authorized(exchange)) {
        return fail_imds_unauthorized(exchange);
    }
    if (set == NULL && profile >= 0 && may_wait(exchange, profile)) {
        return SERVER_DEFER;
    }
    if (set == NULL || set->creds.region[0] == '\0') {
        return fail(exchange, 404, "NotFound", "the region is not known");
    }
    snprintf(text, sizeof(text), "%s%s%s", before, set->creds.region, after);
    return send_text(exchange, 200, text);
}

static enum server_verdict get_imds_region(const struct exchange *exchange)
{
    return send_region(exchange, "", "");
}

/* Old SDKs take the region from the zone, without its last letter. */
static enum server_verdict get_imds_zone(const struct exchange *exchange)
{
    return send_region(exchange, "", "a");
}

static enum server_verdict get_imds_document(const struct exchange *exchange)
{
    return send_region(exchange, "{\"region\":\"", "\"}\n");
}

static const struct route table[] = {
    {"/", "GET", false, false, get_default},
    {"/p/", "GET", true, false, get_profile},
    {"/healthz", "GET", false, false, get_healthz},
    {"/readyz", "GET", false, false, get_readyz},
    {"/metrics", "GET", false, false, get_metrics},
    {"/quit", "POST", false, false, post_quit},
    {"/latest/api/token", "PUT", false, true, put_imds_token},
    {"/latest/meta-data/iam/security-credentials", "GET", false, true, get_imds_role},
    {"/latest/meta-data/iam/security-credentials/", "GET", true, true, get_imds_role},
    {"/latest/meta-data/placement/region", "GET", false, true, get_imds_region},
    {"/latest/meta-data/placement/availability-zone", "GET", false, true, get_imds_zone},
    {"/latest/dynamic/instance-identity/document", "GET", false, true, get_imds_document},
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
        return fail(&exchange, 403, "Forbidden", "requests of browsers and proxies are refused");
    }
    if (!access_host_allowed(host, routes->addresses, routes->address_count)) {
        return fail(&exchange, 403, "Forbidden",
                    "the Host header is not an address of this server");
    }
    const struct route *route = find_route(routes, request->path);
    if (route == NULL) {
        return fail(&exchange, 404, "NotFound", "this path does not exist");
    }
    if (!allows(route, request->method)) {
        add_header(response, "Allow", route->method);
        return fail(&exchange, 405, "MethodNotAllowed", "the path does not allow this method");
    }
    add_header(response, "Cache-Control", "no-store");
    exchange.rest = request->path + strlen(route->path);
    return route->respond(&exchange);
}
