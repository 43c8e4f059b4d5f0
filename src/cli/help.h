/* SPDX-License-Identifier: MIT */
/*
 * Help from the tables of commands and options. `duplojit help`, --help everywhere, and main.c
 * where no command was named.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct buf;
struct command;
struct err;

/* All commands, or one with its options. */
void help_add_overview(struct buf *out);
void help_add_command(struct buf *out, const struct command *command);

/* Writes either to a descriptor; command NULL is the overview. */
int help_write(int fd, const struct command *command, struct err *err)
    __attribute__((warn_unused_result));

#endif
