/* SPDX-License-Identifier: MIT */
/*
 * The renewals of an endpoint's profiles, at most one per profile at a time, and a limited number
 * of processes in all: starts those that are due, reads their reports, enters the results in the
 * profile set, and logs failures.
 */
#ifndef SERVE_RENEWAL_POOL_H
#define SERVE_RENEWAL_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/profile_set.h"
#include "serve/renewal.h"

/* Renewals that run, and as many whose child has sent its report but has not ended yet. */
enum { RENEWAL_POOL_SIZE = 2 * PROFILE_SET_RUNNING_MAX };

/* profile_set and work are borrowed. */
struct renewal_pool {
    struct profile_set *profile_set;
    const struct renewal_work *work;
    struct renewal renewals[RENEWAL_POOL_SIZE];
    int profiles[RENEWAL_POOL_SIZE]; /* whose renewal it is */
};

/* pool is zeroed. */
void renewal_pool_init(struct renewal_pool *pool, struct profile_set *profile_set,
                       const struct renewal_work *work);

/* Kills the children. Accepts a zeroed struct. */
void renewal_pool_done(struct renewal_pool *pool);

/* Starts the renewals that are due at now_ms (clock_boot_ms) and have room. A child that cannot be
 * started counts as a failed attempt. */
void renewal_pool_start(struct renewal_pool *pool, int64_t now_ms);

/* Reads what the children have reported; does not block. True if credentials came or an attempt
 * failed: requests that wait for either can be answered. */
bool renewal_pool_step(struct renewal_pool *pool);

/* The descriptor to poll for one of RENEWAL_POOL_SIZE renewals; -1 if it is not running. */
int renewal_pool_fd(const struct renewal_pool *pool, int at);

/* Milliseconds until a renewal is due to start or a running one is out of time; INT32_MAX for
 * longer. */
int renewal_pool_timeout_ms(const struct renewal_pool *pool, int64_t now_ms);

/* Call it with each child that waitpid returns. False if it is none of the pool's. */
bool renewal_pool_reap(struct renewal_pool *pool, pid_t pid);

/* Sends a signal to each child and drops what it would report. Children that are writing a file get
 * only SIGKILL. */
void renewal_pool_stop(struct renewal_pool *pool, int number);

/* Whether a child that was not reaped exists, or one has something to report. */
bool renewal_pool_is_running(const struct renewal_pool *pool);

#endif
