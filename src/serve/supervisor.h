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

struct supervised_program {
    char *const *argv;              /* argv[0] is looked for in PATH */
    const char *const *environment; /* that this process got */
    const char *region;             /* for the program's environment; "" for none */
};

/*
 * config's addresses, profiles and work are the caller's; auth, signals and callbacks are set here.
 * The program gets environment as aws/environment.h changes it, with the region and with the
 * endpoint's address and token. Returns its exit code, or 128 + the signal that ended it. -1 with
 * err set where it did not start: base/process.h.
 */
int supervisor_run(const struct endpoint_config *config, const struct supervised_program *program,
                   struct err *err) __attribute__((warn_unused_result));

#endif
