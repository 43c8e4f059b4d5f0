/* SPDX-License-Identifier: MIT */
/*
 * What the command line, the environment and a context say. Commands read their options here. An
 * option on the command line overrides its environment variable, which overrides the context; an
 * empty variable counts as not set.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/options.h"

struct command;
struct command_table;
struct err;
struct personality;

enum {
    ARGS_GIVEN_MAX = 11000, /* options on a command line: 10,000 profiles, and others */
    ARGS_GIVEN_FEW = 64,    /* more than that are on the heap */
    ARGS_OPERANDS_MAX = 8,
};

struct args_given {
    enum option_id id;
    const char *value; /* NULL for a switch, or for an optional value that is not given */
};

/* Values of options from a file of contexts. A value is on the heap, or NULL. */
struct args_context {
    char file[PATH_MAX];
    char *name;
    char *values[OPTION_COUNT];
};

struct args {
    const char *program; /* argv[0] */
    const struct command_table *table;
    const struct personality *personality; /* whose grammar and output; see cli/personality.h */
    const struct command *command;         /* NULL if the line names none */
    const char *const *environment;
    struct args_context *context; /* the one that is used, or NULL */
    struct args_given *given;     /* few, or on the heap: do not copy the struct */
    int given_count;
    int given_room;
    struct args_given few[ARGS_GIVEN_FEW];
    bool denied[OPTION_COUNT]; /* --switch=false: its variable does not count */
    const char *operands[ARGS_OPERANDS_MAX];
    int operand_count;
    char **rest;        /* the program to run and its arguments, or NULL */
    struct buf secrets; /* copies of what was wiped from argv */
};

/* Releases what args_parse (cli/args_parse.h) has filled in. */
void args_done(struct args *args);

/* ERR_USAGE if a path begins with "~/": no shell has expanded it, as in --token-file=~/x or in a
 * variable from a file, and a directory named "~" would be created. */
int args_check_paths(const struct args *args, struct err *err) __attribute__((warn_unused_result));

/* Wipes and releases the value of an option in a context, or all of it. */
void args_context_drop(struct args_context *context, enum option_id id);
void args_context_done(struct args_context *context);

/* The value of an option from the command line, else from its variables, else from the context; or
 * NULL. */
const char *args_text(const struct args *args, enum option_id id);

/* Whether an option is on the command line, and with which value. The last one counts. */
bool args_given(const struct args *args, enum option_id id);
const char *args_given_text(const struct args *args, enum option_id id);

/* The value of an option's variables, or NULL. */
const char *args_variable_text(const struct args *args, enum option_id id);

/* The value of an option in the context, if that counts; or NULL. */
const char *args_context_text(const struct args *args, enum option_id id);

/* The name of the variable that an option's value is from; NULL if it is from the command line or
 * the context, or there is none. */
const char *args_variable_name(const struct args *args, enum option_id id);

/* A switch: on if it is given, or if it is not denied and its variable, or else the context, says
 * 1, true, yes or on. ERR_USAGE if that is neither one of these nor 0, false, no or off. */
int args_switch(const struct args *args, enum option_id id, bool *on, struct err *err)
    __attribute__((warn_unused_result));

/* 1 or 0 for a word that means true or false, in any case; -1 for every other word. */
int args_truth(const char *word);

/* A duration of 1 ms to 24 h in milliseconds, or default_ms if there is no value. */
int args_duration_ms(const struct args *args, enum option_id id, int64_t default_ms,
                     int64_t *value_ms, struct err *err) __attribute__((warn_unused_result));

/* Puts "--host: " before the message of err, or "DUPLO_HOST: " if the value of the option is from
 * that variable, or the file and the name of the context that it is from. For errors about the
 * value. Yields -1. */
int args_blame(const struct args *args, enum option_id id, struct err *err);

/* Whether entry, NAME=VALUE as in an environment, sets an option whose value is a secret. The case
 * of NAME does not matter: the lower-case names are those of other tools. */
bool args_variable_is_secret(const char *entry);

/* Any variable of the environment, or NULL if it is not set or empty. */
const char *args_environment(const struct args *args, const char *name);

#endif
