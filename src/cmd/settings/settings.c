/* SPDX-License-Identifier: MIT */
/* duplojit settings: an administrator's just-in-time settings, looked at and changed. */
#include "cmd/settings/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "cmd/commands.h"

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

static int read_options(struct settings_editor *editor, const struct args *args, struct err *err)
{
    static const enum option_id words[] = {OPTION_TYPE, OPTION_KEY};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *word = args_text(args, words[i]);
        if (word != NULL && check_word(words[i], word, err) != 0) {
            return -1;
        }
    }
    return args_switch(args, OPTION_DRY_RUN, &editor->dry_run, err) != 0
               ? -1
               : args_switch(args, OPTION_RAISE_ROLE_MAX, &editor->raise_role_max, err);
}

int settings_find_keys(const struct args *args, struct setting_keys *keys, struct err *err)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
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
static int find_place(struct settings_editor *editor, const char *what, bool system, size_t *place,
                      struct err *err)
{
    const struct args *args = editor->args;
    bool named = args_given(args, OPTION_TENANT) || args_given(args, OPTION_TENANT_ID);
    if (system) {
        return named ? err_set(err, ERR_USAGE,
                               "%s is a setting of the system: leave the tenant out; the tenants' "
                               "settings are token-validity, tenant-role-max-session-duration, and "
                               "any that --key names without --type",
                               what)
                     : 0;
    }
    if (settings_editor_find_tenant(editor, place, err) != 0) {
        return -1;
    }
    return *place != 0 ? 0
                       : err_set(err, ERR_USAGE,
                                 "whose %s? give --tenant NAME or --tenant-id ID, or --type for a "
                                 "key of the system",
                                 what);
}

/* One of the six. --key and --type say where this portal keeps it. */
static int target_by_name(struct settings_editor *editor, const char *name, struct target *target,
                          struct err *err)
{
    const struct setting *setting = setting_find(name);
    const char *key = args_text(editor->args, OPTION_KEY);
    const char *type = args_text(editor->args, OPTION_TYPE);
    if (setting == NULL) {
        return err_set(err, ERR_USAGE,
                       "there is no setting \"%.60s\": `duplojit settings list --keys` shows which "
                       "there are; --key and --type are for others",
                       name);
    }
    bool system = setting->type != NULL;
    size_t id = (size_t)(setting - settings_table);
    editor->keys.key[id] = key != NULL ? key : editor->keys.key[id];
    editor->keys.type[id] = type != NULL && system ? type : editor->keys.type[id];
    *target = (struct target){
        .setting = setting, .type = editor->keys.type[id], .key = editor->keys.key[id]};
    return find_place(editor, name, system, &target->place, err);
}

/* Any row, by --type and --key, or by a tenant and --key. Of the six, durations are recognised: a
 * validity above the role's maximum is no better by its key. */
