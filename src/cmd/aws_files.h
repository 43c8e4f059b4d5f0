/* SPDX-License-Identifier: MIT */
/*
 * `duplojit aws` with --write-credentials or --write-env: writes credentials to files, for init
 * containers and scripts.
 */
#ifndef CMD_AWS_FILES_H
#define CMD_AWS_FILES_H

#include <stdbool.h>

struct args;
struct err;

#define AWS_FILES_OPTIONS                                                                          \
    OPTION_WRITE_CREDENTIALS, OPTION_WRITE_ENV, OPTION_MODE, OPTION_OWNER, OPTION_REPLACE

/* Whether files are to be written: their options are given, or their variables are set and --output
 * is not given. */
bool aws_files_wanted(const struct args *args);

/*
 * Gets the credentials of every scope in the options, then replaces each file once. Returns 0, or
 * -1 with err. After an error no file is changed, except that the credentials file is if writing
 * the file of variables fails after it.
 */
int aws_files_write(const struct args *args, struct err *err) __attribute__((warn_unused_result));

#endif
