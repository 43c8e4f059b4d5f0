/* SPDX-License-Identifier: MIT */
/* duplojit settings: an administrator's just-in-time settings, looked at and changed. */
#include "cmd/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cmd/command.h"
#include "cmd/output.h"

/* A type or a key as a person gives it: it goes into an address and into JSON. */
static int check_word(enum option_id id, const char *word, struct err *err)
{
    char cleaned[PORTAL_SETTING_KEY_MAX + 1];
    bool good = text_copy(cleaned, sizeof(cleaned), word) && word[0] != '\0' &&
                strcmp(word, ".") != 0 && strcmp(word, "..") != 0;
    if (good) {
        text_clean(cleaned);
    }
    return good && strcmp(cleaned, word) == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "--%s \"%.40s\" is none: that is a word of 1 to %d bytes without control "
                         "characters",
                         options[id].name, word, PORTAL_SETTING_KEY_MAX);
}

static int read_options(struct desk *desk, const struct args *args, struct err *err)
{
    static const enum option_id words[] = {OPTION_TYPE, OPTION_KEY};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *word = args_text(args, words[i]);
        if (word != NULL && check_word(words[i], word, err) != 0) {
            return -1;
        }
    }
    return args_switch(args, OPTION_DRY_RUN, &desk->dry_run, err) != 0
               ? -1
               : args_switch(args, OPTION_RAISE_ROLE_MAX, &desk->raise_role_max, err);
}

int settings_find_keys(const struct args *args, struct jit_keys *keys, struct err *err)
{
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        const char *key = args_environment(args, setting->variable);
        keys->type[i] = setting->type != NULL ? setting->type : "";
        keys->key[i] = key != NULL ? key : setting->key;
        if (check_word(OPTION_KEY, keys->key[i], err) != 0) {
            return err_wrap(err, "%s", setting->variable);
        }
    }
    return 0;
}

/* The place: the system's where system is true, else the tenant that the options name. what is for
 * messages. */
static int find_place(struct desk *desk, const char *what, bool system, size_t *place,
                      struct err *err)
{
    const struct args *args = desk->args;
    bool named = args_given(args, OPTION_TENANT) || args_given(args, OPTION_TENANT_ID);
    if (system) {
        return named ? err_set(err, ERR_USAGE,
                               "%s is a setting of the system: leave the tenant out; the tenants' "
                               "settings are token-validity, tenant-role-max-session-duration, and "
                               "any that --key names without --type",
                               what)
                     : 0;
    }
    if (desk_find_tenant(desk, place, err) != 0) {
        return -1;
    }
    return *place != 0 ? 0
                       : err_set(err, ERR_USAGE,
                                 "whose %s? give --tenant NAME or --tenant-id ID, or --type for a "
                                 "key of the system",
                                 what);
}

/* One of the six. --key and --type say where this portal keeps it. */
static int target_by_name(struct desk *desk, const char *name, struct target *target,
                          struct err *err)
{
    const struct jit_setting *setting = jit_setting_find(name);
    const char *key = args_text(desk->args, OPTION_KEY);
    const char *type = args_text(desk->args, OPTION_TYPE);
    if (setting == NULL) {
        return err_set(err, ERR_USAGE,
                       "there is no setting \"%.60s\": `duplojit settings list --keys` shows which "
                       "there are; --key and --type are for others",
                       name);
    }
    bool system = setting->type != NULL;
    size_t id = (size_t)(setting - jit_settings);
    desk->keys.key[id] = key != NULL ? key : desk->keys.key[id];
    desk->keys.type[id] = type != NULL && system ? type : desk->keys.type[id];
    *target =
        (struct target){.setting = setting, .type = desk->keys.type[id], .key = desk->keys.key[id]};
    return find_place(desk, name, system, &target->place, err);
}

/* Any row, by --type and --key, or by a tenant and --key. Of the six, durations are recognised: a
 * validity above the role's maximum is no better by its key. */
