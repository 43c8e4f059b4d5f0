/* SPDX-License-Identifier: MIT */
/*
 * The portal's API, as its public clients use it: one function per question.
 * The broker asks for credentials here; commands ask the rest. It keeps nothing between calls but
 * the open connection, and knows nothing of caches, files and options.
 *
 * Errors of every function: ERR_REFUSED for 401 and 403, ERR_REJECTED for 404 and for 400 (older
 * endpoints say so for a missing object), ERR_UNAVAILABLE for everything else.
 */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portal/scope.h"

struct aws_credentials;
struct buf;
struct err;
struct http;
struct url_origin;

enum {
    PORTAL_NAME_SIZE = 128, /* a tenant's or plan's name */
    PORTAL_ID_SIZE = 64,    /* a tenant's ID: a UUID */
    PORTAL_DEFAULT_VALIDITY_S = 3600,
};

/* Everything is borrowed and outlives the calls. */
struct portal {
    struct http *http;
    const struct url_origin *api;
    const char *token;
    const char *otp; /* NULL: none */
};

struct portal_tenant {
    char name[PORTAL_NAME_SIZE];
    char id[PORTAL_ID_SIZE];
    char plan[PORTAL_NAME_SIZE];
};

struct portal_features {
    bool otp_needed; /* an administrator's call needs an MFA code */
    bool admin_jit_enabled;
    bool tells_admin_jit; /* whether the portal told that; else it is false */
    bool tells_flags;     /* and EnabledFlags */
    bool duplo_ops_enabled;
    char default_region[65]; /* "" where the portal does not say */
};

/* GET /v3/features/system */
int portal_get_features(const struct portal *portal, struct portal_features *features,
                        struct err *err) __attribute__((warn_unused_result));

/* The same, and whether EnabledFlags lists a flag (false where features.tells_flags is). */
int portal_get_flag(const struct portal *portal, const char *flag, bool *listed,
                    struct portal_features *features, struct err *err)
    __attribute__((warn_unused_result));

/* GET /admin/GetTenantsForUser. *tenants is the caller's, to free(); sorted by name. */
int portal_list_tenants(const struct portal *portal, struct portal_tenant **tenants, size_t *count,
                        struct err *err) __attribute__((warn_unused_result));

/* The tenant in a list with this name, in any case (an exact match comes first), or with this ID.
 * NULL with ERR_REJECTED and the names that the list has. */
const struct portal_tenant *portal_find_tenant(const struct portal_tenant *tenants, size_t count,
                                               const char *name_or_id, struct err *err);

/* The ID of a scope's tenant; "" for a scope without one. Only a tenant given by name takes a call.
 */
int portal_resolve_tenant(const struct portal *portal, const struct scope *scope,
                          char id[PORTAL_ID_SIZE], struct err *err)
    __attribute__((warn_unused_result));

/*
 * AWS credentials of one kind. tenant_id matters for tenants only. The calls:
 * SCOPE_TENANT_*: GET /subscriptions/ID/GetAwsConsoleTokenUrl
 * SCOPE_ADMIN: GET /v3/admin/aws/jitAccess/admin; older portals have only
 * /adminproxy/GetJITAwsConsoleAccessUrl
 * SCOPE_DUPLO_OPS: GET /v3/admin/aws/jitAccess/duplo-ops
 */
int portal_get_credentials(const struct portal *portal, enum scope_kind kind, const char *tenant_id,
                           struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* The link in the same answers that signs its holder in to the AWS console: a secret, which no
 * struct keeps. Appended to link. region, of AWS_REGION_SIZE bytes, is "" if the portal does not
 * tell it. */
int portal_get_console_link(const struct portal *portal, enum scope_kind kind,
                            const char *tenant_id, struct buf *link, char *region, struct err *err)
    __attribute__((warn_unused_result));

/* GET /subscriptions/ID/GetAwsRegionId: "us-west-2". size of region is AWS_REGION_SIZE. */
int portal_get_tenant_region(const struct portal *portal, const char *tenant_id, char *region,
                             size_t size, struct err *err) __attribute__((warn_unused_result));

#endif
