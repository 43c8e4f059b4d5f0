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

/* Everything about one request, so that no route needs six arguments. */
struct question {
    const struct routes *routes;
    const struct server_request *request;
    struct routes_now now;
    struct server_response *response;
    bool *quit;
    const char *rest; /* of the path, behind the route's own */
};

struct route {
    const char *path;
    const char *method; /* GET stands for HEAD, too */
    bool prefix;        /* more may follow */
    bool imds;          /* only with --imds */
    enum server_verdict (*response)(const struct question *question);
};

static const char json_type_name[] = "application/json";
static const char text_type_name[] = "text/plain; charset=utf-8";

/* The body is complete. */
static enum server_verdict finish(const struct question *question, int status, const char *type)
{
    struct server_response *response = question->response;
    response->status = buf_failed(&response->body) ? 500 : status;
    response->content_type = type;
    return SERVER_RESPOND;
}

/* Both spellings: the Go SDK reads the lower-case names, the one for JavaScript the others. */
static enum server_verdict fail(const struct question *question, int status, const char *code,
                                const char *message)
{
    struct buf *out = &question->response->body;
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_string(&writer, "code", code);
    json_put_string(&writer, "Code", code);
    json_put_string(&writer, "message", message);
    json_put_string(&writer, "Message", message);
    json_end_object(&writer);
    buf_add_char(out, '\n');
    return finish(question, status, json_type_name);
}

static enum server_verdict say(const struct question *question, int status, const char *text)
{
    buf_add_str(&question->response->body, text);
    return finish(question, status, text_type_name);
}

static bool may_ask(const struct question *question)
{
    return auth_matches(question->routes->auth_token,
                        server_header(question->request, "Authorization"));
}

static enum server_verdict refuse(const struct question *question)
{
    return fail(question, 403, "AccessDenied",
                "the Authorization header must be the content of the token file");
}

/* Why a profile has no credentials. Clients try again after 5xx, and need not after the others. */
static enum server_verdict fail_profile(const struct question *question, int profile)
{
    const struct profile_state *at = &question->routes->profile_set->profiles[profile];
    char message[ERR_TEXT_SIZE + 64];
    snprintf(message, sizeof(message), "no valid credentials: %s",
             at->last.kind != ERR_NONE ? at->last.text : "the first ones are still on their way");
    switch (at->last.kind) {
    case ERR_REFUSED:
        return fail(question, 403, "PortalRefused", message);
    case ERR_REJECTED:
        return fail(question, 404, "NotFound", message);
    default:
        return fail(question, 503, "CredentialsUnavailable", message);
    }
}

/* The very first credentials are worth a moment's wait; after that a request never waits. */
static bool may_come_soon(const struct question *question, int profile)
{
    int64_t until_ms = question->request->complete_ms + ROUTES_TIMEOUT_MS;
    if (question->routes->stopping || question->now.mono_ms >= until_ms ||
        question->routes->profile_set->profiles[profile].finished > 0) {
        return false;
    }
    question->response->defer_until_ms = until_ms;
    return true;
}

/* updated: the time for the metadata service, which adds members that no other client expects;
 * NULL: for the others. */
static void add_credentials(struct buf *out, const struct aws_credentials *creds,
                            const char *expiration, const char *updated)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    if (updated != NULL) {
        json_put_string(&writer, "Code", "Success");
        json_put_string(&writer, "LastUpdated", updated);
        json_put_string(&writer, "Type", "AWS-HMAC");
    }
    json_put_string(&writer, "AccessKeyId", creds->access_key_id);
    json_put_string(&writer, "SecretAccessKey", creds->secret_access_key);
    json_put_string(&writer, "Token", creds->session_token);
    json_put_string(&writer, "Expiration", expiration);
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

static enum server_verdict answer_credentials(const struct question *question, int profile,
                                              bool imds)
{
    const struct profile_credentials *set =
        profile_set_get(question->routes->profile_set, profile, question->now.boot_ms);
    char expiration[CLOCK_RFC3339_SIZE];
    char updated[CLOCK_RFC3339_SIZE];
    if (set == NULL) {
        return may_come_soon(question, profile) ? SERVER_DEFER : fail_profile(question, profile);
    }
    if (!clock_format_rfc3339(set->creds.expiration_s, expiration) ||
        !clock_format_rfc3339(set->updated_s, updated)) {
        return fail(question, 500, "InternalError", "a time that is no date");
    }
    add_credentials(&question->response->body, &set->creds, expiration, imds ? updated : NULL);
    return finish(question, 200, json_type_name);
}

