/* SPDX-License-Identifier: MIT */
/*
 * The portal's settings as it stores them: rows of type, key and value, for the system and for each
 * tenant. What a key means is not known here.
 *
 * Errors as in portal/portal.h.
 */
#ifndef PORTAL_SETTING_ROWS_H
#define PORTAL_SETTING_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct err;
struct portal;

/* The most bytes of a type or a key, and of a value, that callers may send. */
enum { PORTAL_SETTING_KEY_MAX = 200, PORTAL_SETTING_VALUE_MAX = 60000 };

struct portal_setting {
    const char *type; /* "" for a tenant's setting */
    const char *key;
    const char *value;
};

/* The rows point into text. */
struct portal_settings {
    struct portal_setting *rows;
    size_t count;
    struct buf text;
};

/* Frees the rows. Accepts a zeroed struct and a second call. */
void portal_settings_done(struct portal_settings *settings);

/* The value of the row with this type and key; NULL if there is none. */
const char *portal_settings_find(const struct portal_settings *settings, const char *type,
                                 const char *key);

/* GET /v3/admin/systemSettings/config, or /v3/admin/tenant/ID/metadata if tenant_id is not NULL.
 * Release with portal_settings_done, also after an error. */
int portal_list_settings(const struct portal *portal, const char *tenant_id,
                         struct portal_settings *settings, struct err *err)
    __attribute__((warn_unused_result));

/* The rows of a tenant that each of its users may read: TenantMetadata of GET
 * /v3/features/tenant/ID. *found is false if the portal has no such call or denies it, or the
 * response has no rows. Release with portal_settings_done, also after an error. */
int portal_list_tenant_features(const struct portal *portal, const char *tenant_id,
                                struct portal_settings *settings, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* Creates or updates a row: by POST, but an existing row of a tenant (exists) by PUT. Older portals
 * have no PUT and update by POST, too. */
int portal_put_setting(const struct portal *portal, const char *tenant_id,
                       const struct portal_setting *row, bool exists, struct err *err)
    __attribute__((warn_unused_result));

/* DELETE. The request has no type: of the system's settings, all rows with the key are deleted.
 * Returns 0 if there is no such row. */
int portal_delete_setting(const struct portal *portal, const char *tenant_id, const char *key,
                          struct err *err) __attribute__((warn_unused_result));

#endif
