/* SPDX-License-Identifier: MIT */
/*
 * The value of credential_process: words made into one line that a shell (Go, JavaScript, Java,
 * Rust, C start it with /bin/sh -c) and Python's shlex (botocore) split into the same words again.
 */
#ifndef AWS_PROCESS_LINE_H
#define AWS_PROCESS_LINE_H

struct buf;
struct err;

/* Adds a word, behind a blank where out is not empty; quoted where it needs to be. ERR_USAGE for
 * control characters, which cannot stand in a config file. */
int aws_process_line_add(struct buf *out, const char *word, struct err *err)
    __attribute__((warn_unused_result));

/* Whether a line that somebody wrote, a program with words behind it, is the same to a shell and to
 * shlex. ERR_USAGE with what is not, and what to write instead. */
int aws_process_line_check(const char *line, struct err *err) __attribute__((warn_unused_result));

#endif
