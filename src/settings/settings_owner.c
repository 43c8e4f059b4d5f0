/* SPDX-License-Identifier: MIT */
#include "settings/settings_owner.h"

#include <string.h>

#include "base/err.h"

static const char *id_of(const struct settings_owner *place)
{
    return place->tenant_id[0] != '\0' ? place->tenant_id : NULL;
}

void settings_owner_read(struct settings_owner *place, const struct setting_keys *keys)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        bool here = (settings_table[i].type == NULL) == (id_of(place) != NULL);
        const char *text =
            here ? portal_settings_find(&place->rows, keys->type[i], keys->key[i]) : NULL;
        place->now[i] = setting_value_read(&settings_table[i], text);
    }
}

int settings_owner_load(const struct portal *portal, struct settings_owner *place,
                        const struct setting_keys *keys, struct err *err)
{
    portal_settings_done(&place->rows);
    if (portal_list_settings(portal, id_of(place), &place->rows, err) != 0) {
        return -1;
    }
    settings_owner_read(place, keys);
    return 0;
}

static int not_changed(const struct portal_setting *row, const char *what, struct err *err)
{
    return err_set(err, ERR_INTERNAL,
                   "the portal took the change of %s, but %s; change it on the portal's own page, "
                   "or try the key that this portal has for it with --key (the keys: `duplojit "
                   "settings list --keys`)",
                   row->key, what);
}

/* The features tell whether a flag has its effect; where they do not tell, the rows must do. What
 * they say of admin access without the flag is the portal's choice. */
static int check_features(const struct portal *portal, const struct setting *setting,
                          const struct portal_setting *row, struct err *err)
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
        return row->value != NULL && features.tells_admin_jit && features.admin_jit_enabled != on
                   ? not_changed(row, "its features report the old \"IsAwsAdminJITEnabled\"", err)
                   : 0;
    }
    return features.tells_flags && listed != on
               ? not_changed(row, "its features report the old \"EnabledFlags\"", err)
               : 0;
}

static int write_row(const struct portal *portal, const struct settings_owner *place,
                     const struct portal_setting *row, struct err *err)
{
    bool exists = portal_settings_find(&place->rows, row->type, row->key) != NULL;
    return row->value != NULL ? portal_put_setting(portal, id_of(place), row, exists, err)
                              : portal_delete_setting(portal, id_of(place), row->key, err);
}

static bool has_row(const struct settings_owner *place, const struct portal_setting *row)
{
    const char *got = portal_settings_find(&place->rows, row->type, row->key);
    return got != NULL && row->value != NULL ? strcmp(got, row->value) == 0 : got == row->value;
}

/* A call that broke off may have had its effect; sent once more, it is told that the row is there
 * already. Reading back tells. */
static int look_after_failure(const struct portal *portal, struct settings_owner *place,
                              const struct setting_keys *keys, const struct portal_setting *row,
                              struct err *err)
{
    struct err why;
    bool broke_off = err->kind == ERR_UNAVAILABLE;
    if (!broke_off && err->kind != ERR_REJECTED) {
        return -1;
    }
    bool looked = settings_owner_load(portal, place, keys, &why) == 0;
    if (looked && has_row(place, row)) {
        return 0;
    }
    if (!broke_off) {
        return -1;
    }
    return looked ? err_wrap(err, "the portal still reports the old value of %s", row->key)
                  : err_wrap(err, "%s may be written or not, it cannot be read back", row->key);
}

int settings_owner_write(const struct portal *portal, struct settings_owner *place,
                         const struct setting_keys *keys, const struct setting *setting,
                         const struct portal_setting *row, struct err *err)
{
    if (write_row(portal, place, row, err) != 0) {
        if (look_after_failure(portal, place, keys, row, err) != 0) {
            return -1;
        }
    } else if (settings_owner_load(portal, place, keys, err) != 0) {
        return err_wrap(err, "%s was written, but cannot be read back", row->key);
    }
    if (!has_row(place, row)) {
        return not_changed(row, "its settings report the old value", err);
    }
    bool told = strcmp(row->type, "Flags") == 0 || setting == &settings_table[SETTING_ADMIN_UI];
    return told ? check_features(portal, setting, row, err) : 0;
}
