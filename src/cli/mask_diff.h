/* SPDX-License-Identifier: MIT */
/* Prints what a change of a file would be. */
#ifndef CLI_MASK_DIFF_H
#define CLI_MASK_DIFF_H

struct buf;
struct err;
struct file_edit;

/*
 * Prints the change of a file as a unified diff on standard output, or nothing if it has no effect.
 * Secrets are masked by mask, which replaces a text and may be NULL, and then as mask_secrets does.
 * If only secrets would change, the diff is empty and a note says so. Returns 0, or -1 with the
 * errors of file_edit_preview and mask, ERR_INTERNAL, or ERR_FILE if the diff cannot be written.
 */
int mask_print_edit(const char *path, const struct file_edit *edit,
                    int (*mask)(struct buf *text, struct err *err), struct err *err)
    __attribute__((warn_unused_result));

#endif
