/* SPDX-License-Identifier: MIT */
/* The help texts, made from the tables of commands and options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

struct buf;
struct command;
struct command_table;
struct err;

/* What the program does: a line. */
extern const char help_purpose[];

/* The titles of the groups of options, and the meaning of exit code N at [N]. */
extern const char *const help_group_names[OPTION_GROUP_COUNT];
enum { HELP_EXIT_CODES = 8 };
extern const char *const help_exit_codes[HELP_EXIT_CODES];

/* The list of commands; everything about one command. */
void help_add_overview(struct buf *out, const struct command_table *table);
void help_add_command(struct buf *out, const struct command *command);

/* What an option does for a command: the command's own text, else the general one; and its
 * variable, or NULL if the command does not read it. */
const char *help_option_text(const struct command *command, enum option_id id,
                             const char **variable);

/* Writes the help of a command to a descriptor, or the overview if command is NULL. */
int help_write(int fd, const struct command_table *table, const struct command *command,
               struct err *err) __attribute__((warn_unused_result));

#endif
