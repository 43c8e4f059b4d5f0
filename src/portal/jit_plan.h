/* SPDX-License-Identifier: MIT */
/*
 * In which order settings are to be changed so that no session fails in between, and which change
 * is to be refused. Pure: from what places have and are to have to a list of steps.
 * AWS refuses a session that is longer than its role's maximum: the maximum is raised before a
 * validity, and a validity lowered before the maximum.
 */
#ifndef PORTAL_JIT_PLAN_H
#define PORTAL_JIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portal/jit_settings.h"
#include "portal/portal.h"
#include "portal/settings.h"

struct err;

/* The system, or one tenant. */
struct jit_place {
    char tenant[PORTAL_NAME_SIZE];  /* its name, or its ID where that is all that is known */
    char tenant_id[PORTAL_ID_SIZE]; /* "": the system */
    struct portal_settings rows;    /* not the planner's business */
    struct jit_value now[JIT_SETTING_COUNT];
    struct jit_value want[JIT_SETTING_COUNT];
    bool wanted[JIT_SETTING_COUNT]; /* whether want says anything */
    bool too_long; /* set by jit_plan: a lower maximum leaves its sessions longer than allowed */
};

struct jit_step {
    size_t place;
    enum jit_setting_id id;
};

/* How long a session in places[i] lasts, and what its role allows: now, or with all that is wanted.
 * places[0] is the system. */
int64_t jit_validity(const struct jit_place *place, bool then);
int64_t jit_role_max(const struct jit_place *places, size_t i, bool then);

/*
 * Fills steps (room for count * JIT_SETTING_COUNT) with what differs from what is wanted, in a safe
 * order. places[0] is the system. A validity above its role's maximum is ERR_NOT_FOUND ("not
 * allowed") with the order to do it in; raise_role_max adds the tenant's maximum instead.
 */
int jit_plan(struct jit_place *places, size_t count, bool raise_role_max, struct jit_step *steps,
             size_t *step_count, struct err *err) __attribute__((warn_unused_result));

#endif
