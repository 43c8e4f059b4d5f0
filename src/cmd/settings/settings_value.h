/* SPDX-License-Identifier: MIT */
/* duplojit settings get, set and unset. */
#ifndef CMD_SETTINGS_SETTINGS_VALUE_H
#define CMD_SETTINGS_SETTINGS_VALUE_H

#include "cmd/settings/settings_session.h"

/* Prints the value alone. A value that is not set is ERR_REJECTED, with the default. */
int settings_get(struct settings_session *settings, struct err *err)
    __attribute__((warn_unused_result));

/* Set or delete a value, and print what was done. If the portal has the value already, nothing is
 * written and --if-value is not compared, so that a pipeline can run twice. */
int settings_set(struct settings_session *settings, struct err *err)
    __attribute__((warn_unused_result));
int settings_unset(struct settings_session *settings, struct err *err)
    __attribute__((warn_unused_result));

#endif
