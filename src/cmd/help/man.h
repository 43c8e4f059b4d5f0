/* SPDX-License-Identifier: MIT */
/* Manual pages in mdoc, made from the tables of commands and options. */
#ifndef CMD_HELP_MAN_H
#define CMD_HELP_MAN_H

struct buf;
struct command;
struct command_table;

/* duplojit(1), and the page of a command, such as duplojit-aws(1). */
void man_add_overview(struct buf *out, const struct command_table *table);
void man_add_command(struct buf *out, const struct command *command);

#endif
