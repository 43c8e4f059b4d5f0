/* SPDX-License-Identifier: MIT */
/*
 * The shared config and credentials files of the AWS tools: where they are, and how profiles in
 * them are changed while other programs may read or change them.
 */
#ifndef AWS_SHARED_FILE_H
#define AWS_SHARED_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "aws/ini/ini.h"
#include "base/file_edit.h"

enum { SHARED_FILE_MAX = 8 << 20 }; /* bytes of a file that is read */

/* Writes the absolute path of a file to out: given, in which a leading "~/" is the home directory
 * as for the AWS tools, or home/.aws/config or home/.aws/credentials if given is NULL. home may be
 * NULL. Returns 0, or -1 with ERR_FILE if home is needed but not usable (see
 * fs_check_home), or if the path is too long. */
int shared_file_find(enum ini_kind kind, const char *given, const char *home, char out[PATH_MAX],
                     struct err *err) __attribute__((warn_unused_result));

/* Reads and parses a file; a missing file is an empty one. doc borrows text. Returns 0, or -1 with
 * ERR_INTERNAL, or ERR_FILE if the file cannot be read or ini_check_profile fails. Call
 * ini_done(doc) in either case. */
int shared_file_read(const char *path, enum ini_kind kind, const char *profile, struct buf *text,
                     struct ini_doc *doc, struct err *err) __attribute__((warn_unused_result));

/* The changes of one profile. */
struct shared_file_edit {
    const char *profile;
    const struct ini_edit *edits;
    size_t count;
};

/* The changes of one file. */
struct shared_file_change {
    const char *path;
    enum ini_kind kind;
    const struct shared_file_edit *edits;
    size_t count;
};

/* A struct file_edit for a change. */
#define SHARED_FILE_EDIT(change) {SHARED_FILE_MAX, shared_file_apply, change}

/* Applies the changes of edit->wanted to a text. Logs a warning about a fault in another section,
 * for which some tools reject the file. Returns 0, or -1 with the errors of ini_edit. */
int shared_file_apply(const struct file_edit *edit, struct buf *text, struct err *err)
    __attribute__((warn_unused_result));

/*
 * Applies the changes to a file and replaces it as a whole, once for all profiles, under a lock.
 * Symbolic links are followed; a missing file and its directory (0700) are created. The file gets
 * the mode of attr, and its owner and group unless they are -1. *written is false if the file
 * already had this content and these attributes. Returns 0, or -1 with ERR_FILE, ERR_INTERNAL, or
 * ERR_USAGE for a profile name, key or value that must not be written.
 */
int shared_file_update(const struct shared_file_change *change, const struct fs_attributes *attr,
                       bool *written, struct err *err) __attribute__((warn_unused_result));

#endif