static enum server_verdict answer_default(const struct question *question)
{
    if (!may_ask(question)) {
        return refuse(question);
    }
    return question->routes->default_profile >= 0
               ? answer_credentials(question, question->routes->default_profile, false)
               : fail(question, 404, "NotFound", "there is no default profile: ask for /p/NAME");
}

static enum server_verdict answer_profile(const struct question *question)
{
    if (!may_ask(question)) {
        return refuse(question);
    }
    int profile = profile_set_find(question->routes->profile_set, question->rest);
    return profile >= 0 ? answer_credentials(question, profile, false)
                        : fail(question, 404, "NotFound", "there is no profile of this name");
}

static enum server_verdict answer_alive(const struct question *question)
{
    return say(question, 200, "ok\n");
}

static enum server_verdict answer_ready(const struct question *question)
{
    const struct profile_set *profile_set = question->routes->profile_set;
    int missing = 0;
    for (int i = 0; i < profile_set->count; i++) {
        if (!profile_set_ready(profile_set, i, question->now.boot_ms)) {
            missing++;
            buf_add_fmt(&question->response->body, "not ready: %s\n",
                        profile_set->profiles[i].name);
        }
    }
    return missing == 0 ? say(question, 200, "ok\n") : say(question, 503, "");
}

static enum server_verdict answer_metrics(const struct question *question)
{
    metrics_add(&question->response->body, question->routes->profile_set,
                &question->routes->counters, question->now.boot_ms);
    return finish(question, 200, "text/plain; version=0.0.4; charset=utf-8");
}

static enum server_verdict answer_quit(const struct question *question)
{
    if (!may_ask(question)) {
        return refuse(question);
    }
    if (!question->routes->may_quit) {
        return fail(question, 404, "NotFound", "this endpoint ends with the program it serves");
    }
    *question->quit = true;
    return say(question, 200, "bye\n");
}

/* The metadata service, as far as SDKs ask it for credentials and the region. */

static enum server_verdict imds_answer_token(const struct question *question)
{
    static const char header[] = "X-aws-ec2-metadata-token-ttl-seconds";
    const char *ttl = server_header(question->request, header);
    int64_t ttl_s = 0;
    char token[IMDS_TOKEN_SIZE];
    struct err ignored;
    if (ttl == NULL || !text_parse_int(ttl, 1, IMDS_TTL_MAX_S, &ttl_s)) {
        return fail(question, 400, "BadRequest", "the TTL header must say 1 to 21600");
    }
    if (!imds_make_token(question->routes->imds, question->now.boot_ms, ttl_s, token) ||
        server_add_header(question->response, header, ttl, &ignored) != 0) {
        return fail(question, 500, "InternalError", "cannot make a token");
    }
    return say(question, 200, token);
}

static bool imds_may_ask(const struct question *question)
{
    const char *token = server_header(question->request, "X-aws-ec2-metadata-token");
    return token != NULL && imds_check_token(question->routes->imds, question->now.boot_ms, token);
}

static enum server_verdict imds_refuse(const struct question *question)
{
    return fail(question, 401, "Unauthorized", "a token comes from PUT /latest/api/token");
}

static enum server_verdict imds_answer_role(const struct question *question)
{
    const struct routes *routes = question->routes;
    if (!imds_may_ask(question)) {
        return imds_refuse(question);
    }
    if (question->rest[0] == '\0') {
        return routes->default_profile >= 0
                   ? say(question, 200, routes->profile_set->profiles[routes->default_profile].name)
                   : fail(question, 404, "NotFound", "there is no default profile");
    }
    int profile = profile_set_find(routes->profile_set, question->rest);
    return profile >= 0 ? answer_credentials(question, profile, true)
                        : fail(question, 404, "NotFound", "there is no profile of this name");
}

