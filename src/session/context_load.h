/* SPDX-License-Identifier: MIT */
/* Completes the options of a command with the values of a context. */
#ifndef SESSION_CONTEXT_LOAD_H
#define SESSION_CONTEXT_LOAD_H

struct args;
struct args_context;
struct err;

/*
 * Reads the file of contexts if the options name a context, or lack a portal, token or scope that
 * the command needs. With a context, args->context becomes context, which args_done releases.
 * A portal that is given must be the context's own, or the context is not used; one that is named
 * is used without its token. A missing file is an error only if the options name it or a context.
 */
int context_load(struct args *args, struct args_context *context, struct err *err)
    __attribute__((warn_unused_result));

#endif
