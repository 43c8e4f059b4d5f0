/* SPDX-License-Identifier: MIT */
/* The calls for AWS credentials and console links. Their responses have one form:
 * {ConsoleUrl, AccessKeyId, SecretAccessKey, SessionToken, Region, Validity, Expiration}. */
#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "net/url.h"
#include "portal/call.h"
#include "portal/issued.h"
#include "portal/portal.h"
#include "portal/portal_clock.h"
#include "portal/refusal.h"

static int64_t earlier_s(int64_t a_s, int64_t b_s)
{
    return a_s < b_s ? a_s : b_s;
}

/* Validity is in seconds from now; if it is missing or not positive, it is an hour. Some portals
 * send Expiration instead. Of both, the earlier one counts. */
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
        return err_set(err, ERR_UNAVAILABLE, "\"Expiration\" is not a time: \"%.40s\"", expiration);
    }
    int64_t now_s = portal_clock_now_s(&call->response);
    creds->sent_ms = call->response.sent_ms;
    bool has_lifetime = has_validity && validity_s > 0;
    creds->lifetime_s = has_lifetime     ? validity_s
                        : has_expiration ? AWS_LIFETIME_MAX_S
                                         : PORTAL_DEFAULT_VALIDITY_S;
    creds->lifetime_s = earlier_s(creds->lifetime_s, AWS_LIFETIME_MAX_S);
    if (has_expiration) {
        creds->lifetime_s = earlier_s(creds->lifetime_s, named_s - now_s);
    }
    creds->expiration_s = now_s + creds->lifetime_s;
    if (creds->lifetime_s <= 0) {
        return err_set(err, ERR_UNAVAILABLE, "the credentials have already expired");
    }
    return 0;
}

/* The console link is "" if the response has none. */
static int read_link(const struct portal_call *call, struct console_link *link, struct err *err)
{
    bool found = false;
    link->obtained_s = call->response.sent_s;
    return json_get_string(&call->json, JSON_ROOT, "ConsoleUrl", link->url, sizeof(link->url),
                           &found, err);
}

static int read_credentials(const struct portal_call *call, const void *out, struct err *err)
{
    const struct issued *issued = out;
    struct aws_credentials *creds = issued->aws;
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
    if (issued->link != NULL && read_link(call, issued->link, err) != 0) {
        return -1;
    }
    return aws_credentials_check(creds, err) != 0 ? -1 : read_expiration(call, creds, err);
}

/* What read_console fills. */
struct console {
    struct buf *link;
    char *region;
};

static int read_console(const struct portal_call *call, const void *out, struct err *err)
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
        return err_set(err, ERR_REJECTED, "there is no console link");
    }
    console->link->len += strlen(room);
    return console->region[0] != '\0' ? portal_check_region(console->region, err) : 0;
}

/* What to read from a response. */
struct request {
    int (*read)(const struct portal_call *call, const void *out, struct err *err);
    const void *out; /* names what is filled */
};

/* Runs the call and reads its response. With may_be_missing, it reads nothing if call->missing. */
static int fetch(const struct portal *portal, struct portal_call *call,
                 const struct request *request, struct err *err)
{
    int result = portal_call_run(portal, call, err);
    if (result == 0 && !call->missing &&
        (result = portal_check_type(portal, call, JSON_OBJECT, err)) == 0 &&
        (result = request->read(call, request->out, err)) != 0) {
        portal_hide_secrets(portal, err);
        err_wrap(err, "%s: the response to %s", portal->api->host, call->path);
    }
    return result;
}

static int fetch_for_tenant(const struct portal *portal, const char *tenant_id,
                            const struct request *request, struct err *err)
{
    char path[PORTAL_PATH_SIZE];
    struct portal_call call = {.path = path, .of_tenant = true};
    if (portal_path_with(path, "/subscriptions/", tenant_id, "/GetAwsConsoleTokenUrl", err) != 0) {
        return -1;
    }
    int result = fetch(portal, &call, request, err);
    portal_call_done(&call);
    return result;
}

/* *missing, if not NULL: whether the portal does not have the endpoint. */
static int fetch_for_admin(const struct portal *portal, const char *path, bool *missing,
                           const struct request *request, struct err *err)
{
    struct portal_call call = {.path = path, .may_be_missing = missing != NULL};
    int result = fetch(portal, &call, request, err);
    if (result != 0) {
        refusal_explain(portal, &call, err);
    }
    if (missing != NULL) {
        *missing = call.missing;
    }
    portal_call_done(&call);
    return result;
}

static int fetch_by_kind(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
                         const struct request *request, struct err *err)
{
    bool missing = false;
    if (kind == SCOPE_DUPLO_OPS) {
        return fetch_for_admin(portal, "/v3/admin/aws/jitAccess/duplo-ops", NULL, request, err);
    }
    if (kind != SCOPE_ADMIN) {
        return fetch_for_tenant(portal, tenant_id, request, err);
    }
    int result = fetch_for_admin(portal, "/v3/admin/aws/jitAccess/admin", &missing, request, err);
    if (!missing) {
        return result;
    }
    log_debug("the portal has no /v3/admin/aws/jitAccess: trying the older endpoint");
    return fetch_for_admin(portal, "/adminproxy/GetJITAwsConsoleAccessUrl", NULL, request, err);
}

int portal_get_credentials(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
                           const struct issued *issued, struct err *err)
{
    const struct request request = {.read = read_credentials, .out = issued};
    *issued->aws = (struct aws_credentials){0};
    if (fetch_by_kind(portal, kind, tenant_id, &request, err) == 0) {
        return 0;
    }
    issued_wipe(issued);
    return -1;
}

int portal_get_console_link(const struct portal *portal, enum scope_kind kind,
                            const char *tenant_id, struct buf *link, char *region, struct err *err)
{
    struct console console = {.link = link, .region = region};
    const struct request request = {.read = read_console, .out = &console};
    region[0] = '\0';
    return fetch_by_kind(portal, kind, tenant_id, &request, err);
}
