/* SPDX-License-Identifier: MIT */
/* --mode and --owner: the mode and owner that a file has before any secret is written to it. */
#ifndef CLI_FILE_OPTIONS_H
#define CLI_FILE_OPTIONS_H

struct args;
struct err;
struct fs_attributes;

#define FILE_OPTIONS OPTION_MODE, OPTION_OWNER

/* Without --mode the mode is 0600; without --owner, owner and group are -1. ERR_USAGE for a value
 * that is not an octal mode, or not a numeric UID or UID:GID. */
int file_options_read(const struct args *args, struct fs_attributes *attr, struct err *err)
    __attribute__((warn_unused_result));

#endif
