/* SPDX-License-Identifier: MIT */
#include "settings/settings_owner.h"

#include <string.h>

#include "base/err.h"

/* NULL: the system. */
static const char *id_of(const struct settings_owner *owner)
{
    return owner->tenant_id[0] != '\0' ? owner->tenant_id : NULL;
}

bool settings_owner_has(const struct settings_owner *owner, const struct setting *setting)
{
    return setting_is_tenants(setting) == (id_of(owner) != NULL);
}

static void decode(struct settings_owner *owner, const struct setting_keys *keys)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        const char *text = settings_owner_has(owner, setting)
                               ? portal_settings_find(&owner->rows, keys->type[i], keys->key[i])
                               : NULL;
        owner->current[i] = setting_value_decode(setting, text);
    }
}

int settings_owner_load(const struct portal *portal, struct settings_owner *owner,
                        const struct setting_keys *keys, struct err *err)
{
    portal_settings_done(&owner->rows);
    if (portal_list_settings(portal, id_of(owner), &owner->rows, err) != 0) {
        return -1;
    }
    decode(owner, keys);
    return 0;
}

int settings_owner_load_features(const struct portal *portal, struct settings_owner *owner,
                                 const struct setting_keys *keys, bool *found, struct err *err)
{
    portal_settings_done(&owner->rows);
    if (portal_list_tenant_features(portal, owner->tenant_id, &owner->rows, found, err) != 0) {
        return -1;
    }
    decode(owner, keys);
    return 0;
}

static int fail_ignored(struct settings_owner *owner, const char *key, const char *where,
                        struct err *err)
{
    owner->ignored = true;
    return err_set(err, ERR_INTERNAL,
                   "the portal accepted the change of %s, but %s still report the old value: this "
                   "portal may use another key",
                   key, where);
}

/* The features that every user can read show whether a switch has an effect. Portals that do not
 * report them pass. */
static int check_features(const struct portal *portal, struct settings_owner *owner,
                          const struct setting *setting, const struct portal_setting *row,
                          struct err *err)
{
    struct portal_features features;
    bool listed = false;
    bool on = row->value != NULL && strcmp(row->value, "true") == 0;
    if (!on && row->value != NULL && strcmp(row->value, "false") != 0) {
        return 0;
    }
    if (portal_get_flag(portal, row->key, &listed, &features, err) != 0) {
        return err_wrap(err, "%s was written, but cannot be read back", row->key);
    }
    if (setting == &settings_table[SETTING_ADMIN_UI]) {
        /* A deleted row leaves administrators with the portal's own default. */
        return row->value != NULL && features.has_admin_jit && features.admin_jit_enabled != on
                   ? fail_ignored(owner, row->key, "its features (IsAwsAdminJITEnabled)", err)
                   : 0;
    }
    return features.has_flags && listed != on
               ? fail_ignored(owner, row->key, "its features (EnabledFlags)", err)
               : 0;
}

static int write_row(const struct portal *portal, const struct settings_owner *owner,
                     const struct portal_setting *row, struct err *err)
{
    bool exists = portal_settings_find(&owner->rows, row->type, row->key) != NULL;
    return row->value != NULL ? portal_put_setting(portal, id_of(owner), row, exists, err)
                              : portal_delete_setting(portal, id_of(owner), row->key, err);
}

static bool has_row(const struct settings_owner *owner, const struct portal_setting *row)
{
    const char *got = portal_settings_find(&owner->rows, row->type, row->key);
    return got != NULL && row->value != NULL ? strcmp(got, row->value) == 0 : got == row->value;
}

/* A write failed. If its connection broke, it may have had an effect all the same; and if the
 * client repeated it, the portal may have rejected the second one. 0 if the row has changed. */
static int recover(const struct portal *portal, struct settings_owner *owner,
                   const struct setting_keys *keys, const struct portal_setting *row,
                   struct err *err)
{
    struct err ignored;
    bool broke_off = err->kind == ERR_UNAVAILABLE;
    if (!broke_off && err->kind != ERR_REJECTED) {
        return -1;
    }
    bool loaded = settings_owner_load(portal, owner, keys, &ignored) == 0;
    if (loaded && has_row(owner, row)) {
        return 0;
    }
    if (!broke_off) {
        return -1;
    }
    return loaded ? err_wrap(err, "the portal still reports the old value of %s", row->key)
                  : err_wrap(err, "%s may have been written; it cannot be read back", row->key);
}

int settings_owner_write(const struct portal *portal, struct settings_owner *owner,
                         const struct setting_keys *keys, const struct setting *setting,
                         const struct portal_setting *row, struct err *err)
{
    owner->ignored = false;
    if (write_row(portal, owner, row, err) != 0) {
        if (recover(portal, owner, keys, row, err) != 0) {
            return -1;
        }
    } else if (settings_owner_load(portal, owner, keys, err) != 0) {
        return err_wrap(err, "%s was written, but cannot be read back", row->key);
    }
    if (!has_row(owner, row)) {
        return fail_ignored(owner, row->key, "its settings", err);
    }
    bool in_features =
        strcmp(row->type, "Flags") == 0 || setting == &settings_table[SETTING_ADMIN_UI];
    return in_features ? check_features(portal, owner, setting, row, err) : 0;
}
