/* SPDX-License-Identifier: MIT */
#include "cmd/status/account.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "cmd/status/status_lines.h"
#include "portal/jwt.h"
#include "session/session.h"

enum { TIME_SIZE = CLOCK_RFC3339_SIZE + 2 * CLOCK_DURATION_SIZE + 16 };

/* Whole minutes, unless it is less than one. */
static void format_minutes(int64_t duration_s, char out[CLOCK_DURATION_SIZE])
{
    clock_format_duration(duration_s >= 60 ? duration_s / 60 * 60 : duration_s, out);
}

/* "2026-01-02T03:04:05Z (1 h 5 min left of 2 h)"; without the lifetime if that is 0. */
static void format_expiration(int64_t time_s, int64_t left_s, int64_t lifetime_s,
                              char out[TIME_SIZE])
{
    char time[CLOCK_RFC3339_SIZE] = "?";
    char left[CLOCK_DURATION_SIZE];
    char lifetime[CLOCK_DURATION_SIZE];
    clock_format_rfc3339(time_s, time);
    if (left_s <= 0) {
        snprintf(out, TIME_SIZE, "%s (expired)", time);
        return;
    }
    format_minutes(left_s, left);
    if (lifetime_s > 0) {
        format_minutes(lifetime_s, lifetime);
        snprintf(out, TIME_SIZE, "%s (%s left of %s)", time, left, lifetime);
    } else {
        snprintf(out, TIME_SIZE, "%s (%s left)", time, left);
    }
}

static const char *source_of(const struct session *session)
{
    static const char *const words[] = {
        [IDENTITY_FILE] = "file",
        [IDENTITY_STDIN] = "standard input",
        [IDENTITY_ARGUMENT] = "command line",
        [IDENTITY_ENVIRONMENT] = "environment",
        [IDENTITY_LOGIN] = "login",
        [IDENTITY_ADMIN_LOGIN] = "administrator login",
    };
    return words[session->identity->source];
}

static void add_token(const struct session *session, struct table *lines)
{
    struct jwt_claims claims;
    char expiration[TIME_SIZE];
    jwt_read(identity_token(session->identity), &claims);
    if (claims.user[0] != '\0') {
        status_add(lines, "name", "%s", claims.user);
    }
    if (claims.expires_s == 0) {
        status_add(lines, "token", "from the %s; expiration time unknown", source_of(session));
        return;
    }
    format_expiration(claims.expires_s, claims.expires_s - clock_wall_s(), 0, expiration);
    status_add(lines, "token", "from the %s, expires %s", source_of(session), expiration);
}

static void put_time(struct json_writer *json, int64_t time_s)
{
    char time[CLOCK_RFC3339_SIZE];
    json_write_key(json, "Expiration");
    if (time_s > 0 && clock_format_rfc3339(time_s, time)) {
        json_write_string(json, time);
    } else {
        json_write_null(json);
    }
}

static void write_token(const struct session *session, struct json_writer *json)
{
    struct jwt_claims claims;
    jwt_read(identity_token(session->identity), &claims);
    json_put_string(json, "User", claims.user);
    json_write_key(json, "Token");
    json_begin_object(json);
    json_put_string(json, "Source", source_of(session));
    put_time(json, claims.expires_s);
    json_end_object(json);
}

/* The state of a walk through the cache. */
struct listing {
    struct table *lines; /* or NULL: */
    struct json_writer *json;
    const char *portal;
    int count;
};

static int add_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    struct listing *listing = context;
    char expiration[TIME_SIZE];
    char scope[SCOPE_TEXT_SIZE];
    (void)err;
    int64_t left_s = cache_entry_left_s(entry, clock_wall_s());
    if (left_s == 0 || strcmp(entry->portal, listing->portal) != 0) {
        return 0;
    }
    scope_describe_key(entry->scope, scope);
    if (listing->lines == NULL) {
        json_begin_object(listing->json);
        json_put_string(listing->json, "Scope", scope);
        put_time(listing->json, entry->expiration_s);
        json_put_int(listing->json, "SecondsLeft", left_s);
        json_end_object(listing->json);
        return 0;
    }
    format_expiration(entry->expiration_s, left_s, entry->lifetime_s, expiration);
    status_add(listing->lines, listing->count++ == 0 ? "cached" : "", "%s, expires %s", scope,
               expiration);
    return 0;
}

static int list(const struct session *session, struct listing *listing, struct err *err)
{
    return session->cache == NULL ? 0
                                  : cache_for_each(session->cache->dir, add_entry, listing, err);
}

int account_add(const struct session *session, const struct portal_features *features,
                struct table *lines, struct err *err)
{
    struct listing listing = {.lines = lines, .portal = session->api.origin};
    add_token(session, lines);
    status_add(lines, "MFA", "%s",
               features->otp_needed ? "required for administrators" : "not required");
    status_add(lines, "admin JIT", "%s",
               !features->has_admin_jit      ? "unknown: the portal does not report it"
               : features->admin_jit_enabled ? "enabled"
                                             : "disabled");
    if (list(session, &listing, err) != 0) {
        return -1;
    }
    if (listing.count == 0) {
        status_add(lines, "cached", "nothing");
    }
    return 0;
}

int account_write(const struct session *session, const struct portal_features *features,
                  struct json_writer *json, struct err *err)
{
    struct listing listing = {.json = json, .portal = session->api.origin};
    write_token(session, json);
    json_put_bool(json, "MfaRequired", features->otp_needed);
    json_write_key(json, "AdminJit");
    if (features->has_admin_jit) {
        json_write_bool(json, features->admin_jit_enabled);
    } else {
        json_write_null(json);
    }
    json_write_key(json, "Cached");
    json_begin_array(json);
    int result = list(session, &listing, err);
    json_end_array(json);
    return result;
}
