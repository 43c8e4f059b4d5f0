/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/command.h"

enum { HELP_MAX = 64 << 10, NAME_WIDTH = 19, OPTION_WIDTH = 26, LINE_WIDTH = 96, TEXT_MAX = 400 };

const char *const help_group_names[OPTION_GROUP_COUNT] = {
    [OPTION_GROUP_COMMAND] = "Options",
    [OPTION_GROUP_CREDENTIALS] = "Credentials and scope",
    [OPTION_GROUP_CONNECTION] = "Connection",
    [OPTION_GROUP_COMMON] = "Common options",
};

const char help_purpose[] = "duplojit turns a DuploCloud token into short-lived AWS credentials.\n";

const char *const help_exit_codes[HELP_EXIT_CODES] = {
    "success",    "internal error",         "usage error",
    "refused",    "not found or rejected",  "network or portal unavailable",
    "local file", "cancelled or timed out",
};

/* Adds words, broken at blanks, each further line indented to the column of the first. */
static void add_wrapped(struct buf *out, const char *text, size_t column)
{
    size_t room = LINE_WIDTH - column;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ') {
            cut--;
        }
        cut = cut > 0 ? cut : room;
        buf_add(out, text, cut);
        buf_add_fmt(out, "\n%*s", (int)column, "");
        text += cut + strspn(text + cut, " ");
    }
    buf_add_fmt(out, "%s\n", text);
}

static void add_exit_codes(struct buf *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (int code = 0; code < HELP_EXIT_CODES; code++) {
        buf_add_fmt(&text, "%s %d %s", code == 0 ? "Exit codes:" : ",", code,
                    help_exit_codes[code]);
    }
    buf_add_char(&text, '.');
    add_wrapped(out, buf_str(&text), 0);
    buf_done(&text);
}

const char *help_option_text(const struct command *command, enum option_id id,
                             const char **variable)
{
    *variable = options[id].variable;
    for (int i = 0; i < command->text_count; i++) {
        if (command->texts[i].id == id) {
            *variable = command->texts[i].no_variable ? NULL : *variable;
            return command->texts[i].text;
        }
    }
    return options[id].help;
}

/* "  -T, --tenant NAME      " */
static void add_option_name(struct buf *out, const struct command *command, enum option_id id)
{
    char head[64];
    const struct option *option = &options[id];
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    bool has_letter = letter[1] != '\0' && command_find_letter(command, letter[1]) == id;
    snprintf(head, sizeof(head), "  %s--%s%s%s", has_letter ? letter : "    ", option->name,
             option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
    if (strlen(head) + 2 <= OPTION_WIDTH) {
        buf_add_fmt(out, "%-*s", OPTION_WIDTH, head);
    } else {
        buf_add_fmt(out, "%s\n%*s", head, OPTION_WIDTH, "");
    }
}

/* "  -T, --tenant NAME      Tenant, by name or ID [$DUPLO_TENANT]" */
static void add_option(struct buf *out, const struct command *command, enum option_id id)
{
    char text[TEXT_MAX];
    const struct option *option = &options[id];
    const char *variable = NULL;
    const char *what = help_option_text(command, id, &variable);
    const char *alt = variable != NULL ? option->alt_variable : NULL;
    snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s", what, option->alias != NULL ? "; also --" : "",
             option->alias != NULL ? option->alias : "", variable != NULL ? " [$" : "",
             variable != NULL ? variable : "", alt != NULL ? ", $" : "", alt != NULL ? alt : "",
             variable != NULL ? "]" : "");
    add_option_name(out, command, id);
    add_wrapped(out, text, OPTION_WIDTH);
}

static void add_group(struct buf *out, const struct command *command, enum option_group group)
{
    bool first = true;
    for (int i = 0; i < command->option_count; i++) {
        enum option_id id = command->options[i];
        if (options[id].group != group) {
            continue;
        }
        if (first) {
            buf_add_fmt(out, "\n%s:\n", help_group_names[group]);
        }
        first = false;
        add_option(out, command, id);
    }
}

void help_add_overview(struct buf *out, const struct command_table *table)
{
    buf_add_fmt(out, "%s\nUsage: duplojit COMMAND [OPTIONS]\n\nCommands:\n", help_purpose);
    for (int i = 0; table->commands[i] != NULL; i++) {
        buf_add_fmt(out, "  %-*s%s\n", NAME_WIDTH, table->commands[i]->name,
                    table->commands[i]->summary);
    }
    add_group(out, &command_any, OPTION_GROUP_COMMON);
    buf_add_char(out, '\n');
    add_exit_codes(out);
    buf_add_str(out, "\n`duplojit COMMAND --help` shows examples and options.\n");
}

/* Options after the program that a command runs belong to that program. */
static void add_usage(struct buf *out, const struct command *command)
{
    const char *optional = command->option_count > 0 ? " [OPTIONS]" : "";
    buf_add_fmt(out, "Usage: duplojit %s%s%s%s%s\n", command->name,
                command->runs_program ? optional : "", command->operands[0] != '\0' ? " " : "",
                command->operands, command->runs_program ? "" : optional);
}

static void add_examples(struct buf *out, const char *examples)
{
    buf_add_str(out, "\nExamples:\n");
    while (*examples != '\0') {
        size_t len = strcspn(examples, "\n") + 1;
        buf_add_fmt(out, "  duplojit %.*s", (int)len, examples);
        examples += len;
    }
}

void help_add_command(struct buf *out, const struct command *command)
{
    buf_add_fmt(out, "%s.\n\n", command->summary);
    add_usage(out, command);
    add_examples(out, command->examples);
    if (command->details != NULL) {
        buf_add_fmt(out, "\n%s", command->details);
    }
    if (command->notes != NULL && command->notes->exit_codes != NULL) {
        buf_add_fmt(out, "\nExit codes:\n%s", command->notes->exit_codes);
    }
    for (int group = 0; group < OPTION_GROUP_COUNT; group++) {
        add_group(out, command, (enum option_group)group);
    }
}

int help_write(int fd, const struct command_table *table, const struct command *command,
               struct err *err)
{
    struct buf out;
    buf_init(&out, HELP_MAX);
    if (command != NULL) {
        help_add_command(&out, command);
    } else {
        help_add_overview(&out, table);
    }
    int result =
        buf_check(&out, err) != 0 ? -1 : fs_write_fd(fd, "the help", buf_str(&out), out.len, err);
    buf_done(&out);
    return result;
}