static int target_by_key(struct desk *desk, struct target *target, struct err *err)
{
    const char *type = args_text(desk->args, OPTION_TYPE);
    const char *key = args_text(desk->args, OPTION_KEY);
    if (key == NULL) {
        return err_set(err, ERR_USAGE,
                       "which setting? give its NAME, or its --key and --type, or --key and "
                       "--tenant; see `duplojit settings list`");
    }
    *target = (struct target){.type = type != NULL ? type : "", .key = key};
    if (find_place(desk, key, type != NULL, &target->place, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        bool here = (jit_settings[i].type == NULL) == (target->place != 0);
        if (here && !jit_settings[i].is_switch && strcmp(desk->keys.type[i], target->type) == 0 &&
            strcmp(desk->keys.key[i], key) == 0) {
            target->setting = &jit_settings[i];
        }
    }
    return 0;
}

/* The operand behind the action, where there is one more than values. */
static int find_target(struct desk *desk, int values, struct target *target, struct err *err)
{
    const struct args *args = desk->args;
    int result = args->operand_count > 1 + values
                     ? target_by_name(desk, args->operands[1], target, err)
                     : target_by_key(desk, target, err);
    return result != 0 ? -1 : desk_load(desk, err);
}

static int get(struct desk *desk, struct err *err)
{
    struct target target;
    struct buf out;
    char words[JIT_TEXT_SIZE] = "";
    if (find_target(desk, 0, &target, err) != 0) {
        return -1;
    }
    const char *text = desk_text(desk, &target);
    if (text == NULL) {
        char label[DESK_LABEL_SIZE];
        desk_label(desk, &target, label);
        if (target.setting != NULL) {
            jit_value_format(target.setting, target.setting->otherwise, words);
        }
        return err_set(err, ERR_NOT_FOUND, "%s is not set%s%s", label,
                       words[0] != '\0' ? "; the default is " : "", words);
    }
    struct jit_value value = {.odd = true};
    if (target.setting != NULL) {
        value = jit_value_read(target.setting, text);
        jit_value_print(target.setting, value.value, words);
    }
    output_init(&out);
    if (!value.odd) {
        buf_add_str(&out, words);
    } else if (isatty(STDOUT_FILENO)) {
        output_add_clean(&out, text);
    } else {
        buf_add_str(&out, text); /* a program wants it as it is */
    }
    buf_add_str(&out, "\n");
    return output_write(&out, err);
}

/* --if-value: whether the setting has the value that the caller knows. */
static int check_old(const struct desk *desk, const struct target *target,
                     const struct jit_value *now, struct err *err)
{
    const char *old = args_text(desk->args, OPTION_IF_VALUE);
    const char *text = desk_text(desk, target);
    char label[DESK_LABEL_SIZE];
    char words[DESK_WORDS_SIZE];
    struct jit_value expected = {0};
    if (old == NULL || strcmp(old, text != NULL ? text : "") == 0) {
        return 0;
    }
    if (target->setting != NULL && old[0] != '\0' &&
        jit_value_parse(target->setting, old, &expected, err) != 0) {
        return err_wrap(err, "--if-value");
    }
    if (expected.set && jit_value_equal(now, &expected)) {
        return 0;
    }
    desk_label(desk, target, label);
    desk_words(target->setting, text, words);
    return err_set(err, ERR_NOT_FOUND,
                   "%s is %s, not \"%.60s\" as --if-value says: somebody else has changed it; "
                   "nothing was written",
                   label, words, old);
}

/* What stands there already is left alone, whatever --if-value says: a pipeline may run twice.
 * value NULL: away with it. */
static int change(struct desk *desk, const struct target *target, const char *value,
                  const struct jit_value *wanted, struct err *err)
{
    const char *text = desk_text(desk, target);
    const struct jit_setting *setting = target->setting;
    struct jit_value now = {0};
    struct buf out;
    size_t count = 0;
    bool same = text != NULL && value != NULL ? strcmp(text, value) == 0 : text == value;
    if (setting != NULL) {
        now = jit_value_read(setting, text);
        same = jit_value_equal(&now, wanted);
    }
    if (!same && check_old(desk, target, &now, err) != 0) {
        return -1;
    }
    if (setting == NULL && !same) {
        return settings_change_row(desk, target, value, err);
    }
    char label[DESK_LABEL_SIZE];
    char words[DESK_WORDS_SIZE];
    desk_label(desk, target, label);
    desk_words(setting, text, words);
    if (setting != NULL) {
        desk->places[target->place].wanted[setting - jit_settings] = true;
        desk->places[target->place].want[setting - jit_settings] = *wanted;
        if (settings_change(desk, &count, err) != 0) {
            return -1;
        }
    }
    if (count > 0) {
        return 0;
    }
    output_init(&out);
    buf_add_fmt(&out, "nothing to change: %s is %s\n", label, words);
    return output_write(&out, err);
}

static int set(struct desk *desk, struct err *err)
{
    const struct args *args = desk->args;
    struct target target;
    struct jit_value wanted = {0};
    if (args->operand_count < 2) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit settings set NAME VALUE`, or set VALUE "
                       "with --key");
    }
    const char *value = args->operands[args->operand_count - 1];
    const struct jit_setting *named =
        args->operand_count > 2 ? jit_setting_find(args->operands[1]) : NULL;
    if (!utf8_is_valid(value, strlen(value)) || strlen(value) > PORTAL_SETTING_VALUE_MAX) {
        return err_set(err, ERR_USAGE, "the value is not UTF-8, or longer than %d bytes",
                       PORTAL_SETTING_VALUE_MAX);
    }
    /* A bad value is told before the portal is asked. */
    if ((named != NULL && jit_value_parse(named, value, &wanted, err) != 0) ||
        find_target(desk, 1, &target, err) != 0 ||
        (target.setting != NULL && jit_value_parse(target.setting, value, &wanted, err) != 0)) {
        return -1;
    }
    return change(desk, &target, value, &wanted, err);
}

static int unset(struct desk *desk, struct err *err)
{
    const struct jit_value nothing = {0};
    struct target target;
    return find_target(desk, 0, &target, err) != 0 ? -1
                                                   : change(desk, &target, NULL, &nothing, err);
}

static int find_format(const struct args *args, bool *json, struct err *err)
{
    const char *format = args_text(args, OPTION_OUTPUT);
    *json = format != NULL && strcmp(format, "json") == 0;
    return format == NULL || *json || strcmp(format, "table") == 0
               ? 0
               : err_set(err, ERR_USAGE, "--output \"%.40s\" is none of table, json", format);
}

static int list(struct desk *desk, struct err *err)
{
    bool json = false;
    size_t tenant = 0;
    return find_format(desk->args, &json, err) != 0 || desk_find_tenant(desk, &tenant, err) != 0 ||
                   desk_load(desk, err) != 0
               ? -1
               : settings_list(desk, tenant, json, err);
}

static int apply(struct desk *desk, struct err *err)
{
    const char *path = args_text(desk->args, OPTION_FILE);
    struct buf out;
    size_t count = 0;
    if (path == NULL) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit settings apply -f FILE`; `settings export` makes one");
    }
    desk->of_file = true;
    if (settings_read_file(desk, path, err) != 0 || desk_load(desk, err) != 0 ||
        settings_change(desk, &count, err) != 0) {
        return -1;
    }
    output_init(&out);
    if (count == 0) {
        buf_add_fmt(&out, "nothing to change: all is as %s says\n", path);
    }
    return output_write(&out, err);
}

