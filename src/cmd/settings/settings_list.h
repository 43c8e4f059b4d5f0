/* SPDX-License-Identifier: MIT */
/* duplojit settings list: settings by name and all rows of the portal, as a table or as JSON. */
#ifndef CMD_SETTINGS_SETTINGS_LIST_H
#define CMD_SETTINGS_SETTINGS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings_editor.h"

struct err;

/* The keys alone (--keys). */
int settings_list_keys(const struct setting_keys *keys, bool json, struct err *err)
    __attribute__((warn_unused_result));

/* The values of the system and of a tenant: its index in the editor, or 0 for none. */
int settings_list(const struct settings_editor *editor, size_t tenant, bool json, struct err *err)
    __attribute__((warn_unused_result));

#endif
