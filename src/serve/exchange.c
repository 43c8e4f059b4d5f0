/* SPDX-License-Identifier: MIT */
#include "serve/exchange.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "serve/profile_set.h"

static const char json_type_name[] = "application/json";
const char exchange_text_type[] = "text/plain; charset=utf-8";

enum server_verdict exchange_finish(const struct exchange *exchange, int status, const char *type)
{
    struct server_response *response = exchange->response;
    response->status = buf_failed(&response->body) ? 500 : status;
    response->content_type = type;
    return SERVER_RESPOND;
}

/* Both spellings: the Go SDK reads the lower-case names, the JavaScript SDK the others. */
enum server_verdict exchange_fail(const struct exchange *exchange, int status, const char *code,
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
    return exchange_finish(exchange, status, json_type_name);
}

enum server_verdict exchange_send_text(const struct exchange *exchange, int status,
                                       const char *text)
{
    buf_add_str(&exchange->response->body, text);
    return exchange_finish(exchange, status, exchange_text_type);
}

/* Says why a profile has no credentials. SDKs repeat the request after 5xx and not after 4xx. */
static enum server_verdict fail_profile(const struct exchange *exchange, int profile)
{
    const struct profile_set *profile_set = exchange->routes->profile_set;
    const struct profile_state *state = &profile_set->profiles[profile];
    int64_t hold_ms = profile_set->hold_ms - exchange->now_ms;
    const char *why = state->last_text != NULL  ? state->last_text
                      : state->last != ERR_NONE ? "out of memory"
                                                : "the first ones are being fetched";
    char message[ERR_TEXT_SIZE + 128];
    int len = snprintf(message, sizeof(message), "no valid credentials: %s", why);
    if (hold_ms > 0) {
        snprintf(message + len, sizeof(message) - (size_t)len,
                 "; the portal allows the next request in %lld s", (long long)hold_ms / 1000 + 1);
    }
    switch (state->last) {
    case ERR_REFUSED:
        return exchange_fail(exchange, 403, "PortalRefused", message);
    case ERR_REJECTED:
        return exchange_fail(exchange, 404, "NotFound", message);
    default:
        return exchange_fail(exchange, 503, "CredentialsUnavailable", message);
    }
}

bool exchange_may_wait(const struct exchange *exchange)
{
    int64_t until_ms = exchange->request->complete_ms + ROUTES_WAIT_MS;
    if (exchange->request->must_respond || exchange->routes->stopping ||
        exchange->now_ms >= until_ms) {
        return false;
    }
    exchange->response->defer_until_ms = until_ms;
    return true;
}

bool exchange_may_wait_for(const struct exchange *exchange, int profile)
{
    return profile_set_is_pending(exchange->routes->profile_set, profile, exchange->now_ms) &&
           exchange_may_wait(exchange);
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

enum server_verdict exchange_send_credentials(const struct exchange *exchange, int profile,
                                              bool imds)
{
    struct profile_set *profile_set = exchange->routes->profile_set;
    const struct profile_credentials *set = profile_set_get(profile_set, profile, exchange->now_ms);
    struct buf *body = &exchange->response->body;
    struct err ignored;
    profile_set_use(profile_set, profile, exchange->now_ms);
    if (set == NULL) {
        return exchange_may_wait_for(exchange, profile) ? SERVER_DEFER
                                                        : fail_profile(exchange, profile);
    }
    /* The text grows once; if it cannot, the append fails. */
    (void)buf_reserve(body, set->fields.len + 1, &ignored);
    buf_add_char(body, '{');
    if (imds && !add_imds_fields(body, set)) {
        buf_clear(body);
        return exchange_fail(exchange, 500, "InternalError",
                             "a time is outside the years 1970 to 9999");
    }
    buf_add(body, set->fields.data, set->fields.len);
    return exchange_finish(exchange, 200, json_type_name);
}
