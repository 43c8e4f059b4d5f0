/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/args.h"
#include "cli/command.h"

enum { HELP_MAX = 64 << 10, NAME_WIDTH = 19, OPTION_WIDTH = 26, LINE_WIDTH = 96 };

void help_add_overview(struct buf *out)
{
    buf_add_str(out, "duplojit turns a DuploCloud token into short-lived AWS credentials.\n"
                     "\n"
                     "Usage: duplojit COMMAND [OPTIONS]\n\nCommands:\n");
    for (int i = 0; commands[i] != NULL; i++) {
        buf_add_fmt(out, "  %-*s%s\n", NAME_WIDTH, commands[i]->name, commands[i]->summary);
    }
    buf_add_str(out, "\nExit codes: 0 done, 1 internal, 2 usage, 3 refused, 4 not found, "
                     "5 network or portal,\n6 local file, 7 cancelled.\n"
                     "\n`duplojit help COMMAND` tells the rest.\n");
}

/* Adds words, broken at blanks, each further line indented to where the first began. */
static void add_wrapped(struct buf *out, const char *text)
{
    size_t room = LINE_WIDTH - OPTION_WIDTH;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ') {
            cut--;
        }
        cut = cut > 0 ? cut : room;
        buf_add(out, text, cut);
        buf_add_fmt(out, "\n%*s", OPTION_WIDTH, "");
        text += cut + strspn(text + cut, " ");
    }
    buf_add_fmt(out, "%s\n", text);
}

/* "  -T, --tenant NAME      credentials for ... [DUPLO_TENANT]" */
static void add_option(struct buf *out, const struct option *option)
{
    char head[64];
    char text[400];
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    snprintf(head, sizeof(head), "  %s--%s%s%s", option->letter != '\0' ? letter : "    ",
             option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
    snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s", option->help,
             option->alias != NULL ? "; also --" : "", option->alias != NULL ? option->alias : "",
             option->variable != NULL ? " [" : "", option->variable != NULL ? option->variable : "",
             option->alt_variable != NULL ? ", " : "",
             option->alt_variable != NULL ? option->alt_variable : "",
             option->variable != NULL ? "]" : "");
    if (strlen(head) + 2 <= OPTION_WIDTH) {
        buf_add_fmt(out, "%-*s", OPTION_WIDTH, head);
    } else {
        buf_add_fmt(out, "%s\n%*s", head, OPTION_WIDTH, "");
    }
    add_wrapped(out, text);
}

/* Behind a program's name, options are the program's. */
static void add_usage(struct buf *out, const struct command *command)
{
    const char *optional = command->option_count > 0 ? " [OPTIONS]" : "";
    buf_add_fmt(out, "Usage: duplojit %s%s%s%s%s\n\n%c%s.\n", command->name,
                command->runs_program ? optional : "", command->operands[0] != '\0' ? " " : "",
                command->operands, command->runs_program ? "" : optional,
                command->summary[0] - 'a' + 'A', command->summary + 1);
}

void help_add_command(struct buf *out, const struct command *command)
{
    add_usage(out, command);
    if (command->details != NULL) {
        buf_add_fmt(out, "\n%s", command->details);
    }
    if (command->option_count > 0) {
        buf_add_str(out, "\nOptions [and the variables in their place]:\n");
    }
    for (int i = 0; i < command->option_count; i++) {
        add_option(out, &options[command->options[i]]);
    }
}

int help_write(int fd, const struct command *command, struct err *err)
{
    struct buf out;
    buf_init(&out, HELP_MAX);
    if (command != NULL) {
        help_add_command(&out, command);
    } else {
        help_add_overview(&out);
    }
    int result =
        buf_check(&out, err) != 0 ? -1 : fs_write_fd(fd, "the help", buf_str(&out), out.len, err);
    buf_done(&out);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    const char *operand = NULL;
    const struct command *command = NULL;
    if (args->operand_count > 0) {
        command = command_find(args->operands[0], &operand);
        if (command == NULL) {
            return err_set(err, ERR_USAGE, "there is no command \"%.60s\"; see `duplojit help`",
                           args->operands[0]);
        }
    }
    return help_write(STDOUT_FILENO, command, err);
}

const struct command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .operands_max = 1,
    .summary = "tell what commands there are, or all about one",
    .run = run,
};
