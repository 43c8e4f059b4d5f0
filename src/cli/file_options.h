/* SPDX-License-Identifier: MIT */
/*
 * --mode and --owner: what a file with secrets gets before a byte of them is in it.
 * Every command that writes such a file reads them here.
 */
#ifndef CLI_FILE_OPTIONS_H
#define CLI_FILE_OPTIONS_H

struct args;
struct err;
struct fs_attributes;

#define FILE_OPTIONS OPTION_MODE, OPTION_OWNER

/* Mode 0600 where --mode does not say otherwise; owner and group -1 where --owner does not. */
int file_options_read(const struct args *args, struct fs_attributes *attr, struct err *err)
    __attribute__((warn_unused_result));

#endif
