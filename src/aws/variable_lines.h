/* SPDX-License-Identifier: MIT */
/*
 * Writes lines such as KEY=value to files that may already have lines: standard output that a shell
 * redirected to a dotenv file, and the files of GitHub's runner.
 */
#ifndef AWS_VARIABLE_LINES_H
#define AWS_VARIABLE_LINES_H

struct buf;
struct err;

/* Writes the lines. If fd appends to a regular file whose last line has no line end, that line is
 * ended first. name is that of the file in messages. Returns 0, or -1 with ERR_FILE. */
int variable_lines_append(int fd, const char *name, const struct buf *lines, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the lines to the file that GITHUB_ENV names (created with 0600), or to standard output if
 * path is NULL. The masks are written first, to standard output, or to standard error if standard
 * output is that file: the runner reads masks from both, and in the file they would be an error.
 * Returns 0, or -1 with ERR_FILE. */
int variable_lines_write_github(const char *path, const struct buf *masks, const struct buf *lines,
                                struct err *err) __attribute__((warn_unused_result));

#endif
