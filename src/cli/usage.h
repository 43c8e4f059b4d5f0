/* SPDX-License-Identifier: MIT */
/*
 * The messages of usage errors: what was wrong, the nearest valid word, and where the help is. All
 * set ERR_USAGE and yield -1. They quote no word that may be a secret.
 */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <stddef.h>

struct args;
struct err;

/* word is not the name of a command. */
int usage_unknown_command(const struct args *args, const char *word, struct err *err);

/* name, of len bytes and without its dashes, is not an option of any command. Suggests options of
 * the command that the line names, or of all commands if it names none. */
int usage_unknown_option(const struct args *args, const char *name, size_t len, struct err *err);

/* The command accepts no argument in the place of word. */
int usage_unexpected_argument(const struct args *args, const char *word, struct err *err);

/* The argument must be one of the words, which end with a NULL, and word is not; or it is missing
 * if word is NULL. */
int usage_unknown_argument(const struct args *args, const char *word, const char *const *words,
                           struct err *err);

/* Appends ": use A, B or C" for words that end with a NULL, and ". Did you mean A?" if one of them
 * is near the wrong one. */
int usage_add_words(struct err *err, const char *wrong, const char *const *words);

/* Appends where the help of the command is. */
int usage_add_help(const struct args *args, struct err *err);

#endif
