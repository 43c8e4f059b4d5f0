/* SPDX-License-Identifier: MIT */
/* Lists of settings and of all rows of the portal, as tables or as JSON. A failure sticks in out.
 */
#ifndef SETTINGS_SETTINGS_LIST_H
#define SETTINGS_SETTINGS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings_editor.h"

struct buf;

/* Appends the key of each setting and whether it is documented. */
void settings_list_keys(const struct setting_keys *keys, bool json, struct buf *out);

/* Appends the values of the system and of a tenant: its index in the editor, or 0 for none. JSON
 * leaves out a tenant's settings if there is none, because null would mean "not set". */
void settings_list(const struct settings_editor *editor, size_t tenant, bool json, struct buf *out);

#endif
