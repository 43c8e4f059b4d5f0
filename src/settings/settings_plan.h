/* SPDX-License-Identifier: MIT */
/*
 * In which order settings are to be changed so that no session fails in between, and which change
 * is to be refused. Pure: from what places have and are to have to a list of steps.
 * AWS refuses a session that is longer than its role's maximum: the maximum is raised before a
 * validity, and a validity lowered before the maximum.
 */
#ifndef SETTINGS_SETTINGS_PLAN_H
#define SETTINGS_SETTINGS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portal/portal.h"
#include "portal/setting_rows.h"
#include "settings/setting.h"

struct err;

/* The system, or one tenant. */
struct settings_owner {
    char tenant[PORTAL_NAME_SIZE];  /* its name, or its ID where that is all that is known */
    char tenant_id[PORTAL_ID_SIZE]; /* "": the system */
    struct portal_settings rows;    /* not the planner's business */
    struct setting_value now[SETTING_COUNT];
    struct setting_value want[SETTING_COUNT];
    bool wanted[SETTING_COUNT]; /* whether want says anything */
    bool too_long; /* set by jit_plan: a lower maximum leaves its sessions longer than allowed */
};

struct settings_step {
    size_t place;
    enum setting_id id;
};

/* How long a session in places[i] lasts, and what its role allows: now, or with all that is wanted.
 * places[0] is the system. */
int64_t settings_validity_s(const struct settings_owner *place, bool then);
int64_t settings_role_max_s(const struct settings_owner *places, size_t i, bool then);

/*
 * Fills steps (room for count * JIT_SETTING_COUNT) with what differs from what is wanted, in a safe
 * order. places[0] is the system. A validity above its role's maximum is ERR_REJECTED ("not
 * allowed") with the order to do it in; raise_role_max adds the tenant's maximum instead.
 */
int settings_plan(struct settings_owner *places, size_t count, bool raise_role_max,
                  struct settings_step *steps, size_t *step_count, struct err *err)
    __attribute__((warn_unused_result));

#endif
