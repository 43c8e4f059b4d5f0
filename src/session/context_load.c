/* SPDX-License-Identifier: MIT */
#include "session/context_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "cli/args.h"
#include "cli/command.h"
#include "net/url.h"
#include "session/context_file.h"
#include "session/session_options.h"

/* The keys of a context and their options. */
static const struct {
    const char *key;
    enum option_id id;
} keys[] = {
    {"host", OPTION_HOST},     {"tenant", OPTION_TENANT},
    {"token", OPTION_TOKEN},   {"interactive", OPTION_INTERACTIVE},
    {"admin", OPTION_ADMIN},   {"nocache", OPTION_NO_CACHE},
    {"output", OPTION_OUTPUT},
};
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

/* Whether a command that may use a token has none, and may not log in. */
static bool lacks_token(const struct args *args)
{
    const char *interactive = args_variable_text(args, OPTION_INTERACTIVE);
    return command_accepts(args->command, OPTION_TOKEN) && !session_has_token(args) &&
           !args_given(args, OPTION_INTERACTIVE) &&
           (interactive == NULL || args_truth(interactive) != 1);
}

static bool lacks_scope(const struct args *args)
{
    static const enum option_id ids[] = {OPTION_TENANT, OPTION_TENANT_ID, OPTION_ADMIN,
                                         OPTION_DUPLO_OPS, OPTION_PLAN};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (args_given(args, ids[i]) || args_variable_text(args, ids[i]) != NULL) {
            return false;
        }
    }
    return command_accepts(args->command, OPTION_TENANT);
}

/* Whether the command lacks a value that a context may have. Only commands with a time limit need
 * a portal. */
static bool lacks_value(const struct args *args)
{
    return command_accepts(args->command, OPTION_TIMEOUT) &&
           (args_text(args, OPTION_HOST) == NULL || lacks_token(args) || lacks_scope(args));
}

static int copy_values(struct args_context *context, const struct yaml_node *entry, struct err *err)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        const struct yaml_node *value = yaml_member(entry, keys[i].key);
        const char *text = yaml_text(value);
        if (value != NULL && value->kind != YAML_SCALAR) {
            return err_set(err, ERR_FILE, "%s: line %zu: %s is not a text", context->file,
                           value->line, keys[i].key);
        }
        if (text != NULL && text[0] != '\0') {
            context->values[keys[i].id] = strdup(text);
            if (context->values[keys[i].id] == NULL) {
                return err_set(err, ERR_INTERNAL, "out of memory");
            }
        }
    }
    return 0;
}

/* Whether the command line or the environment names another portal than the context. */
static bool is_other_portal(const struct args *args, const struct args_context *context)
{
    struct url_origin given;
    struct url_origin own;
    struct err ignored;
    const char *host = args_text(args, OPTION_HOST);
    const char *value = context->values[OPTION_HOST];
    return host != NULL && value != NULL &&
           (session_parse_host(host, &given, &ignored) != 0 ||
            session_parse_host(value, &own, &ignored) != 0 ||
            strcmp(given.origin, own.origin) != 0);
}

static void warn(const struct args *args, const struct args_context *context, bool other_portal)
{
    struct fs_attributes attr;
    const char *token = context->values[OPTION_TOKEN];
    if (token != NULL && other_portal) {
        log_warn("the token of context \"%s\" is for another portal and is not used",
                 context->name);
    }
    if (token != NULL && fs_attributes_of(context->file, &attr) && (attr.mode & 077) != 0) {
        log_warn("other users may read the token in %s: run `chmod 600` on it", context->file);
    }
    for (int i = 0; args_given(args, OPTION_CONTEXT) && i < KEY_COUNT; i++) {
        const char *variable = args_variable_name(args, keys[i].id);
        if (variable != NULL && context->values[keys[i].id] != NULL &&
            strcmp(args_text(args, keys[i].id), context->values[keys[i].id]) != 0) {
            log_warn("%s overrides the %s of context \"%s\"", variable, keys[i].key, context->name);
        }
    }
}

/* Fills the context with the values that may be used. *used is false for that of another portal. */
static int fill(const struct args *args, struct args_context *context,
                const struct context_file *file, bool *used, struct err *err)
{
    const char *named = args_text(args, OPTION_CONTEXT);
    const char *name = named != NULL ? named : context_file_current(file);
    *used = name != NULL;
    if (name == NULL) {
        return args_text(args, OPTION_HOST) != NULL || context_file_first(file) == NULL
                   ? 0
                   : err_set(err, ERR_USAGE,
                             "no portal: %s has no current-context: use --context NAME, or run "
                             "`duplojit context use NAME`",
                             context->file);
    }
    const struct yaml_node *entry = context_file_find(file, context->file, name, err);
    if (entry == NULL || copy_values(context, entry, err) != 0) {
        return -1;
    }
    context->name = strdup(name);
    if (context->name == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    bool other_portal = is_other_portal(args, context);
    *used = named != NULL || !other_portal;
    if (*used) {
        warn(args, context, other_portal);
    }
    if (other_portal) {
        args_context_drop(context, OPTION_TOKEN);
    }
    return 0;
}

static int read_context(const struct args *args, struct args_context *context, bool given,
                        bool *used, struct err *err)
{
    struct context_file file;
    bool found = true;
    bool needed = given || args_text(args, OPTION_CONTEXT) != NULL;
    int result = context_file_open(&file, context->file, needed ? NULL : &found, err);
    if (result == 0 && found) {
        result = fill(args, context, &file, used, err);
    }
    context_file_close(&file);
    return result;
}

int context_load(struct args *args, struct args_context *context, struct err *err)
{
    bool given = false;
    bool used = false;
    bool named =
        command_accepts(args->command, OPTION_CONTEXT) && args_text(args, OPTION_CONTEXT) != NULL;
    if (!named && !lacks_value(args)) {
        return 0;
    }
    memset(context, 0, sizeof(*context));
    if (context_file_path(args, context->file, &given, err) != 0) {
        return -1;
    }
    if (context->file[0] == '\0' && !given) {
        return named ? err_set(err, ERR_USAGE, "--context needs HOME or --context-file FILE") : 0;
    }
    int result = read_context(args, context, given, &used, err);
    if (result == 0 && used) {
        args->context = context;
        return 0;
    }
    args_context_done(context);
    /* The command may work without the values that are missing. */
    if (result != 0 && !named && args_text(args, OPTION_HOST) != NULL) {
        log_debug("no context: %s", err->text);
        return 0;
    }
    return result;
}
