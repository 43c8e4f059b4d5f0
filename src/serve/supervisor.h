/* SPDX-License-Identifier: MIT */
/*
 * Runs a program beside an endpoint that serves it, until the program ends. Signals are passed on
 * to the program, it is killed if this process dies, and orphans are reaped if this process is
 * PID 1.
 */
#ifndef SERVE_SUPERVISOR_H
#define SERVE_SUPERVISOR_H

#include <stdbool.h>

struct endpoint_config;
struct err;

/* Everything is borrowed. */
struct supervised_program {
    char *const *argv;                    /* argv[0] is searched in PATH */
    const char *const *environment;       /* of this process */
    bool (*is_secret)(const char *entry); /* which entries the program does not get; NULL: none */
    const char *region;                   /* for AWS_REGION; "": not set */
};

/*
 * The caller sets config's addresses, profiles and work; auth, signals and callbacks are set here.
 * The program gets environment as aws_environment_new makes it, with the region and with the
 * endpoint's URI and token. Returns the program's exit code, or 128 + the number of the signal that
 * killed it; -1 with err set if it did not start (kinds: base/process.h).
 */
int supervisor_run(const struct endpoint_config *config, const struct supervised_program *program,
                   struct err *err) __attribute__((warn_unused_result));

#endif
