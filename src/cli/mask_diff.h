/* SPDX-License-Identifier: MIT */
/* Prints what a change of a file would be. */
#ifndef CLI_MASK_DIFF_H
#define CLI_MASK_DIFF_H

struct buf;
struct err;

/* Prints the unified diff of two texts of a file on standard output, or nothing if they are equal.
 * Secrets are masked as mask_secrets does. Returns 0, or -1 with ERR_INTERNAL, or ERR_FILE if the
 * diff cannot be written. */
int mask_print_diff(const char *path, const struct buf *before, const struct buf *after,
                    struct err *err) __attribute__((warn_unused_result));

#endif
