/* SPDX-License-Identifier: MIT */
/* duplojit settings: shows and changes the just-in-time settings of the portal. */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/usage.h"
#include "cmd/commands.h"
#include "cmd/settings/settings_keys.h"
#include "cmd/settings/settings_session.h"
#include "cmd/settings/settings_value.h"
#include "settings/settings_file.h"
#include "settings/settings_list.h"

enum { FILE_MAX = 1 << 20 };

static int list(struct settings_session *settings, struct err *err)
{
    struct buf out;
    struct output_value value;
    size_t tenant = 0;
    if (output_value_read(settings->args, output_value_table, &value, err) != 0 ||
        settings_session_find_tenant(settings, &tenant, err) != 0 ||
        settings_session_load(settings, err) != 0) {
        return -1;
    }
    output_init(&out);
    settings_list(&settings->editor, tenant, value.own < 0, &out);
    return output_value_write(&value, &out, err);
}

/* "-" is standard input. */
static int read_file(struct settings_session *settings, const char *path, struct err *err)
{
    struct buf content;
    buf_init(&content, FILE_MAX);
    int result = strcmp(path, "-") == 0 ? fs_read_fd(STDIN_FILENO, "standard input", &content, err)
                                        : fs_read(path, &content, NULL, err);
    if (result == 0) {
        result = settings_file_read(&settings->editor, &content, err);
    }
    buf_done(&content);
    return result == 0 ? 0 : err_wrap(err, "--file %s", path);
}

static int apply(struct settings_session *settings, struct err *err)
{
    const char *path = args_text(settings->args, OPTION_FILE);
    struct buf out;
    size_t count = 0;
    if (path == NULL) {
        return err_set(err, ERR_USAGE,
                       "missing file: use -f FILE; `duplojit settings export` prints one");
    }
    settings->options.show_plan = true;
    if (read_file(settings, path, err) != 0 || settings_session_load(settings, err) != 0 ||
        settings_session_change(settings, &count, err) != 0) {
        return -1;
    }
    output_init(&out);
    if (count == 0) {
        buf_add_fmt(&out, "nothing to change: the portal has all settings of %s\n", path);
    }
    return output_write(&out, err);
}

/* Of one tenant, or of the system and all tenants that have a setting. */
static int export(struct settings_session *settings, struct err *err)
{
    struct output_value value;
    struct buf out;
    size_t tenant = 0;
    if (output_value_read(settings->args, NULL, &value, err) != 0 ||
        settings_session_find_tenant(settings, &tenant, err) != 0 ||
        settings_session_load(settings, err) != 0 ||
        (tenant == 0 && settings_editor_add_all_tenants(&settings->editor, err) != 0)) {
        return -1;
    }
    output_init(&out);
    settings_file_write(&settings->editor, tenant == 0, &out);
    return output_value_write(&value, &out, err);
}

/* The options that only some actions accept, as bits in the order of OWN_OPTIONS. */
enum {
    OUTPUT = 3,
    KEYS = 4,
    NAMED = 24,
    IF_VALUE = 32,
    DRY_RUN = 64,
    RAISE = 128,
    FROM_FILE = 256
};
#define OWN_OPTIONS                                                                                \
    OUTPUT_VALUE_OPTIONS, OPTION_KEYS, OPTION_TYPE, OPTION_KEY, OPTION_IF_VALUE, OPTION_DRY_RUN,   \
        OPTION_RAISE_ROLE_MAX, OPTION_FILE

static const struct action {
    int (*run)(struct settings_session *settings, struct err *err);
    int operands_max;
    unsigned options;
} actions[] = {
    /* in the order of the names below */
    {list, 1, OUTPUT | KEYS},
    {settings_get, 2, NAMED},
    {settings_set, 3, NAMED | IF_VALUE | DRY_RUN | RAISE},
    {settings_unset, 2, NAMED | IF_VALUE | DRY_RUN},
    {apply, 1, FROM_FILE | DRY_RUN | RAISE},
    {export, 1, OUTPUT},
};

/* An option that the action ignores is an error: an --if-value without effect would be dangerous.
 */
static int check_action(const struct args *args, const struct action *action, struct err *err)
{
    static const enum option_id own[] = {OWN_OPTIONS};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (args_given(args, own[i]) && (action->options >> i & 1U) == 0) {
            return err_set(err, ERR_USAGE, "`duplojit settings %s` has no option --%s",
                           args->operands[0], options[own[i]].name);
        }
    }
    return args->operand_count <= action->operands_max
               ? 0
               : usage_unexpected_argument(args, args->operands[action->operands_max], err);
}

static const struct action *find_action(const struct args *args, struct err *err)
{
    static const char *const names[] = {"list", "get", "set", "unset", "apply", "export", NULL};
    int found = choice_read_argument(args, names, err);
    return found < 0 ? NULL : &actions[found];
}

/* Needs no portal. */
static int list_keys(const struct args *args, struct err *err)
{
    struct setting_keys keys;
    struct buf out;
    struct output_value value;
    if (settings_read_keys(args, &keys, err) != 0 ||
        output_value_read(args, output_value_table, &value, err) != 0) {
        return -1;
    }
    output_init(&out);
    settings_list_keys(&keys, value.own < 0, &out);
    return output_value_write(&value, &out, err);
}

static int run(const struct args *args, struct err *err)
{
    struct settings_session settings;
    bool only_keys = false;
    const struct action *action = find_action(args, err);
    if (action == NULL || check_action(args, action, err) != 0 ||
        args_switch(args, OPTION_KEYS, &only_keys, err) != 0) {
        return -1;
    }
    if (only_keys && action->run == list) {
        return list_keys(args, err);
    }
    int result = settings_session_open(&settings, args, err);
    result = result == 0 ? action->run(&settings, err) : -1;
    settings_session_close(&settings);
    return result;
}
static const enum option_id option_list[] = {
    OPTION_TENANT, OPTION_TENANT_ID, OWN_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS,
};

static const struct command_notes notes = {
    .exit_codes = "  4  not found, not set, or not the value of --if-value\n",
};

const struct command command_settings = {
    .name = "settings",
    .operands = "list|get|set|unset|apply|export [NAME] [VALUE]",
    .operands_max = 3,
    .summary = "Show and change the just-in-time settings (for administrators)",
    .examples = "settings list --tenant dev01\n"
                "settings set admin-session-duration 2h\n"
                "settings apply -f jit.json --dry-run\n",
    .details =
        "Actions:\n"
        "  list              the six settings with a name, and all rows of the portal\n"
        "  get NAME          one value: seconds, on or off\n"
        "  set NAME VALUE    seconds, 2h, 90m, on or off; read back from the portal\n"
        "  unset NAME        restore the default of the portal\n"
        "  apply -f FILE     make all changes of a file, in a safe order\n"
        "  export            print such a file, of one tenant or of all\n"
        "\n"
        "NAME is one of `duplojit settings list --keys`. Every other setting: --type and --key,\n"
        "or --tenant and --key.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
