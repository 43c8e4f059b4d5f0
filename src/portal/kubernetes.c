/* SPDX-License-Identifier: MIT */
/* The calls for access to a Kubernetes cluster. Their responses have one form: {Name, ApiServer,
 * Token, CertificateAuthorityDataBase64, DefaultNamespace, LastTokenRefreshTime, ...}. The last is
 * the time when the token was made, not when it expires. */
#include <stdbool.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/json_fields.h"
#include "base/log.h"
#include "kube/kube_access.h"
#include "net/url.h"
#include "portal/call.h"
#include "portal/jwt.h"
#include "portal/portal.h"
#include "portal/portal_clock.h"
#include "portal/refusal.h"

/* The token says when it expires if it is a JWT. */
static int read_expiration(const struct portal_call *call, struct kube_access *access,
                           struct err *err)
{
    struct jwt_claims claims;
    int64_t now_s = portal_clock_now_s(&call->response);
    access->sent_ms = call->response.sent_ms;
    jwt_read(access->token, &claims);
    access->lifetime_s = claims.expires_s != 0 ? claims.expires_s - now_s : KUBE_DEFAULT_LIFETIME_S;
    if (access->lifetime_s > AWS_LIFETIME_MAX_S) {
        access->lifetime_s = AWS_LIFETIME_MAX_S;
    }
    access->expiration_s = now_s + access->lifetime_s;
    return access->lifetime_s > 0
               ? 0
               : err_set(err, ERR_UNAVAILABLE, "the Kubernetes token has already expired");
}

static int read_access(const struct portal_call *call, struct kube_access *access, struct err *err)
{
    const struct json_field fields[] = {
        {"Name", access->name, sizeof(access->name), NULL},
        {"ApiServer", access->server, sizeof(access->server), NULL},
        {"Token", access->token, sizeof(access->token), NULL},
        {"CertificateAuthorityDataBase64", access->ca, sizeof(access->ca), NULL},
        {"DefaultNamespace", access->default_namespace, sizeof(access->default_namespace), NULL},
    };
    return json_read_fields(&call->json, fields, sizeof(fields) / sizeof(fields[0]), err) != 0 ||
                   kube_access_check(access, err) != 0
               ? -1
               : read_expiration(call, access, err);
}

/* *missing, if not NULL: whether the portal does not have the endpoint. */
static int fetch(const struct portal *portal, const struct scope *scope, const char *path,
                 bool *missing, struct kube_access *access, struct err *err)
{
    struct portal_call call = {
        .path = path,
        .of_tenant = scope_is_tenant(scope),
        .may_be_missing = missing != NULL,
    };
    int result = portal_call_run(portal, &call, err);
    if (missing != NULL) {
        *missing = call.missing;
    }
    if (result != 0) {
        refusal_explain(portal, &call, err);
    } else if (!call.missing &&
               (result = portal_check_type(portal, &call, JSON_OBJECT, err)) == 0 &&
               (result = read_access(&call, access, err)) != 0) {
        err_wrap(err, "%s: the response to %s", portal->api->host, path);
    }
    portal_call_done(&call);
    return result;
}

int portal_get_kube_access(const struct portal *portal, const struct scope *scope,
                           const char *tenant_id, struct kube_access *access, struct err *err)
{
    /* The second of each pair is for older portals. */
    static const char *const ends[2][2][2] = {
        {{"/v3/subscriptions/", "/k8s/jitAccess"},
         {"/subscriptions/", "/GetK8ClusterConfigByTenant"}},
        {{"/v3/admin/plans/", "/k8sConfig"}, {"/adminproxy/", "/GetEksClusterByInfra"}},
    };
    bool of_plan = scope->kind == SCOPE_PLAN;
    const char *name = of_plan ? scope->tenant : tenant_id;
    bool missing = true;
    int result = 0;
    *access = (struct kube_access){0};
    for (int i = 0; i < 2 && missing; i++) {
        char path[PORTAL_PATH_SIZE];
        const char *const *end = ends[of_plan][i];
        result = portal_path_with(path, end[0], name, end[1], err);
        if (result == 0) {
            result = fetch(portal, scope, path, i == 0 ? &missing : NULL, access, err);
        }
        missing = missing && result == 0 && i == 0;
    }
    if (result != 0) {
        kube_access_wipe(access);
    }
    return result;
}
