/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stddef.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/usage.h"
#include "cmd/commands.h"

static int run(const struct args *args, struct err *err)
{
    const char *operand = NULL;
    const struct command *command = NULL;
    if (args->operand_count > 0) {
        command = command_find(args->table, args->operands[0], &operand);
        if (command == NULL) {
            return usage_unknown_command(args, args->operands[0], err);
        }
    }
    return help_write(STDOUT_FILENO, args->table, command, err);
}

static const enum option_id option_list[] = {COMMON_OPTIONS};

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .operands_max = 1,
    .summary = "List the commands, or show the help of one",
    .examples = "help aws\n"
                "aws --help\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
