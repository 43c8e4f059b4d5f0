/* SPDX-License-Identifier: MIT */
/* duplojit help: prints help or manual pages. */
#include "cli/help.h"

#include <stddef.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "cmd/commands.h"
#include "cmd/help/man.h"

static int write_man(const struct args *args, const struct command *command, struct err *err)
{
    struct buf out;
    output_init(&out);
    if (command != NULL) {
        man_add_command(&out, command);
    } else {
        man_add_overview(&out, args->table);
    }
    return output_write(&out, err);
}

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
    return args_given(args, OPTION_MAN) ? write_man(args, command, err)
                                        : help_write(STDOUT_FILENO, args->table, command, err);
}

static const enum option_id option_list[] = {OPTION_MAN, COMMON_OPTIONS};

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .operands_max = 1,
    .summary = "List the commands, or show the help of one",
    .examples = "help aws\n"
                "aws --help\n"
                "help --man aws\n",
    .details = "`duplojit help --man aws | man -l -` shows a manual page.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
