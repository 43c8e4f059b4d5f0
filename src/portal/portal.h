/* SPDX-License-Identifier: MIT */
/*
 * The portal's API, as its public clients use it: one function per request. It keeps no state
 * between calls but the open connection, and knows no caches, files or options.
 *
 * Errors of all functions that send a request: ERR_REFUSED for 401 and 403; ERR_REJECTED for 404,
 * and for 400, which older endpoints send for a missing object; ERR_UNAVAILABLE for everything
 * else.
 */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portal/connection.h"
#include "portal/scope.h"

struct buf;
struct err;
struct issued;
struct kube_access;

enum {
    PORTAL_NAME_SIZE = 128, /* a tenant's or plan's name */
    PORTAL_ID_SIZE = 64,    /* a tenant's ID: a UUID */
    PORTAL_TENANTS_MAX = 100000,
    PORTAL_DEFAULT_VALIDITY_S = 3600,
};

struct portal_tenant {
    char name[PORTAL_NAME_SIZE];
    char id[PORTAL_ID_SIZE];
    char plan[PORTAL_NAME_SIZE];
};

/* A member that an older portal does not send is false or "". */
struct portal_features {
    bool otp_needed; /* administrators must send an MFA code */
    bool admin_jit_enabled;
    bool has_admin_jit; /* whether the response has admin_jit_enabled */
    bool has_flags;     /* whether the response has EnabledFlags */
    bool duplo_ops_enabled;
    char default_region[65];
};

/* GET /v3/features/system */
int portal_get_features(const struct portal *portal, struct portal_features *features,
                        struct err *err) __attribute__((warn_unused_result));

/* The same, and whether EnabledFlags lists a flag; false if the response has no EnabledFlags. */
int portal_get_flag(const struct portal *portal, const char *flag, bool *listed,
                    struct portal_features *features, struct err *err)
    __attribute__((warn_unused_result));

/* GET /admin/GetTenantsForUser, sorted by name. The caller frees *tenants with free(). The response
 * may have 64 MiB, because some portals add metadata, and PORTAL_TENANTS_MAX tenants. */
int portal_list_tenants(const struct portal *portal, struct portal_tenant **tenants, size_t *count,
                        struct err *err) __attribute__((warn_unused_result));

/* The tenant of a list that has this name in any case (an exact match comes first), or this ID.
 * NULL with ERR_REJECTED and the names in the list. */
const struct portal_tenant *portal_find_tenant(const struct portal_tenant *tenants, size_t count,
                                               const char *name_or_id, struct err *err);

/* The ID of a scope's tenant; "" for a scope without one. Only a tenant given by name takes a call.
 */
int portal_resolve_tenant(const struct portal *portal, const struct scope *scope,
                          char id[PORTAL_ID_SIZE], struct err *err)
    __attribute__((warn_unused_result));

/*
 * AWS credentials of one kind, into issued->aws, and the link of their response into issued->link
 * unless that is NULL. tenant_id matters for tenants only. The calls:
 * SCOPE_TENANT_*: GET /subscriptions/ID/GetAwsConsoleTokenUrl
 * SCOPE_ADMIN: GET /v3/admin/aws/jitAccess/admin; older portals have only
 * /adminproxy/GetJITAwsConsoleAccessUrl
 * SCOPE_DUPLO_OPS: GET /v3/admin/aws/jitAccess/duplo-ops
 */
int portal_get_credentials(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
                           const struct issued *issued, struct err *err)
    __attribute__((warn_unused_result));

/* Access to the Kubernetes cluster of a tenant (GET /v3/subscriptions/ID/k8s/jitAccess) or a plan
 * (GET /v3/admin/plans/PLAN/k8sConfig). Older portals have only
 * /subscriptions/ID/GetK8ClusterConfigByTenant and /adminproxy/PLAN/GetEksClusterByInfra. */
int portal_get_kube_access(const struct portal *portal, const struct scope *scope,
                           const char *tenant_id, struct kube_access *access, struct err *err)
    __attribute__((warn_unused_result));

/* The same calls, but for the link in their responses that signs its holder in to the AWS console:
 * a secret. Appends it to link. region has AWS_REGION_SIZE bytes, and is "" if the response has
 * none. ERR_REJECTED if the response has no link. */
int portal_get_console_link(const struct portal *portal, enum scope_kind kind,
                            const char *tenant_id, struct buf *link, char *region, struct err *err)
    __attribute__((warn_unused_result));

/* GET /subscriptions/ID/GetAwsRegionId. region has size bytes, at least AWS_REGION_SIZE. */
int portal_get_tenant_region(const struct portal *portal, const char *tenant_id, char *region,
                             size_t size, struct err *err) __attribute__((warn_unused_result));

#endif
