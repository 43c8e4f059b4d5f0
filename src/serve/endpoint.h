/* SPDX-License-Identifier: MIT */
/*
 * The credential endpoint: server, profile set, renewals and signals in one loop of one thread.
 * Requests are answered from memory; only child processes call the portal (serve/renewal.h).
 */
#ifndef SERVE_ENDPOINT_H
#define SERVE_ENDPOINT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "serve/agent.h"
#include "serve/auth.h"
#include "serve/renewal.h"

struct address;
struct endpoint;
struct err;
struct profile_list;

struct endpoint_config {
    struct profile_list *profiles; /* at least one, or made on demand */
    struct renewal_work work;
    struct address *addresses; /* port 0 is replaced by the port that the system chose */
    int address_count;
    struct auth auth;                   /* of the clients */
    const struct agent_config *agent;   /* other access rule: ask who the client is; NULL: auth */
    bool imds;                          /* also answer as EC2's instance metadata service */
    bool imds_open;                     /* for every user, not only root and the own one */
    pid_t exit_with_pid;                /* end when this process has ended; 0: no process */
    const char *exit_with_file;         /* end when this file exists; NULL: no file */
    const struct renewal_report *first; /* credentials that profile 0 starts with, or NULL */
    sigset_t signals;                   /* to handle, besides SIGCHLD */
    /* Called by endpoint_run before the first byte of a client is read, with work.context. NULL:
     * nothing to do. */
    void (*confine)(void *context);
    /* Called for each signal but SIGCHLD; returns whether to end. typed: it comes from the
     * terminal, so that every process in its foreground has got it. NULL: SIGHUP renews all
     * credentials, any other signal ends. */
    bool (*on_signal)(void *context, int number, bool typed);
    /* Called when a child that is not a renewal has ended; returns whether to end. May be NULL. */
    bool (*on_child)(void *context, pid_t pid, int status);
    void *context;
};

/* Listens, and blocks config's signals for good, so that a signal during the shutdown cannot change
 * the exit status. config must outlive the endpoint. NULL with err set. */
struct endpoint *endpoint_new(const struct endpoint_config *config, struct err *err);

/* Serves until something ends it; sends the responses that are under way, and returns within a
 * second. 0, or -1 with ERR_INTERNAL. */
int endpoint_run(struct endpoint *endpoint, struct err *err) __attribute__((warn_unused_result));

/* Kills renewals that are running. Accepts NULL. */
void endpoint_free(struct endpoint *endpoint);

#endif
