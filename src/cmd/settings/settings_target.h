/* SPDX-License-Identifier: MIT */
/* Finds the setting that `settings get`, `set` and `unset` are about. */
#ifndef CMD_SETTINGS_SETTINGS_TARGET_H
#define CMD_SETTINGS_SETTINGS_TARGET_H

#include "cmd/settings/settings_session.h"

/*
 * The setting that the operand after the action names, or the row that --key names, with --type
 * (the system's) or a tenant (the tenant's). value_count is how many operands hold a value. Adds
 * the owner to the editor and loads it. ERR_USAGE if there is no such setting, or the owner is
 * missing.
 */
int settings_find_target(struct settings_session *settings, int value_count,
                         struct settings_target *target, struct err *err)
    __attribute__((warn_unused_result));

#endif
