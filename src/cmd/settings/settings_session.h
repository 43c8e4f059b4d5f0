/* SPDX-License-Identifier: MIT */
/* A settings editor with the session of an administrator, as the actions of `settings` share it. */
#ifndef CMD_SETTINGS_SETTINGS_SESSION_H
#define CMD_SETTINGS_SETTINGS_SESSION_H

#include <stdbool.h>

#include "session/session.h"
#include "settings/settings_change.h"
#include "settings/settings_editor.h"

struct settings_session {
    const struct args *args;
    struct session session;
    struct settings_editor editor;
    struct settings_change_options options;
};

/* Reads the options and logs in. Release it with settings_session_close in any case. */
int settings_session_open(struct settings_session *settings, const struct args *args,
                          struct err *err) __attribute__((warn_unused_result));
void settings_session_close(struct settings_session *settings);

/* Adds the tenant that the options name, not loaded. *owner is its index, 0 if they name none. */
int settings_session_find_tenant(struct settings_session *settings, size_t *owner, struct err *err)
    __attribute__((warn_unused_result));

/* Loads all owners. If the portal rejects a saved login, the user logs in again. */
int settings_session_load(struct settings_session *settings, struct err *err)
    __attribute__((warn_unused_result));

/* settings_change, and settings_change_row for a target that is not a setting. Prints each change;
 * errors name the options that help. */
int settings_session_change(struct settings_session *settings, size_t *count, struct err *err)
    __attribute__((warn_unused_result));
int settings_session_change_row(struct settings_session *settings,
                                const struct settings_target *target, const char *value,
                                struct err *err) __attribute__((warn_unused_result));

#endif
