/* SPDX-License-Identifier: MIT */
#include "cmd/status/account.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "portal/jwt.h"
#include "session/session.h"

/* "1 h 5 min" */
static void add_span(struct buf *out, int64_t span_s)
{
    long long minutes = (long long)(span_s / 60);
    if (minutes >= 60) {
        buf_add_fmt(out, "%lld h ", minutes / 60);
    }
    buf_add_fmt(out, "%lld min", minutes % 60);
}

/* "2026-01-02T03:04:05Z (1 h 5 min left of 2 h 0 min)"; whole_s 0: it is not known of how much. */
static void add_time(struct buf *out, int64_t time_s, int64_t left_s, int64_t whole_s)
{
    char text[CLOCK_RFC3339_SIZE] = "?";
    clock_format_rfc3339(time_s, text);
    buf_add_fmt(out, "%s (", text);
    if (left_s <= 0) {
        buf_add_str(out, "over)");
        return;
    }
    add_span(out, left_s);
    buf_add_str(out, " left");
    if (whole_s > 0) {
        buf_add_str(out, " of ");
        add_span(out, whole_s);
    }
    buf_add_char(out, ')');
}

static const char *source_of(const struct session *session)
{
    static const char *const words[] = {
        [IDENTITY_FILE] = "from a file",
        [IDENTITY_STDIN] = "from standard input",
        [IDENTITY_ARGUMENT] = "from the command line",
        [IDENTITY_ENVIRONMENT] = "from the environment",
        [IDENTITY_LOGIN] = "of the login",
        [IDENTITY_ADMIN_LOGIN] = "of the login for administrators",
    };
    return words[session->identity->source];
}

static void add_token(const struct session *session, struct buf *out)
{
    struct jwt_claims claims;
    jwt_read(identity_token(session->identity), &claims);
    if (claims.user[0] != '\0') {
        buf_add_fmt(out, "name           %s\n", claims.user);
    }
    buf_add_fmt(out, "token          %s", source_of(session));
    if (claims.expires_s == 0) {
        buf_add_str(out, "; it does not say until when it is good\n");
        return;
    }
    buf_add_str(out, ", good until ");
    add_time(out, claims.expires_s, claims.expires_s - clock_wall_s(), 0);
    buf_add_char(out, '\n');
}

/* While the cache is listed. */
struct listing {
    struct buf *out;
    const char *portal;
    int count;
};

static int add_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    struct listing *listing = context;
    char scope[SCOPE_TEXT_SIZE];
    (void)err;
    int64_t left_s = cache_entry_left_s(entry, clock_wall_s());
    if (left_s == 0 || strcmp(entry->portal, listing->portal) != 0) {
        return 0;
    }
    scope_describe_key(entry->scope, scope);
    buf_add_fmt(listing->out, "%s%s, until ",
                listing->count++ == 0 ? "cached         " : "               ", scope);
    add_time(listing->out, entry->creds.expiration_s, left_s, entry->creds.lifetime_s);
    buf_add_char(listing->out, '\n');
    return 0;
}

int account_add(const struct session *session, const struct portal_features *features,
                struct buf *out, struct err *err)
{
    struct listing listing = {.out = out, .portal = session->api.origin};
    add_token(session, out);
    buf_add_fmt(out, "MFA            %s\nadmin JIT      %s\n",
                features->otp_needed ? "needed for an administrator's calls" : "not needed",
                !features->tells_admin_jit    ? "the portal does not tell"
                : features->admin_jit_enabled ? "enabled"
                                              : "disabled");
    if (session->cache != NULL &&
        cache_for_each(session->cache->dir, add_entry, &listing, err) != 0) {
        return -1;
    }
    if (listing.count == 0) {
        buf_add_str(out, "cached         nothing\n");
    }
    return 0;
}