static int export(struct desk *desk, struct err *err)
{
    size_t tenant = 0;
    if (desk_find_tenant(desk, &tenant, err) != 0 || desk_load(desk, err) != 0 ||
        (tenant == 0 && desk_add_all_tenants(desk, err) != 0)) {
        return -1;
    }
    return settings_export(desk, tenant == 0, err);
}

static int desk_open(struct desk *desk, const struct args *args, struct err *err)
{
    desk->args = args;
    desk->places = calloc(1, sizeof(*desk->places));
    desk->count = 1;
    if (desk->places == NULL) {
        desk->count = 0;
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    if (session_open(&desk->session, args, err) != 0) {
        return -1;
    }
    desk->session.as_admin = true;
    desk->portal = session_portal(&desk->session, err);
    return desk->portal != NULL ? 0 : -1;
}

static void desk_close(struct desk *desk)
{
    for (size_t i = 0; i < desk->count; i++) {
        portal_settings_done(&desk->places[i].rows);
    }
    free(desk->places);
    free(desk->tenants);
    session_close(&desk->session);
}

/* The options that only some actions go by, as bits in the order of OWN_OPTIONS. */
enum { OUTPUT = 1, KEYS = 2, NAMED = 12, IF_VALUE = 16, DRY_RUN = 32, RAISE = 64, FROM_FILE = 128 };
#define OWN_OPTIONS                                                                                \
    OPTION_OUTPUT, OPTION_KEYS, OPTION_TYPE, OPTION_KEY, OPTION_IF_VALUE, OPTION_DRY_RUN,          \
        OPTION_RAISE_ROLE_MAX, OPTION_FILE

static const struct action {
    const char *name;
    int (*run)(struct desk *desk, struct err *err);
    int operands_max;
    unsigned takes;
} actions[] = {
    {"list", list, 1, OUTPUT | KEYS},
    {"get", get, 2, NAMED},
    {"set", set, 3, NAMED | IF_VALUE | DRY_RUN | RAISE},
    {"unset", unset, 2, NAMED | IF_VALUE | DRY_RUN},
    {"apply", apply, 1, FROM_FILE | DRY_RUN | RAISE},
    {"export", export, 1, 0},
};

/* An --if-value that nobody heeds would be worse than none. */
static int check_action(const struct args *args, const struct action *action, struct err *err)
{
    static const enum option_id own[] = {OWN_OPTIONS};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (args_given(args, own[i]) && (action->takes >> i & 1U) == 0) {
            return err_set(err, ERR_USAGE, "`duplojit settings %s` has no option --%s",
                           action->name, options[own[i]].name);
        }
    }
    return args->operand_count <= action->operands_max
               ? 0
               : err_set(err, ERR_USAGE,
                         "`duplojit settings %s`: one word too many; see `duplojit settings "
                         "--help`",
                         action->name);
}

