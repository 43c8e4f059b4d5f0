/* SPDX-License-Identifier: MIT */
/*
 * What a command is, and what the command line knows about a table of them. This floor holds no
 * command: main.c passes the table to the parser and to help.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>

#include "cli/options.h"

struct args;
struct err;

/* What an option does for one command, in place of the option's general text. */
struct option_text {
    enum option_id id;
    bool no_variable; /* the command does not read the variable of the option */
    const char *text;
};

/* What a command has beside the texts of duplojit(1), for its manual page; NULL: nothing. Help
 * shows the exit codes, too. */
struct command_notes {
    const char *exit_codes; /* indented lines: a code and its meaning */
    const char *files;      /* indented lines: a file and its purpose */
    const char *security;   /* lines of text */
};

struct command {
    const char *name;
    const char *operands; /* for the usage line: "[NAME]"; "" for none */
    int operands_max;
    bool runs_program;    /* a program and its arguments follow the operands */
    const char *summary;  /* one line without a period */
    const char *examples; /* command lines without "duplojit ", each ended by a newline */
    const char *details;  /* lines of text, or NULL */
    const struct command_notes *notes; /* or NULL */
    const enum option_id *options;
    const struct option_text *texts; /* NULL if the general texts fit */
    int option_count;
    int text_count;
    /* 0; -1 with err set; or the exit code, 1 to 255, of a program that ran beside this one. */
    int (*run)(const struct args *args, struct err *err);
    /* Prints on standard output what its reader needs after a failure; the command line may be
     * wrong. NULL: nothing. */
    void (*print_failure)(const struct args *args);
};

/* The name of a command in duplo-jit or duploctl. */
struct command_alias {
    const char *name;
    const struct command *command;
    const char *operand; /* the operand that the name implies, or NULL */
};

struct command_table {
    const struct command *const *commands; /* in the order of help; ends with a NULL */
    const struct command_alias *aliases;   /* ends with a NULL name */
};

/* The command with this name or alias, or NULL. *operand is what the alias implies, or NULL. */
const struct command *command_find(const struct command_table *table, const char *name,
                                   const char **operand);

/* The options of every command, for its option list. */
#define COMMON_OPTIONS OPTION_COLOR, OPTION_QUIET, OPTION_DEBUG, OPTION_VERSION, OPTION_HELP

/* Any command: has no name, and only the options of every command. */
extern const struct command command_any;

bool command_accepts(const struct command *command, enum option_id id);

/* The option that a letter means: of two options with the same letter, the one that the command
 * accepts, else the first in the table; command may be NULL. OPTION_COUNT if there is none. */
enum option_id command_find_letter(const struct command *command, char letter);

#endif
