/* SPDX-License-Identifier: MIT */
/*
 * The value of credential_process: a command line that is split into the same words by a shell (the
 * SDKs for Go, JavaScript, Java, Rust and C run it with /bin/sh -c) and by Python's shlex
 * (botocore).
 */
#ifndef AWS_PROCESS_LINE_H
#define AWS_PROCESS_LINE_H

struct buf;
struct err;

/* Appends a word, after a blank unless out is empty, and quotes it if necessary. Returns 0, or -1
 * with ERR_USAGE for control characters, which a config file cannot contain. An append that fails
 * is remembered by out. */
int aws_process_line_add(struct buf *out, const char *word, struct err *err)
    __attribute__((warn_unused_result));

/* Whether a shell and shlex split a command line into the same words. Returns 0, or -1 with
 * ERR_USAGE, which names the difference and the alternative. */
int aws_process_line_check(const char *line, struct err *err) __attribute__((warn_unused_result));

#endif
