/* SPDX-License-Identifier: MIT */
/*
 * The command line and the environment, made into answers to "what was said?".
 * Commands read their options here. A value on the command line comes before the environment's; an
 * empty variable counts as not set.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/options.h"

struct command;
struct err;

enum { ARGS_GIVEN_MAX = 256, ARGS_OPERANDS_MAX = 8 };

struct args {
    const char *program;           /* how this program was called: argv[0] */
    const struct command *command; /* NULL where none was named */
    const char *const *environment;
    struct {
        enum option_id id;
        const char *value; /* NULL for a switch, or a value that was left out */
    } given[ARGS_GIVEN_MAX];
    int given_count;
    bool denied[OPTION_COUNT]; /* --switch=false: its variable does not count */
    const char *operands[ARGS_OPERANDS_MAX];
    int operand_count;
    char **rest; /* what follows the operands of a command that runs another program; or NULL */
    struct buf secrets; /* copies of what was wiped from argv */
};

/*
 * Reads argv, whose secrets it wipes. Long options with one dash or two, "--name=value",
 * "--switch=false", letters together (-Tdev01), options before and after the command's name, "--"
 * to end them: the grammars of duploctl and duplo-jit are parts of this one. ERR_USAGE with what to
 * write instead. Release with args_done in any case.
 */
int args_parse(struct args *args, int argc, char **argv, const char *const *environment,
               struct err *err) __attribute__((warn_unused_result));
void args_done(struct args *args);

/* No shell expands the "~/" of --token-file=~/x, nor that of a variable in a file: ERR_USAGE,
 * before a directory is made that is called ~. */
int args_check_paths(const struct args *args, struct err *err) __attribute__((warn_unused_result));

/* The value of an option, from either place, or NULL. */
const char *args_text(const struct args *args, enum option_id id);

/* Whether, and as what, an option stands on the command line. The last one counts. */
bool args_given(const struct args *args, enum option_id id);
const char *args_given_text(const struct args *args, enum option_id id);

/* The value that its environment variable gives it, or NULL. */
const char *args_variable_text(const struct args *args, enum option_id id);

/* A switch: given, or not denied and its variable is one of 1, true, yes, on. ERR_USAGE for a
 * variable that is neither that nor 0, false, no, off. */
int args_switch(const struct args *args, enum option_id id, bool *on, struct err *err)
    __attribute__((warn_unused_result));

/* A duration in milliseconds, from 1 ms to a day; default_ms where it is not said. */
int args_duration_ms(const struct args *args, enum option_id id, int64_t default_ms,
                     int64_t *value_ms, struct err *err) __attribute__((warn_unused_result));

/* Any variable of the environment; NULL where it is not set or empty. */
const char *args_environment(const struct args *args, const char *name);

#endif
