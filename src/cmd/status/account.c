/* SPDX-License-Identifier: MIT */
#include "cmd/status/account.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
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
        [IDENTITY_FILE] = "from a file",
        [IDENTITY_STDIN] = "from standard input",
        [IDENTITY_ARGUMENT] = "from the command line",
        [IDENTITY_ENVIRONMENT] = "from the environment",
        [IDENTITY_LOGIN] = "from the login",
        [IDENTITY_ADMIN_LOGIN] = "from the administrator login",
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
        status_add(lines, "token", "%s; expiration time unknown", source_of(session));
        return;
    }
    format_expiration(claims.expires_s, claims.expires_s - clock_wall_s(), 0, expiration);
    status_add(lines, "token", "%s, expires %s", source_of(session), expiration);
}

/* The state of a walk through the cache. */
struct listing {
    struct table *lines;
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
    format_expiration(entry->expiration_s, left_s, entry->lifetime_s, expiration);
    scope_describe_key(entry->scope, scope);
    status_add(listing->lines, listing->count++ == 0 ? "cached" : "", "%s, expires %s", scope,
               expiration);
    return 0;
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
    if (session->cache != NULL &&
        cache_for_each(session->cache->dir, add_entry, &listing, err) != 0) {
        return -1;
    }
    if (listing.count == 0) {
        status_add(lines, "cached", "nothing");
    }
    return 0;
}
