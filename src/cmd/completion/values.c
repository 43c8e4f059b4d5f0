/* SPDX-License-Identifier: MIT */
#include "cmd/completion/values.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "aws/format.h"
#include "aws/shared_file.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker/cache.h"
#include "cli/args.h"
#include "cli/help.h"
#include "cmd/commands.h"
#include "cmd/completion/candidates.h"
#include "session/context_file.h"
#include "session/session_options.h"
#include "settings/setting.h"
#include "yaml/yaml_scalar.h"

static int add_portal(const struct cache_entry *entry, void *list, struct err *err)
{
    (void)err;
    candidates_add(list, entry->portal, NULL);
    return 0;
}

static int add_tenant(const struct cache_entry *entry, void *list, struct err *err)
{
    static const char prefix[] = "tenant:";
    const char *name = strstr(entry->scope, prefix);
    (void)err;
    if (name != NULL) {
        candidates_add(list, name + strlen(prefix), entry->portal);
    }
    return 0;
}

static void add_cached(struct candidates *list, const struct args *args,
                       int (*add)(const struct cache_entry *entry, void *list, struct err *err))
{
    char dir[PATH_MAX];
    struct err ignored;
    if (session_cache_dir(args, dir, &ignored) == 0) {
        (void)!cache_for_each(dir, add, list, &ignored);
    }
}

static void add_contexts(struct candidates *list, const struct args *args)
{
    char path[PATH_MAX];
    struct context_file file = {0};
    struct err ignored;
    bool given = false;
    if (context_file_path(args, path, &given, &ignored) != 0) {
        return;
    }
    if (context_file_open(&file, path, NULL, &ignored) == 0) {
        for (const struct yaml_node *at = context_file_first(&file); at != NULL;
             at = context_file_next(at)) {
            const char *name = yaml_text(yaml_member(at, "name"));
            if (name != NULL) {
                candidates_add(list, name, yaml_text(yaml_member(at, "host")));
            }
        }
    }
    context_file_close(&file);
}

/* The profiles of the AWS config file. */
static void add_profiles(struct candidates *list, const struct args *args)
{
    char path[PATH_MAX];
    struct buf text;
    struct ini_doc doc = {0};
    struct err ignored;
    const char *name = NULL;
    size_t at = 0;
    size_t len = 0;
    buf_init(&text, SHARED_FILE_MAX);
    if (shared_file_find(INI_CONFIG, args_text(args, OPTION_CONFIG_FILE),
                         args_environment(args, "HOME"), path, &ignored) == 0 &&
        fs_read(path, &text, NULL, &ignored) == 0 &&
        ini_parse(&doc, INI_CONFIG, buf_str(&text), text.len, &ignored) == 0) {
        while (ini_next_profile(&doc, &at, &name, &len)) {
            candidates_add_len(list, name, len);
        }
    }
    ini_done(&doc);
    buf_done(&text);
}

/* The formats are those that the help of the option lists; those of aws have a paragraph. */
static void add_formats(struct candidates *list, const struct args *args, enum option_id id)
{
    const char *variable = NULL;
    const char *text = strstr(help_option_text(args->command, id, &variable), ": ");
    if (args->command != &command_aws || id != OPTION_OUTPUT) {
        candidates_add_listed(list, text != NULL ? text + 2 : "");
        return;
    }
    for (int i = 0; aws_format_names[i] != NULL; i++) {
        candidates_add(list, aws_format_names[i], NULL);
    }
    candidates_add_listed(list, "yaml, csv, string");
}

void values_add_option(struct candidates *list, const struct args *args, enum option_id id)
{
    const char *value = options[id].value;
    if (id == OPTION_TENANT) {
        add_cached(list, args, add_tenant);
    } else if (id == OPTION_HOST) {
        add_cached(list, args, add_portal);
    } else if (id == OPTION_CONTEXT) {
        add_contexts(list, args);
    } else if (id == OPTION_PROFILE && args->command != &command_serve) {
        add_profiles(list, args);
    } else if (args->command != NULL &&
               (id == OPTION_OUTPUT || id == OPTION_API_VERSION || id == OPTION_COLOR)) {
        add_formats(list, args, id);
    } else if (strstr(value, "FILE") != NULL || strcmp(value, "PROGRAM") == 0) {
        buf_add_str(&list->out, "\n:file");
    } else if (strcmp(value, "DIR") == 0) {
        buf_add_str(&list->out, "\n:dir");
    }
}

static void add_commands(struct candidates *list, const struct command_table *table)
{
    for (int i = 0; table->commands[i] != NULL; i++) {
        candidates_add(list, table->commands[i]->name, table->commands[i]->summary);
    }
}

/* settings get NAME, set NAME on, unset NAME */
static void add_settings(struct candidates *list, const struct args *args, int index)
{
    bool named = strstr("get set unset", args->operands[0]) != NULL;
    const struct setting *setting = index == 2 ? setting_find(args->operands[1]) : NULL;
    for (int i = 0; named && index == 1 && i < SETTING_COUNT; i++) {
        candidates_add(list, settings_table[i].name, settings_table[i].meaning);
    }
    if (setting != NULL && setting->is_switch) {
        candidates_add_listed(list, "on, off");
    }
}

void values_add_argument(struct candidates *list, const struct args *args, int index)
{
    const struct command *command = args->command;
    if (command == NULL || command == &command_help) {
        add_commands(list, args->table);
    } else if (command == &command_update_aws_config) {
        add_profiles(list, args);
    } else if (command == &command_install || (command == &command_agent && index == 1)) {
        buf_add_str(&list->out, "\n:file");
    } else if (index == 0) {
        candidates_add_listed(list, command->operands);
    } else if (command == &command_settings) {
        add_settings(list, args, index);
    } else if (command == &command_context) {
        add_contexts(list, args);
    } else if (command == &command_tenant) {
        add_cached(list, args, add_tenant);
    }
}