/* The region of the default profile: *region, or NULL and the verdict to return. */
static enum server_verdict find_region(const struct question *question, const char **region)
{
    int profile = question->routes->default_profile;
    const struct profile_credentials *set =
        profile >= 0
            ? profile_set_get(question->routes->profile_set, profile, question->now.boot_ms)
            : NULL;
    *region = NULL;
    if (!imds_may_ask(question)) {
        return imds_refuse(question);
    }
    if (set == NULL && profile >= 0 && may_come_soon(question, profile)) {
        return SERVER_DEFER;
    }
    if (set == NULL || set->creds.region[0] == '\0') {
        return fail(question, 404, "NotFound", "no region is known");
    }
    *region = set->creds.region;
    return SERVER_RESPOND;
}

static enum server_verdict imds_answer_region(const struct question *question)
{
    const char *region = NULL;
    enum server_verdict verdict = find_region(question, &region);
    return region == NULL ? verdict : say(question, 200, region);
}

/* SDKs that do not know the document below ask for a zone, and cut off its letter. */
static enum server_verdict imds_answer_zone(const struct question *question)
{
    const char *region = NULL;
    enum server_verdict verdict = find_region(question, &region);
    if (region == NULL) {
        return verdict;
    }
    buf_add_str(&question->response->body, region);
    return say(question, 200, "a");
}

static enum server_verdict imds_answer_document(const struct question *question)
{
    const char *region = NULL;
    struct json_writer writer;
    enum server_verdict verdict = find_region(question, &region);
    if (region == NULL) {
        return verdict;
    }
    json_writer_init(&writer, &question->response->body);
    json_begin_object(&writer);
    json_put_string(&writer, "region", region);
    json_end_object(&writer);
    return say(question, 200, "\n");
}

static const struct route table[] = {
    {"/", "GET", false, false, answer_default},
    {"/p/", "GET", true, false, answer_profile},
    {"/healthz", "GET", false, false, answer_alive},
    {"/readyz", "GET", false, false, answer_ready},
    {"/metrics", "GET", false, false, answer_metrics},
    {"/quit", "POST", false, false, answer_quit},
    {"/latest/api/token", "PUT", false, true, imds_answer_token},
    {"/latest/meta-data/iam/security-credentials", "GET", false, true, imds_answer_role},
    {"/latest/meta-data/iam/security-credentials/", "GET", true, true, imds_answer_role},
    {"/latest/meta-data/placement/region", "GET", false, true, imds_answer_region},
    {"/latest/meta-data/placement/availability-zone", "GET", false, true, imds_answer_zone},
    {"/latest/dynamic/instance-identity/document", "GET", false, true, imds_answer_document},
};

static const struct route *find_route(const struct routes *routes, const char *path)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t len = strlen(table[i].path);
        bool fits = table[i].prefix ? strncmp(path, table[i].path, len) == 0
                                    : strcmp(path, table[i].path) == 0;
        if (fits && (!table[i].imds || routes->imds != NULL)) {
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

enum server_verdict routes_respond(const struct routes *routes,
                                   const struct server_request *request,
                                   const struct routes_now *now, struct server_response *response,
                                   bool *quit)
{
    struct question question = {routes, request, *now, response, quit, ""};
    struct err ignored;
    const char *forwarded = access_find_forwarded(request);
    *quit = false;
    if (forwarded != NULL) {
        return fail(&question, 403, "Forbidden", "requests of browsers and proxies are refused");
    }
    if (!access_host_allowed(server_header(request, "Host"), routes->addresses,
                             routes->address_count)) {
        return fail(&question, 403, "Forbidden", "the Host header is none of this server's names");
    }
    const struct route *route = find_route(routes, request->path);
    if (route == NULL) {
        return fail(&question, 404, "NotFound", "there is nothing at this path");
    }
    if (!allows(route, request->method)) {
        if (server_add_header(response, "Allow", route->method, &ignored) != 0) {
            response->header_count = 0;
        }
        return fail(&question, 405, "MethodNotAllowed", "the method is not the path's");
    }
    if (server_add_header(response, "Cache-Control", "no-store", &ignored) != 0) {
        response->header_count = 0;
    }
    question.rest = request->path + strlen(route->path);
    return route->response(&question);
}
