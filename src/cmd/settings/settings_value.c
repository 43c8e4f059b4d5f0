/* SPDX-License-Identifier: MIT */
#include "cmd/settings/settings_value.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/utf8.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cmd/settings/settings_target.h"

static int fail_not_set(const struct settings_session *settings,
                        const struct settings_target *target, struct err *err)
{
    char label[SETTINGS_LABEL_SIZE];
    char value[SETTING_TEXT_SIZE];
    settings_editor_label(&settings->editor, target, label);
    if (target->setting == NULL) {
        return err_set(err, ERR_REJECTED, "%s is not set", label);
    }
    setting_value_describe(target->setting, target->setting->default_value, value);
    return err_set(err, ERR_REJECTED, "%s is not set; the default is %s", label, value);
}

int settings_get(struct settings_session *settings, struct err *err)
{
    struct settings_target target;
    struct setting_value value = {.invalid = true};
    struct buf out;
    char formatted[SETTING_TEXT_SIZE];
    if (settings_find_target(settings, 0, &target, err) != 0) {
        return -1;
    }
    const char *text = settings_editor_text(&settings->editor, &target);
    if (text == NULL) {
        return fail_not_set(settings, &target, err);
    }
    if (target.setting != NULL) {
        value = setting_value_decode(target.setting, text);
    }
    output_init(&out);
    if (!value.invalid) {
        setting_value_format(target.setting, value.value, formatted);
        buf_add_str(&out, formatted);
    } else if (isatty(STDOUT_FILENO)) {
        output_add_clean(&out, text);
    } else {
        buf_add_str(&out, text); /* programs get the value unchanged */
    }
    buf_add_char(&out, '\n');
    return output_write(&out, err);
}

/* --if-value: the value that the portal must have for the change. */
static int check_if_value(const struct settings_session *settings,
                          const struct settings_target *target, const struct setting_value *current,
                          struct err *err)
{
    const char *if_value = args_text(settings->args, OPTION_IF_VALUE);
    const char *text = settings_editor_text(&settings->editor, target);
    struct setting_value expected = {0};
    char label[SETTINGS_LABEL_SIZE];
    char description[SETTING_DESCRIPTION_SIZE];
    if (if_value == NULL || strcmp(if_value, text != NULL ? text : "") == 0) {
        return 0;
    }
    if (target->setting != NULL && if_value[0] != '\0' &&
        setting_value_parse(target->setting, if_value, &expected, err) != 0) {
        return args_blame(settings->args, OPTION_IF_VALUE, err);
    }
    if (expected.set && setting_value_equal(current, &expected)) {
        return 0;
    }
    settings_editor_label(&settings->editor, target, label);
    setting_describe_text(target->setting, text, description);
    return err_set(err, ERR_REJECTED,
                   "%s is %s, not \"%.60s\" as --if-value requires; nothing was written", label,
                   description, if_value);
}

/* Prints the value that the setting has already. */
static int print_unchanged(const struct settings_session *settings,
                           const struct settings_target *target, struct err *err)
{
    struct buf out;
    char label[SETTINGS_LABEL_SIZE];
    char description[SETTING_DESCRIPTION_SIZE];
    settings_editor_label(&settings->editor, target, label);
    setting_describe_text(target->setting, settings_editor_text(&settings->editor, target),
                          description);
    output_init(&out);
    buf_add_fmt(&out, "nothing to change: %s is %s\n", label, description);
    return output_write(&out, err);
}

/* A row that is not a setting; value NULL deletes it. */
static int change_row(struct settings_session *settings, const struct settings_target *target,
                      const char *value, struct err *err)
{
    const struct setting_value unused = {0};
    const char *text = settings_editor_text(&settings->editor, target);
    if (text != NULL && value != NULL ? strcmp(text, value) == 0 : text == value) {
        return print_unchanged(settings, target, err);
    }
    return check_if_value(settings, target, &unused, err) != 0
               ? -1
               : settings_session_change_row(settings, target, value, err);
}

static int change_setting(struct settings_session *settings, const struct settings_target *target,
                          const struct setting_value *wanted, struct err *err)
{
    struct settings_owner *owner = &settings->editor.owners[target->owner];
    size_t id = (size_t)(target->setting - settings_table);
    size_t count = 0;
    if (!setting_value_equal(&owner->current[id], wanted) &&
        check_if_value(settings, target, &owner->current[id], err) != 0) {
        return -1;
    }
    owner->is_wanted[id] = true;
    owner->wanted[id] = *wanted;
    if (settings_session_change(settings, &count, err) != 0) {
        return -1;
    }
    return count > 0 ? 0 : print_unchanged(settings, target, err);
}

int settings_set(struct settings_session *settings, struct err *err)
{
    const struct args *args = settings->args;
    struct settings_target target;
    struct setting_value wanted = {0};
    if (args->operand_count < 2) {
        return err_set(err, ERR_USAGE,
                       "missing operands: `duplojit settings set NAME VALUE`, or `set VALUE` with "
                       "--key");
    }
    const char *value = args->operands[args->operand_count - 1];
    const struct setting *named = args->operand_count > 2 ? setting_find(args->operands[1]) : NULL;
    if (!utf8_is_valid(value, strlen(value)) || strlen(value) > PORTAL_SETTING_VALUE_MAX) {
        return err_set(err, ERR_USAGE, "the value is not UTF-8, or longer than %d bytes",
                       PORTAL_SETTING_VALUE_MAX);
    }
    /* An invalid value is reported before the portal is called. */
    if ((named != NULL && setting_value_parse(named, value, &wanted, err) != 0) ||
        settings_find_target(settings, 1, &target, err) != 0 ||
        (target.setting != NULL && setting_value_parse(target.setting, value, &wanted, err) != 0)) {
        return -1;
    }
    return target.setting != NULL ? change_setting(settings, &target, &wanted, err)
                                  : change_row(settings, &target, value, err);
}

int settings_unset(struct settings_session *settings, struct err *err)
{
    const struct setting_value not_set = {0};
    struct settings_target target;
    if (settings_find_target(settings, 0, &target, err) != 0) {
        return -1;
    }
    return target.setting != NULL ? change_setting(settings, &target, &not_set, err)
                                  : change_row(settings, &target, NULL, err);
}
