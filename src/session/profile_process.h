/* SPDX-License-Identifier: MIT */
/*
 * The credential_process of a profile: this program with the options of the present command line.
 */
#ifndef SESSION_PROFILE_PROCESS_H
#define SESSION_PROFILE_PROCESS_H

#include <stdbool.h>

struct args;
struct buf;
struct err;
struct scope;
struct url_origin;

/* Appends the command line: the program, "aws", the portable options that are given, the files
 * that their variables name, scope and host. Relative paths become absolute. A token that is given
 * as an option is included; *holds_token says so. Returns 0, or -1 with ERR_USAGE, or ERR_FILE if
 * the path of this program is unknown. */
int profile_process_add(struct buf *out, const struct args *args, const struct url_origin *host,
                        const struct scope *scope, bool *holds_token, struct err *err)
    __attribute__((warn_unused_result));

/* The same for the user of a kubeconfig: appends each word with its NUL. The program is one word,
 * then comes "k8s". A token is left out. */
int profile_process_add_kubernetes(struct buf *out, const struct args *args,
                                   const struct url_origin *host, const struct scope *scope,
                                   struct err *err) __attribute__((warn_unused_result));

/* Prints a line with the names of the other variables that the options are from: file does not
 * contain them, so reader must run with them. */
void profile_process_note_variables(const struct args *args, const char *file, const char *reader);

#endif
