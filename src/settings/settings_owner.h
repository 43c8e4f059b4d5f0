/* SPDX-License-Identifier: MIT */
/*
 * Reads a place's settings from the portal, and changes one of them with its own eyes open: what
 * was written is read back, because some keys are unverified and a portal may take a call and do
 * nothing. Commands call it with steps of settings/settings_plan.h.
 */
#ifndef SETTINGS_SETTINGS_OWNER_H
#define SETTINGS_SETTINGS_OWNER_H

#include "settings/settings_plan.h"

/* Where the portal keeps each setting: the table's types and keys, or what the user says. */
struct setting_keys {
    const char *type[SETTING_COUNT]; /* "" for a tenant's */
    const char *key[SETTING_COUNT];
};

/* Fills rows and now; place says which. Release the rows with portal_settings_done. */
int settings_owner_load(const struct portal *portal, struct settings_owner *place,
                        const struct setting_keys *keys, struct err *err)
    __attribute__((warn_unused_result));

/* Fills now from rows. */
void settings_owner_read(struct settings_owner *place, const struct setting_keys *keys);

/*
 * Writes a row (value NULL: deletes it), loads the place again and looks for the change: in its
 * rows, for a flag in the features too. setting is the row's, or NULL. A portal that took the
 * call but does not report the change is ERR_INTERNAL; a call that broke off and whose change is
 * there has succeeded.
 */
int settings_owner_write(const struct portal *portal, struct settings_owner *place,
                         const struct setting_keys *keys, const struct setting *setting,
                         const struct portal_setting *row, struct err *err)
    __attribute__((warn_unused_result));

#endif