static const struct action *find_action(const struct args *args)
{
    for (size_t i = 0; args->operand_count > 0 && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, args->operands[0]) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

static int run(const struct args *args, struct err *err)
{
    struct desk desk = {0};
    bool only_keys = false;
    const struct action *action = find_action(args);
    if (action == NULL) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit settings list`, get, set, unset, apply or export; see "
                       "`duplojit settings --help`");
    }
    if (check_action(args, action, err) != 0 || read_options(&desk, args, err) != 0 ||
        settings_find_keys(args, &desk.keys, err) != 0 ||
        args_switch(args, OPTION_KEYS, &only_keys, err) != 0) {
        return -1;
    }
    if (only_keys) {
        bool json = false;
        return find_format(args, &json, err) != 0 ? -1 : settings_list_keys(&desk.keys, json, err);
    }
    int result = desk_open(&desk, args, err);
    result = result == 0 ? action->run(&desk, err) : -1;
    desk_close(&desk);
    return result;
}

static const enum option_id option_list[] = {
    OPTION_TENANT, OPTION_TENANT_ID, OWN_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS,
};

const struct command command_settings = {
    .name = "settings",
    .operands = "ACTION [NAME] [VALUE]",
    .operands_max = 3,
    .summary = "look at and change the just-in-time settings; for administrators",
    .details =
        "  list              the six of them by name, and all rows (-o table, json)\n"
        "  get NAME          a value alone: seconds, on or off\n"
        "  set NAME VALUE    seconds, 2h, 90m, on, off; read back from the portal\n"
        "  unset NAME        back to the portal's default\n"
        "  apply -f FILE     what a file says, in a safe order\n"
        "  export            such a file: of one tenant, or of all\n"
        "NAME: admin-jit-ui, non-admin-jit-ui, admin-session-duration,\n"
        "role-max-session-duration; with --tenant: token-validity,\n"
        "tenant-role-max-session-duration. Others: --type and --key, or --tenant and --key.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
