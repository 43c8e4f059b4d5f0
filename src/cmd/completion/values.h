/* SPDX-License-Identifier: MIT */
/* The values of options and arguments, from the tables and from files of this user; never from the
 * portal. What cannot be read has no values. */
#ifndef CMD_COMPLETION_VALUES_H
#define CMD_COMPLETION_VALUES_H

#include "cli/options.h"

struct args;
struct candidates;

/* args is the line that is being completed. index counts its arguments from 0. */
void values_add_option(struct candidates *list, const struct args *args, enum option_id id);
void values_add_argument(struct candidates *list, const struct args *args, int index);

#endif
