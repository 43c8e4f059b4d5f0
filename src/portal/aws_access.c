/* SPDX-License-Identifier: MIT */
/* The three ways to AWS credentials, and the one form that they come in. */
#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "net/url.h"
#include "portal/call.h"
#include "portal/portal.h"

enum {
    SKEW_TOLERATED_S = 300,     /* AWS refuses signatures of clocks that are further off */
    VALIDITY_MAX_S = 7 * 86400, /* AWS gives 12 hours at most; more is a mistake of somebody's */
};

/* The portal's clock counts: this machine's may be wrong. */
static int64_t portal_now(const struct http_response *response)
{
    if (response->date_s == 0) {
        return response->received_s;
    }
    int64_t ahead_s = response->received_s - response->date_s;
    if (ahead_s > SKEW_TOLERATED_S || ahead_s < -SKEW_TOLERATED_S) {
        log_warn("the clock of this machine is %lld s %s the portal's; AWS refuses requests that "
                 "are signed more than 5 minutes off",
                 (long long)(ahead_s > 0 ? ahead_s : -ahead_s),
                 ahead_s > 0 ? "ahead of" : "behind");
    }
    return response->date_s;
}

/* Validity counts from now, in seconds; missing or not positive means an hour. Some portals send
 * Expiration instead; the earlier of the two counts. */
static int read_expiration(const struct portal_call *call, struct aws_credentials *creds,
                           struct err *err)
{
    int64_t validity_s = 0;
    int64_t named_s = 0;
    char expiration[64];
    bool has_validity = false;
    bool has_expiration = false;
    if (json_get_int(&call->json, JSON_ROOT, "Validity", &validity_s, &has_validity, err) != 0 ||
        json_get_string(&call->json, JSON_ROOT, "Expiration", expiration, sizeof(expiration),
                        &has_expiration, err) != 0) {
        return -1;
    }
    if (has_expiration && !clock_parse_rfc3339(expiration, &named_s)) {
        return err_set(err, ERR_UNAVAILABLE, "\"Expiration\" is no time: \"%.40s\"", expiration);
    }
    int64_t now_s = portal_now(&call->response);
    bool has_lifetime = has_validity && validity_s > 0;
    if (!has_lifetime) {
        validity_s = PORTAL_DEFAULT_VALIDITY_S;
    }
    validity_s = validity_s > VALIDITY_MAX_S ? VALIDITY_MAX_S : validity_s;
    creds->expiration_s = now_s + validity_s;
    if (has_expiration && (!has_lifetime || named_s < creds->expiration_s)) {
        creds->expiration_s = named_s;
    }
    creds->lifetime_s = creds->expiration_s - now_s;
    if (creds->lifetime_s <= 0) {
        return err_set(err, ERR_UNAVAILABLE, "the credentials have already expired");
    }
    return 0;
}

static int read_credentials(const struct portal_call *call, void *out, struct err *err)
{
    struct aws_credentials *creds = out;
    const struct {
        const char *name;
        char *out;
        size_t size;
    } fields[] = {
        {"AccessKeyId", creds->access_key_id, sizeof(creds->access_key_id)},
        {"SecretAccessKey", creds->secret_access_key, sizeof(creds->secret_access_key)},
        {"SessionToken", creds->session_token, sizeof(creds->session_token)},
        {"Region", creds->region, sizeof(creds->region)},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        bool found = false;
        if (json_get_string(&call->json, JSON_ROOT, fields[i].name, fields[i].out, fields[i].size,
                            &found, err) != 0) {
            return -1;
        }
    }
    return aws_credentials_check(creds, err) != 0 ? -1 : read_expiration(call, creds, err);
}

/* The other half of the same answer. */
struct console {
    struct buf *link;
    char *region;
};

