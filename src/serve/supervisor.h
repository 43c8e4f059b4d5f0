/* SPDX-License-Identifier: MIT */
/*
 * exec --endpoint: runs a program beside the endpoint that serves it, for as long as the program
 * lives. Signals go on to the program, its exit status comes back, it dies with this process, and
 * orphans are reaped where this process is PID 1. cmd/exec.c calls it.
 */
#ifndef SERVE_SUPERVISOR_H
#define SERVE_SUPERVISOR_H

struct endpoint_config;
struct err;

enum {
    SUPERVISOR_CANNOT_RUN = 126, /* as shells say it */
    SUPERVISOR_NOT_FOUND = 127,
    SUPERVISOR_SIGNAL_BASE = 128,
};

/*
 * config's addresses, profiles and work are the caller's; auth, signals and callbacks are set here.
 * argv[0] is looked for in the PATH of env, a NULL-terminated environment, to which the address and
 * the token of the endpoint are added. Where the program cannot be started *status is 126 or 127
 * and err says why, with -1; otherwise 0 and *status is its own, or 128 + the signal that ended it.
 */
int supervisor_run(struct endpoint_config *config, char *const *argv, const char *const *env,
                   int *status, struct err *err) __attribute__((warn_unused_result));

#endif
