/* SPDX-License-Identifier: MIT */
/*
 * The grammar of the command line: long options with one dash or two, "--name=value",
 * "--switch=false", letters together (-Tdev01), options before and after the command's name, and
 * "--" to end them. The grammars of other tools differ from it as cli/personality.h says.
 */
#ifndef CLI_ARGS_PARSE_H
#define CLI_ARGS_PARSE_H

struct args;
struct command_table;
struct err;

/* Reads argv and wipes the secrets in it. ERR_USAGE with the nearest valid word and where the help
 * is; args then holds what could be read before and after the wrong word. The caller releases args
 * with args_done in any case. */
int args_parse(struct args *args, const struct command_table *table, int argc, char **argv,
               const char *const *environment, struct err *err) __attribute__((warn_unused_result));

#endif
