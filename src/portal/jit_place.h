/* SPDX-License-Identifier: MIT */
/*
 * Reads a place's settings from the portal, and changes one of them with its own eyes open: what
 * was written is read back, because some keys are unverified and a portal may take a call and do
 * nothing. Commands call it with steps of portal/jit_plan.h.
 */
#ifndef PORTAL_JIT_PLACE_H
#define PORTAL_JIT_PLACE_H

#include "portal/jit_plan.h"

/* Where the portal keeps each setting: the table's types and keys, or what the user says. */
struct jit_keys {
    const char *type[JIT_SETTING_COUNT]; /* "" for a tenant's */
    const char *key[JIT_SETTING_COUNT];
};

/* Fills rows and now; place says which. Release the rows with portal_settings_done. */
int jit_place_load(const struct portal *portal, struct jit_place *place,
                   const struct jit_keys *keys, struct err *err)
    __attribute__((warn_unused_result));

/* Fills now from rows. */
void jit_place_read(struct jit_place *place, const struct jit_keys *keys);

/*
 * Writes a row (value NULL: deletes it), loads the place again and looks for the change: in its
 * rows, for a flag in the features too. setting is the row's, or NULL. A portal that took the
 * call but does not report the change is ERR_INTERNAL; a call that broke off and whose change is
 * there has succeeded.
 */
int jit_place_write(const struct portal *portal, struct jit_place *place,
                    const struct jit_keys *keys, const struct jit_setting *setting,
                    const struct portal_setting *row, struct err *err)
    __attribute__((warn_unused_result));

#endif
