/* SPDX-License-Identifier: MIT */
/*
 * --write-credentials and --write-env of `duplojit aws`: credentials into files, where an init
 * container or a script wants them. It gets all of them first, and writes only then.
 */
#ifndef CMD_AWS_FILES_H
#define CMD_AWS_FILES_H

#include <stdbool.h>

struct args;
struct err;

#define AWS_FILES_OPTIONS OPTION_WRITE_CREDENTIALS, OPTION_WRITE_ENV, OPTION_MODE, OPTION_OWNER

/* Whether the options name a file, or the variables in their place do and no --output says that
 * something is to be printed. */
bool aws_files_wanted(const struct args *args);

/*
 * The whole command then: reads the options, asks the broker for every scope that they name, and
 * replaces each file once. Where anything fails, ERR_USAGE before the portal was asked included, no
 * file has changed; the one exception is a second file that cannot be written after the first.
 */
int aws_files_write(const struct args *args, struct err *err) __attribute__((warn_unused_result));

#endif
