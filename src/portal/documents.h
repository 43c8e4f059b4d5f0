/* SPDX-License-Identifier: MIT */
/*
 * Answers of the portal as it sends them, with all members, also those that nothing here knows.
 *
 * Errors as in portal/portal.h.
 */
#ifndef PORTAL_DOCUMENTS_H
#define PORTAL_DOCUMENTS_H

struct buf;
struct err;
struct portal;

/* GET /v3/features/system: appends the object. */
int portal_add_features(const struct portal *portal, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* GET /adminproxy/GetTenantNames; if the portal refuses that, or does not have it, GET
 * /admin/GetTenantsForUser. Appends the array, or, if name_or_id is not NULL, the object of this
 * tenant: the name in any case, or the ID. ERR_REJECTED if there is none. */
int portal_add_tenants(const struct portal *portal, const char *name_or_id, struct buf *out,
                       struct err *err) __attribute__((warn_unused_result));

#endif