static int target_by_key(struct settings_editor *editor, struct target *target, struct err *err)
{
    const char *type = args_text(editor->args, OPTION_TYPE);
    const char *key = args_text(editor->args, OPTION_KEY);
    if (key == NULL) {
        return err_set(err, ERR_USAGE,
                       "which setting? give its NAME, or its --key and --type, or --key and "
                       "--tenant; see `duplojit settings list`");
    }
    *target = (struct target){.type = type != NULL ? type : "", .key = key};
    if (find_place(editor, key, type != NULL, &target->place, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        bool here = (settings_table[i].type == NULL) == (target->place != 0);
        if (here && !settings_table[i].is_switch &&
            strcmp(editor->keys.type[i], target->type) == 0 &&
            strcmp(editor->keys.key[i], key) == 0) {
            target->setting = &settings_table[i];
        }
    }
    return 0;
}

/* The operand behind the action, where there is one more than values. */
static int find_target(struct settings_editor *editor, int values, struct target *target,
                       struct err *err)
{
    const struct args *args = editor->args;
    int result = args->operand_count > 1 + values
                     ? target_by_name(editor, args->operands[1], target, err)
                     : target_by_key(editor, target, err);
    return result != 0 ? -1 : settings_editor_load(editor, err);
}

static int get(struct settings_editor *editor, struct err *err)
{
    struct target target;
    struct buf out;
    char words[SETTING_TEXT_SIZE] = "";
    if (find_target(editor, 0, &target, err) != 0) {
        return -1;
    }
    const char *text = settings_editor_text(editor, &target);
    if (text == NULL) {
        char label[SETTINGS_EDITOR_LABEL_SIZE];
        settings_editor_label(editor, &target, label);
        if (target.setting != NULL) {
            setting_value_format(target.setting, target.setting->otherwise, words);
        }
        return err_set(err, ERR_REJECTED, "%s is not set%s%s", label,
                       words[0] != '\0' ? "; the default is " : "", words);
    }
    struct setting_value value = {.invalid = true};
    if (target.setting != NULL) {
        value = setting_value_read(target.setting, text);
        setting_value_print(target.setting, value.value, words);
    }
    output_init(&out);
    if (!value.invalid) {
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
static int check_old(const struct settings_editor *editor, const struct target *target,
                     const struct setting_value *now, struct err *err)
{
    const char *old = args_text(editor->args, OPTION_IF_VALUE);
    const char *text = settings_editor_text(editor, target);
    char label[SETTINGS_EDITOR_LABEL_SIZE];
    char words[SETTINGS_EDITOR_WORDS_SIZE];
    struct setting_value expected = {0};
    if (old == NULL || strcmp(old, text != NULL ? text : "") == 0) {
        return 0;
    }
    if (target->setting != NULL && old[0] != '\0' &&
        setting_value_parse(target->setting, old, &expected, err) != 0) {
        return err_wrap(err, "--if-value");
    }
    if (expected.set && setting_value_equal(now, &expected)) {
        return 0;
    }
    settings_editor_label(editor, target, label);
    settings_editor_words(target->setting, text, words);
    return err_set(err, ERR_REJECTED,
                   "%s is %s, not \"%.60s\" as --if-value says: somebody else has changed it; "
                   "nothing was written",
                   label, words, old);
}

/* What stands there already is left alone, whatever --if-value says: a pipeline may run twice.
 * value NULL: away with it. */
static int change(struct settings_editor *editor, const struct target *target, const char *value,
                  const struct setting_value *wanted, struct err *err)
{
    const char *text = settings_editor_text(editor, target);
    const struct setting *setting = target->setting;
    struct setting_value now = {0};
    struct buf out;
    size_t count = 0;
    bool same = text != NULL && value != NULL ? strcmp(text, value) == 0 : text == value;
    if (setting != NULL) {
        now = setting_value_read(setting, text);
        same = setting_value_equal(&now, wanted);
    }
    if (!same && check_old(editor, target, &now, err) != 0) {
        return -1;
    }
    if (setting == NULL && !same) {
        return settings_change_row(editor, target, value, err);
    }
    char label[SETTINGS_EDITOR_LABEL_SIZE];
    char words[SETTINGS_EDITOR_WORDS_SIZE];
    settings_editor_label(editor, target, label);
    settings_editor_words(setting, text, words);
    if (setting != NULL) {
        editor->places[target->place].wanted[setting - settings_table] = true;
        editor->places[target->place].want[setting - settings_table] = *wanted;
        if (settings_change(editor, &count, err) != 0) {
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

static int set(struct settings_editor *editor, struct err *err)
{
    const struct args *args = editor->args;
    struct target target;
    struct setting_value wanted = {0};
    if (args->operand_count < 2) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit settings set NAME VALUE`, or set VALUE "
                       "with --key");
    }
    const char *value = args->operands[args->operand_count - 1];
    const struct setting *named = args->operand_count > 2 ? setting_find(args->operands[1]) : NULL;
    if (!utf8_is_valid(value, strlen(value)) || strlen(value) > PORTAL_SETTING_VALUE_MAX) {
        return err_set(err, ERR_USAGE, "the value is not UTF-8, or longer than %d bytes",
                       PORTAL_SETTING_VALUE_MAX);
    }
    /* A bad value is told before the portal is asked. */
    if ((named != NULL && setting_value_parse(named, value, &wanted, err) != 0) ||
        find_target(editor, 1, &target, err) != 0 ||
        (target.setting != NULL && setting_value_parse(target.setting, value, &wanted, err) != 0)) {
        return -1;
    }
    return change(editor, &target, value, &wanted, err);
}

static int unset(struct settings_editor *editor, struct err *err)
{
    const struct setting_value nothing = {0};
    struct target target;
    return find_target(editor, 0, &target, err) != 0 ? -1
                                                     : change(editor, &target, NULL, &nothing, err);
}

static int list(struct settings_editor *editor, struct err *err)
{
    bool json = false;
    size_t tenant = 0;
    return choice_read_json(editor->args, &json, err) != 0 ||
                   settings_editor_find_tenant(editor, &tenant, err) != 0 ||
                   settings_editor_load(editor, err) != 0
               ? -1
               : settings_list(editor, tenant, json, err);
}

static int apply(struct settings_editor *editor, struct err *err)
{
    const char *path = args_text(editor->args, OPTION_FILE);
    struct buf out;
    size_t count = 0;
    if (path == NULL) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit settings apply -f FILE`; `settings export` makes one");
    }
    editor->of_file = true;
    if (settings_read_file(editor, path, err) != 0 || settings_editor_load(editor, err) != 0 ||
        settings_change(editor, &count, err) != 0) {
        return -1;
    }
    output_init(&out);
    if (count == 0) {
        buf_add_fmt(&out, "nothing to change: all is as %s says\n", path);
    }
    return output_write(&out, err);
}

static int export(struct settings_editor *editor, struct err *err)
{
    size_t tenant = 0;
    if (settings_editor_find_tenant(editor, &tenant, err) != 0 ||
        settings_editor_load(editor, err) != 0 ||
        (tenant == 0 && settings_editor_add_all_tenants(editor, err) != 0)) {
        return -1;
    }
    return settings_export(editor, tenant == 0, err);
}

static int settings_editor_open(struct settings_editor *editor, const struct args *args,
                                struct err *err)
{
    editor->args = args;
    editor->places = calloc(1, sizeof(*editor->places));
    editor->count = 1;
    if (editor->places == NULL) {
        editor->count = 0;
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    if (session_open(&editor->session, args, SESSION_NORMAL, err) != 0) {
        return -1;
    }
    editor->session.identity->for_admin = true;
    editor->portal = session_portal(&editor->session, err);
    return editor->portal != NULL ? 0 : -1;
}

static void settings_editor_close(struct settings_editor *editor)
{
    for (size_t i = 0; i < editor->count; i++) {
        portal_settings_done(&editor->places[i].rows);
    }
    free(editor->places);
    free(editor->tenants);
    session_close(&editor->session);
}

/* The options that only some actions go by, as bits in the order of OWN_OPTIONS. */
enum { OUTPUT = 1, KEYS = 2, NAMED = 12, IF_VALUE = 16, DRY_RUN = 32, RAISE = 64, FROM_FILE = 128 };
#define OWN_OPTIONS                                                                                \
    OPTION_OUTPUT, OPTION_KEYS, OPTION_TYPE, OPTION_KEY, OPTION_IF_VALUE, OPTION_DRY_RUN,          \
        OPTION_RAISE_ROLE_MAX, OPTION_FILE

static const struct action {
    const char *name;
    int (*run)(struct settings_editor *editor, struct err *err);
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
               : usage_unexpected_argument(args, args->operands[action->operands_max], err);
}

static const struct action *find_action(const struct args *args, struct err *err)
{
    static const char *const names[] = {"list", "get", "set", "unset", "apply", "export", NULL};
    const char *name = args->operand_count > 0 ? args->operands[0] : NULL;
    for (size_t i = 0; name != NULL && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    usage_unknown_argument(args, name, names, err);
    return NULL;
}

static int run(const struct args *args, struct err *err)
{
    struct settings_editor editor = {0};
    bool only_keys = false;
    const struct action *action = find_action(args, err);
    if (action == NULL || check_action(args, action, err) != 0 ||
        read_options(&editor, args, err) != 0 || settings_find_keys(args, &editor.keys, err) != 0 ||
        args_switch(args, OPTION_KEYS, &only_keys, err) != 0) {
        return -1;
    }
    if (only_keys) {
        bool json = false;
        return choice_read_json(args, &json, err) != 0
                   ? -1
                   : settings_list_keys(&editor.keys, json, err);
    }
    int result = settings_editor_open(&editor, args, err);
    result = result == 0 ? action->run(&editor, err) : -1;
    settings_editor_close(&editor);
    return result;
}

static const enum option_id option_list[] = {
    OPTION_TENANT, OPTION_TENANT_ID, OWN_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS,
};

const struct command command_settings = {
    .name = "settings",
    .operands = "ACTION [NAME] [VALUE]",
    .operands_max = 3,
    .summary = "Show and change the just-in-time settings (for administrators)",
    .examples = "  duplojit settings list --tenant dev01\n"
                "  duplojit settings set admin-session-duration 2h\n"
                "  duplojit settings apply -f jit.json --dry-run\n",
    .details =
        "Actions:\n"
        "  list              the six settings with a name, and all rows of the portal\n"
        "  get NAME          one value: seconds, on or off\n"
        "  set NAME VALUE    seconds, 2h, 90m, on or off; read back from the portal\n"
        "  unset NAME        restore the default of the portal\n"
        "  apply -f FILE     make all changes of a file, in a safe order\n"
        "  export            print such a file, of one tenant or of all\n"
        "\n"
        "Names: admin-jit-ui, non-admin-jit-ui, admin-session-duration,\n"
        "role-max-session-duration; with --tenant: token-validity,\n"
        "tenant-role-max-session-duration. Every other setting: --type and --key, or --tenant\n"
        "and --key.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
