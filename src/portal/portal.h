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

/* The ID of the tenant with this name (any case) in a list; ERR_REJECTED says which there are. */
int portal_pick_tenant(const struct portal_tenant *tenants, size_t count, const char *name,
                       char id[PORTAL_ID_SIZE], struct err *err)
    __attribute__((warn_unused_result));

/* GET /subscriptions/ID/GetAwsConsoleTokenUrl */
int portal_get_tenant_credentials(const struct portal *portal, const char *tenant_id,
                                  struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* GET /v3/admin/aws/jitAccess/admin; /adminproxy/GetJITAwsConsoleAccessUrl on older portals. */
int portal_get_admin_credentials(const struct portal *portal, struct aws_credentials *creds,
                                 struct err *err) __attribute__((warn_unused_result));

/* GET /v3/admin/aws/jitAccess/duplo-ops */
int portal_get_duplo_ops_credentials(const struct portal *portal, struct aws_credentials *creds,
                                     struct err *err) __attribute__((warn_unused_result));

/* Whose credentials and console. */
enum portal_access { PORTAL_TENANT, PORTAL_ADMIN, PORTAL_DUPLO_OPS };

/* The link in the same answers that signs whoever opens it in to the AWS console: a secret, which
 * no struct keeps. Appended to link; region is "" where the portal does not say, of AWS_REGION_SIZE
 * bytes. tenant_id is NULL for the others. */
int portal_get_console_link(const struct portal *portal, enum portal_access access,
                            const char *tenant_id, struct buf *link, char *region, struct err *err)
    __attribute__((warn_unused_result));

/* GET /subscriptions/ID/GetAwsRegionId: "us-west-2". size of region is AWS_REGION_SIZE. */
int portal_get_tenant_region(const struct portal *portal, const char *tenant_id, char *region,
                             size_t size, struct err *err) __attribute__((warn_unused_result));

#endif
