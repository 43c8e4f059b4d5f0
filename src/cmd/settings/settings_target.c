/* SPDX-License-Identifier: MIT */
#include "cmd/settings/settings_target.h"

#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/usage.h"

/* On the command line: a tenant in the environment may be meant for other commands. */
static bool names_tenant(const struct args *args)
{
    return args_given(args, OPTION_TENANT) || args_given(args, OPTION_TENANT_ID);
}

/* The index of the owner: the system, or the tenant that the options name. what is the name of the
 * setting in messages. */
static int find_owner(struct settings_session *settings, const char *what, bool system,
                      size_t *owner, struct err *err)
{
    if (system) {
        *owner = 0;
        return names_tenant(settings->args)
                   ? err_set(err, ERR_USAGE, "%s is a setting of the system: leave out --tenant",
                             what)
                   : 0;
    }
    if (settings_session_find_tenant(settings, owner, err) != 0) {
        return -1;
    }
    return *owner != 0 ? 0
                       : err_set(err, ERR_USAGE,
                                 "%s needs a tenant: give --tenant NAME or --tenant-id ID (or "
                                 "--type for a key of the system)",
                                 what);
}

static int fail_unknown(const struct args *args, const char *name, struct err *err)
{
    const char *names[SETTING_COUNT + 1] = {NULL};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        names[i] = settings_table[i].name;
    }
    return usage_unknown_argument(args, name, names, err);
}

/* A setting by its name. --key and --type override its row in the portal. */
static int target_by_name(struct settings_session *settings, const char *name,
                          struct settings_target *target, struct err *err)
{
    struct setting_keys *keys = &settings->editor.keys;
    const struct setting *setting = setting_find(name);
    const char *key = args_text(settings->args, OPTION_KEY);
    const char *type = args_text(settings->args, OPTION_TYPE);
    if (setting == NULL) {
        return fail_unknown(settings->args, name, err);
    }
    size_t id = (size_t)(setting - settings_table);
    keys->key[id] = key != NULL ? key : keys->key[id];
    keys->type[id] = type != NULL && setting->type != NULL ? type : keys->type[id];
    *target =
        (struct settings_target){.setting = setting, .type = keys->type[id], .key = keys->key[id]};
    return find_owner(settings, name, setting->type != NULL, &target->owner, err);
}

/* A duration is recognised by its key, too: it gets the same checks as by its name. */
static const struct setting *find_duration(const struct setting_keys *keys,
                                           const struct settings_owner *owner,
                                           const struct settings_target *target)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        if (settings_owner_has(owner, setting) && !setting->is_switch &&
            strcmp(keys->type[i], target->type) == 0 && strcmp(keys->key[i], target->key) == 0) {
            return setting;
        }
    }
    return NULL;
}

static int target_by_key(struct settings_session *settings, struct settings_target *target,
                         struct err *err)
{
    const char *type = args_text(settings->args, OPTION_TYPE);
    const char *key = args_text(settings->args, OPTION_KEY);
    if (key == NULL) {
        return err_set(err, ERR_USAGE,
                       "which setting? Give its NAME (see `duplojit settings list`), or --key with "
                       "--type or --tenant");
    }
    if (type != NULL && names_tenant(settings->args)) {
        return err_set(err, ERR_USAGE,
                       "--type is for keys of the system: leave out --type or --tenant");
    }
    *target = (struct settings_target){.type = type != NULL ? type : "", .key = key};
    if (find_owner(settings, key, type != NULL, &target->owner, err) != 0) {
        return -1;
    }
    target->setting =
        find_duration(&settings->editor.keys, &settings->editor.owners[target->owner], target);
    return 0;
}

int settings_find_target(struct settings_session *settings, int value_count,
                         struct settings_target *target, struct err *err)
{
    const struct args *args = settings->args;
    int result = args->operand_count > 1 + value_count
                     ? target_by_name(settings, args->operands[1], target, err)
                     : target_by_key(settings, target, err);
    return result != 0 ? -1 : settings_session_load(settings, err);
}
