/* SPDX-License-Identifier: MIT */
/*
 * The settings that are shown or changed: those of the system and of any number of tenants. Calls
 * the portal, and opens no session, file or terminal.
 */
#ifndef SETTINGS_SETTINGS_EDITOR_H
#define SETTINGS_SETTINGS_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings_owner.h"

struct err;

struct settings_editor {
    const struct portal *portal;   /* the caller's; may be replaced between two calls */
    struct setting_keys keys;      /* the texts are the caller's */
    struct settings_owner *owners; /* owners[0] is the system */
    size_t count;
    struct portal_tenant *tenants; /* that the user may use; NULL: not listed yet */
    size_t tenant_count;
};

/* Only the system, not loaded, and the keys of settings_table. 0, or -1 with ERR_INTERNAL. */
int settings_editor_init(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* Accepts a zeroed struct. */
void settings_editor_done(struct settings_editor *editor);

/* Adds a tenant, not loaded, unless it is there. *owner is its index. */
int settings_editor_add_tenant(struct settings_editor *editor, const char *name, const char *id,
                               size_t *owner, struct err *err) __attribute__((warn_unused_result));

/* The same for the tenant of the user that has this name or ID; ERR_REJECTED if there is none. */
int settings_editor_find_tenant(struct settings_editor *editor, const char *name_or_id,
                                size_t *owner, struct err *err) __attribute__((warn_unused_result));

/* Adds and loads all tenants of the user that are not there yet. */
int settings_editor_add_all_tenants(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* Loads the system and all tenants that are there. */
int settings_editor_load(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* A setting, or any row of the portal, of one owner. */
struct settings_target {
    const struct setting *setting; /* NULL: a row that is not a setting */
    size_t owner;
    const char *type; /* "" for a tenant's row */
    const char *key;
};

/* The target's text in the portal, or NULL. Valid until its owner is loaded again. */
const char *settings_editor_text(const struct settings_editor *editor,
                                 const struct settings_target *target);

/* The target for messages: "token-validity of tenant dev01", "Flags/X", "X of tenant dev01". */
enum { SETTINGS_LABEL_SIZE = 2 * PORTAL_SETTING_KEY_MAX + PORTAL_NAME_SIZE + 16 };
void settings_editor_label(const struct settings_editor *editor,
                           const struct settings_target *target, char out[SETTINGS_LABEL_SIZE]);

#endif
