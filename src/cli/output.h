/* SPDX-License-Identifier: MIT */
/*
 * The text that a command prints on standard output: built whole in a buffer, then written at once,
 * so that a command that fails half-way prints nothing.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buf.h"

struct args;
struct err;

/* An empty buffer that holds at most 16 MiB. */
void output_init(struct buf *out);

/* Appends text from the network, made safe for a terminal. */
void output_add_clean(struct buf *out, const char *text);

/* In a step of GitHub Actions: prints the commands on standard error that mask these values in the
 * log, in every format. values ends with a NULL; empty ones are left out. Call it before the
 * values are printed. */
int output_mask(const struct args *args, const char *const *values, struct err *err)
    __attribute__((warn_unused_result));

/* Writes the text to standard output, and releases it in any case. -1 with ERR_INTERNAL after a
 * failed append, with ERR_FILE if it cannot be written. */
int output_write(struct buf *out, struct err *err) __attribute__((warn_unused_result));

#endif
