/* SPDX-License-Identifier: MIT */
/* A change of a text file that programs share: what the text would be, and the replacement of the
 * file if that differs. */
#ifndef BASE_FILE_EDIT_H
#define BASE_FILE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;
struct fs_attributes;

struct file_edit {
    size_t max; /* bytes of the text, before and after */
    /* Changes a text; its max is the same. */
    int (*apply)(const struct file_edit *edit, struct buf *text, struct err *err);
    const void *wanted; /* for apply */
};

/* Fills before with the text of a file, which is empty if the file is missing, and after with the
 * changed text. Both have no content yet; release them in any case. Returns 0, or -1 with the
 * errors of fs_check_replaceable, fs_read and apply, and the path before the text. */
int file_edit_preview(const char *path, const struct file_edit *edit, struct buf *before,
                      struct buf *after, struct err *err) __attribute__((warn_unused_result));

/*
 * Replaces a file by its changed text, with the mode of attr, and its owner and group unless they
 * are -1. Call it with the lock and the path of fs_lock_target. *written is false if the file has
 * this text and these attributes already. Returns 0, or -1 as file_edit_preview and fs_replace.
 */
int file_edit_write(const char *target, const struct file_edit *edit,
                    const struct fs_attributes *attr, bool *written, struct err *err)
    __attribute__((warn_unused_result));

#endif
