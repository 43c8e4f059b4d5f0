/* SPDX-License-Identifier: MIT */
/*
 * Settings as a JSON file, to keep them under version control or to copy them to another portal:
 *
 *   {"system": {"admin-jit-ui": "on", "role-max-session-duration": "2h"},
 *    "tenants": {"dev01": {"token-validity": 7200}}}
 *
 * A value is a text that setting_value_parse accepts, a number or a boolean; null means "not set".
 * A tenant is a name or an ID. Settings that are not in the file are not changed.
 */
#ifndef SETTINGS_SETTINGS_FILE_H
#define SETTINGS_SETTINGS_FILE_H

#include <stdbool.h>

#include "settings/settings_editor.h"

struct buf;
struct err;

/* Sets the wanted values from the content of a file; adds the file's tenants, not loaded. The whole
 * content is checked before the portal is called. ERR_FILE for content that is not such a file;
 * ERR_REJECTED for a tenant that the user does not have. */
int settings_file_read(struct settings_editor *editor, const struct buf *content, struct err *err)
    __attribute__((warn_unused_result));

/* Appends a file with the current values of the owners; skip_unset leaves out tenants that have
 * none. Warns of values that are invalid and leaves them out. A failure sticks in out. */
void settings_file_write(const struct settings_editor *editor, bool skip_unset, struct buf *out);

#endif