static int read_console(const struct portal_call *call, void *out, struct err *err)
{
    const struct console *console = out;
    bool has_link = false;
    bool has_region = false;
    size_t room_len = console->link->max - console->link->len;
    char *room = buf_reserve(console->link, room_len, err);
    if (room == NULL ||
        json_get_string(&call->json, JSON_ROOT, "ConsoleUrl", room, room_len, &has_link, err) !=
            0 ||
        json_get_string(&call->json, JSON_ROOT, "Region", console->region, AWS_REGION_SIZE,
                        &has_region, err) != 0) {
        return -1;
    }
    if (!has_link || room[0] == '\0') {
        return err_set(err, ERR_REJECTED, "the portal has no console link here");
    }
    console->link->len += strlen(room);
    return console->region[0] != '\0' ? aws_region_check(console->region, err) : 0;
}

/* What is wanted of an answer that holds credentials. */
struct request {
    int (*read)(const struct portal_call *call, void *out, struct err *err);
    void *out;
};

/* Runs a call that answers with credentials. Where it may be missing and is, *missing is true and
 * nothing is read. */
static int fetch(const struct portal *portal, const char *path, bool *missing,
                 const struct request *request, struct err *err)
{
    struct portal_call call = {.path = path, .may_be_missing = missing != NULL};
    int result = portal_call_run(portal, &call, err);
    if (missing != NULL) {
        *missing = call.missing;
    }
    bool is_object = call.json.count > 0 && json_type(&call.json, JSON_ROOT) == JSON_OBJECT;
    if (result == 0 && !call.missing) {
        result = is_object ? request->read(&call, request->out, err)
                           : err_set(err, ERR_UNAVAILABLE, "not a JSON object");
        result = result != 0 ? err_wrap(err, "%s: the answer to %s", portal->api->host, path) : 0;
    }
    portal_call_done(&call);
    return result;
}

/* A portal that wants an MFA code of administrators says so in the features; what its refusal says
 * is its own business. */
static int explain_refusal(const struct portal *portal, struct err *err)
{
    struct portal_features features;
    struct err ignored;
    const struct err refusal = *err;
    if (err->kind != ERR_REFUSED || portal_get_features(portal, &features, &ignored) != 0 ||
        !features.otp_needed) {
        return -1;
    }
    bool has_code = portal->otp != NULL && portal->otp[0] != '\0';
    return err_set(err, ERR_REFUSED, "%s; %s", refusal.text,
                   has_code ? "the MFA code of --otp may be wrong, or used already"
                            : "it wants an MFA code from administrators: give --otp CODE, or log "
                              "in with --interactive");
}

static int ask_for_admin(const struct portal *portal, const struct request *request,
                         struct err *err)
{
    bool missing = false;
    if (fetch(portal, "/v3/admin/aws/jitAccess/admin", &missing, request, err) != 0) {
        return explain_refusal(portal, err);
    }
    if (!missing) {
        return 0;
    }
    log_debug("the portal has no /v3/admin/aws/jitAccess: asking the older endpoint");
    return fetch(portal, "/adminproxy/GetJITAwsConsoleAccessUrl", NULL, request, err) != 0
               ? explain_refusal(portal, err)
               : 0;
}

static int ask(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
               const struct request *request, struct err *err)
{
    char path[PORTAL_PATH_SIZE];
    switch (kind) {
    case SCOPE_ADMIN:
        return ask_for_admin(portal, request, err);
    case SCOPE_DUPLO_OPS:
        return fetch(portal, "/v3/admin/aws/jitAccess/duplo-ops", NULL, request, err) != 0
                   ? explain_refusal(portal, err)
                   : 0;
    default:
        return portal_tenant_path(path, tenant_id, "GetAwsConsoleTokenUrl", err) != 0
                   ? -1
                   : fetch(portal, path, NULL, request, err);
    }
}

int portal_get_credentials(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
                           struct aws_credentials *creds, struct err *err)
{
    const struct request request = {.read = read_credentials, .out = creds};
    *creds = (struct aws_credentials){0};
    if (ask(portal, kind, tenant_id, &request, err) == 0) {
        return 0;
    }
    aws_credentials_wipe(creds);
    return -1;
}

int portal_get_console_link(const struct portal *portal, enum scope_kind kind,
                            const char *tenant_id, struct buf *link, char *region, struct err *err)
{
    struct console console = {.link = link, .region = region};
    const struct request request = {.read = read_console, .out = &console};
    region[0] = '\0';
    return ask(portal, kind, tenant_id, &request, err);
}
