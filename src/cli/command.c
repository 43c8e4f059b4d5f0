/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <stddef.h>
#include <string.h>

static const enum option_id common[] = {COMMON_OPTIONS};

static const struct option_text texts[] = {
    {OPTION_QUIET, .text = "Print no warnings; after a command with --query, -q is --query"},
};

const struct command command_any = {
    .options = common,
    .option_count = sizeof(common) / sizeof(common[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
};

const struct command *command_find(const struct command_table *table, const char *name,
                                   const char **operand)
{
    *operand = NULL;
    for (size_t i = 0; table->commands[i] != NULL; i++) {
        if (strcmp(name, table->commands[i]->name) == 0) {
            return table->commands[i];
        }
    }
    for (size_t i = 0; table->aliases[i].name != NULL; i++) {
        if (strcmp(name, table->aliases[i].name) == 0) {
            *operand = table->aliases[i].operand;
            return table->aliases[i].command;
        }
    }
    return NULL;
}

bool command_accepts(const struct command *command, enum option_id id)
{
    for (int i = 0; i < command->option_count; i++) {
        if (command->options[i] == id) {
            return true;
        }
    }
    return false;
}

enum option_id command_find_letter(const struct command *command, char letter)
{
    enum option_id first = OPTION_COUNT;
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (options[id].letter != letter) {
            continue;
        }
        if (command == NULL || command_accepts(command, (enum option_id)id)) {
            return (enum option_id)id;
        }
        first = first == OPTION_COUNT ? (enum option_id)id : first;
    }
    return first;
}
