/* SPDX-License-Identifier: MIT */
/*
 * The portal's settings as it keeps them: rows of type, key and value, of the system and of each
 * tenant. `duplojit settings` and `duplojit status` read and write them here. What a key means is
 * settings/setting.h's business.
 *
 * Errors are those of portal/portal.h; a 403 says that an administrator's token is needed.
 */
#ifndef PORTAL_SETTING_ROWS_H
#define PORTAL_SETTING_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct err;
struct portal;

/* Bytes of a type or a key, and of a value, that are sent. */
enum { PORTAL_SETTING_KEY_MAX = 200, PORTAL_SETTING_VALUE_MAX = 60000 };

struct portal_setting {
    const char *type; /* "" in a tenant's settings: they have none */
    const char *key;
    const char *value;
};

/* The rows' texts lie in the buffer. */
struct portal_settings {
    struct portal_setting *rows;
    size_t count;
    struct buf text;
};

/* Accepts a zeroed struct and a second call. */
void portal_settings_done(struct portal_settings *settings);

/* The value, or NULL where there is no such row. */
const char *portal_settings_find(const struct portal_settings *settings, const char *type,
                                 const char *key);

/* GET /v3/admin/systemSettings/config, or /v3/admin/tenant/ID/metadata where tenant_id is not NULL.
 * Release with portal_settings_done in either case. */
int portal_list_settings(const struct portal *portal, const char *tenant_id,
                         struct portal_settings *settings, struct err *err)
    __attribute__((warn_unused_result));

/* Creates or updates. exists: the row is there already; a tenant's is updated by PUT then, and by
 * POST on older portals, which have no PUT. */
int portal_put_setting(const struct portal *portal, const char *tenant_id,
                       const struct portal_setting *row, bool exists, struct err *err)
    __attribute__((warn_unused_result));

/* DELETE by the key alone, so a system's row goes in every type that has it. One that is not there
 * is no error. */
int portal_delete_setting(const struct portal *portal, const char *tenant_id, const char *key,
                          struct err *err) __attribute__((warn_unused_result));

#endif
