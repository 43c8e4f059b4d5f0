/* SPDX-License-Identifier: MIT */
/*
 * The credential endpoint: server, keeper, renewals and signals in one loop of one thread.
 * `serve` runs it alone, the supervisor beside a child. Requests are answered from memory; the
 * portal is only ever asked in other processes (serve/renewal.h).
 */
#ifndef SERVE_ENDPOINT_H
#define SERVE_ENDPOINT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "serve/auth.h"
#include "serve/renewal.h"

struct address;
struct endpoint;
struct err;

struct endpoint_config {
    const char *const *profiles; /* names */
    int profile_count;
    int default_profile; /* what "/" is; -1: there is none */
    struct renewal_work work;
    struct address *addresses; /* get the ports that the system chose */
    int address_count;
    struct auth auth;
    bool imds;
    pid_t exit_with_pid;                /* 0: none */
    const char *exit_with_file;         /* NULL: none */
    const struct renewal_report *first; /* credentials that profile 0 starts with, or NULL */
    /* The signals to take besides SIGCHLD, and what else to do with them; true: end. typed: on the
     * terminal, so that every process in its foreground has it. Where on_signal is NULL, SIGTERM
     * and SIGINT end, and SIGHUP renews. */
    sigset_t signals;
    bool (*on_signal)(void *context, int number, bool typed);
    /* A child that is no renewal has ended; true: end. May be NULL. */
    bool (*on_child)(void *context, pid_t pid, int status);
    void *context;
};

/* Listens, and blocks the signals, for good: one that comes while the process ends must not change
 * how it ends. config must outlive it. NULL with err set. */
struct endpoint *endpoint_new(const struct endpoint_config *config, struct err *err);

/* Serves until something ends it, lets the answers that are under way reach their clients, and
 * returns within a second. */
int endpoint_run(struct endpoint *endpoint, struct err *err) __attribute__((warn_unused_result));

/* Accepts NULL. Ends renewals that are under way. */
void endpoint_free(struct endpoint *endpoint);

#endif
