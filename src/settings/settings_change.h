/* SPDX-License-Identifier: MIT */
/* Changes settings one after the other in a safe order, and verifies each
 * (settings/settings_owner.h). */
#ifndef SETTINGS_SETTINGS_CHANGE_H
#define SETTINGS_SETTINGS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings_editor.h"

struct err;

enum settings_progress {
    SETTINGS_PLANNED,
    SETTINGS_DONE,
    SETTINGS_FAILED,
    SETTINGS_NOT_DONE, /* because a change before it failed */
};

struct settings_change_options {
    bool dry_run;        /* report the plan and change nothing */
    bool raise_role_max; /* settings/settings_plan.h */
    bool show_plan;      /* report the plan even if it is a single change */
    void *context;
    /* Called for each change when its state is known. change is text for the user: "token-validity
     * of tenant dev01: 3600 (1 h) -> 7200 (2 h)". -1 stops. */
    int (*report)(void *context, enum settings_progress progress, const char *change,
                  struct err *err);
    /* Called after each change: sessions that were issued before it do not show it. May be NULL. */
    void (*changed)(void *context, const struct settings_owner *owner);
};

/*
 * Changes what differs from the owners' wanted values; *count is how many changes that is, 0 if
 * there are none. If the system's role maximum falls, warns of tenants whose sessions are longer.
 *
 * -1 with ERR_REJECTED: the plan is not possible (an owner's exceeds_max is set, or a row cannot be
 * deleted alone), nothing was changed; or the setting has been changed by another user meanwhile.
 * Other errors are those of settings_owner_write. Stops at the first failure.
 */
int settings_change(struct settings_editor *editor, const struct settings_change_options *options,
                    size_t *count, struct err *err) __attribute__((warn_unused_result));

/* Changes one row that is not a setting; value NULL deletes it. Errors as above. */
int settings_change_row(struct settings_editor *editor,
                        const struct settings_change_options *options,
                        const struct settings_target *target, const char *value, struct err *err)
    __attribute__((warn_unused_result));

#endif
