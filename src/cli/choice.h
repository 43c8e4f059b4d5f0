/* SPDX-License-Identifier: MIT */
/* Options whose value is one of a few words, such as an output format. */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "cli/options.h"

struct args;
struct err;

/* *index becomes the place of the option's value among the words, which end with a NULL; it stays
 * as it is if the option has no value. ERR_USAGE, with the nearest word, for every other value. */
int choice_read(const struct args *args, enum option_id id, const char *const *words, int *index,
                struct err *err) __attribute__((warn_unused_result));

/* The place of the first argument among the words, which end with a NULL. -1 with ERR_USAGE and the
 * nearest word if it is missing or not one of them. */
int choice_read_argument(const struct args *args, const char *const *words, struct err *err)
    __attribute__((warn_unused_result));

/* The place of the word among the words, which end with a NULL; -1 if it is not one of them. */
int choice_find(const char *word, const char *const *words);

#endif
