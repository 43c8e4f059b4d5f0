/* SPDX-License-Identifier: MIT */
/*
 * What the parts of `duplojit settings` share: the desk on which the places lie whose settings are
 * looked at or changed. settings.c decides what to do; the others list, change, and read and write
 * files. Nobody else includes it.
 */
#ifndef CMD_SETTINGS_SETTINGS_H
#define CMD_SETTINGS_SETTINGS_H

#include "session/session.h"
#include "settings/settings_owner.h"

/* places[0] is the system. tenants are all that the user may use, once somebody asked. */
struct settings_editor {
    const struct args *args;
    bool dry_run;
    bool raise_role_max;
    bool of_file; /* what is wanted stands in a file */
    struct session session;
    const struct portal *portal;
    struct setting_keys keys;
    struct settings_owner *places;
    size_t count;
    struct portal_tenant *tenants; /* NULL: not asked yet */
    size_t tenant_count;
};

/* A setting by name, or a row that is none of the six. */
struct target {
    const struct setting *setting; /* NULL: a row */
    size_t place;
    const char *type;
    const char *key;
};

/* Adds a tenant's place, not loaded. Its index goes to *place; an old one is found again. */
int settings_editor_add_tenant(struct settings_editor *editor, const char *name, const char *id,
                               size_t *place, struct err *err) __attribute__((warn_unused_result));

/* The tenants of the user, in tenants. */
int settings_editor_list_tenants(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* Adds and loads all tenants that are not there yet. */
int settings_editor_add_all_tenants(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* The tenant that the options name: its place, not loaded; 0 where they name none. */
int settings_editor_find_tenant(struct settings_editor *editor, size_t *place, struct err *err)
    __attribute__((warn_unused_result));

/* Loads the first count places. */
int settings_editor_load(struct settings_editor *editor, struct err *err)
    __attribute__((warn_unused_result));

/* The raw text of a setting in its place, or NULL. */
const char *settings_editor_text(const struct settings_editor *editor, const struct target *target);

/* "token-validity of tenant dev01"; "Flags/X"; "X of tenant dev01". */
enum { SETTINGS_EDITOR_LABEL_SIZE = 2 * PORTAL_SETTING_KEY_MAX + PORTAL_NAME_SIZE + 16 };
void settings_editor_label(const struct settings_editor *editor, const struct target *target,
                           char out[SETTINGS_EDITOR_LABEL_SIZE]);

/* "7200 (2 h)", "on", "not set"; what is no value of the setting in quotes, as far as it fits. */
enum { SETTINGS_EDITOR_WORDS_SIZE = 100 };
void settings_editor_words(const struct setting *setting, const char *text,
                           char out[SETTINGS_EDITOR_WORDS_SIZE]);

/* The table's keys, or those of the environment. ERR_USAGE. */
int settings_find_keys(const struct args *args, struct setting_keys *keys, struct err *err)
    __attribute__((warn_unused_result));

/* settings_list.c: the keys alone, or the values of the system and of the tenant in tenant_place
 * (0: none). */
int settings_list_keys(const struct setting_keys *keys, bool json, struct err *err)
    __attribute__((warn_unused_result));
int settings_list(const struct settings_editor *editor, size_t tenant_place, bool json,
                  struct err *err) __attribute__((warn_unused_result));

/* settings_file.c: fills in what a file wants (its places are not loaded), and writes such a file
 * from places that are. */
int settings_read_file(struct settings_editor *editor, const char *path, struct err *err)
    __attribute__((warn_unused_result));
int settings_export(const struct settings_editor *editor, bool all, struct err *err)
    __attribute__((warn_unused_result));

/* settings_change.c: carries out what the places want, *count changes; and changes one row, to
 * nothing where value is NULL. */
int settings_change(struct settings_editor *editor, size_t *count, struct err *err)
    __attribute__((warn_unused_result));
int settings_change_row(struct settings_editor *editor, const struct target *target,
                        const char *value, struct err *err) __attribute__((warn_unused_result));

#endif
