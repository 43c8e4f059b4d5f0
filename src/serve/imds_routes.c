/* SPDX-License-Identifier: MIT */
#include "serve/imds_routes.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "serve/profile_set.h"

/* The metadata service: the paths that SDKs request for credentials and the region. */

enum server_verdict imds_put_token(const struct exchange *exchange)
{
    static const char header[] = "X-aws-ec2-metadata-token-ttl-seconds";
    const char *ttl = server_header(exchange->request, header);
    int64_t ttl_s = 0;
    char token[IMDS_TOKEN_SIZE];
    struct err ignored;
    if (exchange->routes->imds_accepts != NULL &&
        !exchange->routes->imds_accepts(exchange->request)) {
        return exchange_fail(exchange, 403, "Forbidden",
                             "the metadata service accepts only root and the user who runs it");
    }
    if (ttl == NULL || !text_parse_int(ttl, 1, IMDS_TTL_MAX_S, &ttl_s)) {
        return exchange_fail(exchange, 400, "BadRequest",
                             "the header X-aws-ec2-metadata-token-ttl-seconds must be 1 to 21600");
    }
    if (!imds_make_token(exchange->routes->imds, exchange->now_ms, ttl_s, token) ||
        server_add_header(exchange->response, header, ttl, &ignored) != 0) {
        return exchange_fail(exchange, 500, "InternalError", "cannot make a token");
    }
    return exchange_send_text(exchange, 200, token);
}

static bool is_imds_authorized(const struct exchange *exchange)
{
    const char *token = server_header(exchange->request, "X-aws-ec2-metadata-token");
    return token != NULL && imds_check_token(exchange->routes->imds, exchange->now_ms, token);
}

static enum server_verdict fail_imds_unauthorized(const struct exchange *exchange)
{
    return exchange_fail(exchange, 401, "Unauthorized",
                         "no valid token: get one with PUT /latest/api/token");
}

enum server_verdict imds_get_role(const struct exchange *exchange)
{
    const struct routes *routes = exchange->routes;
    if (!is_imds_authorized(exchange)) {
        return fail_imds_unauthorized(exchange);
    }
    if (exchange->rest[0] == '\0') {
        return routes->default_profile >= 0
                   ? exchange_send_text(
                         exchange, 200,
                         profile_set_name(routes->profile_set, routes->default_profile))
                   : exchange_fail(exchange, 404, "NotFound", "there is no default profile");
    }
    int profile = profile_set_find(routes->profile_set, exchange->rest);
    return profile >= 0 ? exchange_send_credentials(exchange, profile, true)
                        : exchange_fail(exchange, 404, "NotFound", "there is no role of this name");
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
    if (set == NULL && profile >= 0 && exchange_may_wait_for(exchange, profile)) {
        return SERVER_DEFER;
    }
    if (set == NULL || set->region[0] == '\0') {
        return exchange_fail(exchange, 404, "NotFound", "the region is not known");
    }
    snprintf(text, sizeof(text), "%s%s%s", before, set->region, after);
    return exchange_send_text(exchange, 200, text);
}

enum server_verdict imds_get_region(const struct exchange *exchange)
{
    return send_region(exchange, "", "");
}

/* Old SDKs take the region from the zone, without its last letter. */
enum server_verdict imds_get_zone(const struct exchange *exchange)
{
    return send_region(exchange, "", "a");
}

enum server_verdict imds_get_document(const struct exchange *exchange)
{
    return send_region(exchange, "{\"region\":\"", "\"}\n");
}
