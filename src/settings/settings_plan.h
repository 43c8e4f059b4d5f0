/* SPDX-License-Identifier: MIT */
/*
 * The order of changes. AWS refuses a session that is longer than its role's maximum, so a maximum
 * is raised before a validity, and a validity lowered before a maximum. Pure.
 */
#ifndef SETTINGS_SETTINGS_PLAN_H
#define SETTINGS_SETTINGS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/settings_owner.h"

struct err;

struct settings_step {
    size_t owner;
    enum setting_id id;
};

/* How long a session in this tenant lasts: now, or with wanted values if after is true. */
int64_t settings_validity_s(const struct settings_owner *owner, bool after);

/* The maximum of the roles of owners[i]; owners[0] is the system. */
int64_t settings_role_max_s(const struct settings_owner *owners, size_t i, bool after);

/*
 * Fills steps, which has room for count * SETTING_COUNT, with the settings that differ from the
 * wanted values, in an order that keeps every session valid. owners[0] is the system. If a tenant's
 * wanted token-validity is above its maximum, raise_role_max adds the step that raises the tenant's
 * maximum; without it, the result is -1 with ERR_REJECTED, and the owner's exceeds_max is set. Sets
 * too_long of the tenants whose present sessions become longer than a lower maximum allows.
 */
int settings_plan(struct settings_owner *owners, size_t count, bool raise_role_max,
                  struct settings_step *steps, size_t *step_count, struct err *err)
    __attribute__((warn_unused_result));

#endif
