/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <stddef.h>
#include <string.h>

const struct command *const commands[] = {
    &command_aws,
    &command_update_aws_config,
    &command_exec,
    &command_login,
    &command_logout,
    &command_web,
    &command_status,
    &command_tenants,
    &command_settings,
    &command_token,
    &command_cache,
    &command_serve,
    &command_healthcheck,
    &command_install,
    &command_version,
    &command_help,
    NULL,
};

/* Names that duplo-jit and duploctl have for them. */
static const struct {
    const char *name;
    const struct command *command;
    const char *operand;
} other_names[] = {
    {"update_aws_config", &command_update_aws_config, NULL},
    {"console", &command_web, NULL},
    {"duplo", &command_token, NULL},
    {"clear-cache", &command_cache, "clear"},
};

const struct command *command_find(const char *name, const char **operand)
{
    *operand = NULL;
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            return commands[i];
        }
    }
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
        if (strcmp(name, other_names[i].name) == 0) {
            *operand = other_names[i].operand;
            return other_names[i].command;
        }
    }
    return NULL;
}

bool command_takes(const struct command *command, enum option_id id)
{
    if (id == OPTION_HELP || id == OPTION_VERSION) {
        return true;
    }
    for (int i = 0; i < command->option_count; i++) {
        if (command->options[i] == id) {
            return true;
        }
    }
    return false;
}
