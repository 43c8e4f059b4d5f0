/* SPDX-License-Identifier: MIT */
/*
 * What a command is, and the table of all of them. Each src/cmd/NAME.c defines one; main.c runs the
 * one that the command line names; help prints them.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>

#include "cli/options.h"

struct args;
struct err;

struct command {
    const char *name;
    const char *operands; /* as help shows them: "[NAME]"; "" for none */
    int operands_max;
    bool runs_program;   /* takes a program and its arguments behind its operands */
    const char *summary; /* one line */
    const char *details; /* more lines for its own help, or NULL */
    const enum option_id *options;
    int option_count;
    /* 0; -1 with err set; or the exit code, 1 to 255, of a program that ran beside this one. */
    int (*run)(const struct args *args, struct err *err);
};

extern const struct command command_aws;
extern const struct command command_update_aws_config;
extern const struct command command_login;
extern const struct command command_logout;
extern const struct command command_web;
extern const struct command command_tenants;
extern const struct command command_status;
extern const struct command command_settings;
extern const struct command command_token;
extern const struct command command_cache;
extern const struct command command_serve;
extern const struct command command_healthcheck;
extern const struct command command_exec;
extern const struct command command_install;
extern const struct command command_version;
extern const struct command command_help;

/* In the order that help lists them; a NULL ends it. */
extern const struct command *const commands[];

/* The command with this name, or with another tool's name for it: *operand is then the word that
 * the other name implies (clear-cache is "cache" with "clear"), else NULL. NULL: no such command.
 */
const struct command *command_find(const char *name, const char **operand);

bool command_takes(const struct command *command, enum option_id id);

#endif
