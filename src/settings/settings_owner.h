/* SPDX-License-Identifier: MIT */
/*
 * An owner of settings, the system or one tenant: reads its settings from the portal, and writes
 * one and verifies it. A setting that was written is read back, because some keys are not
 * documented and a portal may accept a call without any effect.
 *
 * Portal calls fail with the errors of portal/portal.h.
 */
#ifndef SETTINGS_SETTINGS_OWNER_H
#define SETTINGS_SETTINGS_OWNER_H

#include <stdbool.h>

#include "portal/portal.h"
#include "portal/setting_rows.h"
#include "settings/setting.h"

struct err;

/* Type and key of each setting's row: those of settings_table, or those that the user names. */
struct setting_keys {
    const char *type[SETTING_COUNT]; /* "" for a tenant's setting */
    const char *key[SETTING_COUNT];
};

/* Zeroed is the system, not loaded. */
struct settings_owner {
    char tenant[PORTAL_NAME_SIZE];  /* name; the ID if only that is known */
    char tenant_id[PORTAL_ID_SIZE]; /* "": the system */
    struct portal_settings rows;
    struct setting_value current[SETTING_COUNT]; /* decoded from rows */
    struct setting_value wanted[SETTING_COUNT];  /* what to change it to */
    bool is_wanted[SETTING_COUNT];               /* wanted[i] is set by the user */
    /* The results of planning (settings/settings_plan.h) and writing: */
    bool exceeds_max; /* planning failed: its token-validity is above its role's maximum */
    bool too_long;    /* a lower maximum will make AWS refuse its sessions */
    bool ignored;     /* the portal accepted the last write without effect */
};

/* Whether the setting belongs to this owner. */
bool settings_owner_has(const struct settings_owner *owner, const struct setting *setting);

/* Reads rows and current from the portal. Release rows with portal_settings_done in any case. */
int settings_owner_load(const struct portal *portal, struct settings_owner *owner,
                        const struct setting_keys *keys, struct err *err)
    __attribute__((warn_unused_result));

/* The same for a tenant, from its features, which each of its users may read. *found is false, and
 * nothing is set, if the portal does not report them. */
int settings_owner_load_features(const struct portal *portal, struct settings_owner *owner,
                                 const struct setting_keys *keys, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/*
 * Writes a row, or deletes it if its value is NULL. Loads the owner again and checks that the row
 * has changed, and for a switch that the portal's features have, too. setting is the row's setting,
 * or NULL. If the call failed on the way and the row has changed all the same, the result is 0. If
 * the portal accepted the call and the row or the feature has not changed: ERR_INTERNAL, and
 * owner->ignored.
 */
int settings_owner_write(const struct portal *portal, struct settings_owner *owner,
                         const struct setting_keys *keys, const struct setting *setting,
                         const struct portal_setting *row, struct err *err)
    __attribute__((warn_unused_result));

#endif
