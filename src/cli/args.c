/* SPDX-License-Identifier: MIT */
#include "cli/args.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/command.h"

enum { DURATION_MAX_MS = 24 * 3600 * 1000 };

void args_context_drop(struct args_context *context, enum option_id id)
{
    if (context->values[id] != NULL) {
        explicit_bzero(context->values[id], strlen(context->values[id]));
        free(context->values[id]);
        context->values[id] = NULL;
    }
}

void args_context_done(struct args_context *context)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        args_context_drop(context, (enum option_id)id);
    }
    free(context->name);
    context->name = NULL;
}

void args_done(struct args *args)
{
    if (args->context != NULL) {
        args_context_done(args->context);
    }
    buf_done(&args->secrets);
    if (args->given != args->few) {
        free(args->given);
    }
}

const char *args_environment(const struct args *args, const char *name)
{
    size_t len = strlen(name);
    for (const char *const *at = args->environment; at != NULL && *at != NULL; at++) {
        if ((*at)[0] == name[0] && strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
            return (*at)[len + 1] != '\0' ? *at + len + 1 : NULL;
        }
    }
    return NULL;
}

bool args_given(const struct args *args, enum option_id id)
{
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == id) {
            return true;
        }
    }
    return false;
}

const char *args_given_text(const struct args *args, enum option_id id)
{
    const char *value = NULL;
    for (int i = 0; i < args->given_count; i++) {
        value = args->given[i].id == id ? args->given[i].value : value;
    }
    return value;
}

const char *args_variable_text(const struct args *args, enum option_id id)
{
    const char *value = NULL;
    bool denied = args->denied[id];
    if (options[id].variable != NULL && !denied) {
        value = args_environment(args, options[id].variable);
    }
    if (value == NULL && options[id].alt_variable != NULL && !denied) {
        value = args_environment(args, options[id].alt_variable);
    }
    return value;
}

const char *args_context_text(const struct args *args, enum option_id id)
{
    bool counts = args->context != NULL && !args_given(args, id) && !args->denied[id] &&
                  args_variable_text(args, id) == NULL;
    return counts ? args->context->values[id] : NULL;
}

const char *args_text(const struct args *args, enum option_id id)
{
    const char *value = args_variable_text(args, id);
    if (args_given(args, id)) {
        return args_given_text(args, id);
    }
    return value != NULL ? value : args_context_text(args, id);
}

const char *args_variable_name(const struct args *args, enum option_id id)
{
    const struct option *option = &options[id];
    if (args_given(args, id) || args_variable_text(args, id) == NULL) {
        return NULL;
    }
    bool first = args_environment(args, option->variable) != NULL;
    return first ? option->variable : option->alt_variable;
}

bool args_variable_is_secret(const char *entry)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        size_t len = options[i].secret ? strlen(options[i].variable) : 0;
        if (len > 0 && strncasecmp(entry, options[i].variable, len) == 0 && entry[len] == '=') {
            return true;
        }
    }
    return false;
}

int args_blame(const struct args *args, enum option_id id, struct err *err)
{
    const char *variable = args_variable_name(args, id);
    if (args_context_text(args, id) != NULL) {
        return err_wrap(err, "%s: context \"%s\": %s", args->context->file, args->context->name,
                        options[id].name);
    }
    return variable != NULL ? err_wrap(err, "%s", variable)
                            : err_wrap(err, "--%s", options[id].name);
}

int args_truth(const char *word)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"f", "t"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (text_equal_nocase(word, words[i][truth])) {
                return truth;
            }
        }
    }
    return -1;
}

int args_switch(const struct args *args, enum option_id id, bool *on, struct err *err)
{
    *on = args_given(args, id);
    const char *value = *on ? NULL : args_text(args, id);
    int truth = value == NULL ? *on : args_truth(value);
    *on = truth == 1;
    if (truth < 0) {
        err_fill(err, ERR_USAGE, "\"%.40s\" is neither true nor false: use 1 or 0", value);
        return args_blame(args, id, err);
    }
    return 0;
}

int args_duration_ms(const struct args *args, enum option_id id, int64_t default_ms,
                     int64_t *value_ms, struct err *err)
{
    const char *value = args_text(args, id);
    *value_ms = default_ms;
    if (value == NULL) {
        return 0;
    }
    if (!text_parse_duration_ms(value, DURATION_MAX_MS, value_ms) || *value_ms <= 0) {
        err_fill(err, ERR_USAGE,
                 "\"%.40s\" is not a duration: use one such as 30s, 1500ms or 2m, at most 24h",
                 value);
        return args_blame(args, id, err);
    }
    return 0;
}

int args_check_paths(const struct args *args, struct err *err)
{
    for (int i = 0; i < args->command->option_count; i++) {
        enum option_id id = args->command->options[i];
        bool checked = options[id].is_path && !options[id].knows_home;
        const char *value = checked ? args_text(args, id) : NULL;
        if (value != NULL && strncmp(value, "~/", 2) == 0) {
            err_fill(err, ERR_USAGE, "the shell did not expand ~: use an absolute path");
            return args_blame(args, id, err);
        }
    }
    return 0;
}
