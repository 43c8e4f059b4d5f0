/* SPDX-License-Identifier: MIT */
/*
 * The parts of update-aws-config: the values of the profile, what is printed, and the keys that AWS
 * tools prefer to its credential_process.
 */
#ifndef CMD_UPDATE_AWS_CONFIG_UPDATE_H
#define CMD_UPDATE_AWS_CONFIG_UPDATE_H

#include <limits.h>
#include <stdbool.h>

#include "aws/credentials.h"
#include "aws/shadow.h"
#include "aws/shared_file.h"
#include "cli/output_value.h"
#include "net/url.h"
#include "portal/scope.h"

struct args;
struct err;

enum { UPDATE_VALUES = 3, UPDATE_OUTPUT_SIZE = 32 };

/* One run: the profile to write, and the files. */
struct update {
    const struct args *args;
    const char *profile;
    struct output_value message; /* how the result is printed */
    char file[PATH_MAX];         /* the config file as the user knows it; it may be a link */
    char credentials[PATH_MAX];  /* the credentials file, or "" if none can exist */
    char cache_dir[PATH_MAX];    /* see spare_dir of struct fs_attributes */
    const char *spare_dir;       /* the same, or NULL */
    struct url_origin host;
    struct scope scope;
    bool holds_token;
    bool prints;                  /* --print: the file is not changed, and not needed */
    bool replaces;                /* --replace */
    bool offline;                 /* --offline */
    char region[AWS_REGION_SIZE]; /* "": stays as it is */
    char output[UPDATE_OUTPUT_SIZE];
    struct buf process;
    struct ini_edit edits[UPDATE_VALUES + SHADOW_KEYS_MAX];
    struct shared_file_edit edit;
    struct ini_edit credentials_edits[SHADOW_KEYS_MAX];
    struct shared_file_edit credentials_edit; /* its count is 0 if that file does not change */
};

/* Reads and parses the config file; see shared_file_read. */
int update_read_config(const struct update *update, struct buf *text, struct ini_doc *doc,
                       struct err *err) __attribute__((warn_unused_result));

/* Fills in the edit of the profile: credential_process, region and output. Asks the portal, so it
 * is called without a lock. */
int update_choose_values(struct update *update, struct err *err)
    __attribute__((warn_unused_result));

/* Prints the section as it would be added to an empty file, or the changes as unified diffs. */
int update_print_section(const struct update *update, struct err *err)
    __attribute__((warn_unused_result));
int update_print_diff(const struct update *update, struct err *err)
    __attribute__((warn_unused_result));

/* Fails with ERR_FILE if AWS tools prefer other keys of the profile to its credential_process, or
 * if that cannot be checked. */
int update_check_shadow(const struct update *update, struct err *err)
    __attribute__((warn_unused_result));

/* Adds the edits that comment these keys out, in both files. */
int update_replace_shadow(struct update *update, struct err *err)
    __attribute__((warn_unused_result));

#endif
